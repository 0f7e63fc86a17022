"""The verbs: rates by group, gaps and ratios to a reference, bounds over what is not known."""

from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.choices import HIGHEST, JOIN, NOT_RECORDED, REST
from wfaudit.counts import Counts, derived
from wfaudit.counts.cells import memo
from wfaudit.errors import AuditError, no_group
from wfaudit.estimators import clusters, intervals
from wfaudit.measures.deciding import whose
from wfaudit.measures.made import By
from wfaudit.measures.plan import Plan, plan
from wfaudit.measures.supposed import Gammas, supposed
from wfaudit.measures.tally import Floats, Tally, Unknowns, extremes, per_cluster, tally
from wfaudit.measures.verb_rows import Rows
from wfaudit.result import Result


def rates(case: Case, measure: str, *, by: By = None) -> Result:
    """A rate of ``RATES`` in every group; ``every.rates`` says more."""
    case = whose(case, measure)
    asked = plan(case, measure, by)
    rows = Rows(asked, "rate")
    for at, label in asked.tiers:
        found = tally(asked.counts, asked.rate, at)
        known = np.where(found.hidden, 0, found.n).astype(float)
        low, high = intervals.wilson(found.k.astype(float), known, case.choices.level)
        for g in range(len(found.n)):
            if asked.clustered and found.n[g] > 0:
                knife = clusters.jackknife_rate(*per_cluster(asked.clustered, asked.rate, at, g))
                rows.add(label, g, found, knife=knife)
            else:
                rows.add(label, g, found, span=(low[g], high[g]))
    return rows.result()


def gaps(case: Case, measure: str, *, by: By, reference: By = None) -> Result:
    """How far each group's rate lies from its reference; ``every.gaps`` says more."""
    case = whose(case, measure)
    return _compared(case, measure, by, reference, "gap")


def ratios(case: Case, measure: str, *, by: By, reference: By = None) -> Result:
    """Each group's rate as a multiple of its reference's; ``every.ratios`` says more."""
    case = whose(case, measure)
    return _compared(case, measure, by, reference, "ratio")


def bounds(case: Case, measure: str, *, by: By = None, gamma: Gammas = None) -> Result:
    """The lowest and highest rate each group could have, whatever the unknown turns out to be.

    Unknown are people whose group is not recorded, states that are missing, and hidden cells.
    Worst case over all fill-ins (Manski 1989), not an interval of sampling error. One row for
    each group with anything unknown; none where all is known.

    ``gamma`` (1 or more, or several) asks about outcomes that are not recorded, and only those: what
    could the rate among all be, if the odds of the outcome where it is not recorded are at most
    gamma times those where it is, and at least one gamma-th (in the manner of Rosenbaum 1987)? 1
    takes both to be alike, infinity assumes nothing. For rates by flag the odds are held against
    those after the same flag. ``low`` and ``high`` then carry sampling error too (Imbens and Manski
    2004), for bounds alone would be read as certain; the note tells the bounds alone.

    >>> import wfaudit as wf
    >>> case = wf.Case.from_arrays(y_pred=[1, 0, 1], sensitive_features={"sex": ["w", "w", None]})
    >>> wf.bounds(case, "selection_rate", by="sex").to_frame()[["low", "high"]].round(3).values
    array([[0.5  , 0.667]])
    >>> outcome = [True] * 30 + [False] * 70 + [None] * 50
    >>> case = wf.Case.from_arrays(y_true=outcome, y_pred=[1] * 150, sensitive_features=["w"] * 150)
    >>> wf.bounds(case, "base_rate", gamma=2).to_frame()[["at", "low", "high"]].round(3).values.tolist()
    [['odds up to 2 times', 0.197, 0.438]]
    """
    case = whose(case, measure)
    if gamma is not None:
        return supposed(case, measure, by=by, gamma=gamma)
    case.unweighted("bounds")
    asked = plan(case, measure, by)
    rows = Rows(asked, "bounds")
    strangers = _strangers(asked.counts)
    open_to = _unknowns(case)
    for at, label in asked.tiers:
        found = tally(asked.counts, asked.rate, at)
        low, high = extremes(asked.counts, asked.rate, at, open_to, strangers)
        for g in range(len(found.n)):
            known = low[g] == high[g] or np.isnan(low[g])
            if not known and NOT_RECORDED not in asked.counts.groups[g]:
                rows.add(label, g, found, span=(low[g], high[g]))
    return rows.result()


def _unknowns(case: Case) -> Unknowns:
    """What an unknown may turn out to be; the same for a case each time."""
    done = memo(case, "unknowns")
    if () not in done:
        done[()] = _may_be(case)
    return done[()]


def _may_be(case: Case) -> Unknowns:
    flagged, decision = case.roles.get("flagged"), case.roles.get("decision")
    ordered = bool(decision and decision.order)
    return Unknowns(
        decisions=len(decision.order) if decision and ordered else 2,
        tiers=len(case.roles["tier"].order) if "tier" in case.roles else 2,
        flag_from_tier=bool(flagged and flagged.tier_at_least),
        derive=partial(derived, case),
    )


def _strangers(counts: Counts) -> dict[int, list[int]]:
    """For each group, the groups whose people may belong to it: theirs, with parts not recorded."""
    found: dict[int, list[int]] = {}
    for g, mine in enumerate(counts.groups):
        for s, theirs in enumerate(counts.groups):
            fits = all(t in (m, NOT_RECORDED) for m, t in zip(mine, theirs, strict=True))
            if g != s and fits and NOT_RECORDED not in mine:
                found.setdefault(g, []).append(s)
    return found


# --- comparisons


def _compared(
    case: Case, measure: str, by: By, reference: By, kind: Literal["gap", "ratio"]
) -> Result:
    asked = plan(case, measure, by)
    chosen = _reference(case, asked.keys, reference)
    rows = Rows(asked, kind)
    for at, label in asked.tiers:
        found = tally(asked.counts, asked.rate, at)
        other, at_group, names = _references(asked, found, chosen)
        span = _span(kind, found, other, case.choices.level)
        for g in range(len(found.n)):
            pair = (at_group[g], names[g], other, g)
            if at_group[g] == g:
                rows.add(label, g, found, pair=pair)
            elif asked.clustered and found.n[g] > 0 and other.n[g] > 0:
                rows.add(label, g, found, pair=pair, knife=_knife(asked, at, g, at_group[g], kind))
            else:
                rows.add(label, g, found, pair=pair, span=(span[0][g], span[1][g]))
    return rows.result()


def _reference(case: Case, keys: tuple[str, ...], given: By) -> str:
    """The reference in words: as asked, else as the case declares it for each group."""
    if not keys:
        raise AuditError("A comparison needs groups: name them with by=.")
    declared = tuple(case.group(k).reference for k in keys)
    parts = declared if given is None else (given,) if isinstance(given, str) else tuple(given)
    for special in (REST, HIGHEST):
        if set(parts) == {special}:
            return special
    if {REST, HIGHEST} & set(parts):
        raise AuditError(
            f'Group {JOIN.join(keys)}: a level can\'t be crossed with "{REST}" or "{HIGHEST}". '
            "Declare references of one kind for these groups, or leave the intersection out."
        )
    if not all(parts):
        raise AuditError(
            f"Group {' & '.join(keys)} declares no reference. Say whom to compare with: "
            f'reference = "<level>", "{REST}" or "{HIGHEST}".'
        )
    if len(parts) == 1 and len(keys) > 1:
        parts = tuple(parts[0].split(JOIN))
    return JOIN.join(parts)


def _references(
    asked: Plan, found: Tally, chosen: str
) -> tuple[Tally, list[int | None], list[str]]:
    """For each group its reference's counts, which group that is (None: the rest), its name."""
    names, size = asked.counts.names, len(found.n)
    recorded = _recorded(asked.counts)
    if chosen == REST:
        return _all_others(found, recorded), [None] * size, [REST] * size
    if chosen == HIGHEST:
        share = np.where(found.hidden | (found.n == 0), -1.0, found.k / np.maximum(found.n, 1))
        share[~recorded] = -1.0
        at = int(np.argmax(share))
    elif chosen in names:
        at = names.index(chosen)
    else:
        raise no_group(JOIN.join(asked.keys), chosen, names, REST, HIGHEST)
    same = np.full(size, at)
    other = Tally(found.k[same], found.n[same], found.hidden[same], found.uncounted[same])
    return other, [at] * size, [names[at]] * size


def _recorded(counts: Counts) -> NDArray[np.bool_]:
    return np.array([NOT_RECORDED not in g for g in counts.groups], dtype=bool)


def _all_others(found: Tally, recorded: NDArray[np.bool_]) -> Tally:
    """For each group, all other groups together, without the people whose group is not recorded."""
    k, n = found.k * recorded, found.n * recorded
    size = len(found.n)
    hidden, uncounted = (bool((x & recorded).any()) for x in (found.hidden, found.uncounted))
    return Tally(k.sum() - k, n.sum() - n, np.full(size, hidden), np.full(size, uncounted))


def _span(kind: str, found: Tally, other: Tally, level: float) -> tuple[Floats, Floats]:
    unknown = found.hidden | other.hidden
    k, n, k_ref, n_ref = (x.astype(float) for x in (found.k, found.n, other.k, other.n))
    n = np.where(unknown, 0.0, n)
    method = intervals.newcombe if kind == "gap" else intervals.ratio_score
    return method(k, n, k_ref, n_ref, level)


def _knife(asked: Plan, at: int, g: int, ref: int | None, kind: str) -> clusters.Jackknife:
    assert asked.clustered is not None
    k, n = per_cluster(asked.clustered, asked.rate, at, g)
    if ref is not None:
        k_ref, n_ref = per_cluster(asked.clustered, asked.rate, at, ref)
    else:
        others = [
            per_cluster(asked.clustered, asked.rate, at, o)
            for o in np.flatnonzero(_recorded(asked.counts)).tolist()
            if o != g
        ]
        k_ref, n_ref = (np.sum([o[i] for o in others], axis=0) for i in (0, 1))
    how = clusters.jackknife_gap if kind == "gap" else clusters.jackknife_ratio
    return how(k, n, k_ref, n_ref)
