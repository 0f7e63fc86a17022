"""The table of counts: how many people are in each group and state."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.choices import EVERYONE, JOIN

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """How many people are in each group (rows) and state (columns): at least ``n``, at most ``most``.

    ``most`` differs from ``n`` only where a published cell is hidden; ``whole`` is how many people are
    in each group then, if that was published. ``people`` counts distinct
    persons by group, where persons repeat.
    """

    keys: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    states: pd.DataFrame
    n: Ints
    most: NDArray[np.float64] | None = None
    whole: NDArray[np.float64] | None = None
    people: Ints | None = None

    @property
    def names(self) -> list[str]:
        """Each group in words; intersections are joined by " & "."""
        return [JOIN.join(g) if g else EVERYONE for g in self.groups]

    def margin(self, keys: tuple[str, ...]) -> "Counts":
        """The same people by fewer keys; no query."""
        at = [self.keys.index(k) for k in keys]
        short = [tuple(g[i] for i in at) for g in self.groups]
        groups = tuple(dict.fromkeys(short))
        place = {g: i for i, g in enumerate(groups)}
        into = np.array([place[g] for g in short], dtype=np.int64)
        n = np.zeros((len(groups), self.n.shape[1]), dtype=np.int64)
        np.add.at(n, into, self.n)
        most = whole = None
        if self.most is not None and self.whole is not None:
            most, whole = np.zeros(n.shape), np.zeros(len(groups))
            np.add.at(most, into, self.most)
            np.add.at(whole, into, self.whole)
        return Counts(keys, groups, self.states, n, most, whole)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The same people on further axes, as sparse cells: group, state, place on each axis, how many."""

    keys: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    states: pd.DataFrame
    group: Ints
    state: Ints
    axes: dict[str, tuple[Ints, list[Any]]]
    n: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Clustered:
    """The same people once more by cluster, as sparse cells: cluster, group, state, how many."""

    counts: Counts
    clusters: int
    cluster: Ints
    group: Ints
    state: Ints
    n: Ints
