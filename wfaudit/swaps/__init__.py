"""What scores a matcher gives to the same text with another name, or to the same content in other words."""

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from wfaudit.swaps.asked import How, Setting, groups_of, setting
from wfaudit.swaps.names import swapped
from wfaudit.swaps.told import Swapped
from wfaudit.swaps.wordings import Rewritten, reworded
from wfaudit.texts.variants import ENGLISH

__all__ = ["How", "Setting", "Swapped", "reword", "swap"]


def swap(
    matcher: Any, texts: Sequence[str], against: Sequence[str], names: Mapping[str, Sequence[str]],
    *, reference: str, **how: Unpack[How],
) -> Swapped:  # fmt: skip
    """Score the same texts with the names of each group, and compare with the names of ``reference``.

    Texts say {name} where the name stands; ``against`` holds the vacancies (occupations, skills) they are
    scored against: every text against all of them, or with ``own=True`` each against its own. A group's
    scores are held against the reference's on the same texts, with limits over names and texts, both
    taken as drawn; with fewer than eight texts they are taken as given. Besides: how often a text stands
    in the ``top`` of a list, and in how many lists that changes with the name. ``tolerance`` is the
    largest gap of scores let pass, or one by measure.

    >>> cold = lambda texts, against: [[1.0 - 0.1 * ("Lakisha" in t) for _ in against] for t in texts]
    >>> names = {"Black women": ["Lakisha"] + list("abcdefg"), "White women": list("hijklmno")}
    >>> found = swap(cold, ["I am {name}."], ["nurse"], names, reference="White women")
    >>> found.results[1].table[["group", "estimate"]].round(4).values.tolist()
    [['Black women', -0.0125], ['White women', 0.0]]
    """
    asked = setting(matcher, texts, against, how)
    return swapped(asked, groups_of(names, reference), reference)


def reword(
    matcher: Any, texts: Sequence[str], against: Sequence[str],
    variants: Mapping[str, Rewritten] = ENGLISH, **how: Unpack[How],
) -> Swapped:  # fmt: skip
    """Score texts as they are written and in other words, paired, with limits over texts.

    A variant is one of ``wfaudit.texts.ENGLISH``, a function of a text that gives another or nothing
    where it has no place, or as many texts as there are.

    >>> shout = {"in capitals": str.upper}
    >>> texts = [chr(97 + i) * 3 + "x" * i for i in range(12)]
    >>> share = lambda texts, against: [[sum(c.islower() for c in t) / 20 for _ in against] for t in texts]
    >>> reword(share, texts, ["nurse"], shout).results[1].table[["n", "estimate"]].round(3).values.tolist()
    [[12, -0.425]]
    """
    return reworded(setting(matcher, texts, against, how), variants)
