"""Cells of people added up: by group, by label, by column, and by cluster beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wfaudit.case import Case
from wfaudit.counts import count, count_clustered
from wfaudit.measures.gathered import Floats, Ints, Keys, Laid


@dataclass(frozen=True, slots=True, eq=False)
class Sorted:
    """Cells of people: the group of each, its cluster (numbered), how many people."""

    keys: Keys
    groups: tuple[Keys, ...]
    group: Ints
    n: Floats
    cluster: Ints | None = None
    clusters: int = 0

    def laid(self, labels: Sequence[str], parts: Sequence[Sequence[Floats]]) -> Laid:
        """Cells added up: ``parts`` holds for each label and column what each cell brings to it."""
        pair, back = self._pairs()
        shape = (len(labels), len(parts[0]))
        whole, rows = np.zeros((len(self.groups), *shape)), np.zeros((len(pair), *shape))
        for label, columns in enumerate(parts):
            for at, part in enumerate(columns):
                whole[:, label, at] = np.bincount(self.group, part, len(self.groups))
                rows[:, label, at] = np.bincount(back, part, len(pair)) if len(pair) else 0.0
        if self.cluster is None:
            return Laid(self.keys, self.groups, tuple(labels), whole)
        into = (pair // len(self.groups), pair % len(self.groups), rows)
        return Laid(self.keys, self.groups, tuple(labels), whole, self.clusters, into)

    def _pairs(self) -> tuple[Ints, Ints]:
        if self.cluster is None:
            return np.zeros(0, np.int64), np.zeros(len(self.n), np.int64)
        pair, back = np.unique(self.cluster * len(self.groups) + self.group, return_inverse=True)
        return pair, back.reshape(-1)


def people(case: Case, keys: Keys) -> tuple[Sorted, Ints]:
    """Everybody in cells of group and state, and by cluster where there are any; and each cell's state."""
    counts = count(case, keys)
    if case.cluster:
        found = count_clustered(case, keys)
        n = found.n.astype(np.float64)
        return Sorted(
            keys, counts.groups, found.group, n, found.cluster, found.clusters
        ), found.state
    group, state = np.nonzero(counts.n)
    return Sorted(keys, counts.groups, group, counts.n[group, state].astype(float)), state
