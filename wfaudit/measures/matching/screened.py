"""The screens of many employers on the same people: read once, and numbers with limits over the people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wfaudit.case import Case, decode
from wfaudit.counts import Cells, count_along
from wfaudit.counts.along import in_order
from wfaudit.counts.cells import memo
from wfaudit.estimators import leftout
from wfaudit.estimators.leftout import LeftOut, Read, Scale
from wfaudit.estimators.screened import Verdicts, verdicts
from wfaudit.measures.asked import refused
from wfaudit.measures.compared import Against
from wfaudit.measures.gathered import Floats, Ints, Keys, Laid

PARTS = 50  # parts of the people, of which one is left out at a time
BINS, FEW = 5, 20  # of relevance, where it has more values than a few
RANKED = "the case ranks its lists, and a place in a list is no verdict of a screen"
BURDEN = "being flagged is a burden here, so nobody is let through"


def lacks_screens(case: Case) -> str:
    """Why a case holds no verdicts of several screens on the same people, or nothing."""
    if why := refused(case, "query", "item"):
        return why
    if "rank" in case.roles:
        return RANKED
    if case.choices.flag_is == "burden":
        return BURDEN
    if why := case.lacks(("flagged",)):
        return why
    return "" if screens(case, ()).several.any() else "nobody has a verdict of two employers"


@dataclass(frozen=True, slots=True, eq=False)
class Screens:
    """Verdicts of employers on people, one each; whose group a person is of, in which part of the people.

    Units of ``verdicts`` are an employer's applicants of one group who are alike (``fit``: in the outcome, or
    in relevance, where either is declared); ``shared`` says behind which doors several employers stand.
    ``whole`` is false where somebody's rows are of several groups, as of a group of employers.
    """

    case: Case
    keys: Keys
    groups: tuple[Keys, ...]
    group: Ints
    verdicts: Verdicts
    shared: Any
    fit: str
    part: Ints
    parts: int
    whole: bool
    known: dict[Any, Any] = field(default_factory=dict)  # sums worked out before

    @property
    def several(self) -> Any:
        """Who has a verdict of two employers or more."""
        return np.bincount(self.verdicts.person, minlength=self.verdicts.people) > 1

    @property
    def laid(self) -> Laid:
        """The groups, as comparisons name them."""
        return Laid(self.keys, self.groups, ("",), np.zeros((len(self.groups), 1, 1)))

    @property
    def interval(self) -> str:
        """What limits are."""
        whose = "declared clusters" if "cluster" in self.case.roles else "people"
        return (
            f"jackknife interval that leaves out one of {self.parts} parts of the {whose} at a time"
        )

    def sums(self, name: str, columns: Callable[[Verdicts], Floats], rows: Any = None) -> Floats:
        """Columns of each person summed by group: of everybody, then without each part of the people."""
        if name not in self.known:
            mine = self.verdicts if rows is None else self.verdicts.of(rows)
            part = self.part[mine.person]
            without = [mine.of(part != left) for left in range(self.parts)]
            self.known[name] = np.stack([self._summed(columns(v)) for v in (mine, *without)])
        return self.known[name]

    def _summed(self, columns: Floats) -> Floats:
        found = [np.bincount(self.group, each, len(self.groups)) for each in columns.T]
        return np.stack(found, axis=-1).astype(np.float64)


def limits(
    sums: Floats, read: Callable[[Floats], Read], scale: Scale, level: float, pairs: Against | None = None
) -> LeftOut:  # fmt: skip
    """A number of every group, or its difference from the reference, with limits over parts of the people.

    Simulated, 95 % limits hold the excess, correlations and evenness in .94 to .97 of studies of 60 to 1,000
    people before four of ten employers each, a verdict being shared by seven of these or not.
    """

    def gap(columns: Floats) -> Read:
        mine, theirs = read(columns), read(np.matmul(pairs.weights, columns) if pairs else columns)
        return mine[0] - theirs[0], np.concatenate([mine[1], theirs[1]])

    asked = gap if pairs else read
    return leftout.left_out(asked(sums[0]), [asked(sums[1:])], scale, level)


# --- read


def screens(case: Case, keys: Keys) -> Screens:
    """The verdicts of a case by groups, read once."""
    done = memo(case, "screens")
    if keys not in done:
        done[keys] = _laid(case, keys)
    return done[keys]


def _laid(case: Case, keys: Keys) -> Screens:
    declared = [r for r in ("cluster", "vendor", "relevance") if r in case.roles]
    cells = count_along(case, keys, ("query", "item", *declared))
    flag = cells.states["flagged"]
    passed = flag.fillna(False).to_numpy(dtype=np.float64)[cells.state]
    known = flag.notna().to_numpy(dtype=bool)[cells.state]
    person, employer = _numbered(cells, "item"), _numbered(cells, "query")
    names = len(cells.axes["query"][1])
    code = person[known] * names + employer[known]
    pair, first, at = np.unique(code, return_index=True, return_inverse=True)
    once = np.zeros(len(pair))
    np.maximum.at(once, at.reshape(-1), passed[known])
    fit, told = _fit(case, cells)
    door, shared = _doors(case, cells, employer)
    person, employer, fit, door = (x[known][first] for x in (person, employer, fit, door))
    group, whole = _groups(cells, person, cells.group[known][first])
    unit = np.unique(np.stack([employer, fit, group[person]]), axis=1, return_inverse=True)[1]
    found = verdicts(person, unit.reshape(-1), door, once, len(group))
    part, parts = _parts(case, cells, person, known, first)
    return Screens(case, keys, cells.groups, group, found, shared[door], told, part, parts, whole)


def _numbered(cells: Cells, axis: str) -> Ints:
    """Each cell's place on an axis, in the order of names."""
    at, values = cells.axes[axis]
    return in_order(values)[at]


def _groups(cells: Cells, person: Ints, group: Ints) -> tuple[Ints, bool]:
    """Whose group each person is of, and whether all rows of each say the same."""
    people = len(cells.axes["item"][1])
    low = np.full(people, len(cells.groups), dtype=np.int64)
    high = np.full(people, -1, dtype=np.int64)
    np.minimum.at(low, person, group)
    np.maximum.at(high, person, group)
    return np.where(high < 0, 0, low), bool((low[high >= 0] == high[high >= 0]).all())


def _parts(case: Case, cells: Cells, person: Ints, known: Any, first: Any) -> tuple[Ints, int]:
    """In which part of the people each is: clusters are held whole where they are declared."""
    people = len(cells.axes["item"][1])
    of = np.arange(people, dtype=np.int64)
    if "cluster" in case.roles:
        of[person] = _numbered(cells, "cluster")[known][first]
    parts = min(PARTS, len(np.unique(of[person])))
    return np.unique(of, return_inverse=True)[1].reshape(-1) % max(parts, 1), parts


def _doors(case: Case, cells: Cells, employer: Ints) -> tuple[Ints, Any]:
    """Behind which door each cell's employer stands, and at which doors several employers do."""
    names = len(cells.axes["query"][1])
    if "vendor" not in case.roles:
        return employer, np.zeros(names, dtype=bool)
    at, values = cells.axes["vendor"]
    own = (*case.roles["vendor"].own, *case.missing)
    shared = np.array([(decode.text_of(v) or "") not in ("", *own) for v in values], dtype=bool)
    door = np.where(shared[at], in_order(values)[at], len(values) + employer)
    behind = np.unique(np.stack([door, employer]), axis=1)[0]
    return door, np.bincount(behind, minlength=len(values) + names) > 1


def _fit(case: Case, cells: Cells) -> tuple[Ints, str]:
    """Which cells are alike in how well people suited, and in what words."""
    if "outcome" in cells.states:
        outcome = cells.states["outcome"]
        code = np.where(outcome.isna(), 2, outcome.fillna(False).astype(int)).astype(np.int64)
        return code[cells.state], " of the same outcome"
    if "relevance" in case.roles:
        at, values = cells.axes["relevance"]
        return _binned(values, np.bincount(at, cells.n, len(values)).astype(np.float64))[
            at
        ], " of like relevance"
    return np.zeros(len(cells.n), dtype=np.int64), ""


def _binned(values: Sequence[Any], n: Floats) -> Ints:
    """A bin for each value: its own where there are few, else fifths by the middle rank; missing apart."""
    known = np.array([value is not None and value == value for value in values], dtype=bool)
    number = np.array([float(v) if ok else -np.inf for v, ok in zip(values, known, strict=True)])
    order = np.argsort(number, kind="stable")
    if known.sum() <= FEW:
        return np.unique(number, return_inverse=True)[1].reshape(-1)
    weight = np.where(known, n, 0.0)[order]
    middle = (np.cumsum(weight) - weight / 2) / weight.sum()
    found = np.empty(len(values), dtype=np.int64)
    found[order] = np.minimum(BINS * middle, BINS - 1).astype(np.int64)
    return np.where(known, found, BINS)
