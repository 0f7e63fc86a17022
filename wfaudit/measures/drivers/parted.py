"""Each input's part in a gap, split once more: people differ in it, or the same value moves them differently.

An attribution hangs on the value a person has and, where inputs act together, on all the others too. By
value (or band of values) the part of an input is put down to how often each value is found, and to how far
the same value moves people of one group and of the other. In a sum the second is nothing.
"""

from collections.abc import Iterator
from typing import Any, Unpack

import numpy as np

from wfaudit.case import Case
from wfaudit.choices import HIGHEST, REST
from wfaudit.errors import AuditError
from wfaudit.estimators import leftout
from wfaudit.estimators.estimates import ANY, Estimate
from wfaudit.estimators.kitagawa import kitagawa
from wfaudit.estimators.leftout import Read, Scale
from wfaudit.estimators.oaxaca import Valued, split
from wfaudit.measures.clustered import jackknife
from wfaudit.measures.compared import numbers
from wfaudit.measures.drivers.folded import Floats, Folded, levels_of
from wfaudit.measures.drivers.how import How
from wfaudit.measures.drivers.question import Question, without_model
from wfaudit.measures.drivers.shares import attributed, told_way
from wfaudit.measures.made import made
from wfaudit.result import SELF, Result

MEASURE = "attribution_gap_part"
HELD, WORTH = "they differ in it", "the same value counts differently"
SAYS = (
    "The gap between mean predictions, each input's part split into what people differ in and how the "
    "same value counts, by value or band of values"
)
SENTENCE = "The part of {at} in the gap between mean predictions of {group} and {reference}"


def gap_parts(
    case: Case, model: Any, *, by: str, reference: str | None = None, **how: Unpack[How]
) -> Result:
    """Each input's part in the gap, split into two that add up to it; ``at`` holds input & part.

    Values are those of the background: each by itself up to fifty, else 25 bands of like many people.
    Limits over people (delta method, Welch) or over clusters. Other words: ``drivers.How``.

    >>> import pandas as pd
    >>> from wfaudit.models import points
    >>> work = ["yes", "no", "no"] * 10 + ["yes", "yes", "no"] * 10
    >>> people = pd.DataFrame({"sex": ["women"] * 30 + ["men"] * 30, "work": work})
    >>> declared = {"source": people, "groups": {"sex": {"reference": "men"}}, "inputs": {"work": {}}}
    >>> found = gap_parts(Case.from_dict(declared), points({"work": {"yes": 0, "no": 3}}), by="sex")
    >>> found.to_frame().query("group == 'women'")[["at", "estimate"]].round(9).values.tolist()
    [['work & they differ in it', 1.0], ['work & the same value counts differently', 0.0]]
    """
    (key,) = case.keys(by)
    chosen = _reference(case, key, reference)
    folded = attributed(case, model, by=by, **how)
    lines = [
        line
        for level in levels_of(case, key)
        for at, name in enumerate(folded.inputs)
        for line in _lines(folded, key, at, name, (level, chosen))
    ]
    limits = jackknife(case) if case.cluster else "interval by the influence of each person (Welch)"
    return made(
        case, MEASURE, "gap", f"{SAYS}, {told_way(folded)}", limits, lines, by=(key,), unit="number",
        sentence=SENTENCE, judged=False, at_name="input & part",
        at_values=tuple(f"{n} & {part}" for n in folded.inputs for part in (HELD, WORTH)),
    )  # fmt: skip


def _reference(case: Case, key: str, given: str | None) -> str:
    chosen = given or case.group(key).reference
    if chosen in (REST, HIGHEST, "", None) or chosen not in levels_of(case, key):
        raise AuditError(
            f"A gap is split against one level of {key}: reference = "
            f'"{levels_of(case, key)[0]}". There are {len(levels_of(case, key))} levels.'
        )
    return chosen


def _lines(
    folded: Folded, key: str, at: int, name: str, pair: tuple[str, str]
) -> Iterator[dict[str, Any]]:
    levels = levels_of(folded.case, key)
    mine, theirs = (levels.index(one) for one in pair)
    table = folded.valued(key, at)  # parts by levels by values by sums
    n, n_reference = (int(table[:, side, :, 0].sum()) for side in (mine, theirs))
    if n == 0:
        return
    found = _shown(folded, table[:, mine], table[:, theirs])
    for place, part in enumerate((HELD, WORTH)):
        line = {
            "measure": MEASURE, "by": key, "group": pair[0], "reference": pair[1],
            "at": f"{name} & {part}", "n": n, "n_reference": n_reference,
        }  # fmt: skip
        itself = {"estimate": 0.0, "low": np.nan, "high": np.nan, "se": np.nan, "note": SELF}
        yield line | (itself if mine == theirs else numbers(found, place, stands=True))


def _shown(folded: Folded, mine: Floats, theirs: Floats) -> Estimate:
    level = folded.case.choices.level
    if folded.parts is not None:
        parts = [_read(mine.sum(axis=0) - mine, theirs.sum(axis=0) - theirs)]
        full = _read(mine.sum(axis=0), theirs.sum(axis=0))
        return leftout.left_out(full, parts, Scale("identity", ANY), level)
    one, other = (Valued.of(side.sum(axis=0)) for side in (mine, theirs))
    return _side_by_side(*split(one, other, level))


def _read(mine: Floats, theirs: Floats) -> Read:
    """Both parts, and the people of both sides behind them; the last axes are values by sums."""
    sides = [Valued.of(side).strata for side in (mine, theirs)]
    value = np.stack([part.sum(axis=-1) for part in kitagawa(sides[0], sides[1])], axis=-1)
    people = np.stack([np.broadcast_to(one.total, value.shape) for one in sides])
    return value, people


def _side_by_side(*found: Any) -> Any:
    """Estimates of one number each, side by side."""
    fields = {
        name: np.array([getattr(one, name) for one in found]) for name in type(found[0]).__slots__
    }
    fields |= {name: np.array([getattr(one, name) for one in found]) for name in Estimate.__slots__}
    return type(found[0])(**fields)


def _parts(case: Case, model: Any) -> Iterator[Result]:
    for group in case.groups:
        if group.reference and group.reference not in (REST, HIGHEST):
            yield gap_parts(case, model, by=group.name)


QUESTIONS: dict[str, Question] = {
    MEASURE: Question(
        says="Whether groups differ in an input, or the same value counts differently for them",
        lacks=without_model, ask=_parts,
    ),
}  # fmt: skip
