"""Sums of what people are asked, by groups, by label and by part of the clusters, as people stream by.

Only whole counts and sums of a batch stay.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.errors import AuditError
from wfaudit.measures.drivers.folded import (
    BATCH,
    FINE,
    Axes,
    axes,
    lay,
    part_of,
    places,
    told_apart,
)
from wfaudit.measures.drivers.people import people
from wfaudit.measures.gathered import Laid
from wfaudit.measures.made import By
from wfaudit.models import Ints, Model

Floats = NDArray[np.float64]
Keys = tuple[str, ...]
AMOUNT = ("n", "total", "squares", "some")
FAR = 32  # spreads that one person's score may move by
MOST_SUMS = 4_000_000  # sums that stand in memory


class Tally:
    """Whole sums by part of the clusters, cell of groups, label and column."""

    def __init__(
        self,
        case: Case,
        keys: Keys,
        labels: Sequence[str],
        columns: Sequence[str],
        spread: float = 1.0,
    ) -> None:
        over = axes(case, keys, tiers=False)
        most = MOST_SUMS // max(1, over.cells * len(labels) * len(columns))
        self.case = case
        self.over = replace(over, parts=min(over.parts, max(8, most)) if over.parts else 0)
        self.labels, self.columns, self.spread = tuple(labels), tuple(columns), spread
        parts = max(1, self.over.parts)
        self.sums = np.zeros((parts, self.over.cells, len(labels), len(columns)), dtype=np.int64)
        self.people = np.zeros((parts, self.over.cells), dtype=np.int64)

    def meet(self, code: Ints) -> None:
        """Count the people of a batch."""
        self.people.reshape(-1)[:] += np.bincount(code, minlength=self.people.size)

    def add(self, code: Ints, label: int, **columns: Any) -> None:
        """Add columns of a label: yes and no, whole numbers, or the columns of amounts."""
        flat = self.sums.reshape(-1, *self.sums.shape[2:])
        for name, value in columns.items():
            whole = np.bincount(code, np.rint(np.asarray(value, np.float64)), len(flat))
            flat[:, label, self.columns.index(name)] += whole.astype(np.int64)

    def add_each(self, code: Ints, label: Ints, **columns: Any) -> None:
        """Add columns, everybody under a label of their own."""
        flat = self.sums.reshape(-1, len(self.columns))
        at = code * len(self.labels) + label
        for name, value in columns.items():
            whole = np.bincount(at, np.rint(np.asarray(value, np.float64)), len(flat))
            flat[:, self.columns.index(name)] += whole.astype(np.int64)

    def amounts(self, value: Floats) -> dict[str, Any]:
        """A person's amount in the columns of a mean, in whole steps; not-a-number counts for none."""
        known = ~np.isnan(value)
        share = np.where(known, value, 0.0) / self.spread
        if np.abs(share).max(initial=0.0) > FAR:
            raise AuditError(
                f"A changed input moves scores by more than {FAR * self.spread:.3g}, {8 * FAR} times the "
                "largest score there is: too far to be summed exactly. Ask for values that occur."
            )
        return {
            "n": known,
            "total": share * FINE,
            "squares": np.square(share) * FINE,
            "some": share != 0,
        }

    def laid(self, by: By, columns: Sequence[str], labels: Sequence[str] | None = None) -> Laid:
        """Some sums by group, ready to be told."""
        scale = {"total": self.spread / FINE, "squares": self.spread**2 / FINE}
        at = [self.columns.index(name) for name in columns]
        slots = [self.labels.index(label) for label in labels or self.labels]
        parts: Any = self.sums[:, :, slots][..., at] * np.array(
            [scale.get(name, 1.0) for name in columns]
        )
        n, keys = self.people.sum(axis=0).astype(np.float64), self.case.keys(by)
        apart: Floats | None = parts if self.over.parts else None
        return lay(self.case, self.over, (n, parts.sum(axis=0), apart), keys, labels or self.labels)

    def everybody(self, by: By) -> tuple[list[str], list[float]]:
        """Every group in words, and how many people it has."""
        n = self.people.sum(axis=0).astype(np.float64)
        found = lay(self.case, self.over, (n, n[:, None, None], None), self.case.keys(by), ("",))
        return found.names, found.whole[:, 0, 0].tolist()


def counts_of(case: Case, over: Axes, batch: Any) -> Ints:
    """The part and cell of each person of a batch, as one number."""
    there = places(case, over, batch)
    placed = [there[key] for key in over.keys]
    cell = np.ravel_multi_index(placed, over.sizes) if placed else np.zeros(batch.rows, np.int64)
    return part_of(over, batch) * over.cells + cell


def met(case: Case, model: Model, tally: Tally) -> Iterator[tuple[pd.DataFrame, Ints, int]]:
    """Everybody in batches: their inputs, the place of each in a tally, and where the batch starts."""
    for batch in people(case, model, told_apart(case, tally.over), BATCH):
        code = counts_of(case, tally.over, batch)
        tally.meet(code)
        yield batch.inputs, code, batch.start
