"""The pictures of what moves the score, and what a report tells of the model."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from wfaudit.case import Case
from wfaudit.choices import EVERYONE, JOIN, LEFT, PREDICTED
from wfaudit.errors import AuditError, not_one_of
from wfaudit.measures.asked import asked_first
from wfaudit.measures.drivers.every import DRIVERS
from wfaudit.measures.drivers.people import model_of
from wfaudit.measures.drivers.shares import GAP, IMPORTANCE
from wfaudit.models import Additive, Model, Trees
from wfaudit.result import Look, Moved, Result

if TYPE_CHECKING:
    from wfaudit.plots import Figure

MOST = 4  # waterfalls: a page of every one is large, and the tables tell the same
PARTS = 10  # of a gap, drawn one by one
SAYS = "mean prediction"
BEFORE, AFTER = "tier before", "tier after"


def waterfall(found: Result, group: str, *, most: int = PARTS) -> "Figure":
    """Draw the split of one group's gap: from the reference's mean prediction to the group's, input by input.

    The ``most`` inputs that carry most stand alone, the largest first, the others together; the last
    bar is the gap.
    """
    from wfaudit import plots  # matplotlib is heavy: numbers alone do without it
    from wfaudit.plots.waterfall import describe_waterfall
    from wfaudit.plots.waterfall import waterfall as drawn

    table: Any = found.table
    others = table[table["group"] != table["reference"]]
    mine = others[others["group"] == group]
    if found.measure != GAP or not len(mine):
        raise not_one_of("group in this gap", group, dict.fromkeys(others["group"]))
    by, reference = (next(iter(mine[column])) for column in ("by", "reference"))
    title = f"{found.choices.whom(by, group)} against {found.choices.whom(by, reference)}"
    how: dict[str, Any] = {"title": title, "unit": found.unit, "says": SAYS, "totals": (-1,)}
    bars = _bars(mine, most)
    return plots.Figure((drawn(bars, **how),), describe_waterfall(bars, **how))


def _bars(mine: Any, most: int) -> pd.DataFrame:
    """The largest parts, the others together, then the gap."""
    whole = mine[mine["at"] == PREDICTED].assign(at="gap in mean predictions")
    parts = mine[mine["at"] != PREDICTED]
    order = parts["estimate"].abs().sort_values(ascending=False, kind="stable").index
    single, rest = parts.loc[order[:most]], parts.loc[order[most:]]
    if len(rest) > 1:
        rest = rest.head(1).assign(
            at=_together(rest), estimate=rest["estimate"].sum(), low=float("nan"), high=float("nan"),
            note="together: no interval",
        )  # fmt: skip
    return pd.concat([single, rest, whole], ignore_index=True)


def _together(rest: Any) -> str:
    inputs = len(rest) - int((rest["at"] == LEFT).any())
    return f"{inputs} other inputs"


def heat(found: Result) -> "Figure":
    """Draw the largest inputs by group as a table of cells: importance, or parts of gaps."""
    from wfaudit import plots  # matplotlib is heavy: numbers alone do without it

    table: Any = found.table
    frame = table[(table["group"] != table["reference"]) & (table["at"] != LEFT)]
    return plots.cells(frame, scale=found.scale, title=found.definition.partition(";")[0])


def matrix(found: Result, group: str = EVERYONE) -> "Figure":
    """Draw who goes from which tier to which: shares of a group's people, and how many.

    ``found`` is a result whose second axis is a tier before and a tier after, joined by " & ".
    """
    from wfaudit import plots  # matplotlib is heavy: numbers alone do without it

    table: Any = found.table.assign(n=found.evidence["k"])
    mine = table[table["group"] == group]
    if not len(mine) or JOIN not in found.at_name:
        raise not_one_of("group in these moves", group, dict.fromkeys(table["group"]))
    both = mine["at"].str.split(JOIN, expand=True)
    mine = mine.assign(**{BEFORE: _in_order(both[0]), AFTER: _in_order(both[1])})
    who = found.choices.whom(next(iter(mine["by"])), group) if group != EVERYONE else EVERYONE
    how: dict[str, Any] = {
        "names": plots.Names(BEFORE, AFTER, BEFORE, AFTER), "scale": "rate",
        "title": f"{found.definition.partition(';')[0]}: {who}",
    }  # fmt: skip
    return plots.Figure((plots.heat(mine, counts=True, **how),), plots.describe_heat(mine, **how))


def _in_order(tiers: Any) -> Any:
    return pd.Categorical(tiers, list(dict.fromkeys(tiers)))


# --- what a report tells


def moved(case: Case, given: Any, results: Sequence[Result]) -> Moved | None:
    """What a report tells of the model: what it is, what must be said of it, its pictures."""
    mine = [r for r in results if r.measure in DRIVERS]
    if not mine or (given is None and case.model is None):
        return None
    try:
        model = model_of(case, given)
    except AuditError:  # the audit lists it under what could not be tested
        return None
    return Moved(
        name=model.name, kind=kind(model), inputs=model.inputs, notes=model.notes,
        measures=tuple(dict.fromkeys(r.measure for r in mine)), looks=tuple(looks(case, mine)),
    )  # fmt: skip


def kind(model: Model) -> str:
    """What a model is, in words.

    >>> from wfaudit.models import points
    >>> kind(points({"work": {"yes": 0, "no": 4}}))
    'a sum of one part an input, 1 input, gives points'
    """
    shapes: dict[Any, str] = {Additive: "a sum of one part an input", Trees: "a sum of trees"}
    shape = shapes.get(type(model.structure), "known by its answers alone")
    many = f"{len(model.inputs)} inputs" if len(model.inputs) != 1 else "1 input"
    what = {"probability": "a probability", "points": "points", "number": "a number"}[model.unit]
    return f"{shape}, {many}, gives {what}"


def looks(case: Case, results: Sequence[Result]) -> Iterator[Look]:
    """Importance of everybody, then by group; where each group's gap comes from, those asked first first."""
    one = {(r.measure, r.kind, r.by): r for r in results}
    importances = {
        by: r for (name, way, by), r in one.items() if name == IMPORTANCE and way != "gap"
    }
    if () in importances:
        found = importances[()]
        yield Look(title="How far each input moves the score", says=_lines(found), draw=found.plot)
    names = asked_first(case)
    for name in [name for name in names if (name,) in importances][:1]:
        found = importances[(name,)]
        title = f"How far each input moves the score, by {name}"
        says = f"{_first(found)} Intervals stand in the table below."
        yield Look(title=title, says=says, draw=partial(heat, found))
    for found, group in _drawn([r for name in names if (r := one.get((GAP, "gap", (name,))))]):
        yield Look(
            title=f"Where the gap in predictions comes from: {group}",
            says=_lines(found), draw=partial(waterfall, found, group),
        )  # fmt: skip


def _drawn(gaps: Sequence[Result]) -> Iterator[tuple[Result, str]]:
    """The groups whose gap is drawn: attributes in order, whole ones, as long as the page stays small."""
    drawn = 0
    for found in gaps:
        groups = _groups(found)
        if drawn and drawn + len(groups) > MOST:
            return
        yield from ((found, group) for group in groups[:MOST])
        drawn += len(groups)


def _first(found: Result) -> str:
    """What was measured, without how: that stands beside the tables."""
    return f"{found.definition.partition(';')[0]}."


def _lines(found: Result) -> str:
    return f"{_first(found)} Lines are intervals: {found.interval}."


def _groups(found: Result) -> list[str]:
    table: Any = found.table
    return list(dict.fromkeys(table[table["group"] != table["reference"]]["group"]))
