"""What is asked of the same people in two ways, told for everyone, by group, and between groups.

For everyone the two sides stand beside each other and their difference is told as a gap; in every group
the difference is a value; between groups the difference of these values is a gap again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from wfaudit.case import Case
from wfaudit.choices import EVERYONE
from wfaudit.estimators import leftout
from wfaudit.estimators.differences import apart
from wfaudit.estimators.estimates import Estimate
from wfaudit.estimators.leftout import LeftOut, Read, Scale
from wfaudit.measures.asked import Compare, chosen, comparable
from wfaudit.measures.clustered import jackknife
from wfaudit.measures.compared import (
    CHUNK,
    Against,
    Rows,
    Told,
    against,
    finished,
    numbers,
)
from wfaudit.measures.gathered import Keys, Laid
from wfaudit.measures.readings import Columns, Number
from wfaudit.result import Kind, Result

Lines: TypeAlias = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A difference, the two sides it is a difference of (if there are two), and how it is told.

    ``apart`` says what the limits of the two sides are. ``everyone`` is the sentence for everyone, the
    sentence of ``told`` that for groups. ``judged`` and ``plain`` (the two sides are shares of unrelated
    people, so that counts tell all) are of everyone's gap; ``remark`` says what is noted beside a number:
    of some groups, held against others if there are any.
    """

    told: Told
    number: Number
    interval: str
    sides: tuple[tuple[str, Number], ...] = ()
    apart: str = "Wilson score interval"
    everyone: str = ""
    judged: bool = True
    plain: bool = False
    remark: Callable[[Laid, int, list[int], list[int]], str] = lambda *_: ""


PUT_TOGETHER = "of both groups put together (Zou and Donner 2008)"


# --- telling


def alone(case: Case, asked: Contrast, found: Laid) -> Result:
    """The difference in every group, as a value."""
    lines: Lines = []
    for label, name in enumerate(found.labels):
        shown = _told(case, asked.number, found, label)
        n = asked.number.people(found.whole[:, label])
        rows = Rows(asked.told, found, name, n, None)
        lines += rows.lines(
            lambda g, _, shown=shown, at=label: _noted(asked, found, at, shown, g, [])
        )
    return finished(case, asked.told, "value", _interval(case, asked, "value"), lines, found)


def between(case: Case, asked: Contrast, found: Laid, compare: Compare = True) -> Result:
    """How far the difference in each group lies from that in its reference, as a gap."""
    reference, lines = chosen(case, found.keys, compare), list[dict[str, Any]]()
    for label, name in enumerate(found.labels):
        own = _told(case, asked.number, found, label)
        pairs = against(found, reference, own.estimate)
        shown = _gap(case, asked.number, found, label, pairs)
        n = asked.number.people(found.whole[:, label])
        rows = Rows(asked.told, found, name, n, pairs)
        lines += rows.lines(
            lambda g, members, shown=shown, at=label: _symmetric(
                _noted(asked, found, at, shown, g, members)
            )
        )
    return finished(case, asked.told, "gap", _interval(case, asked, "gap"), lines, found)


def sides(case: Case, asked: Contrast, found: Laid) -> Result:
    """The two sides of everyone's difference, each as a value."""
    lines: Lines = []
    for label, name in enumerate(found.labels):
        columns = found.whole[:, label]
        for side, number in asked.sides:
            shown = _told(case, number, found, label)
            line = {"group": side, "at": name, "n": int(number.people(columns)[0])}
            line |= numbers(shown, 0, number.scale.transform)
            if number.k:
                line["k"] = int(number.k(columns)[0])
            lines.append({"measure": asked.told.measure, "by": EVERYONE, **line})
    told = replace(asked.told, sentence=asked.everyone)
    interval = jackknife(case) if case.cluster else asked.apart
    return finished(case, told, "value", interval, lines, found)


def set_apart(case: Case, asked: Contrast, found: Laid) -> Result:
    """One side of everyone's difference held against the other, as a gap."""
    lines: Lines = []
    (mine, one), (theirs, other) = asked.sides
    for label, name in enumerate(found.labels):
        columns = found.whole[:, label]
        line: dict[str, Any] = {
            "measure": asked.told.measure, "by": EVERYONE, "group": mine, "reference": theirs, "at": name,
            "n": int(one.people(columns)[0]), "n_reference": int(other.people(columns)[0]),
        }  # fmt: skip
        line |= _noted(asked, found, label, _told(case, asked.number, found, label), 0, [])
        if asked.plain and one.k and other.k:
            line |= {"k": int(one.k(columns)[0]), "k_reference": int(other.k(columns)[0])}
        lines.append(line)
    told = replace(asked.told, sentence=asked.everyone, judged=asked.judged)
    return finished(case, told, "gap", _interval(case, asked, "value"), lines, found)


def everywhere(case: Case, tell: Callable[[Keys], tuple[Contrast, Laid]]) -> Iterator[Result]:
    """A contrast for everyone, then in every declared group and between groups."""
    asked, found = tell(())
    yield sides(case, asked, found) if asked.sides else alone(case, asked, found)
    if asked.sides:
        yield set_apart(case, asked, found)
    for keys in [*[(group.name,) for group in case.groups], *case.intersections]:
        asked, found = tell(keys)
        yield alone(case, asked, found)
        if comparable(case, keys):
            yield between(case, asked, found)


def answered(case: Case, asked: Contrast, found: Laid, compare: Compare) -> Result:
    """What a notebook asks for: the difference in every group, or between groups; of everyone, the gap."""
    if compare and (found.keys or not asked.sides):
        return between(case, asked, found, compare)
    return set_apart(case, asked, found) if compare else alone(case, asked, found)


def _interval(case: Case, asked: Contrast, kind: Kind) -> str:
    if case.cluster:
        return jackknife(case)
    return asked.interval if kind == "value" else f"{asked.interval}, {PUT_TOGETHER}"


def _noted(
    asked: Contrast, found: Laid, label: int, shown: Estimate, g: int, members: list[int]
) -> dict[str, Any]:
    """A number with what is noted beside it; a reason why it can't be told comes first."""
    line = numbers(shown, g, asked.number.scale.transform)
    if not line["note"] and members != [g]:
        line["note"] = asked.remark(found, label, [g], members)
    return line


def _symmetric(line: dict[str, Any]) -> dict[str, Any]:
    """A difference is symmetric as it is, whatever its two sides are."""
    return line | {"transform": "identity"} if "transform" in line else line


# --- numbers, apart and over clusters


def _told(case: Case, number: Number, found: Laid, label: int) -> Estimate:
    whole = found.whole[:, label]
    if not case.cluster:
        return number.of(whole, label, case.choices.level)
    return _left_out(case, found, label, lambda columns: number.read(columns, label), number.scale)


def _gap(case: Case, number: Number, found: Laid, label: int, pairs: Against) -> Estimate:
    whole, level = found.whole[:, label], case.choices.level
    edges = (
        number.scale.edges[0] - number.scale.edges[1],
        number.scale.edges[1] - number.scale.edges[0],
    )
    if not case.cluster:
        one, other = (number.of(side, label, level) for side in (whole, pairs.weights @ whole))
        return apart(one, other, level, edges)

    def read(columns: Columns) -> Read:
        mine, theirs = (number.read(x, label) for x in (columns, np.matmul(pairs.weights, columns)))
        return mine[0] - theirs[0], np.concatenate([mine[1], theirs[1]])

    return _left_out(case, found, label, read, Scale("identity", edges, number.scale.lost))


def _left_out(
    case: Case, found: Laid, label: int, read: Callable[[Columns], Read], scale: Scale
) -> LeftOut:
    step = max(1, CHUNK // max(1, found.whole[:, label].size))
    parts = map(read, found.without_each(label, step))
    return leftout.left_out(read(found.whole[:, label]), parts, scale, case.choices.level)
