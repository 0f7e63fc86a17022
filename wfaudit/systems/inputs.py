"""What a system asks about a person: one of some levels, or a number in a range.

An answer that is unknown or out of range is refused, and a missing one too, unless the system gives
people with gaps no result. Nothing gets a default.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.errors import AuditError, rows, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

Basis: TypeAlias = Literal["published", "partly published", "invented"]
Yes: TypeAlias = NDArray[np.bool_]
_SHOWN_ROWS = 5


@dataclass(frozen=True, slots=True)
class Levels:
    """An input with named levels, in order: `published_as` is its name in the source.

    `basis` is "published", "partly published" (the name is, some levels aren't) or "invented".

    >>> Levels("care", ("no", "yes"), "Care duty", "BETREUUNGSPFLICHTIG").levels
    ('no', 'yes')
    """

    name: str
    levels: tuple[str, ...]
    says: str
    published_as: str = ""
    basis: Basis = "published"

    def codes(self, column: pd.Series) -> NDArray[np.intp]:
        """Position of each person's level, from 0; -1 where it is none of them.

        >>> Levels("care", ("no", "yes"), "Care duty").codes(pd.Series(["yes", "no", "nein"]))
        array([ 1,  0, -1])
        """
        codes, found = pd.factorize(column)
        known = {level: code for code, level in enumerate(self.levels)}
        return np.array([*(known.get(one, -1) for one in found), -1], dtype=np.intp)[codes]

    def check(self, column: pd.Series, system: str, *, gaps: bool = False) -> None:
        """Refuse a column with an unknown level, or a missing one unless `gaps` may be.

        The error counts, and shows no cell.
        """
        known = _known(column, self.name, system, gaps=gaps)
        advice = "" if is_text(column) else " The column does not hold text: turn it into text."
        there = f"There are: {', '.join(map(repr, self.levels))}.{advice}"
        try:
            unknown = self.codes(column) < 0
        except TypeError:  # a list, a dictionary: nothing that could be looked up
            unknown = np.array([not isinstance(cell, str) for cell in column], dtype=bool)
        _refuse(unknown & known, f"{self.name!r} holds an unknown level", there, system)


@dataclass(frozen=True, slots=True)
class Numbers:
    """An input with numbers from `low` to `high`, both included; whole ones where `whole`.

    >>> Numbers("age", 1, 120, "Age", "How old are you?").high
    120
    """

    name: str
    low: float
    high: float
    says: str
    published_as: str = ""
    basis: Basis = "published"
    whole: bool = True

    def check(self, column: pd.Series, system: str, *, gaps: bool = False) -> None:
        """Refuse a column with a number out of range, or something else, or gaps unless they may be."""
        known = _known(column, self.name, system, gaps=gaps)
        given = column.loc[known].infer_objects() if gaps else column
        if len(given) and getattr(given.dtype, "kind", "O") not in "iuf":
            raise AuditError(
                f"{system}: {self.name!r} does not hold numbers. Numbers from {self.low:g} to "
                f"{self.high:g} exist; turn the column into numbers first."
            )
        values = np.full(len(column), self.low, dtype=np.float64)
        values[known] = given.to_numpy(dtype=np.float64)
        wrong = ~((values >= self.low) & (values <= self.high))
        if self.whole:
            wrong |= values != np.floor(values)
        kind = "Whole numbers" if self.whole else "Numbers"
        there = f"{kind} from {self.low:g} to {self.high:g} exist."
        _refuse(wrong, f"{self.name!r} holds a number that does not exist", there, system)


Input: TypeAlias = Levels | Numbers


def is_text(column: pd.Series) -> bool:
    """Whether a column holds text: as strings, as objects, or as categories."""
    return not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column))


def where(wrong: Yes) -> str:
    """Say how many rows, and the first of them, counted from 0.

    >>> where(np.array([False, True, True]))
    'In 2 rows (counted from 0, the first: 1, 2)'
    """
    first = np.flatnonzero(wrong)[:_SHOWN_ROWS]
    return f"In {rows(int(wrong.sum()))} (counted from 0, the first: {', '.join(map(str, first))})"


def columns_as_asked(people: pd.DataFrame, asked: Sequence[str], system: str) -> None:
    """Refuse a frame that lacks an input, or has one twice, or holds a column nobody asked for."""
    given = list(people.columns)
    there = f"There are: {', '.join(asked)}."
    if lacking := [name for name in asked if name not in given]:
        names = ", ".join(map(repr, lacking))
        raise AuditError(f"{system} also needs {names}. {there} Add one column an input.")
    if extra := [name for name in given if name not in asked]:
        names = ", ".join(map(shown, extra))
        raise AuditError(
            f"{system} does not ask for {names}. {there} Leave the rest out: people[list(inputs)]."
        )
    if len(given) > len(asked):
        raise AuditError(f"{system} was given an input twice. {there} Keep one column an input.")


def _known(column: pd.Series, name: str, system: str, *, gaps: bool) -> Yes:
    known = column.notna().to_numpy(dtype=bool)
    if not gaps:
        advice = "An audit may not guess it: fill it from its source or leave these rows out."
        _refuse(~known, f"{name!r} is missing", advice, system)
    return known


def _refuse(wrong: Yes, what: str, there: str, system: str) -> None:
    if wrong.any():
        raise AuditError(f"{system}: {where(wrong)} {what}. {there}")
