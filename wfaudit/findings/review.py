"""From result rows to findings: every row that compares a group with a reference is judged and told."""

from collections.abc import Sequence

import numpy as np

from wfaudit.choices import Scale
from wfaudit.findings.answers import CODES, Finding, Findings
from wfaudit.findings.judged import Draft, adjusted, answer_at, draft, judge, judged, keyed, pairs
from wfaudit.findings.sentences import sentences
from wfaudit.result import SELF, Result


def review(results: Sequence[Result]) -> Findings:
    """Judge every row that compares a group with a reference, on the scale its measure declares."""
    rates = {key: row for r in results if r.kind in ("rate", "value") for key, row in keyed(r)}
    drafts = [
        draft(result, row, proof, rates)
        for result in results
        if result.kind in ("gap", "ratio") and judged(result)
        for row, proof in pairs(result)
        if row["note"] != SELF
    ]
    return Findings(_spoken(d) for d in adjusted(judge(drafts)))


def _spoken(draft: Draft) -> Finding:
    row, tolerance = draft.row, draft.tolerance
    unadjusted = answer_at(draft, draft.p)
    answer = answer_at(draft, draft.p_adjusted)
    scale: Scale = "ratio" if draft.result.kind == "ratio" else "gap"
    smallest = None if np.isnan(draft.smallest) else draft.smallest
    rows = (row, *[r for r in draft.rates if r is not None])
    return Finding(
        code=CODES[scale],
        answer=answer,
        answer_unadjusted=unadjusted,
        says=" ".join(sentences(draft, answer, unadjusted)),
        measure=row["measure"],
        by=row["by"],
        group=row["group"],
        reference=row["reference"],
        at=row["at"] or "",
        scale=scale,
        tolerance=tolerance.value if tolerance else None,
        family=draft.family,
        p=None if np.isnan(draft.p) else draft.p,
        p_adjusted=None if np.isnan(draft.p_adjusted) else draft.p_adjusted,
        smallest_visible=smallest,
        rows=tuple(rows),
    )
