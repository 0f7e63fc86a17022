"""Draws that are the same on every machine: whole numbers only, each named draw with its own stream.

A population is written in chunks of fixed size; a chunk depends on the seed and its number alone, so
the first thousand people are the same whatever the size asked for, and switching a mechanism on
changes only what it touches. Chances are whole millionths: floating logarithms never decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
MILLION = 1_000_000
CHUNK = 50_000


@dataclass(frozen=True, slots=True)
class Dice:
    """The draws of one chunk of people."""

    seed: int
    chunk: int
    n: int

    def millionths(self, name: str) -> Ints:
        """A number from 0 to 999,999 for each person, from the stream of this name.

        >>> Dice(seed=1, chunk=0, n=3).millionths("sex").tolist()
        [639339, 427493, 257240]
        """
        key = (self.chunk, crc32(name.encode()))
        stream = np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=key))
        )
        return stream.integers(0, MILLION, CHUNK, dtype=np.int64)[: self.n]

    def yes(self, name: str, chance: ArrayLike) -> Bools:
        """Yes with a chance in millionths, one for all or one a person."""
        return self.millionths(name) < np.asarray(chance, dtype=np.int64)

    def number(self, name: str, low: int, high: int) -> Ints:
        """A whole number from low to high, both included, each as likely."""
        return low + self.millionths(name) * (high - low + 1) // MILLION

    def pick(self, name: str, shares: Sequence[int]) -> Ints:
        """The position of a level, drawn by whole shares (parts of their sum)."""
        edges = np.cumsum(shares) * MILLION // int(np.sum(shares))
        return np.searchsorted(edges, self.millionths(name), side="right")

    def pick_by(self, name: str, table: Sequence[Sequence[int]], row: Ints) -> Ints:
        """As ``pick``, with the shares of each person's own row of a table."""
        shares = np.asarray(table, dtype=np.int64)
        edges = np.cumsum(shares, axis=1) * MILLION // shares.sum(axis=1, keepdims=True)
        return (self.millionths(name)[:, None] >= edges[row]).sum(axis=1)


def chance(thousandths: ArrayLike) -> Ints:
    """The chance in millionths that belongs to a logit in whole thousandths.

    Rounded to a millionth, so that the last bits of an exponential never show.

    >>> chance([0, 1000, -1000]).tolist()
    [500000, 731059, 268941]
    """
    logit = np.asarray(thousandths, dtype=np.int64) / 1000
    return np.rint(MILLION / (1 + np.exp(-logit))).astype(np.int64)


def chunks(seed: int, n: int) -> list[Dice]:
    """The dice of every chunk of a population of n people.

    >>> [d.n for d in chunks(seed=1, n=120_000)]
    [50000, 50000, 20000]
    """
    return [Dice(seed, c, min(CHUNK, n - c * CHUNK)) for c in range(-(-n // CHUNK))]
