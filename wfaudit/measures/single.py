"""Verbs over one single rate: what they may be asked for, checked in one place."""

from wfaudit.case import Case
from wfaudit.errors import AuditError, not_one_of
from wfaudit.measures.rate import RATES, Rate


def single_rate(case: Case, measure: str, verb: str, *, instead: str, clustered: str = "") -> Rate:
    """The rate of this name, or why a verb can't be asked for it in this case.

    ``instead`` says what to do where a rate is asked tier by tier, ``clustered`` why people in clusters
    are refused; it is empty where they are not.

    >>> import wfaudit as wf
    >>> single_rate(wf.load("plain"), "selection_rate", "trend", instead="").does
    'were {flagged}'
    """
    if measure not in RATES:
        raise not_one_of("rate", measure, RATES)
    rate = RATES[measure]
    if rate.tiers is not None:
        raise AuditError(f"{measure} is asked {rate.axis} by {rate.axis}; {instead}.")
    case.require(rate.needs, measure)
    case.unweighted(verb)
    if clustered and case.cluster:
        raise AuditError(clustered)
    return rate
