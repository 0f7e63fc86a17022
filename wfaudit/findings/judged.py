"""Comparisons against their tolerance: p-values, what is clear, what would have been seen; families."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.choices import ADJUST, Adjust, Scale, Tolerance
from wfaudit.estimators import clusters, intervals, visible
from wfaudit.estimators.adjust import benjamini_hochberg, benjamini_yekutieli, holm
from wfaudit.findings.answers import Answer
from wfaudit.result import Result, records

METHODS = {"Holm": holm, "BH": benjamini_hochberg, "BY": benjamini_yekutieli}
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Draft:
    """One comparison on its way to a finding: its row, the rates compared, and what was found so far."""

    result: Result
    row: dict[str, Any]
    proof: dict[str, Any]
    rates: tuple[dict[str, Any] | None, dict[str, Any] | None]
    tolerance: Tolerance | None
    p: float
    clear: bool
    smallest: float
    p_adjusted: float = np.nan

    @property
    def shares(self) -> tuple[float, float]:
        """The two rates compared."""
        proof = self.proof
        if pd.isna(proof["k"]) or pd.isna(proof["k_reference"]):  # weighted: no plain counts
            mine, theirs = (np.nan if row is None else row["estimate"] for row in self.rates)
            return mine, theirs
        return proof["k"] / proof["n"], proof["k_reference"] / proof["n_reference"]

    @property
    def family(self) -> str:
        """The family declared for this measure, or for this measure by this group."""
        return self._place[0]

    @property
    def adjusts(self) -> Any:
        """How p-values of this family are adjusted for there being many."""
        return METHODS[self._place[1]]

    @property
    def _place(self) -> tuple[str, Adjust]:
        measure, by = self.row["measure"], self.row["by"]
        choices = self.result.choices
        confirmed = {measure, f"{measure} by {by}"} & set(choices.confirm)
        how = choices.confirm_with if confirmed else choices.screen_with
        return f"{'confirm' if confirmed else 'screen'} ({ADJUST[how]})", how


def judged(result: Result) -> bool:
    """Each measure is judged on one scale: the declared one; without a tolerance, on the gap."""
    if result.tolerance is None and not result.judged:
        return False
    return result.kind == (result.tolerance.scale if result.tolerance else "gap")


def draft(
    result: Result, row: dict[str, Any], proof: dict[str, Any], rates: dict[Any, Any]
) -> Draft:
    """A comparison, not yet judged, with the rates of both groups where they were told."""
    key = (row["measure"], row["by"], row["at"])
    pair = (rates.get((*key, row["group"])), rates.get((*key, row["reference"])))
    return Draft(result, row, proof, pair, result.tolerance, np.nan, False, np.nan)


def judge(drafts: list[Draft]) -> list[Draft]:
    """P-values, whether it is clear, and what would have been seen: of all of one kind at once."""
    found = list(drafts)
    for (scale, known, level), at in _kinds(drafts).items():
        of = [drafts[i] for i in at]
        above, below = _beyond(of, scale, known, printed=True)
        p = np.minimum(above[:, 1], below[:, 0]).tolist()
        above, below = _beyond(of, scale, known, printed=False)
        clear = (np.maximum(above[:, 0], below[:, 1]) <= 1 - level).tolist()
        smallest = _smallest_with_se(of) if known else _smallest(of, scale, level)
        for i, *told in zip(at, p, clear, smallest, strict=True):
            found[i] = replace(found[i], p=told[0], clear=told[1], smallest=told[2])
    return found


def _kinds(drafts: list[Draft]) -> dict[tuple[Scale, bool, float], list[int]]:
    """Which comparisons with an interval and a tolerance are judged in the same way."""
    kinds: dict[tuple[Scale, bool, float], list[int]] = {}
    for at, draft in enumerate(drafts):
        if draft.tolerance is not None and not pd.isna(draft.row["low"]):
            known = bool(pd.notna(draft.proof["se"]))
            kinds.setdefault((draft.tolerance.scale, known, draft.result.level), []).append(at)
    return kinds


def _beyond(of: list[Draft], scale: Scale, known: bool, *, printed: bool) -> Any:
    """One-sided p-values at both limits of the tolerance: (above low, above high), (below ...)."""
    limits = np.array([d.tolerance.limits for d in of if d.tolerance])
    if known:  # a standard error
        estimate, se, df = (_column(of, name) for name in ("estimate", "se", "df"))
        if scale != "gap":
            estimate, limits = np.log(estimate), np.log(limits)
        return clusters.p_beyond(estimate, se, df, limits)
    k, n, k_ref, n_ref = (_column(of, name) for name in ("k", "n", "k_reference", "n_reference"))
    if scale == "ratio":
        return intervals.ratio_score_p(k, n, k_ref, n_ref, limits)
    method = intervals.newcombe_p if printed else intervals.miettinen_nurminen_p
    return method(k, n, k_ref, n_ref, limits)


def _column(of: list[Draft], name: str) -> Any:
    """What several comparisons have by this name, one a row, beside both limits."""
    return np.array([[float(d.proof[name])] for d in of])


def _smallest(of: list[Draft], scale: Scale, level: float) -> list[float]:
    n, k_ref, n_ref = (_column(of, name)[:, 0] for name in ("n", "k_reference", "n_reference"))
    tolerance = np.array([d.tolerance.value for d in of if d.tolerance])
    method = visible.smallest_gap if scale == "gap" else visible.smallest_ratio
    with np.errstate(all="ignore"):
        return method(n, k_ref / n_ref, n_ref, tolerance, level, POWER).tolist()


def _smallest_with_se(of: list[Draft]) -> list[float]:
    return [_farther(d.result, d.proof, d.tolerance) for d in of if d.tolerance]


def _farther(result: Result, proof: dict[str, Any], tolerance: Tolerance) -> float:
    edge = tolerance.value if tolerance.scale == "gap" else -np.log(tolerance.value)
    far = visible.smallest_with_se(
        np.array([proof["se"]]), np.array([proof["df"]]), edge, result.level, POWER
    )[0]
    if tolerance.scale == "ratio":
        return float(np.exp(-far))
    if pd.isna(proof["k_reference"]):
        return float(far)
    p_ref = proof["k_reference"] / proof["n_reference"]
    return float(far) if far <= max(p_ref, 1 - p_ref) else np.nan


# --- families


def adjusted(drafts: list[Draft]) -> list[Draft]:
    """Within each family, as declared; a comparison without a p-value doesn't count among the others."""
    found = list(drafts)
    for family in {d.family for d in found}:
        at = [i for i, d in enumerate(found) if d.family == family]
        method = found[at[0]].adjusts
        for i, p in zip(at, method(np.array([found[i].p for i in at])), strict=True):
            found[i] = replace(found[i], p_adjusted=float(p))
    return found


def answer_at(draft: Draft, p: float) -> Answer:
    """The answer that a p-value gives, where it may be one adjusted for there being many."""
    if p <= (1 - draft.result.level) / 2:
        return "raised"
    return "clear" if draft.clear else "cannot tell"


# --- reading results


def pairs(result: Result) -> Iterable[tuple[dict[str, Any], dict[str, Any]]]:
    """Rows of a result, each with its evidence."""
    for row, proof in zip(records(result.table), records(result.evidence), strict=True):
        yield row | {"scale": result.kind}, proof | {"estimate": row["estimate"]}


def keyed(result: Result) -> Iterable[tuple[Any, dict[str, Any]]]:
    """Rows of a result by measure, groups, place and group."""
    for row in records(result.table):
        yield (
            (row["measure"], row["by"], row["at"], row["group"]),
            row | {"scale": result.kind},
        )
