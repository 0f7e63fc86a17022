"""What is asked of a matcher: texts, what they are held against, names; checked once, at the door."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypedDict

import numpy as np
from numpy.typing import NDArray

from wfaudit.choices import Choices, Tolerance
from wfaudit.errors import AuditError, listed, not_one_of
from wfaudit.texts.matchers import Matcher, matcher, scored

Floats: TypeAlias = NDArray[np.float64]
Groups: TypeAlias = dict[str, tuple[str, ...]]
LONGEST = 1_000_000  # characters of a text
MOST = 50_000_000  # scores in memory at a time
AT_A_TIME = 2_000  # texts that a matcher is given at a time


class How(TypedDict, total=False):
    """What can be said besides, by name."""

    own: bool  # the first text against the first of against, the second against the second
    top: int  # how many places of a list count, 10 unless told
    tolerance: float | Mapping[str, float] | None  # of the gap of scores, or by measure
    level: float  # of the limits, 0.95 unless told
    title: str  # what the results are called


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """A matcher, the texts it is asked about and what they are held against; shows none of them."""

    matcher: Matcher = field(repr=False)
    texts: list[str] = field(repr=False)
    against: list[str] = field(repr=False)
    own: bool
    top: int
    choices: Choices
    notes: tuple[str, ...]

    def scores(self, texts: Sequence[str]) -> Floats:
        """Scores of texts against all of ``against``, some texts at a time."""
        parts = [
            scored(self.matcher, texts[at : at + AT_A_TIME], self.against)
            for at in range(0, len(texts), AT_A_TIME)
        ]
        return np.concatenate(parts)

    def kept(self, scores: Floats) -> Floats:
        """One score a text (the last axis but one): its own, or the mean over all of ``against``."""
        if self.own:
            return np.diagonal(scores, axis1=-2, axis2=-1)
        return scores.mean(axis=-1)

    def told(self, texts: Sequence[str]) -> tuple[str, ...]:
        """What the matcher says must be told of these texts, if it says anything."""
        tell: Callable[[Sequence[str]], tuple[str, ...]] = getattr(self.matcher, "told", _nothing)
        return tell(texts)


def _nothing(_: Sequence[str]) -> tuple[str, ...]:
    return ()


def setting(given: Any, texts: Sequence[str], against: Sequence[str], how: How) -> Setting:
    """Check what was asked, drop what stands twice, and say so.

    >>> setting(lambda t, a: [], ["I am {name}."] * 2, ["nurse"], {}).notes
    ('1 of 2 texts repeats another and was left out',)
    """
    _readable("texts", texts)
    _readable("against", against)
    own, top = how.get("own", False), how.get("top", 10)
    if own and len(texts) != len(against):
        raise AuditError(
            f"own=True scores each text against its own: {len(texts):,} texts and {len(against):,} of "
            "against were given. Give one of against for each text, or leave own out."
        )
    if top < 1:
        raise AuditError(f"top counts the places of a list from 1 on; {top} was given.")
    mine, theirs = _once(texts, against, own=own)
    notes = _left_out("texts", texts, mine)
    notes += () if own else _left_out("against", against, theirs)
    return Setting(matcher(given), mine, theirs, own, top, _choices(how), notes)


def _once(
    texts: Sequence[str], against: Sequence[str], *, own: bool
) -> tuple[list[str], list[str]]:
    """What is scored, each once: what stands twice is no second case."""
    if not own:
        return list(dict.fromkeys(texts)), list(dict.fromkeys(against))
    pairs = list(dict.fromkeys(zip(texts, against, strict=True)))
    return [text for text, _ in pairs], [other for _, other in pairs]


def _left_out(what: str, given: Sequence[str], kept: Sequence[str]) -> tuple[str, ...]:
    n = len(given) - len(kept)
    says = "repeats another and was" if n == 1 else "repeat others and were"
    return (f"{n:,} of {len(given):,} {what} {says} left out",) if n else ()


def groups_of(names: Mapping[str, Sequence[str]], reference: str) -> Groups:
    """Each group's names, once each; stops where a name would be of two groups.

    >>> groups_of({"a": ["Ann", "Ann"], "b": ["Bo"]}, "a")
    {'a': ('Ann',), 'b': ('Bo',)}
    """
    if reference not in names:
        raise not_one_of("group of names", reference, names)
    if text := [group for group, some in names.items() if isinstance(some, str)]:
        raise AuditError(
            f"The names of {listed(text)} are one text. Give a list of names for each group."
        )
    found = {group: tuple(dict.fromkeys(some)) for group, some in names.items()}
    empty = [group for group, some in found.items() if not all(map(_named, some or ("",)))]
    if empty or len(found) < 2:
        raise AuditError(
            f"A swap compares two groups of names or more, none of them empty; {len(found)} were given"
            f"{f', {listed(empty)} with an empty name or none' if empty else ''}."
        )
    shared = [
        name for name, n in Counter(n for some in found.values() for n in some).items() if n > 1
    ]
    if shared:
        raise AuditError(
            f"{len(shared):,} names stand in more than one group, so nobody can tell whose they are. "
            "Leave each in one group, or in none."
        )
    return found


def _named(name: Any) -> bool:
    return isinstance(name, str) and bool(name.strip())


def _readable(what: str, texts: Sequence[Any]) -> None:
    if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
        raise AuditError(f"{what} must be a list of texts; {type(texts).__name__} was given.")
    if not texts:
        raise AuditError(f"{what} is empty. Give one text at least.")
    if empty := sum(not text.strip() for text in texts):
        raise AuditError(
            f"{empty:,} of {len(texts):,} {what} are empty and have no score. Leave them out."
        )
    if long := sum(len(text) > LONGEST for text in texts):
        raise AuditError(
            f"{long:,} of {len(texts):,} {what} are longer than {LONGEST:,} characters. Leave them out, or "
            "cut them as the system under audit does."
        )


def _choices(how: How) -> Choices:
    given = how.get("tolerance")
    by_measure = (
        given
        if isinstance(given, Mapping)
        else {}
        if given is None
        else dict.fromkeys(SCORES, given)
    )
    for name in by_measure:
        if name not in MEASURES:
            raise not_one_of("measure of a swap", name, MEASURES)
    tolerances = tuple((name, Tolerance("gap", value)) for name, value in by_measure.items())
    return Choices(
        name=how.get("title", "texts"), level=how.get("level", 0.95), tolerances=tolerances,
        phrases=(("name", "names of {level}"), ("wording", "{level}")),
    )  # fmt: skip


SCORES = ("name_swap_score", "reworded_score")
MEASURES = (
    *SCORES, "name_swap_top_share", "name_swap_top_changes", "reworded_top_share", "reworded_top_changes",
)  # fmt: skip
