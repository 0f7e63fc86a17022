"""Where errors gather: the one place that calls sliceline. Codes and errors go in, subgroups come out.

sliceline (Sagadeeva and Boehm 2021) scores a subgroup by how much more often it errs than everyone,
less a price for being small, and finds the best by enumeration. It holds a cell for each person and
candidate, so many inputs are given to it a few blocks at a time: every subgroup lies within some
blocks, so none is missed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wfaudit.errors import AuditError

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Subgroup = tuple[tuple[int, int], ...]  # (which input, which of its levels), all of them at once
DEEPEST = 3
WEIGHT = 0.99  # of how much more often, against how few: sliceline's alpha
FEWEST, FEWEST_SHARE = 50, 0.01  # smaller subgroups are not looked at
ALIKE = (
    0.5  # of two subgroups told by as many inputs that share so much of their people one is told
)
APART = 2.0  # standard errors by which a subgroup must err more often than the rest of a wider one
TRIED = 20  # subgroups asked for, for each one to tell
ROOM, WORK = 8_000_000, 300_000_000  # cells to hold at once, and to work through


@dataclass(frozen=True, slots=True)
class Found:
    """Subgroups, and among how many people they were looked for."""

    subgroups: tuple[Subgroup, ...]
    people: int


def look(codes: Ints, errs: Bools, depth: int, keep: int) -> Found:
    """The subgroups in which errors gather most, told by up to ``depth`` inputs; at most ``keep``.

    ``codes`` holds each person's level of each input, ``errs`` who errs. Subgroups told by one input
    come first and share the places with those told by more, which are kept only where they err more
    often than the wider ones they lie in. Where it would be too much work only the first people are
    searched.

    >>> codes = np.array([[at % 3, at % 4] for at in range(600)])
    >>> look(codes, (codes[:, 0] == 1) & (codes[:, 1] == 2), depth=2, keep=2).subgroups
    (((1, 2),), ((0, 1), (1, 2)))
    """
    vary = [at for at in range(codes.shape[1]) if len(np.unique(codes[:, at])) > 1]
    levels = [len(np.unique(codes[:, at])) for at in vary]
    people = min(len(errs), max(WORK // max(_cells(levels, depth), 1), 1))
    codes, errs = codes[:people], errs[:people]
    fewest = max(FEWEST, int(FEWEST_SHARE * people))
    found: list[Subgroup] = []
    if not vary or people < 2 * fewest or errs.all() or not errs.any():
        return Found((), people)
    for inputs in range(1, depth + 1):
        scored = _scored(codes, errs, vary, inputs, (TRIED * keep, fewest))
        places = -(-keep * inputs // depth) - len(found)
        found += _chosen(scored, codes, errs, places)
    return Found(tuple(found), people)


def members(codes: Ints, subgroup: Subgroup) -> Bools:
    """Who is in a subgroup."""
    return np.all([codes[:, at] == level for at, level in subgroup], axis=0)


def possible(levels: Sequence[int], depth: int) -> int:
    """How many subgroups can be told by up to ``depth`` inputs with so many levels.

    >>> possible([2, 3], depth=2)
    11
    """
    return sum(_ways(levels)[1 : depth + 1])


def _ways(levels: Sequence[int]) -> list[int]:
    """How many subgroups 0, 1, 2 and 3 inputs can tell: elementary symmetric polynomials."""
    ways = [1] + [0] * DEEPEST
    for n in levels:
        ways = [1, *(ways[d] + n * ways[d - 1] for d in range(1, DEEPEST + 1))]
    return ways


# --- calling sliceline


def _scored(
    codes: Ints, errs: Bools, vary: list[int], depth: int, bounds: tuple[int, int]
) -> dict[Subgroup, float]:
    """Of the best subgroups those told by exactly ``depth`` inputs, with their scores."""
    levels = [len(np.unique(codes[:, at])) for at in vary]
    blocks = _blocks(levels, depth, len(errs))
    scored: dict[Subgroup, float] = {}
    for some in combinations(blocks, min(depth, len(blocks))):
        at = np.array(sorted(vary[i] for block in some for i in block))
        scored |= _fitted(codes[:, at], errs, at, depth, bounds)
    return {subgroup: score for subgroup, score in scored.items() if len(subgroup) == depth}


def _fitted(
    codes: Ints, errs: Bools, at: Ints, depth: int, bounds: tuple[int, int]
) -> dict[Subgroup, float]:
    """What sliceline finds among some inputs."""
    one = finder()(alpha=WEIGHT, k=bounds[0], max_l=depth, min_sup=bounds[1], verbose=False)
    one.fit(codes, errs.astype(float))
    told: Iterator[Any] = zip(one.top_slices_, one.top_slices_statistics_, strict=True)
    return {
        tuple((int(at[i]), int(v)) for i, v in enumerate(row) if v is not None): stats[
            "slice_score"
        ]
        for row, stats in told
    }


def finder() -> Any:
    """The class of sliceline that searches; stops where it is not installed."""
    try:
        from sliceline.slicefinder import Slicefinder  # heavy, and wanted by a search only
    except ModuleNotFoundError:
        raise AuditError(
            "A search for subgroups needs sliceline, which is not installed. Install the extra: "
            "pip install 'wfaudit[search]'."
        ) from None
    return Slicefinder


def _cells(levels: Sequence[int], depth: int) -> int:
    """Candidates that a person shares at least one level with: what sliceline holds for each."""
    return _ways(levels)[depth] - _ways([n - 1 for n in levels])[depth]


def _blocks(levels: Sequence[int], depth: int, people: int) -> list[list[int]]:
    """The inputs in as few blocks as leave room for any ``depth`` of them together."""
    n = len(levels)
    for parts in (1, *range(depth + 1, n + 1)):
        blocks = [list(range(at, n, parts)) for at in range(parts)]
        together = sorted(levels, reverse=True)[: depth * max(map(len, blocks))]
        if people * _cells(together, depth) <= ROOM:
            return blocks
    return [[at] for at in range(n)]


# --- choosing among what it found


def _chosen(scored: dict[Subgroup, float], codes: Ints, errs: Bools, places: int) -> list[Subgroup]:
    """The best subgroups that are not mostly the people of a better one, nor only as a wider one is."""
    taken: list[Bools] = []
    chosen: list[Subgroup] = []
    for subgroup in sorted(scored, key=lambda subgroup: (-scored[subgroup], subgroup)):
        if len(chosen) == places:
            break
        who = members(codes, subgroup)
        new = all((who & other).sum() < ALIKE * (who | other).sum() for other in taken)
        if new and _stands_out(subgroup, codes, errs):
            taken.append(who)
            chosen.append(subgroup)
    return chosen


def _stands_out(subgroup: Subgroup, codes: Ints, errs: Bools) -> bool:
    """Whether it errs more often than the rest of each wider subgroup it is a part of."""
    if len(subgroup) == 1:
        return True
    who = members(codes, subgroup)
    wider = [members(codes, part) for part in combinations(subgroup, len(subgroup) - 1)]
    return all(_z(errs[who], errs[other & ~who]) >= APART for other in wider)


def _z(errs: Bools, others: Bools) -> float:
    """Standard errors between two shares, pooled; nobody else is no difference."""
    if not len(others):
        return 0.0
    pooled = (errs.sum() + others.sum()) / (len(errs) + len(others))
    variance = pooled * (1 - pooled) * (1 / len(errs) + 1 / len(others))
    return float((errs.mean() - others.mean()) / np.sqrt(variance)) if variance > 0 else 0.0
