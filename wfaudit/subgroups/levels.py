"""Inputs cut into a few levels that can be said in words: bands of numbers, texts, what is missing."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.case import decode

Ints = NDArray[np.int64]
BINS = 5
RARE = 0.02  # levels that fewer hold are pooled
FIGURES = 4  # of an edge between bands
MISSING, OTHER = "not available", "any other value"
NONE = -1


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of one input, each in words, and how to read values as their positions.

    ``other`` and ``missing`` are the positions of rare values and of what is not available, or -1.
    """

    name: str
    words: tuple[str, ...]
    edges: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    other: int = NONE
    missing: int = NONE

    def codes(self, column: Any) -> Ints:
        """The position of each value's level; -1 for one that nobody held when levels were cut."""
        gone = pd.isna(column).to_numpy()
        if self.edges:
            found = np.searchsorted(self.edges, column.to_numpy(dtype=float), side="right")
        else:
            place = {text: at for at, text in enumerate(self.texts)}
            at, values = pd.factorize(column.astype(object), use_na_sentinel=True)
            read = [place.get(_text(value), self.other) for value in values]
            found = np.array([*read, NONE], dtype=np.int64)[at]
        return np.where(gone, self.missing, found).astype(np.int64)


def cut(name: str, column: Any) -> Levels:
    """The levels of an input as these people hold it: five bands of about as many people, or its values.

    Values that fewer than 2 in 100 hold are pooled; what is missing is a level.

    >>> cut("age", pd.Series(range(20, 70), dtype=float)).words
    ('age under 29', 'age 29 to under 39', 'age 39 to under 49', 'age 49 to under 59', 'age 59 and over')
    >>> cut("licence", pd.Series([1.0, 0, 0, None])).words
    ('licence: no', 'licence: yes', 'licence: not available')
    """
    known = column.dropna()
    number = known.dtype == np.float64 and known.nunique() > BINS
    known = known[np.isfinite(known)] if number else known
    edges = _edges(known) if number else ()
    if edges:
        texts, rare = (), False
        words = [f"{name}{band}" for band in _bands(edges, known)]
    else:
        texts, rare = _texts(known)
        words = [f"{name}: {_read(text, texts)}" for text in texts]
    other = len(words) if rare else NONE
    words += [f"{name}: {OTHER}"] if rare else []
    missing = len(words) if bool(column.isna().any()) else NONE
    words += [f"{name}: {MISSING}"] if missing != NONE else []
    return Levels(name, tuple(words), edges, texts, other, missing)


def _edges(known: Any) -> tuple[float, ...]:
    """Where bands part: values that people hold, to four figures; no band is empty."""
    shares = np.arange(1, BINS) / BINS
    low, high = known.min(), known.max()
    found = np.quantile(known, shares, method="inverted_cdf")
    rounded = {float(f"{edge:.{FIGURES}g}") for edge in found}
    edges = sorted(edge for edge in rounded if low < edge <= high)
    held = set(np.searchsorted(edges, known, side="right").tolist())
    kept = [edge for at, edge in enumerate(edges) if at + 1 in held]
    return tuple(kept) or (float(known[known > low].min()),)


def _bands(edges: tuple[float, ...], known: Any) -> list[str]:
    """Each band in words; one that holds a single whole number is told as that number."""
    told = [str(decode.text_of(edge)) for edge in edges]
    middle = [f" {a} to under {b}" for a, b in pairwise(told)]
    bands = [f" under {told[0]}", *middle, f" {told[-1]} and over"]
    if bool((known % 1 != 0).any()):
        return bands
    at = np.searchsorted(edges, known, side="right")
    only = [np.unique(known[at == band]) for band in range(len(bands))]
    return [
        f": {decode.text_of(float(held[0]))}" if len(held) == 1 else band
        for band, held in zip(bands, only, strict=True)
    ]


def _texts(known: Any) -> tuple[tuple[str, ...], bool]:
    """The values that at least 2 in 100 hold, in order, and whether there are others."""
    counted = known.astype(object).map(_text).value_counts()
    kept = counted.index[counted >= RARE * counted.sum()]
    return tuple(sorted(kept, key=_by_size)), len(kept) < len(counted)


def _read(text: str, texts: tuple[str, ...]) -> str:
    """A value in words: yes and no where an input holds nothing else."""
    read = ["yes" if value.lower() in decode.YES else "no" for value in texts]
    plain = {value.lower() for value in texts} <= decode.YES | decode.NO
    return read[texts.index(text)] if plain and len(set(read)) == len(texts) else text


def _by_size(text: str) -> tuple[bool, float, str]:
    """Numbers by their size, before texts by the alphabet."""
    number: Any = pd.to_numeric(text, errors="coerce")
    return bool(pd.isna(number)), 0.0 if pd.isna(number) else float(number), text


def _text(value: Any) -> str:
    return str(decode.text_of(value))
