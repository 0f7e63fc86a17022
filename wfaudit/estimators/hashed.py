"""Hashes of cells and rows by which people are dealt into parts: the same on every machine, in every order.

A seeded hash of who a person is decides, never where a row stands, so that the parts are the same for every
order of rows, file format and number of threads.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Hashes: TypeAlias = NDArray[np.uint64]
Ints: TypeAlias = NDArray[np.int64]


def rows(columns: Sequence[Hashes], seed: int) -> Hashes:
    """One hash a row of several columns of hashes."""
    start = int.from_bytes(blake2b(str(seed).encode(), digest_size=8).digest(), "little")
    total = np.full(len(columns[0]), start, dtype=np.uint64)
    for column in columns:
        total = mixed(total * np.uint64(0x100000001B3) + column)
    return total


def apart(columns: Sequence[Hashes], seed: int) -> Hashes:
    """A hash for each row; of rows with the same content, which gets which is all one."""
    same = rows(columns, seed)
    before = pd.Series(same).groupby(same).cumcount().to_numpy().astype(np.uint64)
    return rows([same, before], seed)


def mixed(x: Hashes) -> Hashes:
    """Every bit of a number hangs on every other: the finaliser of SplitMix64 (Steele et al. 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def numbers(values: Any) -> Hashes:
    """A hash a number, from its bits; missing is a number of its own."""
    return mixed(np.nan_to_num(values, nan=np.inf).view(np.uint64))


def texts(at: Any, values: Sequence[str | None]) -> Hashes:
    """A hash a cell, from codes and the texts they stand for.

    >>> one, other, again = texts(np.array([0, 1, 0]), ["a", "b"]).tolist()
    >>> one == again, one == other
    (True, False)
    """
    made = [blake2b(repr(text).encode(), digest_size=8).digest() for text in values]
    return np.frombuffer(b"".join(made), dtype="<u8").astype(np.uint64)[at]


def part(hashes: Hashes, parts: int, salt: int) -> Ints:
    """Which of some parts each hash falls into; another ``salt``, another dealing.

    >>> part(rows([texts(np.arange(4), list("abcd"))], 0), 1, salt=3).tolist()
    [0, 0, 0, 0]
    """
    return (rows([hashes], salt) % np.uint64(parts)).astype(np.int64)
