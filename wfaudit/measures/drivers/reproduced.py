"""Is this the model that made these scores? Its predictions are held against what is on record."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.case.decode import Quality
from wfaudit.errors import AuditError, rows, shown
from wfaudit.measures.asked import everywhere
from wfaudit.measures.compared import Rows, Told, finished, tell
from wfaudit.measures.drivers.compared import SCORE, TIER, Compared, compared, labels
from wfaudit.measures.drivers.people import behind_of, model_of
from wfaudit.measures.drivers.question import Question, without_model
from wfaudit.measures.gathered import Floats, laid
from wfaudit.measures.made import NOBODY, By
from wfaudit.result import Result

REPRODUCED, LARGEST = "reproduced_share", "largest_score_difference"
ENOUGH = 0.99
NOT_THESE = (
    "below 0.99: all that is told of drivers describes the model that was given, not the scores on "
    "record"
)
NO_LIMITS = (
    "the largest difference among these very people, not an estimate for others: no interval"
)
SAME = Told(
    measure=REPRODUCED,
    says="Share of {people} to whom the model gives what is on record (scores less than one step of the "
    "declared resolution apart; no score counts as the same as no score)",
    does="have the same {at} from the model as on record", at_name="what is compared", judged=False,
)  # fmt: skip
APART = Told(
    measure=LARGEST,
    says="Largest difference between the model's prediction and the score on record, among {people} who "
    "have both",
    sentence="Prediction and score on record differ by up to {mine} in {group} and {theirs} in {reference}",
    unit="number", judged=False, of="mean",
)  # fmt: skip


def reproduces(case: Case, model: Any = None, *, by: By = None) -> Result:
    """Share of people whose prediction is the score (and the tier) on record, by group.

    Scores agree where they are less than one step of the declared resolution apart: records may be rounded
    or cut off. Wilson intervals, or a jackknife over clusters. Below 0.99 a note says what that means.

    >>> import pandas as pd
    >>> from wfaudit.models import points
    >>> people = pd.DataFrame({"score": [0, 4, 4, 3], "work": ["yes", "no", "no", "no"]})
    >>> roles = {"score": {"column": "score", "resolution": 1}}
    >>> case = Case.from_dict({"source": people, "roles": roles, "inputs": {"work": {}}})
    >>> found = reproduces(case, points({"work": {"yes": 0, "no": 4}}))
    >>> found.to_frame()[["at", "n", "estimate"]].values.tolist()
    [['score', 4, 0.75]]
    """
    asked = _held(case, model)
    told = labels(case, asked)
    found = compared(case, asked).cells
    n = np.broadcast_to(found.n[:, None], (len(found.n), len(told)))
    columns = np.stack([n, found.columns(*told)], axis=-1)
    return _noted(tell(case, SAME, laid(case, case.keys(by), found, columns, told)))


def differs(case: Case, model: Any = None, *, by: By = None) -> Result:
    """The largest difference between prediction and score on record, by group: of these people alone.

    >>> import pandas as pd
    >>> from wfaudit.models import points
    >>> people = pd.DataFrame({"score": [0, 4, 4, 1], "work": ["yes", "no", "no", "no"]})
    >>> case = Case.from_dict({"source": people, "roles": {"score": "score"}, "inputs": {"work": {}}})
    >>> differs(case, points({"work": {"yes": 0, "no": 4}})).to_frame()[["n", "estimate"]].values.tolist()
    [[4, 3.0]]
    """
    asked = _held(case, model, SCORE)
    keys, found = case.keys(by), compared(case, asked)
    both = (found.cells.n * ~np.isnan(found.largest))[:, None]
    counts = laid(case, keys, found.cells, both)
    into, groups = found.cells.placed(case, keys)
    largest = np.full(len(groups), np.nan)
    np.fmax.at(largest, into, found.largest)
    lines = list(Rows(APART, counts, "", counts.whole[:, 0, 0], None).lines(_of(largest)))
    return finished(case, APART, "value", "interval: none", lines, counts)


def _of(largest: Floats) -> Any:
    def line(at: int, _: list[int]) -> dict[str, Any]:
        known = not np.isnan(largest[at])
        return {
            "estimate": float(largest[at]), "low": np.nan, "high": np.nan,
            "note": NO_LIMITS if known else NOBODY,
        }  # fmt: skip

    return line


def _noted(found: Result) -> Result:
    table = found.table.copy()
    table["note"] = [
        NOT_THESE if not note and share < ENOUGH else note
        for share, note in zip(table["estimate"], table["note"], strict=True)
    ]
    return replace(found, table=table)


def _held(case: Case, model: Any, *needs: str) -> Any:
    """The model as it is asked about this case; stops where nothing is on record to hold it against."""
    asked = model_of(case, model)
    told = labels(case, asked)
    if not told or not set(needs) <= set(told):
        raise AuditError(
            f"The model's predictions can't be compared: {NO_RECORD}. Declare a score, or a tier with its "
            "cuts."
        )
    return asked


# --- what an audit asks, and what it says of the model before anything else

NO_RECORD = "the case declares no score (and no tier that predictions lead to)"


def _lacks(case: Case, model: Any) -> str:
    if why := without_model(case, model):
        return why
    return "" if labels(case, model_of(case, model)) else NO_RECORD


def _lacks_score(case: Case, model: Any) -> str:
    if why := without_model(case, model):
        return why
    return "" if SCORE in case.roles else NO_RECORD


def _shares(case: Case, model: Any) -> Iterator[Result]:
    yield from everywhere(case, lambda by: reproduces(case, model, by=by), compared=False)


def _largest(case: Case, model: Any) -> Iterator[Result]:
    yield from everywhere(case, lambda by: differs(case, model, by=by), compared=False)


QUESTIONS: dict[str, Question] = {
    REPRODUCED: Question(
        says="Whether the model gives {people} the scores and tiers that are on record", lacks=_lacks,
        ask=_shares,
    ),
    LARGEST: Question(
        says="How far the model's predictions and the scores on record differ at most",
        lacks=_lacks_score, ask=_largest,
    ),
}  # fmt: skip


def is_asked(case: Case, model: Any) -> bool:
    """Whether an audit asks a model about the people of a case at all."""
    return "weight" not in case.roles and not without_model(case, model)


def looked_at(case: Case, model: Any) -> tuple[Quality, ...]:
    """What to know of a model first: it differs from the record, is constant, has an input off its scale.

    Asks it about everybody, so that a model that stops, or answers nonsense, stops the audit. Nothing where
    no model can be asked.
    """
    if not is_asked(case, model):
        return ()
    asked, found = model_of(case, model), compared(case, model)
    return (
        *_differing(case, found), *_constant(asked.name, found), *_beyond(case, found),
        *_single(case, asked),
    )  # fmt: skip


def _differing(case: Case, found: Compared) -> Iterator[Quality]:
    for label in (SCORE, TIER):
        if label in found.cells.sums:
            off = int(found.cells.n.sum() - found.cells.sums[label].sum())
            most = float(np.nanmax(found.largest, initial=0.0))
            far = f" (at most {most:.4g} apart, where there are both)" if label == SCORE else ""
            many = f"{rows(off)} of {found.cells.n.sum():,.0f}"
            says = f"In {many} the model's {label} is not the one on record{far}."
            if off:
                yield Quality("prediction differs", says, case.roles[label].column, off)


def _constant(name: str, found: Compared) -> Iterator[Quality]:
    if found.lowest == found.highest:
        says = f"{name} gives everybody the same score, so nothing moves it."
        yield Quality("constant prediction", says, "", int(found.cells.n.sum()))


def _beyond(case: Case, found: Compared) -> Iterator[Quality]:
    for name, many in found.beyond.items():
        says = (
            f"Every value of the input {shown(name)} lies on one side of all cut points ({many:,}) that "
            "the model asks it about, so it moves nobody: check that its unit and scale are those of "
            "training."
        )
        yield Quality("input beyond its cuts", says, name, case.door.rows)


def _single(case: Case, model: Any) -> Iterator[Quality]:
    behind = behind_of(case, model)
    if len(behind.rows) == 1:
        says = f"The background is a single row ({behind.says}): everybody is compared with one profile."
        yield Quality("background of one row", says, "", 1)


__all__ = ["QUESTIONS", "differs", "is_asked", "looked_at", "reproduces"]
