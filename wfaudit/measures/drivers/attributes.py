"""One attribute exchanged for another, everything else kept: whose tier changes, how the score does."""

from collections.abc import Iterator
from typing import Any

from wfaudit.case import Case
from wfaudit.choices import JOIN
from wfaudit.errors import AuditError, not_one_of
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.drivers import anew
from wfaudit.measures.drivers.flipped import (
    DOES,
    Flip,
    Values,
    fold_flips,
    lacks_tiers,
    said,
    tiered,
)
from wfaudit.measures.drivers.people import behind_of
from wfaudit.measures.drivers.question import Question
from wfaudit.measures.drivers.tally import AMOUNT, Tally
from wfaudit.measures.made import By
from wfaudit.models import Model
from wfaudit.result import Result

ATTRIBUTE, SHIFT = "attribute_flip_rate", "attribute_flip_score_change"
UP, DOWN = "attribute_flip_up_rate", "attribute_flip_down_rate"
MOST_LEVELS = 6  # values of an attribute that an audit exchanges for each other
TELLS = {"changes": ATTRIBUTE, "up": UP, "down": DOWN, "score": SHIFT}


def attribute_flipped(
    case: Case, model: Any, one: Values, other: Values, *, tells: str = "changes", by: By = None
) -> Result:
    """Of people with some value(s), how many change tier when it becomes another, everything else kept.

    ``one`` and ``other`` name inputs and values: ``other`` may name several that are changed
    together. ``tells`` is "changes", "up", "down", or "score" for the mean change of the score.

    >>> from wfaudit.systems import load
    >>> from wfaudit.systems.amas import COEFFICIENTS, every_profile
    >>> inputs = {name: {} for name in COEFFICIENTS}
    >>> case = Case.from_dict({"source": every_profile(), "groups": {"age": {}}, "inputs": inputs})
    >>> man = {"gender": "male"}
    >>> found = attribute_flipped(case, load("amas"), man, {"gender": "female"})
    >>> int(found.evidence["k"][0]), int(found.table["n"][0])
    (693, 27000)
    """
    if tells not in TELLS:
        raise not_one_of("move", tells, TELLS)
    asked = tiered(case, model, ATTRIBUTE)
    rows = behind_of(case, asked).rows
    flip = _named(asked, rows, one, other)
    tally = anew.remembered(
        case, asked, by, ("flip", flip.label), lambda keys: fold_flips(case, asked, [flip], keys)
    )
    return _exchanged(case, asked, tally, tells, by)


def _named(model: Model, rows: Any, one: Values, other: Values) -> Flip:
    """A flip of attributes, both sides read as the model's columns hold them."""
    if not one or not other:
        raise AuditError(
            'Name whom to ask about and what to change: {"gender": "male"}, {"gender": "female"}.'
        )
    mine = {name: anew.read(model, rows, name, value) for name, value in one.items()}
    theirs = {name: anew.read(model, rows, name, value) for name, value in other.items()}
    sides = [
        JOIN.join(f"{name} {said(value)}" for name, value in side.items())
        for side in (mine, theirs)
    ]
    return Flip(" to ".join(sides), theirs, mine)


# --- told


def _exchanged(case: Case, model: Model, tally: Tally, tells: str, by: By) -> Result:
    if tells == "score":
        told = Told(
            measure=SHIFT, judged=False, at_name="attribute", unit="number", of="mean", stands=True,
            says=f"Mean change of the score ({model.unit}) of {{people}} when an attribute is "
            "exchanged, everything else kept",
            sentence="{at} changes the score of {group} by {mine} and of {reference} by {theirs} "
            "on average",
        )  # fmt: skip
        return tell(case, told, tally.laid(by, AMOUNT))
    told = Told(
        measure=TELLS[tells], judged=False, at_name="attribute",
        says=f"Share whose tier {DOES[tells]} when an attribute is exchanged, everything else "
        f"kept, among {{people}} who have "
        "the first value and whose other profile can exist",
        does=f"would be in another tier ({DOES[tells]}) with {{at}}",
    )  # fmt: skip
    return tell(case, told, tally.laid(by, ("possible", tells)))


# --- what an audit asks


def protected(case: Case, model: Model) -> list[Flip]:
    """Inputs that are attributes people are compared by: every value exchanged for every other."""
    columns = {group.column for group in case.groups if not group.bands}
    mine = [
        n for n, spec in case.inputs if spec["column"] in columns or spec.get("special_category")
    ]
    rows, found = behind_of(case, model).rows, list[Flip]()
    for name in model.inputs:
        if name in mine or any(spec["column"] == name for n, spec in case.inputs if n in mine):
            levels = sorted(rows[name].dropna().unique())
            if 2 <= len(levels) <= MOST_LEVELS:
                found += [
                    _named(model, rows, {name: a}, {name: b})
                    for a in levels
                    for b in levels
                    if a != b
                ]
    return found


def _lacks_protected(case: Case, model: Any) -> str:
    if why := lacks_tiers(case, model):
        return why
    flipped = protected(case, anew.model_of(case, model))
    return (
        ""
        if flipped
        else "no input is an attribute that people are compared by, nor declared as "
        "special_category"
    )


def _ask_protected(case: Case, model: Any, tells: str) -> Iterator[Result]:
    asked = anew.model_of(case, model)
    flipped = protected(case, asked)
    key = ("attributes", tuple(flip.label for flip in flipped))
    tally = anew.remembered(
        case, asked, None, key, lambda keys: fold_flips(case, asked, flipped, keys)
    )
    yield _exchanged(case, asked, tally, tells, None)
    for group in case.groups:
        if set(tally.over.keys) >= {group.name}:
            yield _exchanged(case, asked, tally, tells, group.name)


_SAYS = {
    "changes": "Share of {people} with one value of an attribute whose tier changes when it is "
    "another",
    "up": "Share of {people} with one value of an attribute whose tier moves up when it is another",
    "down": "Share of {people} with one value of an attribute whose tier moves down when it is "
    "another",
    "score": "Mean change of the score of {people} when an attribute is exchanged, everything else "
    "kept",
}
QUESTIONS: dict[str, Question] = {
    measure: Question(
        says=_SAYS[tells], lacks=_lacks_protected,
        ask=lambda case, model, tells=tells: _ask_protected(case, model, tells),
    )
    for tells, measure in TELLS.items()
}  # fmt: skip
