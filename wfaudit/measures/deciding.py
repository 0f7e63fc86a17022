"""Whose people are not independent: where decisions are told, those of one caseworker are not."""

from wfaudit.case import Case
from wfaudit.measures.advice import OVERRIDES

DECISIONS = {*OVERRIDES, "weighted_kappa"}


def whose(case: Case, measure: str) -> Case:
    """The case a measure is asked of: where it tells what people do, those who decide are clusters.

    >>> import wfaudit as wf
    >>> case = wf.load("plain")
    >>> whose(case, "selection_rate").cluster, whose(case, "override_rate").cluster
    (None, 'cluster')
    """
    return case.by_deciders if measure in DECISIONS else case
