"""The model against one rival on the same people: areas, errors, net benefit, who is treated otherwise.

Everything is the model's less the rival's. Where people come in clusters, every interval leaves out one
cluster at a time.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from wfaudit.alternatives.people import People
from wfaudit.alternatives.rivals import BEFORE, DECISION, Rival
from wfaudit.estimators import clusters
from wfaudit.estimators.clusters import FEWEST, Jackknife
from wfaudit.estimators.cutoffs import net_benefit
from wfaudit.estimators.intervals import newcombe, wilson
from wfaudit.estimators.paired import auc_without_each, paired_benefit, paired_gap, placed
from wfaudit.estimators.roc import auc_paired

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
EMPTY = "nobody to count"
CLOSE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One number about people, with what it rests on, or a note that says why there is none."""

    n: int
    estimate: float = np.nan
    low: float = np.nan
    high: float = np.nan
    note: str = ""
    k: float = np.nan
    k_reference: float = np.nan
    se: float = np.nan
    df: float = np.nan
    clusters: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """The model and a rival, one definition of the outcome, a level, and the declared cut-off.

    ``y`` is the outcome, ``model`` and ``rival`` who is flagged: as many by a rule, or by the version
    before, as by the model; ``even`` whom the model would flag if it flagged as many as a person did.
    Nobody is flagged by halves, but people with the same value share the last places.
    """

    people: People
    other: Rival
    y: Floats
    model: Floats
    rival: Floats
    even: Floats
    level: float
    cut: float


def contest(other: Rival, outcome: str, level: float, cut: float) -> Contest:
    """Line up a rival with the model; without an outcome, everyone counts as known."""
    people = other.people
    y = people.told[outcome] if outcome else np.zeros_like(people.n)
    flagged, score = people.at("flagged"), people.at("score")
    nothing = np.full_like(people.n, np.nan)
    model = nothing if flagged is None else flagged
    own = other.order if other.flag is None else other.flag
    known = ~np.isnan(y) & ~np.isnan(model) & (~np.isnan(own) if own is not None else False)
    rival = other.flag
    if rival is None:
        rival = _as_many(other.order, model, people.n, known)
    even = model
    if other.name in (BEFORE, DECISION) and score is not None:
        known = known & ~np.isnan(score)
        even = _as_many(score, rival, people.n, known)
    model, rival, even = (np.where(known, x, np.nan) for x in (model, rival, even))
    return Contest(people, other, y, model, rival, even, level, cut)


def _as_many(order: Any, flags: Floats, n: Floats, known: Bools) -> Floats:
    """Who is flagged in this order, if as many are as by these flags."""
    found = np.full_like(n, np.nan)
    most = float((n * flags)[known].sum())
    found[known] = placed(order[known], n[known], [float(n[known].sum()) - most, most])[:, 1]
    return found


# --- the numbers


def auc(one: Contest, among: Bools) -> Found:
    """The model's area under the curve less the rival's."""
    score, order, people = one.people.at("score"), one.other.order, one.people
    if score is None or order is None:
        return Found(n=0, note="no order to compare")
    who = among & ~np.isnan(score) & ~np.isnan(order) & ~np.isnan(one.y)
    n = int(people.n[who].sum())
    if n == 0:
        return Found(n=0, note=EMPTY)
    y, weight = one.y[who], people.n[who]
    found = auc_paired(score[who], order[who], y, weight)
    estimate, note = float(found.estimate), str(found.note)
    if people.cluster is not None and not np.isnan(estimate):
        sides = [auc_without_each(x[who], y, weight, people.cluster[who]) for x in (score, order)]
        each = sides[0] - sides[1]
        return _knifed(over_clusters(estimate, each[1:]), n, one.level)
    low, high = (float(x) for x in found.interval(one.level))
    return Found(
        n=n, estimate=estimate, low=low, high=high, note=note, se=float(found.se), df=np.inf
    )


def missed(one: Contest, among: Bools) -> Found:
    """Errors among people with the outcome: not flagged."""
    return _errors(one, among, 1)


def wrongly(one: Contest, among: Bools) -> Found:
    """Errors among people without the outcome: flagged."""
    return _errors(one, among, 0)


def _errors(one: Contest, among: Bools, side: int) -> Found:
    """Errors among people with the outcome (not flagged), or without (flagged)."""
    flags = one.even, one.rival
    known = among & ~np.isnan(flags[0] + flags[1])
    who = known & (one.y == side)
    w, (a, b) = one.people.n[who], ((1 - f[who] if side else f[who]) for f in flags)
    n = float(w.sum())
    if n == 0:
        return Found(n=0, note=EMPTY)
    both, alone, other = (float((w * x).sum()) for x in (a * b, a * (1 - b), (1 - a) * b))
    k, k_ref, neither = both + alone, both + other, max(n - both - alone - other, 0.0)
    if one.people.cluster is not None:
        hit, held, hit_ref = _by_cluster(one.people.cluster[who], w * a, w, w * b)
        return _knifed(
            clusters.jackknife_gap(hit, held, hit_ref, held), int(n), one.level, k, k_ref
        )
    size = _tied(one, known)
    low, high = paired_gap(both, alone, other, neither, one.level)
    if size > 0:
        low, high = (end * size / n for end in newcombe(alone, size, other, size, one.level))
    return Found(
        n=int(n), estimate=(k - k_ref) / n, low=float(low), high=float(high), k=k, k_reference=k_ref
    )


def _tied(one: Contest, known: Bools) -> float:
    """How many people one flags and the other doesn't, where it is as many the other way round.

    Then both kinds of error hang on one thing: in which of these two sets more had the outcome. Who
    is in them was settled by scores, so they are unrelated groups.
    """
    w, mine, theirs = one.people.n[known], one.even[known], one.rival[known]
    alone, other = float((w * mine * (1 - theirs)).sum()), float((w * theirs * (1 - mine)).sum())
    return alone if abs(alone - other) < CLOSE else 0.0


def benefit(one: Contest, among: Bools) -> Found:
    """Net benefit at the declared cut-off, each flagging as it does."""
    who = among & ~np.isnan(one.model + one.rival) & ~np.isnan(one.y)
    w, y = one.people.n[who], one.y[who] == 1
    mine, theirs = one.model[who], one.rival[who]
    n, odds = float(w.sum()), one.cut / (1 - one.cut)
    if n == 0:
        return Found(n=0, note=EMPTY)
    alone, other = w * mine * (1 - theirs), w * theirs * (1 - mine)
    worth = np.where(y, alone - other, odds * (other - alone))
    if one.people.cluster is not None:
        return _mean(one.people.cluster[who], worth, w, one.level)
    found, spared = (alone[y].sum(), other[y].sum()), (other[~y].sum(), alone[~y].sum())
    low, high = paired_benefit(found, spared, n, odds, one.level)
    return Found(n=int(n), estimate=float(worth.sum() / n), low=float(low), high=float(high))


def flag_changes(one: Contest, among: Bools) -> Found:
    """Who would be flagged otherwise."""
    return _share(one, among, one.model + one.rival - 2 * one.model * one.rival)


def tier_changes(one: Contest, among: Bools) -> Found:
    """Who would stand in another tier, were the tiers as large as the model's."""
    tier, people = one.people.at("tier"), one.people
    if tier is None:
        return Found(n=0, note="no tiers")
    own = one.other.tier if one.other.tier is not None else one.other.order
    changed = np.full_like(tier, np.nan)
    known = ~np.isnan(tier) & (~np.isnan(own) if own is not None else False)
    if own is not None and one.other.tier is not None:
        changed[known] = (tier != own)[known]
    elif own is not None and known.any():
        mine = tier[known].astype(np.int64)
        share = placed(own[known], people.n[known], np.bincount(mine, people.n[known]))
        changed[known] = 1 - share[np.arange(len(mine)), mine]
    return _share(one, among, changed)


def _share(one: Contest, among: Bools, hit: Floats) -> Found:
    who = among & ~np.isnan(hit)
    w, hit = one.people.n[who], hit[who]
    n, k = float(w.sum()), float((w * hit).sum())
    if n == 0:
        return Found(n=0, note=EMPTY)
    if one.people.cluster is not None:
        some, held = _by_cluster(one.people.cluster[who], w * hit, w)
        return _knifed(clusters.jackknife_rate(some, held), int(n), one.level, k, estimate=k / n)
    low, high = (float(x) for x in wilson(k, n, one.level))
    return Found(n=int(n), estimate=k / n, low=low, high=high, k=k)


def benefit_at(
    people: People, y: Floats, flag: Floats, at: float, level: float, among: Bools
) -> Found:
    """Net benefit of flagging so, at a threshold."""
    who = among & ~np.isnan(y) & ~np.isnan(flag)
    w, odds = people.n[who], at / (1 - at)
    n, hit, event = int(w.sum()), flag[who] == 1, y[who] == 1
    if n == 0:
        return Found(n=0, note=EMPTY)
    if people.cluster is not None:
        value = np.where(hit, np.where(event, 1.0, -odds), 0.0)
        return _mean(people.cluster[who], w * value, w, level)
    yes, no = (
        [float(w[side & ~hit].sum()), float(w[side & hit].sum())] for side in (event, ~event)
    )
    told = net_benefit(yes, no, [0.0, at])
    low, high = told.interval(level)
    return Found(n=n, estimate=float(told.estimate[1]), low=float(low[1]), high=float(high[1]))


def _mean(cluster: Any, total: Floats, n: Floats, level: float) -> Found:
    """A mean over people, by leaving out one cluster at a time."""
    total, n = _by_cluster(cluster, total, n)
    with np.errstate(all="ignore"):
        each = (total.sum() - total) / (n.sum() - n)
    return _knifed(over_clusters(float(total.sum() / n.sum()), each), int(n.sum()), level)


def over_clusters(full: float, each: Floats) -> Jackknife:
    """A difference with its standard error of leaving out one cluster at a time (CR3).

    ``each`` holds the difference without each cluster. Student's t on the clusters less two.

    >>> found = over_clusters(0.5, np.array([0.4, 0.5, 0.6] * 3))
    >>> print(f"{found.se:.3f} {found.df}")
    0.231 7
    """
    total = len(each)
    df = max(total - 2, 0)
    note = f"{total} clusters: fewer than {FEWEST}, no interval" if total < FEWEST else ""
    if not note and bool(np.isnan(each).any()):
        note = "no value without one cluster: no interval"
    off = float(np.square(each - full).sum())
    if not note and not off > 0:
        note = "the clusters do not vary: no interval"
    se = float("nan") if note else float(np.sqrt((total - 1) / total * off))
    return Jackknife(full, se, df, "identity", total, note)


def _by_cluster(cluster: Any, *parts: Floats) -> list[Floats]:
    at = np.unique(cluster, return_inverse=True)[1]
    return [np.bincount(at, part).astype(np.float64) for part in parts]


def _knifed(
    knife: Jackknife, n: int, level: float, k: float = np.nan, k_reference: float = np.nan,
    *, estimate: float | None = None,
) -> Found:  # fmt: skip
    low, high = knife.interval(level)
    if knife.transform == "identity" and np.isnan(k):  # net benefit has no floor at -1
        half = float(stdtrit(knife.df, (1 + level) / 2)) * knife.se
        low, high = knife.estimate - half, knife.estimate + half
    return Found(
        n=n, estimate=knife.estimate if estimate is None else estimate, low=low, high=high,
        note=knife.note, k=k, k_reference=k_reference, se=knife.se, df=knife.df, clusters=knife.clusters,
    )  # fmt: skip
