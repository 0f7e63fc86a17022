"""What the auditor declared before looking: tolerances, families, level, words. Frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wfaudit.errors import AuditError

Scale = Literal["gap", "ratio"]
FlagIs = Literal["help", "burden"]
Adjust = Literal["Holm", "BH", "BY"]
ADJUST: dict[Adjust, str] = {
    "Holm": "Holm",
    "BH": "Benjamini-Hochberg",
    "BY": "Benjamini-Yekutieli",
}
NOT_RECORDED = "not recorded"
EVERYONE = "everyone"
REST = "the rest"
HIGHEST = "the highest"
JOIN = " & "
PREDICTED, LEFT = (
    "predicted score",
    "not attributed",
)  # what the parts of a split gap add up to, and what is in none


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The largest disparity that is let pass, on the one scale a measure is judged on.

    >>> Tolerance("gap", 0.05).limits, Tolerance("ratio", 0.8).limits
    ((-0.05, 0.05), (0.8, 1.25))
    """

    scale: Scale
    value: float

    def __post_init__(self) -> None:
        """Refuse a tolerance that lets everything or nothing pass."""
        if not 0 < self.value < 1:
            raise AuditError(
                f"A tolerance lies between 0 and 1; {self.scale} = {self.value} was given. "
                "Write a gap as a share (0.05 is five in a hundred), a ratio below 1 (0.80)."
            )

    @property
    def limits(self) -> tuple[float, float]:
        """The interval within which a disparity passes."""
        return (-self.value, self.value) if self.scale == "gap" else (self.value, 1 / self.value)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the sentences: whom we speak of, and what happened to them."""

    people: str = "people"
    flagged: str = "flagged"
    outcome: str = "had the outcome"
    no_outcome: str = "did not have the outcome"
    saw: str = "with advice and a decision"
    edited: str = "with a tier before and after edits"


@dataclass(frozen=True, slots=True)
class Choices:
    """All that a reader must know was chosen, not found."""

    name: str = "unnamed case"
    about: str = ""
    level: float = 0.95
    flag_is: FlagIs | None = None
    default: Tolerance | None = None
    tolerances: tuple[tuple[str, Tolerance], ...] = ()
    confirm: tuple[str, ...] = ()
    confirm_with: Adjust = "Holm"
    screen_with: Adjust = "BH"
    search: tuple[str, ...] = ()
    worth: bool = False
    ll144: Mapping[str, Any] | None = None
    words: Words = field(default_factory=Words)
    phrases: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse a level that no interval can have."""
        if not 0.5 <= self.level < 1:
            raise AuditError(
                f"The interval level must lie between 0.5 and 1; {self.level} was given. "
                "Write level = 0.95 for 95 % intervals."
            )

    def tolerance(self, measure: str) -> Tolerance | None:
        """The tolerance declared for a measure, else the default, else none."""
        return dict(self.tolerances).get(measure, self.default)

    def whom(self, by: str, group: str) -> str:
        """A group as the subject of a sentence.

        >>> Choices(phrases=(("race", "{level} applicants"),)).whom("race", "Black")
        'Black applicants'
        >>> Choices().whom("sex & race", "women & Black")
        'people in the group “women & Black”'
        """
        if group == REST:
            return f"{self.words.people} of all other groups"
        if JOIN in by:
            return f"{self.words.people} in the group “{group}”"
        if group == NOT_RECORDED:
            return f"{self.words.people} whose {by} is not recorded"
        return dict(self.phrases).get(by, "{level}").replace("{level}", group)
