"""Ordered tiers as they are: who tends to land in the higher tier, without cutting them in two."""

from typing import Any

import numpy as np
from scipy.special import stdtrit

from wfaudit.case import Case
from wfaudit.choices import JOIN
from wfaudit.counts import Gridded, count, count_clustered
from wfaudit.errors import AuditError, no_group
from wfaudit.estimators import ordered
from wfaudit.estimators.leftout import Read, Scale
from wfaudit.measures.clustered import jackknife, laid_out, over_clusters
from wfaudit.measures.made import made
from wfaudit.measures.values import declared_reference
from wfaudit.result import SELF, Result

TIERS = "tier_superiority"
SAYS = (
    "Chance that one of {people} of a group lands in a higher tier than one of the reference, ties "
    "counting half, less one half"
)
By = str | tuple[str, ...]
APART = "t interval, degrees of freedom of Brunner and Munzel (2000)"
SCALE = Scale(edges=(-0.5, 0.5))


def superiority(case: Case, *, by: By, reference: str | None = None) -> Result:
    """How much more often one of a group lands in a higher tier than one of the reference.

    Drawn at random, one of each: the chance of a higher tier, ties counting half, less one half. 0
    where neither lands higher, 0.5 where one always does (Mann and Whitney 1947; half of Cliff's
    delta). Variance of DeLong et al. (1988), or where people come in clusters a jackknife over them.
    Published counts: an error says so.

    >>> import wfaudit as wf
    >>> wf.gaps(wf.load("plain"), "tier_superiority", by="sex").to_frame()["estimate"].round(3).tolist()
    [0.0, 0.004]
    """
    case.unweighted(TIERS)
    lacks(case, raising=True)
    keys = case.keys(by)
    reference = reference or declared_reference(case, keys)
    counts = count(case, keys)
    names, tiers = counts.names, _by_tier(case, counts)
    if reference not in names:
        raise no_group(JOIN.join(keys), reference, names)
    ref = names.index(reference)
    n = tiers.sum(axis=1)
    people = _by_cluster(case, keys, tiers.shape) if case.cluster else None
    lines: list[dict[str, Any]] = []
    for g, name in enumerate(names):
        line: dict[str, Any] = {
            "measure": TIERS, "by": JOIN.join(keys), "group": name, "reference": reference, "at": "",
            "n": int(n[g]), "n_reference": int(n[ref]),
        }  # fmt: skip
        told = _compared(tiers, g, ref, case.choices.level)
        if people is not None and not told["note"]:
            told = _jackknifed(people, (g, ref), case.choices.level)
        lines.append(line | told)
    return made(
        case, TIERS, "gap", SAYS, jackknife(case) if people else APART, lines, by=keys,
        sentence="If nothing differed, {group} would land in a higher tier than {reference} in 50 of 100 "
        "random pairs, ties counting half",
    )  # fmt: skip


def lacks(case: Case, *, raising: bool = False) -> str:
    """Why a case can't compare tiers as they are ordered, or nothing."""
    why = ""
    if "tier" not in case.states:
        why = "the case declares no tier"
    elif case.evidence == "counts":
        why = "a published table may hide tiers"
    elif len(case.roles["tier"].order) < 3:
        why = "there are two tiers, so tier_share tells it all"
    if why and raising:
        raise AuditError(f"{TIERS} can't be measured: {why}.")
    return why


def _by_tier(case: Case, counts: Any) -> Any:
    order = case.roles["tier"].order
    found = np.zeros((len(counts.groups), len(order)), dtype=np.int64)
    for at in range(len(order)):
        found[:, at] = counts.n[
            :, (counts.states["tier"] == at).fillna(False).to_numpy(dtype=bool)
        ].sum(axis=1)
    return found


def _compared(tiers: Any, g: int, ref: int, level: float) -> dict[str, Any]:
    if g == ref:
        return {"estimate": 0.0, "low": np.nan, "high": np.nan, "note": SELF}
    found = ordered.superiority(tiers[g], tiers[ref], level)
    gap, known = float(found.estimate) - 0.5, not np.isnan(float(found.se))
    half = float(stdtrit(float(found.df), (1 + level) / 2) * float(found.se)) if known else np.nan
    return {
        "estimate": gap if known else np.nan, "low": gap - half, "high": gap + half,
        "note": str(found.note), "se": float(found.se), "df": float(found.df), "transform": "identity",
    }  # fmt: skip


def _by_cluster(case: Case, keys: tuple[str, ...], shape: tuple[int, int]) -> Gridded:
    found = count_clustered(case, keys)
    tier = found.counts.states["tier"].fillna(-1).to_numpy(dtype=np.int64)[found.state]
    return laid_out(found, (*shape, 1), (found.group, tier, np.zeros_like(tier)))


def _jackknifed(people: Gridded, pair: tuple[int, int], level: float) -> dict[str, Any]:
    found = over_clusters(people, pair, _more_often, SCALE, level)
    known = not str(found.note)
    return {
        "estimate": float(found.estimate) if known else np.nan, "low": float(found.low),
        "high": float(found.high), "note": str(found.note), "se": float(found.se),
        "df": float(found.df), "transform": "identity", "clusters": int(found.clusters),
    }  # fmt: skip


def _more_often(mine: Any, theirs: Any) -> Read:
    """How much more often one lands higher, and among how many of each side."""
    mine, theirs = mine[..., 0], theirs[..., 0]
    asked = np.stack([mine.sum(axis=-1), theirs.sum(axis=-1)])
    return ordered.chance_higher(mine, theirs) - 0.5, asked
