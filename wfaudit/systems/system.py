"""The one face of every system: what it asks, what it answers, whence, and what was invented."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.errors import AuditError
from wfaudit.models import Model
from wfaudit.systems.inputs import Input, Yes, columns_as_asked, where
from wfaudit.systems.modelled import summed

Scored: TypeAlias = Callable[[pd.DataFrame], pd.Series]
Tiered: TypeAlias = Callable[[pd.DataFrame], NDArray[np.integer]]
Explained: TypeAlias = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Rule:
    """Profiles that cannot exist: a sentence, and who breaks it."""

    says: str
    broken: Callable[[pd.DataFrame], Yes]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class System:
    """A profiling system that runs, with its source and with what is invented about it.

    People come as a data frame with one column an input and nothing else; answers keep its index.
    `order` lists the tiers from the least need that the system sees to the most. `refused` are
    names of columns that may not be inputs, with the rule. A person with a missing input is refused,
    or gets no result, as `incomplete` says; then `scored` and `tiered` must leave out who has gaps.
    `intercept` is where the log-odds start, if the score is a chance made of a sum.
    """

    name: str
    says: str
    asked: tuple[Input, ...]
    order: tuple[str, ...]
    source: str
    invented: tuple[str, ...]
    not_published: tuple[str, ...]
    known_wrong: tuple[str, ...]
    scored: Scored
    tiered: Tiered
    explained: Explained | None = None
    rules: tuple[Rule, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    incomplete: Literal["refused", "no result"] = "refused"
    intercept: float | None = None
    modelled: Callable[[System], Model] | None = None

    def model(self) -> Model:
        """The same system as an audit's model: exact where it is a sum, or tells its rules or trees."""
        return self.modelled(self) if self.modelled else summed(self)

    @property
    def inputs(self) -> dict[str, Input]:
        """Every input by name, in the order of the source."""
        return {one.name: one for one in self.asked}

    def score(self, people: pd.DataFrame) -> pd.Series:
        """One score a person, in the unit that `says` names; not-a-number where there is none."""
        return self.scored(self.checked(people)).rename("score")

    def tier(self, people: pd.DataFrame) -> pd.Series:
        """One tier a person, a text out of `order`; missing where the system gives no result."""
        codes = self.tiered(self.checked(people))
        tiers = pd.Categorical.from_codes(codes, categories=list(self.order))
        named = pd.Series(tiers, index=people.index, name="tier")
        return named.astype(tiers.categories.dtype)

    def contributions(self, people: pd.DataFrame) -> pd.DataFrame:
        """What each answer adds, one column an input, where the system is a sum; else an error."""
        if self.explained is None:
            raise AuditError(
                f"{self.name} is not a sum, so its inputs have no exact contributions. "
                "Change one input at a time and compare the tiers."
            )
        return self.explained(self.checked(people))

    def checked(self, people: pd.DataFrame) -> pd.DataFrame:
        """The same people, inputs in order, once every column, level and rule has been checked."""
        found = self.answered(people)
        for rule in self.rules:
            self._hold(rule, people)
        return found

    def answered(self, people: pd.DataFrame) -> pd.DataFrame:
        """The same people, inputs in order, once every column and level has been checked."""
        if not isinstance(people, pd.DataFrame):  # pyright: ignore[reportUnnecessaryIsInstance]
            given = type(people).__name__
            raise AuditError(
                f"{self.name} takes a pandas data frame with one column an input; a {given} was "
                f"given. The inputs are: {', '.join(self.inputs)}."
            )
        self._refuse_columns(people)
        columns_as_asked(people, list(self.inputs), self.name)
        gaps = self.incomplete == "no result"
        for one in self.asked:
            one.check(cast("pd.Series", people[one.name]), self.name, gaps=gaps)
        return people.loc[:, list(self.inputs)]

    def _refuse_columns(self, people: pd.DataFrame) -> None:
        given = {str(name).strip().lower() for name in people.columns}
        for name, rule in self.refused:
            if name in given:
                raise AuditError(
                    f"{self.name} refuses the input {name!r}: {rule} Leave it out, and keep it "
                    "aside as a group to audit by."
                )

    def _hold(self, rule: Rule, people: pd.DataFrame) -> None:
        broken = rule.broken(people)
        if broken.any():
            raise AuditError(
                f"{self.name}: {where(broken)} the profile cannot exist. {rule.says} "
                "Correct these rows or leave them out."
            )
