"""The largest gap of all, beside the largest that chance alone would show among the same groups."""

import numpy as np

from wfaudit.case import Case
from wfaudit.choices import JOIN, NOT_RECORDED
from wfaudit.counts import count
from wfaudit.errors import AuditError
from wfaudit.estimators import largest
from wfaudit.measures.deciding import whose
from wfaudit.measures.made import made
from wfaudit.measures.single import single_rate
from wfaudit.measures.tally import tally
from wfaudit.result import Result

By = str | tuple[str, ...]
# neither shuffle holds in general: within clusters only if groups mix there and nothing else differs by
# cluster, of whole clusters only if each has one group
CLUSTERED = (
    "Where people come in clusters, chance alone shows more than these draws would: the largest "
    "gap is not put beside it."
)


def widest(case: Case, measure: str, *, by: By, seed: int = 0) -> Result:
    """The highest rate less the lowest among groups, and what chance alone would show.

    One row: the gap, and as limits 0 and the gap that 95 in 100 draws stay within if all groups had
    one rate: a null band, not an interval of the gap; the note gives the p-value. With many small
    groups a wide gap is the rule. Seeded draws. Raises AuditError where people come in clusters.

    >>> import wfaudit as wf
    >>> from wfaudit.measures import widest
    >>> widest(wf.load("plain"), "selection_rate", by=("sex", "age")).to_frame()["note"][0]
    'chance alone shows 2.1 in 100 on average (p = 0.6)'
    """
    case = whose(case, measure)
    rate = single_rate(
        case, measure, "widest", instead="ask for the largest gap of selection_rate", clustered=CLUSTERED
    )  # fmt: skip
    keys = case.keys(by)
    counts = count(case, keys)
    found = tally(counts, rate)
    if found.hidden.any():
        raise AuditError("The published table hides cells, so the largest gap of all is not known.")
    kept = np.array([NOT_RECORDED not in g for g in counts.groups])
    got = largest.largest_gap(
        found.k[kept], found.n[kept], np.random.default_rng(seed), level=case.choices.level
    )
    p = f"p = {got.p:.2g}" if got.p >= 0.001 else "p < 0.001"
    told = f"chance alone shows {100 * got.expected:.1f} in 100 on average ({p})"
    known = not got.note
    line = {
        "measure": measure, "by": JOIN.join(keys), "group": "highest less lowest", "at": "",
        "n": int(found.n[kept].sum()), "estimate": got.gap if known else np.nan,
        "low": 0.0 if known else np.nan, "high": got.usual, "note": got.note or told,
        "k": int(found.k[kept].sum()),
    }  # fmt: skip
    return made(
        case, measure, "value", f"Highest less lowest: {rate.says}",
        "null band (what chance alone would show, not an interval of the gap)", [line], by=keys,
    )  # fmt: skip
