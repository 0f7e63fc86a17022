"""Comparisons over any measure: rates and other values alike."""

from functools import partial

from wfaudit.case import Case
from wfaudit.choices import JOIN
from wfaudit.errors import AuditError, not_one_of
from wfaudit.measures import progress, selected, tiers, verbs, weighted
from wfaudit.measures.deciding import whose
from wfaudit.measures.made import By
from wfaudit.measures.rate import RATES
from wfaudit.measures.statistic import STATISTICS
from wfaudit.measures.two_way import asked_by_both
from wfaudit.measures.values import value_gaps, values_of
from wfaudit.result import Result

MEASURES = (*RATES, tiers.TIERS, *STATISTICS, *progress.MOVES)


def gaps(case: Case, measure: str, *, by: By, reference: By = None) -> Result:
    """Estimate how far each group's rate, or other value, lies from its reference (group minus reference).

    ``reference`` is a level (a tuple for crossed groups), for rates also "the rest" or "the highest";
    without it, the one the case declares. For rates Newcombe (1998, method 10) intervals, or a
    jackknife over clusters; for other values the interval that ``Result.interval`` names.

    >>> import wfaudit as wf
    >>> case = wf.Case.from_arrays(y_pred=[1, 0, 1, 1], sensitive_features={"sex": list("wwmm")})
    >>> wf.gaps(case, "selection_rate", by="sex", reference="m").to_frame()["estimate"].tolist()
    [0.0, -0.5]
    """
    if measure not in MEASURES:
        raise not_one_of("measure", measure, MEASURES)
    case = whose(case, measure)
    return asked_by_both(case, partial(_gaps, measure=measure, by=by, reference=reference))


def _gaps(case: Case, *, measure: str, by: By, reference: By) -> Result:
    if selected.asks(case, measure, by):
        return selected.by_result(case)[1]
    if measure in progress.MOVES:
        return progress.moves(case, measure, by=by, compare=True)
    if measure == tiers.TIERS:
        given = (reference,) if isinstance(reference, str) else reference
        return tiers.superiority(case, by=by or (), reference=JOIN.join(given) if given else None)
    if measure in STATISTICS:
        return value_gaps(case, measure, by=by, reference=reference)
    if "weight" in case.roles:
        return weighted.weighted_gaps(case, measure, by=by, reference=reference)
    return verbs.gaps(case, measure, by=by, reference=reference)


def rates(case: Case, measure: str, *, by: By = None) -> Result:
    """Estimate a rate in every group of an attribute (a tuple crosses several; None is everyone).

    One row a group, and a tier where the measure has tiers. Wilson (1927) intervals; where people
    come in clusters, a jackknife over them. A group with nobody to count keeps its row.

    >>> import wfaudit as wf
    >>> case = wf.Case.from_arrays(y_pred=[1, 0, 1, 1], sensitive_features={"sex": list("wwmm")})
    >>> wf.rates(case, "selection_rate", by="sex").to_frame()["estimate"].tolist()
    [1.0, 0.5]
    """
    case = whose(case, measure)
    if measure in STATISTICS:
        raise AuditError(
            f"{measure} is no rate. Ask for it with wf.values(case, {measure!r}, by=…)."
        )
    return asked_by_both(case, partial(_rates, measure=measure, by=by))


def _rates(case: Case, *, measure: str, by: By) -> Result:
    if measure in progress.MOVES:
        return progress.moves(case, measure, by=by)
    if selected.asks(case, measure, by):
        return selected.by_result(case)[0]
    if "weight" in case.roles and measure in RATES:
        return weighted.weighted_rates(case, measure, by=by)
    return verbs.rates(case, measure, by=by)


def ratios(case: Case, measure: str, *, by: By, reference: By = None) -> Result:
    """Estimate each group's rate as a multiple of its reference's; arguments as in ``gaps``.

    Score intervals (Miettinen and Nurminen 1985), or a jackknife over clusters on the log scale.

    >>> import wfaudit as wf
    >>> case = wf.Case.from_arrays(y_pred=[1, 0, 1, 1], sensitive_features={"sex": list("wwmm")})
    >>> wf.ratios(case, "selection_rate", by="sex", reference="m").to_frame()["estimate"].tolist()
    [1.0, 0.5]
    """
    case = whose(case, measure)
    if "weight" in case.roles:
        raise weighted.no_ratio()
    return asked_by_both(case, lambda each: verbs.ratios(each, measure, by=by, reference=reference))


def values(case: Case, measure: str, *, by: By = None) -> Result:
    """Estimate a value that is not a share of people in every group: AUC, calibration, time.

    One row a group, and a horizon where times are asked for. ``Result.interval`` names the kind of
    interval; where people come in clusters it is a jackknife over them.

    >>> import wfaudit as wf
    >>> case = wf.load("plain")
    >>> wf.values(case, "auc").to_frame()[["n", "estimate"]].round(3).values.tolist()
    [[20000, 0.772]]
    """
    return asked_by_both(case, lambda each: values_of(each, measure, by=by))
