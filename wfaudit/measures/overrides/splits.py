"""A gap between decisions, split: what the advice brings, what people add or take away, tier by tier."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from wfaudit.case import Case
from wfaudit.choices import JOIN
from wfaudit.counts import has_table
from wfaudit.errors import no_group, not_one_of
from wfaudit.measures.made import By
from wfaudit.measures.overrides.limited import Split, limited, lines_of, said
from wfaudit.measures.overrides.parts import Detail, Scale, compared, lacking, lay
from wfaudit.measures.overrides.question import Question
from wfaudit.measures.values import declared_reference
from wfaudit.result import Result

if TYPE_CHECKING:
    from wfaudit.plots import Figure


def parts(
    case: Case, *, by: By = None, down_to: Detail = "tier", on: Scale = "flag", seed: int = 0
) -> Result:
    """What each group's decisions are made of: the advice, moves up and down from it, the decision.

    One row a part and group; the parts between "advice" and "decision" add up to what lies between
    these two. People with advice and a decision; those decided on without having seen the advice are a
    part of their own. ``on`` is "flag" (who is treated as flagged) or "tier" (the mean tier);
    ``down_to`` says how far to split: all that "people" did, by "way" (up, down), by "tier" of advice.

    >>> import wfaudit as wf
    >>> from wfaudit.measures.overrides.splits import parts
    >>> parts(wf.load("plain")).to_frame()[["at", "estimate"]].round(3).values.tolist()[2:4]
    [['moved up from medium', 0.037], ['moved down from high', -0.026]]
    """
    case = case.by_deciders
    asked = _asked(case, by, down_to, on, seed)
    limits, names = limited(asked), asked.laid.counts.names
    found = [lines_of(asked, (g,), limits) for g in range(len(names))]
    lines = [
        asked.line(row, g, name) | found[g][at]
        for at, row in enumerate(asked.laid.rows)
        for g, name in enumerate(names)
    ]
    return asked.result("value", lines)


def split(
    case: Case, *, by: By, down_to: Detail = "tier", on: Scale = "flag", reference: By = None, seed: int = 0
) -> Result:  # fmt: skip
    """How far each group lies from its reference in the end, split into what brought it there.

    The row "advice" is the gap of the advice alone, "decision" that of the decisions; the rows between
    are what people added or took away and add up to the difference exactly. ``on`` and ``down_to`` as
    in ``parts``; "cause" splits each move from a tier once more, into composition and rate, in the
    manner of Kitagawa (1955): no remainder. A tier that one side lacks has no rate there and is taken
    to have the other's, so that all of it is composition.

    Counts are drawn anew within each group (multinomial, seeded), or clusters left out one at a time.
    A part keeps its estimate where it has no interval, so that parts always add up; the note says why.

    >>> import wfaudit as wf
    >>> from wfaudit.measures.overrides.splits import split
    >>> found = split(wf.load("plain"), by="sex").to_frame().query("group == 'women'")
    >>> bool(abs(found["estimate"].iloc[:-1].sum() - found["estimate"].iloc[-1]) < 1e-12)
    True
    """
    case = case.by_deciders
    asked = _asked(case, by, down_to, on, seed)
    chosen = declared_reference(case, asked.keys, reference)
    names = asked.laid.counts.names
    if chosen not in names:
        raise no_group(JOIN.join(asked.keys), chosen, names)
    ref, limits = names.index(chosen), limited(asked)
    found = [lines_of(asked, (g, ref), limits) for g in range(len(names))]
    lines: list[dict[str, Any]] = []
    for at, row in enumerate(asked.laid.rows):
        theirs = asked.line(row, ref, chosen)
        pair = {"reference": chosen, "n_reference": theirs["n"], "k_reference": theirs["k"]}
        lines += [asked.line(row, g, name) | pair | found[g][at] for g, name in enumerate(names)]
    return asked.result("gap", lines)


def waterfall(found: Result, group: str) -> "Figure":
    """Draw the split of one group: bars from the gap of the advice to that of the decisions."""
    from wfaudit import plots  # matplotlib is heavy: numbers alone do without it
    from wfaudit.plots.waterfall import describe_waterfall, waterfall

    mine: Any = found.table[found.table["group"] == group]
    if found.kind != "gap" or not len(mine):
        raise not_one_of("group in this split", group, dict.fromkeys(found.table["group"]))
    by, reference = (next(iter(mine[column])) for column in ("by", "reference"))
    title = f"{found.choices.whom(by, group)} against {found.choices.whom(by, reference)}"
    drawn = waterfall(mine, title=title, unit=found.unit)
    return plots.Figure((drawn,), describe_waterfall(mine, title=title, unit=found.unit))


def _asked(case: Case, by: By, down_to: Detail, on: Scale, seed: int) -> Split:
    keys = case.keys(by)
    return Split(case, keys, on, down_to, lay(case, keys, on, down_to), seed)


# --- questions of an audit


def _ask(case: Case, on: Scale, down_to: Detail) -> Iterable[Result]:
    """Parts of everyone's and every group's decisions, and the gaps between them; causes only of gaps."""
    for keys in [(), *((g.name,) for g in case.groups)]:
        if down_to != "cause" and has_table(case, keys):
            yield parts(case, by=keys or None, down_to=down_to, on=on)
    for keys in compared(case):
        yield split(case, by=keys, down_to=down_to, on=on)


def _question(on: Scale, down_to: Detail) -> Question:
    ask = partial(_ask, on=on, down_to=down_to)
    return Question(says=said(on, down_to), lacks=partial(lacking, on=on), ask=ask)


QUESTIONS: dict[str, Question] = {
    "decision_rate_people_part": _question("flag", "people"),
    "decision_rate_part": _question("flag", "tier"),
    "decision_rate_cause_part": _question("flag", "cause"),
    "mean_decision_part": _question("tier", "tier"),
}
