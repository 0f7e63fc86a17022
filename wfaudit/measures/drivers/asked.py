"""The one verb of drivers: what moves the score, or what carries the gap between two groups."""

from typing import Any, Unpack

from wfaudit.case import Case
from wfaudit.measures.drivers.how import How
from wfaudit.measures.drivers.shares import gap, importance
from wfaudit.measures.made import By
from wfaudit.result import Result


def drivers(
    case: Case, model: Any, *, by: By = None, reference: str | None = None, **how: Unpack[How]
) -> Result:
    """Which inputs move the score; with a reference, how much of the gap to it each one carries.

    ``model`` is what gave the scores: an estimator or pipeline, a published system, or what
    ``wfaudit.models`` makes of a function, of coefficients or of a file. Without ``reference``: mean
    absolute Shapley values, for everybody or each group. With it: the gap between mean predictions, split
    into inputs that add up to it. Other words: ``wfaudit.measures.drivers.How``.

    >>> import wfaudit as wf
    >>> from wfaudit.systems import load
    >>> found = wf.drivers(wf.load("amas"), load("amas"), by="gender", reference="men").to_frame()
    >>> found.query("group == 'women' and at == 'gender'")["estimate"].round(9).tolist()
    [-0.14]
    """
    if reference is None:
        return importance(case, model, by=by, **how)
    return gap(case, model, by=by, reference=reference, **how)
