"""The same content in other words: order, register, a gap, titles, seniority, keywords, other labels.

A variant gives an English text in its words, or nothing where it has no place in it. Rules, not a model:
what is changed can be read here, and nothing else is.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from wfaudit.texts.esco import Entry

GAP = "I was out of work for two years to care for my family."
_SMALL = """a am an and are as at be been by did do for from had has have i in is it me my of on or our that
the their they this to was we were which who with"""
SMALL = frozenset(_SMALL.split())
# neutral, a man's, a woman's
TITLES = (
    ("chairperson", "chairman", "chairwoman"), ("police officer", "policeman", "policewoman"),
    ("firefighter", "fireman", "firewoman"), ("salesperson", "salesman", "saleswoman"),
    ("server", "waiter", "waitress"), ("flight attendant", "steward", "stewardess"),
    ("spokesperson", "spokesman", "spokeswoman"), ("businessperson", "businessman", "businesswoman"),
    ("cleaner", "cleaning man", "cleaning lady"), ("craftsperson", "craftsman", "craftswoman"),
    ("host", "host", "hostess"), ("actor", "actor", "actress"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Variant:
    """Another way to write a text: what it does, and the function that does it."""

    says: str
    of: Callable[[str], str | None]


def sentences(text: str) -> list[str]:
    """The sentences of a text.

    >>> sentences("I cook. I clean!")
    ['I cook.', 'I clean!']
    """
    return [one for one in re.split(r"(?<=[.!?])\s+", text.strip()) if one]


def reversed_order(text: str) -> str | None:
    """The last sentence first.

    >>> reversed_order("I cook. I clean.")
    'I clean. I cook.'
    """
    each = sentences(text)
    return " ".join(reversed(each)) if len(each) > 1 else None


def terse(text: str) -> str | None:
    """Sentences without the person who speaks.

    >>> terse("I have worked as a cook. I am punctual.")
    'Worked as a cook. Punctual.'
    """
    begins = re.compile(r"^I(?: have| am|'ve|'m)? ")
    each = [begins.sub("", one) for one in sentences(text)]
    found = " ".join(one[0].upper() + one[1:] for one in each if one)
    return None if found == text else found


def keywords(text: str) -> str | None:
    """The words that carry content, in their order, as a list.

    >>> keywords("I have worked as a cook in a hospital.")
    'worked, cook, hospital'
    """
    words = [word for word in re.findall(r"[\w'-]+", text) if word.lower() not in SMALL]
    return ", ".join(words) or None


def with_gap(text: str) -> str:
    """The text, and two years without work.

    >>> with_gap("I cook.")
    'I cook. I was out of work for two years to care for my family.'
    """
    return f"{text.rstrip()} {GAP}"


def senior(word: str, text: str) -> str | None:
    """The job with a word of seniority before it.

    >>> senior("junior", "I have worked as an office clerk.")
    'I have worked as a junior office clerk.'
    """
    found = re.sub(r"\b(as) an? ", rf"\1 a {word} ", text)
    return None if found == text else found


def titled(side: int, text: str) -> str | None:
    """Neutral titles as a man's (1) or a woman's (2).

    >>> titled(2, "I was a police officer.")
    'I was a policewoman.'
    """
    found = text
    for pair in TITLES:
        found = re.sub(rf"\b{pair[0]}\b", pair[side], found)
    return None if found == text else found


def relabelled(entries: Iterable[Entry]) -> Variant:
    """The first other label of ESCO in place of the preferred one, wherever a text has one.

    >>> relabelled([Entry("manage members", ("oversee members",), "")]).of("I can manage members.")
    'I can oversee members.'
    """
    labels = {entry.label: entry.others[0] for entry in entries if entry.others}

    def of(text: str) -> str | None:
        found = text
        for label, other in labels.items():
            if label in found:
                found = re.sub(rf"\b{re.escape(label)}\b", lambda _, other=other: other, found)
        return None if found == text else found

    return Variant("another label of ESCO in place of the preferred one", of)


ENGLISH: dict[str, Variant] = {
    "sentences in reverse order": Variant("the last sentence first", reversed_order),
    "terse": Variant("without the person who speaks", terse),
    "list of keywords": Variant("the words that carry content, as a list", keywords),
    "a gap mentioned": Variant("two years of care for the family added", with_gap),
    "junior": Variant("junior before the job", partial(senior, "junior")),
    "senior": Variant("senior before the job", partial(senior, "senior")),
    "men's titles": Variant("a man's title for a neutral one", partial(titled, 1)),
    "women's titles": Variant("a woman's title for a neutral one", partial(titled, 2)),
}
