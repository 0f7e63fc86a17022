"""Means over things that are crossed, such as every name in every text; both drawn from more of their kind.

What a name adds to all texts and what a text adds to all names don't average out over the cells of the
table, so cells are no independent cases. Two-way random effects (Scheffé 1959, chapter 7): the variance
over rows, plus that over columns, less that of what is left in the cells, which both of them hold;
degrees of freedom after Satterthwaite (1946).
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfaudit.estimators.estimates import Floats, floats
from wfaudit.estimators.means import Mean, limited

FEWEST = 8  # rows, or columns, from which on they tell how much they vary
TINY = 1e-12  # differences that are rounding
SAME = "nothing varies: no interval"
Part: TypeAlias = tuple[float, float]  # a variance of the mean, and its degrees of freedom


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Scores, rows (names) by columns (texts), and what its means vary by."""

    cells: NDArray[np.float64]

    @property
    def mean(self) -> float:
        """The mean of all cells."""
        return float(self.cells.mean())

    @property
    def rows(self) -> Part:
        """Variance of the mean that the rows tell of."""
        n = len(self.cells)
        each = self.cells.mean(axis=1) - self.mean
        return float((each**2).sum() / max(n - 1, 1) / n), n - 1.0

    @property
    def left(self) -> Part:
        """Variance of the mean that is left in the cells beyond rows and columns."""
        n, m = self.cells.shape
        by_row, by_column = self.cells.mean(axis=1), self.cells.mean(axis=0)
        over = self.cells - by_row[:, None] - by_column + self.cells.mean()
        df = max((n - 1.0) * (m - 1.0), 1.0)
        return float((over**2).sum() / df / (n * m)), df


def mean(cells: ArrayLike, level: float = 0.95) -> Mean:
    """Mean of a table over rows and columns that are both drawn.

    >>> found = mean([[i + j for j in range(8)] for i in range(8)])
    >>> print(f"{found.estimate} {found.low:.2f} {found.high:.2f}")
    7.0 4.37 9.63
    """
    table = Table(floats(cells)[0])
    columns = _columns(table.cells.mean(axis=0))
    return _limited(table.mean, [table.rows], columns, [table.left], _few([table]), level)


def difference(cells: ArrayLike, reference: ArrayLike, level: float = 0.95) -> Mean:
    """Mean of a table less that of another with other rows and the same columns.

    With fewer than eight columns the columns are taken as given, and the limits are over rows alone.
    Fewer than eight rows in a table: a note, no limits.

    >>> found = difference(np.arange(8.0)[:, None] + 1 + [0.0, 5.0], np.arange(8.0)[:, None] + [0.0, 5.0])
    >>> print(f"{found.estimate} {found.low:.2f} {found.high:.2f} {found.df:g}")
    1.0 -1.63 3.63 14
    """
    one, other = (Table(each) for each in floats(cells, reference))
    columns = _columns(one.cells.mean(axis=0) - other.cells.mean(axis=0))
    parts = [one.rows, other.rows], columns, [one.left, other.left]
    return _limited(one.mean - other.mean, *parts, _few([one, other]), level)


def _columns(means: Floats) -> Part | None:
    m = len(means)
    return (float(means.var(ddof=1) / m), m - 1.0) if m >= FEWEST else None


def _few(tables: list[Table]) -> str:
    fewest = min(len(table.cells) for table in tables)
    return f"{fewest} names: fewer than {FEWEST}, no interval" if fewest < FEWEST else ""


def _limited(
    value: float, rows: list[Part], columns: Part | None, left: list[Part], note: str, level: float
) -> Mean:
    if note:
        return limited(np.array(value), np.array(np.nan), 0.0, level, np.array(note))
    variance, df = _together(rows, columns, left)
    why = "" if variance > TINY**2 else SAME
    value = 0.0 if why and abs(value) < TINY else value
    return limited(np.array(value), np.array(variance**0.5), df, level, np.array(why))


def _together(rows: list[Part], columns: Part | None, left: list[Part]) -> Part:
    """Rows and columns less what both hold, never less than the larger of the two."""
    if columns is None:
        return _sum(rows)
    whole = _sum([*rows, columns, *((-variance, df) for variance, df in left)])
    return max(whole, _sum(rows), columns, key=lambda part: part[0])


def _sum(parts: list[Part]) -> Part:
    total = sum(variance for variance, _ in parts)
    below = sum(variance**2 / df for variance, df in parts)
    return total, total**2 / below if below > 0 else np.inf
