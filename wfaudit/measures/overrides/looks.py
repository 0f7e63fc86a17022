"""The pictures of what people do with the advice, as far as a case can carry them."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from wfaudit.case import Case
from wfaudit.measures.asked import asked_first
from wfaudit.measures.overrides.caseloads import unasked
from wfaudit.measures.overrides.deciders import funnel
from wfaudit.measures.overrides.flows import flow
from wfaudit.measures.overrides.splits import waterfall
from wfaudit.result import Look, Result

MOST = 6  # panels of a flow, and waterfalls


def looks(case: Case, results: Sequence[Result]) -> tuple[Look, ...]:
    """From advice to decision and outcome, what people added to a gap, and how caseworkers differ."""
    return tuple([*_flows(case), *_waterfalls(case, results), *_funnels(case)])


def _flows(case: Case) -> Iterator[Look]:
    hidden = case.evidence == "counts"
    if case.lacks(("decision",)) or hidden or "weight" in case.roles:
        return
    by = next((n for n in asked_first(case) if len(case.door.levels[n]) <= MOST), None)
    told = flow(case, by=by)
    yield Look(
        title="From the advice to the decision and what came" + (f", by {by}" if by else ""),
        says="Widths are shares of each group; paths of very few people are put together.",
        draw=told.plot,
    )


def _waterfalls(case: Case, results: Sequence[Result]) -> Iterator[Look]:
    split = {r.by: r for r in results if r.measure == "decision_rate_part" and r.kind == "gap"}
    for result in [split[(name,)] for name in asked_first(case) if (name,) in split][:1]:
        table: Any = result.table
        others = table[table["group"] != table["reference"]]
        for group in list(dict.fromkeys(others["group"]))[:MOST]:
            yield Look(
                title=f"What people added to the gap: {group}",
                says=result.definition,
                draw=_drawn(result, group),
            )


def _funnels(case: Case) -> Iterator[Look]:
    if not unasked(case, "override_rate", "decided_by"):
        told = funnel(case)
        yield Look(
            title="Each caseworker beside what chance alone would show",
            says="One mark is one caseworker; who had few people is not shown, and nobody is named.",
            draw=told.plot,
        )


def _drawn(result: Result, group: str) -> Callable[[], Any]:
    return partial(waterfall, result, group)
