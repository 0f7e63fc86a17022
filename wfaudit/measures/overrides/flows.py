"""From advice to decision to what came of it: how many people of each group took which path.

No path of fewer than five people is told. It is put together with others that have the advice and the
decision (else the advice, else nothing) in common, always at least two, until they are five or more; no
other total is shown, so that nothing can be found by subtraction within the table. Numbers of fewer
than five told elsewhere, or of the same people by other groups, are not guarded against.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.choices import EVERYONE, JOIN, Choices
from wfaudit.counts import count, count_along
from wfaudit.errors import AuditError
from wfaudit.measures.axis import asked
from wfaudit.measures.made import NOBODY, By
from wfaudit.measures.rate import RATES

if TYPE_CHECKING:
    from wfaudit.plots import Figure
    from wfaudit.plots.flow import Order

Ints = NDArray[np.int64]
Many = Callable[[Any], int]  # how many people are in some cells
Labels = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
COLUMNS = ("group", "tier", "decision", "outcome", "n", "share", "note")
FEWEST, OR, ANY = 5, " or ", "any"
NO_RESULT, NO_DECISION, NOT_KNOWN = "no result", "no decision", "not recorded"
FEW, TOGETHER = "fewer than {}", "put together, for one of these alone is fewer than {}"


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """How many people of each group took which path; ``share`` is of their group.

    ``table`` has group, tier, decision, outcome, n, share and a note; ``labels`` what the three can be,
    the lowest tier first.
    """

    table: pd.DataFrame
    labels: Labels
    by: str
    choices: Choices

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table, one row a path."""
        return self.table.copy()

    def plot(self) -> "Figure":
        """Draw one panel a group; the figure knows its text alternative."""
        from wfaudit import plots  # matplotlib is heavy: numbers alone do without it
        from wfaudit.plots.flow import describe_flow, flows

        names = {str(g): self.choices.whom(self.by, str(g)) for g in self.table["group"]}
        if self.by == EVERYONE:
            names = {EVERYONE: self.choices.words.people}
        frame = self.table.assign(group=[names[str(g)] for g in self.table["group"]])
        return plots.Figure(
            flows(frame, order=self._order), describe_flow(frame, order=self._order)
        )

    @property
    def _order(self) -> "Order":
        from wfaudit.plots.flow import Order

        tiers, decisions, outcomes = self.labels
        return Order(tiers, decisions, tuple(o for o in outcomes if o))

    def __repr__(self) -> str:
        """The table as text."""
        return self.table.to_string(index=False, na_rep="")

    def _repr_html_(self) -> str:
        return self.table.to_html(index=False, na_rep="", border=0)


def flow(case: Case, *, by: By = None, fewest: int = FEWEST) -> Flow:
    """How many people of each group went from which advice to which decision and outcome.

    People without advice, decision or outcome are paths of their own. Paths of fewer than ``fewest``
    people (persons, where they repeat) are put together with others and say so.

    >>> import wfaudit as wf
    >>> from wfaudit.measures.overrides.flows import flow
    >>> found = flow(wf.load("plain"), by="sex").to_frame()
    >>> found[["tier", "decision", "n"]].head(2).values.tolist(), int(found["n"].sum())
    ([['low', 'low', 549], ['low', 'low', 2212]], 20000)
    """
    case = case.by_deciders
    keys = case.keys(by)
    case.unweighted("flow")
    case.require(("decision",), "flow")
    counts = count(case, keys)
    if counts.most is not None and bool((counts.most > counts.n).any()):
        raise AuditError("The published table hides cells, so nobody's path can be told.")
    labels = _labels(case)
    place, persons = _places(counts.states, labels), _persons(case, keys)
    rows: list[dict[str, Any]] = []
    for g, name in enumerate(counts.names):
        n = np.bincount(place, counts.n[g], int(np.prod(_shape(labels)))).astype(np.int64)
        many = persons(g, place) if persons else partial(_people, n)
        rows += [{"group": name} | row for row in _told(n, many, labels, fewest)]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"n": "Int64", "share": float})
    return Flow(table, labels, JOIN.join(keys) or EVERYONE, case.choices)


# --- cells


def _labels(case: Case) -> Labels:
    """What advice, decision and outcome can be, the lowest first; those not known last."""
    ups, downs = (asked(case, RATES[rate]) for rate in ("moved_up_rate", "moved_down_rate"))
    tiers = tuple(label for _, label in (*ups, downs[-1]))
    words = case.choices.words
    came = (words.outcome, words.no_outcome, NOT_KNOWN) if "outcome" in case.states else ("",)
    return (*tiers, NO_RESULT), (*tiers, NO_DECISION), came


def _shape(labels: Labels) -> tuple[int, ...]:
    return tuple(len(names) for names in labels)


def _places(states: pd.DataFrame, labels: Labels) -> Ints:
    """The path of each state: its place in a table of advice by decision by outcome."""
    last = len(labels[0]) - 1
    at = [
        states[c].astype("Int64").fillna(last).to_numpy(dtype=np.int64)
        for c in ("advice", "decision")
    ]
    came = np.zeros(len(states), dtype=np.int64)
    if len(labels[2]) > 1:
        came = (1 - states["outcome"].astype("Int64")).fillna(2).to_numpy(dtype=np.int64)
    return np.ravel_multi_index((*at, came), _shape(labels)).astype(np.int64)


def _people(n: Ints, cells: Any) -> int:
    """How many people are in some cells, each having one row."""
    return int(n[cells].sum())


def _persons(case: Case, keys: tuple[str, ...]) -> Callable[[int, Ints], Many] | None:
    """How many persons are in some cells of a group, where persons have several rows."""
    if not case.repeated:
        return None
    cells = count_along(case, keys, ("person",))
    who = cells.axes["person"][0]

    def of(g: int, place: Ints) -> Many:
        mine = cells.group == g
        at, person = place[cells.state[mine]], who[mine]
        return lambda some: len(np.unique(person[np.isin(at, some)]))

    return of


# --- putting together


def _told(n: Ints, many: Many, labels: Labels, fewest: int) -> Iterator[dict[str, Any]]:
    """The paths of one group: pools of tiers, in these pools of decisions, in these of outcomes."""
    grid = np.arange(len(n)).reshape(_shape(labels))
    if not n.sum() or many(grid) < fewest:
        note = FEW.format(fewest) if n.sum() else NOBODY
        yield {"tier": "", "decision": "", "outcome": "", "n": None, "share": np.nan, "note": note}
        return
    for tier, tiers in _pools(grid, many, labels[0], fewest):
        for decision, ways in _pools(np.swapaxes(tiers, 0, 1), many, labels[1], fewest):
            for outcome, ends in _pools(np.moveaxis(ways, -1, 0), many, labels[2], fewest):
                k, path = int(n[ends].sum()), (tier, decision, outcome)
                known = all(name in names for name, names in zip(path, labels, strict=True))
                told = dict(zip(("tier", "decision", "outcome"), path, strict=True))
                note = "" if known else TOGETHER.format(fewest)
                yield {**told, "n": k, "share": k / n.sum(), "note": note}


def _pools(
    cells: Ints, many: Many, names: Sequence[str], fewest: int
) -> Iterator[tuple[str, Ints]]:
    """Along the first axis of some cells, what is told apart: its name and its cells."""
    pools = _pooled(list(cells), many, fewest)
    for pool in pools:
        alone = len(pools) == 1 and len(pool) > 1
        yield ANY if alone else OR.join(names[at] for at in pool), cells[pool]


def _pooled(parts: Sequence[Any], many: Many, fewest: int) -> list[list[int]]:
    """Which of several are told apart: those too small are put together.

    Together they are at least two, and at least ``fewest`` (the next smallest join until they are).

    >>> _pooled([40, 3, 0, 9], np.sum, 5), _pooled([40, 3, 1, 1], np.sum, 5), _pooled([3, 2], np.sum, 5)
    ([[0], [1, 3]], [[0], [1, 2, 3]], [[0, 1]])
    """
    sizes = [many(part) for part in parts]
    there = sorted((at for at, size in enumerate(sizes) if size), key=lambda at: (sizes[at], at))
    pool = [at for at in there if sizes[at] < fewest]
    for at in there[len(pool) :]:
        if not pool or many(np.array([parts[i] for i in pool])) >= fewest:
            break
        pool.append(at)
    alone = [[at] for at in there if at not in pool]
    return sorted([*alone, *([sorted(pool)] if pool else [])])
