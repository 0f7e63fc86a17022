"""How many records to ask for: the power of a comparison at the size at hand, and the size it needs."""

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.case import Case
from wfaudit.choices import JOIN
from wfaudit.counts import count
from wfaudit.errors import AuditError, no_group
from wfaudit.estimators import needed
from wfaudit.measures.deciding import whose
from wfaudit.measures.single import single_rate
from wfaudit.measures.tally import tally
from wfaudit.measures.values import declared_reference

By = str | tuple[str, ...]
CLUSTERED = (
    "Records are not planned where people come in clusters: it takes more than if they were "
    "unrelated, and how many hangs on how alike a cluster's people are."
)


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """What a planned comparison could show: one row a group, and the same in sentences.

    ``table`` holds, for each group: people counted now in it and in its reference (``n``,
    ``n_reference``), the reference's share, the gap planned for, the tolerance, the chance that it
    would be raised now (``power_raised``) and that "clear" would be said if there were no gap
    (``power_clear``), the people needed for the power asked, and the records that holds.
    """

    table: pd.DataFrame
    says: tuple[str, ...]

    def __repr__(self) -> str:
        """The sentences."""
        return "\n".join(self.says)

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self.says)


def power(
    case: Case,
    measure: str,
    *,
    by: By,
    gap: float,
    power: float = 0.8,
    reference: str | None = None,
) -> Planned:
    """How likely this case could show a gap of a given size, and how many records that would take.

    ``gap`` is the true gap to plan for, in shares (0.10 is ten in a hundred; its sign is the group
    less its reference). The tolerance is the declared one; one comparison taken alone. Exact binomial
    powers of the intervals that are printed. Raises AuditError for a measure that is no rate, a gap
    within the tolerance, a case without a tolerance in gaps, or people in clusters.

    >>> import wfaudit as wf
    >>> found = wf.power(wf.load("plain"), "false_negative_rate", by="sex", gap=0.10)
    >>> found.table[["group", "n", "people_needed"]].values.tolist()
    [['women', 4750, 1463.0]]
    """
    case = whose(case, measure)
    given: Any = gap
    if not isinstance(given, int | float):
        raise AuditError(
            f"The gap to plan for is a number such as 0.10; a {type(given).__name__} was given."
        )
    rate = single_rate(
        case, measure, "power", instead="plan with selection_rate instead", clustered=CLUSTERED
    )  # fmt: skip
    tolerance = _tolerance(case, measure, gap)
    if not 0 < power < 1:
        raise AuditError(
            f"A power lies between 0 and 1; {power} was given. Write 0.8 for 80 of 100."
        )
    keys = case.keys(by)
    reference = declared_reference(case, keys, reference)
    counts = count(case, keys)
    found, names = tally(counts, rate), counts.names
    if reference not in names:
        raise no_group(JOIN.join(keys), reference, names)
    ref = names.index(reference)
    if len(names) < 2:
        raise AuditError(
            f"Group {JOIN.join(keys)} has one level, so there is nobody to compare {reference!r} with."
        )
    if found.hidden[ref]:
        raise AuditError(f"The published table hides cells of the reference group {reference!r}.")
    if not found.n[ref]:
        raise AuditError(
            f"Nobody in the reference group {reference!r} can be counted for {measure}."
        )
    plan = _Plan(case, reference, gap, tolerance, power, found, counts.n.sum(axis=1), ref)
    lines = [_line(plan, g, names[g]) for g in range(len(names)) if g != ref]
    return Planned(
        pd.DataFrame(lines), tuple(_sentence(case, JOIN.join(keys), line) for line in lines)
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is planned for every group: the gap, the answer's rule, who is counted now."""

    case: Case
    reference: str
    gap: float
    tolerance: float
    power: float
    found: Any
    rows: Any
    ref: int


def _tolerance(case: Case, measure: str, gap: float) -> float:
    tolerance = case.choices.tolerance(measure)
    if tolerance is None or tolerance.scale != "gap":
        raise AuditError(
            f"Declare a tolerance as a gap for {measure}: [tolerance] {measure} = {{ gap = 0.05 }}."
        )
    if not tolerance.value < abs(gap) < 1:
        raise AuditError(
            f"A gap of {gap:g} can't be shown to lie beyond the tolerance {tolerance.value:g}. Plan for a "
            "larger one."
        )
    return tolerance.value


def _line(plan: _Plan, g: int, group: str) -> dict[str, Any]:
    n, n_ref = float(plan.found.n[g]), float(plan.found.n[plan.ref])
    n = np.nan if plan.found.uncounted[g] else n
    share = float(plan.found.k[plan.ref] / n_ref)
    there, level, t = share + plan.gap, plan.case.choices.level, plan.tolerance
    none = needed.power_gap(n, share, n_ref, share, t, level)
    raised = wanted = np.nan
    if 0 <= there <= 1 and n > 0:
        raised = float(needed.power_gap(n, there, n_ref, share, t, level).raised)
        wanted = float(needed.people_needed(there, share, n_ref / n, t, level, plan.power))
    return {
        "group": group, "reference": plan.reference, "n": n if np.isnan(n) else int(n),
        "n_reference": int(n_ref),
        "share_reference": share, "gap": plan.gap, "tolerance": t, "power_raised": raised,
        "power_clear": float(none.clear), "power": plan.power, "people_needed": wanted,
        "records_needed": wanted / n * float(plan.rows.sum()) if n > 0 else np.nan,
    }  # fmt: skip


def _sentence(case: Case, by: str, line: dict[str, Any]) -> str:
    whom, far = case.choices.whom(by, line["group"]), f"{100 * abs(line['gap']):g} in 100"
    way = "higher" if line["gap"] > 0 else "lower"
    if not line["n"] > 0:
        lost = "nobody is counted now"
        lost = lost if line["n"] == 0 else "the published table does not say how many are counted"
        return f"Of {whom}, {lost}: nothing can be planned."
    start = f"Of {whom}, {line['n']:,} are counted now"
    if np.isnan(line["power_raised"]):
        there = f"with {100 * line['share_reference']:.1f} in 100 in the reference"
        return f"{start}: {there}, a share {far} {way} is not possible."
    told = f"a share {far} {way} than in the reference would be raised in {_often(line['power_raised'])}"
    return f"{start}: {told}; for {100 * line['power']:g} of 100 {_needed(line)}."


def _often(power: float) -> str:
    if power >= 0.995:
        return "more than 99 of 100 audits"
    return "less than 1 of 100 audits" if power < 0.005 else f"{100 * power:.0f} of 100 audits"


def _needed(line: dict[str, Any]) -> str:
    if np.isnan(line["people_needed"]):
        return "more people are needed than can be asked for"
    enough = "" if line["people_needed"] > line["n"] else " (no more than now)"
    return (
        f"it takes {line['people_needed']:,.0f} of them{enough}, so ask for about "
        f"{line['records_needed']:,.0f} records in all"
    )
