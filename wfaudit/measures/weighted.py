"""Rates of a sample in which a row stands for several people: weighted, with errors that know it."""

from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.choices import EVERYONE, HIGHEST, JOIN, REST
from wfaudit.counts import Cells, count_along
from wfaudit.errors import AuditError, no_group
from wfaudit.estimators import survey
from wfaudit.measures.axis import asked as places
from wfaudit.measures.axis import at_name
from wfaudit.measures.made import By, made
from wfaudit.measures.rate import RATES, Rate
from wfaudit.measures.tally import masks
from wfaudit.measures.values import declared_reference
from wfaudit.result import SELF, Result

INTERVAL = "interval on the logit scale, weights linearised (Taylor)"
GAP = "t interval of a difference, weights linearised (Taylor)"


def weighted_rates(
    case: Case, measure: str, *, by: By = None, reference: str | None = None
) -> Result:
    """A rate, each row weighing what it stands for; with ``reference`` the gap of each group to it.

    Taylor linearisation (Binder 1983), over declared clusters or persons that repeat where there are
    any. ``n`` counts rows, not weights; the note tells the effective number of people (Kish 1965).
    """
    keys, rate = case.keys(by), RATES[measure]
    case.require(rate.needs, measure)
    cells = count_along(case, keys, ("weight", *((case.cluster,) if case.cluster else ())))
    names = [JOIN.join(g) or EVERYONE for g in cells.groups]
    if reference is not None and reference not in names:
        raise no_group(JOIN.join(keys), reference, names)
    asked = places(case, rate)
    lines: list[dict[str, Any]] = []
    for at, label in asked:
        for g, name in enumerate(names):
            start = {
                "measure": measure,
                "by": JOIN.join(keys) or EVERYONE,
                "group": name,
                "at": label,
            }
            lines.append(start | _line(case, cells, rate, (at, g, names, reference)))
    words = {s: getattr(case.choices.words, s) for s in case.choices.words.__slots__}
    return made(
        case, measure, "rate" if reference is None else "gap", rate.says,
        INTERVAL if reference is None else GAP, lines, by=keys, among=rate.who.format(at="{at}", **words),
        does=rate.does.format(at="{at}", **words), at_name=at_name(rate),
        at_values=tuple(label for _, label in asked if label),
    )  # fmt: skip


def weighted_gaps(case: Case, measure: str, *, by: By, reference: By = None) -> Result:
    """How far each group's weighted rate lies from its reference's."""
    given = (reference,) if isinstance(reference, str) else reference
    told = given or tuple(case.group(k).reference for k in case.keys(by))
    if {REST, HIGHEST} & set(told):
        raise AuditError(
            f"Group {JOIN.join(case.keys(by))}: where rows weigh more than one, groups are compared with "
            f'one level, not with "{REST}" or "{HIGHEST}", whose weighted error is not worked out. '
            'Say which: reference = "<level>".'
        )
    chosen = JOIN.join(given) if given else declared_reference(case, case.keys(by))
    return weighted_rates(case, measure, by=by, reference=chosen)


def no_ratio() -> AuditError:
    """Weighted ratios are not offered."""
    return AuditError(
        "Ratios are not offered for weighted samples. Judge this measure on a gap, or drop the weight."
    )


def _line(
    case: Case, cells: Cells, rate: Rate, asked: tuple[int, int, list[str], str | None]
) -> dict[str, Any]:
    at, g, names, reference = asked
    y, w, cluster, group = _rows(case, cells, rate, at)
    mine = group == g
    told: dict[str, Any] = {"n": int(mine.sum())}
    if reference is None:
        found = survey.weighted_share(y[mine], w[mine], _of(cluster, mine), case.choices.level)
        return told | _shown(found, "logit")
    ref = names.index(reference)
    told |= {"reference": reference, "n_reference": int((group == ref).sum())}
    if g == ref:
        return told | {"estimate": 0.0, "low": np.nan, "high": np.nan, "note": SELF}
    both = mine | (group == ref)
    found = survey.weighted_gap(
        y[both], w[both], mine[both], _of(cluster, both), case.choices.level
    )
    return told | _shown(found, "identity")


def _rows(case: Case, cells: Cells, rate: Rate, at: int) -> tuple[Any, Any, Any, Any]:
    """One entry a row among those asked: whether it counts, its weight, cluster and group."""
    hits, among = masks(cells.states, rate, at)
    asked = among[cells.state]
    codes, values = cells.axes["weight"]
    weight = np.array([np.nan if v is None else float(v) for v in values])[codes]
    cluster = cells.axes[case.cluster][0] if case.cluster else None
    times = cells.n[asked]
    spread = [
        np.repeat(x[asked], times) for x in (hits[cells.state].astype(float), weight, cells.group)
    ]
    of = None if cluster is None else np.repeat(cluster[asked], times)
    return spread[0], spread[1], of, spread[2]


def _of(cluster: Any, rows: Any) -> Any:
    return None if cluster is None else cluster[rows]


def _shown(found: survey.Weighted, transform: str) -> dict[str, Any]:
    known = not np.isnan(found.low)
    effective = "" if np.isnan(found.effective) else f"effective n = {found.effective:,.0f}"
    return {
        "estimate": found.estimate if known else np.nan, "low": found.low, "high": found.high,
        "note": found.note or effective, "se": found.se if transform == "identity" else np.nan,
        "df": found.df, "transform": transform,
    }  # fmt: skip
