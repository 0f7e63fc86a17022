"""Ordered tiers as they are: who tends to land in the higher tier, without cutting them in two."""

from typing import Any

import numpy as np
from scipy.special import stdtrit

from wfaudit.case import Case
from wfaudit.choices import JOIN
from wfaudit.counts import count
from wfaudit.errors import AuditError, not_one_of
from wfaudit.estimators import ordered
from wfaudit.measures.made import made
from wfaudit.measures.values import declared_reference
from wfaudit.result import SELF, Result

TIERS = "tier_superiority"
SAYS = (
    "Chance that one of {people} of a group lands in a higher tier than one of the reference, ties "
    "counting half, less one half"
)
By = str | tuple[str, ...]


def superiority(case: Case, *, by: By, reference: str | None = None) -> Result:
    """How much more often one of a group lands in a higher tier than one of the reference.

    Drawn at random, one of each: the chance of a higher tier, ties counting half, less one half. 0
    where neither lands higher, 0.5 where one always does (Mann and Whitney 1947; half of Cliff's
    delta). Variance of DeLong et al. (1988). Published counts and clusters: an error says so.

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
        raise not_one_of(f"group of {JOIN.join(keys)}", reference, names)
    ref = names.index(reference)
    n = tiers.sum(axis=1)
    lines: list[dict[str, Any]] = []
    for g, name in enumerate(names):
        line: dict[str, Any] = {
            "measure": TIERS, "by": JOIN.join(keys), "group": name, "reference": reference, "at": "",
            "n": int(n[g]), "n_reference": int(n[ref]),
        }  # fmt: skip
        lines.append(line | _compared(tiers, g, ref, case.choices.level))
    return made(
        case, TIERS, "gap", SAYS,
        "t interval, degrees of freedom of Brunner and Munzel (2000)", lines, by=keys,
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
    elif case.cluster:
        why = "people come in clusters, and ordered tiers are not compared over clusters yet"
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
