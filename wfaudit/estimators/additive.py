"""A sum over inputs, one amount for each value of each, learned from people: a glass box.

Least squares with a small pull of every amount to zero (ridge; Hoerl and Kennard 1970), so that an amount
that rests on nobody is zero. Out-of-fold sums are those of amounts learned from all other folds.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
PULL = 1.0  # people's worth that each amount is drawn to zero


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Where sums start, the amount of each value, and everybody's sum without what their fold taught."""

    start: Floats
    amounts: Floats
    out_of_fold: Floats


def learned(places: Ints, targets: ArrayLike, fold: Ints, size: int) -> Sums:
    """People by inputs: the place of each value among ``size``; people by targets; each one's fold.

    >>> places = np.array([[0, 2], [0, 3], [1, 2], [1, 3]] * 50)
    >>> found = learned(places, places @ [[2.0], [1.0]], np.arange(200) % 5, 4)
    >>> np.round(found.out_of_fold[:2, 0], 1).tolist()
    [2.0, 3.0]
    """
    y = np.asarray(targets, np.float64)
    folds = np.unique(fold)
    parts = [_summed(places[fold == k], y[fold == k], size) for k in folds]
    whole = tuple(np.sum([part[i] for part in parts], axis=0) for i in range(4))
    start, amounts = _solved(*whole)
    found = np.full(y.shape, np.nan)
    for k, part in zip(folds, parts, strict=True):
        base, own = _solved(*(all_ - one for all_, one in zip(whole, part, strict=True)))
        found[fold == k] = base + added(places[fold == k], own)
    return Sums(start, amounts, found)


def added(places: Ints, amounts: Floats) -> Floats:
    """What the values of each person add up to, for every target.

    >>> added(np.array([[0, 1], [1, 1]]), np.array([[1.0], [3.0]])).ravel().tolist()
    [4.0, 6.0]
    """
    total = np.zeros((len(places), amounts.shape[1]))
    for column in places.T:
        total += amounts[column]
    return total


def _summed(places: Ints, y: Floats, size: int) -> tuple[Floats, Floats, Floats, Floats]:
    """How often values go together, what targets add up to by value and in all, and how many people."""
    n, wide = places.shape
    ones = csr_matrix((np.ones(n * wide), places.ravel(), np.arange(n + 1) * wide), (n, size))
    pairs = (ones.T @ ones).toarray()
    return pairs, np.asarray(ones.T @ y), y.sum(axis=0), np.array(float(n))


def _solved(pairs: Floats, by_value: Floats, total: Floats, n: Floats) -> tuple[Floats, Floats]:
    start = total / np.maximum(n, 1.0)
    off = by_value - np.diag(pairs)[:, None] * start
    factor = cho_factor(pairs + PULL * np.eye(len(pairs)), lower=True)
    return start, np.asarray(cho_solve(factor, off))


__all__ = ["Sums", "added", "learned"]
