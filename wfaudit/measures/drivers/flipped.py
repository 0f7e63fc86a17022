"""One input set to another value, everything else kept: whose tier changes, and from which to which."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.case import Case
from wfaudit.choices import JOIN, NOT_RECORDED
from wfaudit.errors import not_one_of
from wfaudit.measures.asked import Compare
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.drivers import anew
from wfaudit.measures.drivers.anew import UNUSED, Said, changed, noted
from wfaudit.measures.drivers.people import behind_of
from wfaudit.measures.drivers.question import Question, without_model
from wfaudit.measures.drivers.tally import AMOUNT, Tally, met
from wfaudit.measures.drivers.tiers import no_tiers, tiering
from wfaudit.measures.made import By
from wfaudit.models import Model
from wfaudit.result import Result

Values = Mapping[str, Any]
MOVES = {"changes": "tier_change_rate", "up": "tier_up_rate", "down": "tier_down_rate"}
DOES = {
    "changes": "changes",
    "up": "moves up the order of tiers",
    "down": "moves down the order of tiers",
}
FLOW = "tier_flow_share"
COLUMNS = (*AMOUNT, "possible", "changes", "up", "down", "size")


@dataclass(frozen=True, slots=True, eq=False)
class Flip:
    """One question: who is asked about (by inputs and values), and what becomes of them."""

    label: str
    to: Values
    among: Values


def flips(
    case: Case, model: Any, values: Values | None = None, *, tells: str = "changes", by: By = None,
    compare: Compare = False,
) -> Result:  # fmt: skip
    """Share of people whose tier changes ("up", "down") when one input has another value, all else kept.

    ``values`` names inputs and the value each is set to, one input at a time; without it every
    input is set to its most frequent value (texts) or its median (numbers) among everybody.
    Profiles that can't exist are left out, and counted in the note.

    >>> from wfaudit.models import points
    >>> people = pd.DataFrame({"score": [0, 4] * 20, "work": ["yes", "no"] * 20})
    >>> roles = {"score": {"column": "score", "resolution": 1}, "flagged": {"score_at_least": 3}}
    >>> case = Case.from_dict({"source": people, "roles": roles, "inputs": {"work": {}}})
    >>> found = flips(case, points({"work": {"yes": 0, "no": 4}}), {"work": "yes"}, tells="down")
    >>> found.to_frame()[["at", "n", "estimate"]].values.tolist()
    [['work', 40, 0.5]]
    """
    if tells not in MOVES:
        raise not_one_of("move", tells, MOVES)
    asked = tiered(case, model, MOVES[tells])
    chosen, told = _chosen(case, asked, values)
    each = [Flip(name, {name: value}, {}) for name, value in chosen.items()]
    key = ("flips", tuple((name, str(value)) for name, value in chosen.items()))
    tally = anew.remembered(case, asked, by, key, lambda keys: fold_flips(case, asked, each, keys))
    found = tell(
        case, _told(MOVES[tells], tells, told), tally.laid(by, ("possible", tells)), compare=compare
    )
    return noted(found, _left_out(asked, tally, found, chosen, by))


def flip_matrix(case: Case, model: Any, name: str, value: Any, *, by: By = None) -> Result:
    """From which tier to which people go when one input has another value: shares of the group.

    ``at`` is the tier before & after. Counts stand in the evidence.

    >>> from wfaudit.models import points
    >>> people = pd.DataFrame({"score": [0, 4, 4, 4], "work": ["yes", "no", "no", "no"]})
    >>> roles = {"score": {"column": "score", "resolution": 1}, "flagged": {"score_at_least": 3}}
    >>> case = Case.from_dict({"source": people, "roles": roles, "inputs": {"work": {}}})
    >>> found = flip_matrix(case, points({"work": {"yes": 0, "no": 4}}), "work", "yes")
    >>> found.evidence["k"][found.table["at"] == "flagged & not flagged"].tolist()
    [3]
    """
    asked = tiered(case, model, FLOW)
    value = anew.read(asked, behind_of(case, asked).rows, name, value)
    order = (*tiering(case, asked).order, "no result")
    labels = [JOIN.join((one, other)) for one in order for other in order]
    say = anew.teller(case, asked)
    tally = Tally(case, case.keys(by), labels, ("n", "k"))
    for people, code, _ in met(case, asked, tally):
        before = say(people)
        after, possible = changed(asked, say, people, before, {name: value})
        went = (before.tier % len(order)) * len(order) + after.tier % len(
            order
        )  # -1 is the last: no result
        for at in range(len(labels)):
            tally.add(code[possible], at, n=np.ones(possible.sum()), k=went[possible] == at)
    told = Told(
        measure=FLOW, at_name="tier before & after", judged=False,
        says=f"Share of {{people}} from each tier to each, where “{name}” is {said(value)} and all "
        "else is kept",
        does="go from “{at}”",
    )  # fmt: skip
    return tell(case, told, tally.laid(by, ("n", "k")))


# --- asked


def tiered(case: Case, given: Any, measure: str) -> Model:
    """The model, where its predictions become tiers."""
    model = anew.ready(case, given, measure)
    tiering(case, model)
    return model


def _chosen(case: Case, model: Model, values: Values | None) -> tuple[dict[str, Any], str]:
    """The value that each input is set to, and how these were chosen."""
    behind = behind_of(case, model)
    if values is None:
        usual = {name: usual_value(behind.rows[name]) for name in model.inputs}
        says = f"set to its most frequent value (texts) or its median (numbers) among {behind.says}"
        return usual, says
    return {
        n: anew.read(model, behind.rows, n, v) for n, v in values.items()
    }, "set to another value"


def usual_value(column: Any) -> Any:
    """The most frequent text, or the median of numbers (a value that occurs); none where nothing is recorded.

    >>> usual_value(pd.Series([1.0, 2.0, 9.0, None])), usual_value(pd.Series(["b", "a", "b"]))
    (2.0, 'b')
    """
    known = column[~pd.isna(column)]
    if len(known) == 0:
        return None
    if pd.api.types.is_numeric_dtype(column):
        return float(np.quantile(known.to_numpy(float), 0.5, method="inverted_cdf"))
    values, n = np.unique(known.astype(str), return_counts=True)
    return str(values[np.argmax(n)])


def said(value: Any) -> str:
    """A value in words."""
    return (
        NOT_RECORDED if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    )


def fold_flips(case: Case, model: Model, asked: Sequence[Flip], keys: Any) -> Tally:
    """Everybody asked about once as they are and once for every flip."""
    say = anew.teller(case, model)
    tally = Tally(case, keys, [flip.label for flip in asked], COLUMNS, anew.spread_of(case, model))
    for people, code, _ in met(case, model, tally):
        before = say(people)
        for at, flip in enumerate(asked):
            mine = np.flatnonzero(_among(people, flip.among))
            there = Said(before.score[mine], before.tier[mine])
            after, possible = changed(model, say, people.iloc[mine], there, flip.to)
            tally.add(code[mine[possible]], at, **_moved(tally, there, after, possible))
    return tally


def _among(people: pd.DataFrame, among: Values) -> Any:
    mine = np.ones(len(people), dtype=bool)
    for name in among:
        mine &= ~anew.differs(people[name], anew.put(people, {name: among[name]})[name])
    return mine


def _moved(tally: Tally, before: Said, after: Said, possible: Any) -> dict[str, Any]:
    """What a flip does to each person whose new profile can exist; no result is neither above nor below."""
    was, now = before.tier[possible], after.tier[possible]
    known = (was >= 0) & (now >= 0)
    shift = tally.amounts((after.score - before.score)[possible])
    return shift | {
        "possible": np.ones(len(was)), "changes": was != now, "up": known & (now > was),
        "down": known & (now < was), "size": np.abs(shift["total"]),
    }  # fmt: skip


# --- told


def _left_out(model: Model, tally: Tally, found: Result, chosen: Values, by: By) -> list[str]:
    """What each row is set to, and how many of the group could not exist then."""
    everybody = dict(zip(*tally.everybody(by), strict=True))
    works, notes = anew.used(model), list[str]()
    for row in found.table.to_dict("records"):
        left = int(everybody[row["group"]]) - int(row["n"])
        out = f"; {left:,} left out, for their profile can't exist" if left else ""
        exact = "" if row["at"] in works else f"; {UNUSED}"
        notes.append(f"set to {said(chosen[row['at']])}{out}{exact}")
    return notes


def _told(measure: str, tells: str, told: str) -> Told:
    return Told(
        measure=measure, judged=False, at_name="input",
        says=f"Share of {{people}} whose tier {DOES[tells]} where one input is {told}, everything "
        "else kept",
        does=f"would be in another tier ({DOES[tells]}) were “{{at}}” another",
    )  # fmt: skip


# --- what an audit asks


def lacks_tiers(case: Case, model: Any) -> str:
    """Why a model can't be asked whose tier changes, or nothing."""
    if why := without_model(case, model):
        return why
    return no_tiers(case, anew.model_of(case, model))


def _lacks(case: Case, model: Any) -> str:
    return lacks_tiers(case, model) or anew.too_many(
        case, model, lambda m: len(anew.used(m)), "flips"
    )


def _everywhere(case: Case, model: Any, tells: str) -> Iterator[Result]:
    yield flips(case, model, tells=tells)
    for group in case.groups:
        yield flips(case, model, tells=tells, by=group.name)


QUESTIONS: dict[str, Question] = {
    **{
        measure: Question(
            says=f"Share of {{people}} whose tier {DOES[tells]} where one input is set to its "
            "usual value, everything else kept",
            lacks=_lacks, ask=lambda case, model, tells=tells: _everywhere(case, model, tells),
        )
        for tells, measure in MOVES.items()
    },
}  # fmt: skip
