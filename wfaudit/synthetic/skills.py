"""What people can do, written in four wordings of the same content, and a keyword extractor to audit.

A row is one skill of one person: n people with six rows each. The sentence is what the extractor reads.
Without a mechanism it knows every wording, and one sentence in eight is misspelt whoever wrote it, so
that as many skills are missed in every group and in every wording.
"""

import re
from collections.abc import Iterable
from functools import cache

import numpy as np
import pandas as pd

from wfaudit.synthetic.dice import Bools, Dice, Ints
from wfaudit.synthetic.planted import Mechanism, Population, switched

SEXES, ORIGINS = ("men", "women"), ("native", "migrant")
WORDINGS = ("standard labels", "other labels", "plain words", "abbreviations")
TRADES = ("building", "care", "transport", "kitchen", "office")
ROWS = 6
WISH = "I would like to learn"
SENTENCES = (
    "I have experience in this: {}.",
    "I have experience in this: {}.",  # misspelt
    f"{WISH} this: {{}}.",
    "Others in my team did this: {}.",
)

# the same skill in four wordings, eight skills a trade; all of it is invented
PHRASES: tuple[tuple[str, str, str, str], ...] = (
    ("bricklaying", "masonry", "putting up walls of stone", "BRKL"),
    ("plastering", "rendering of walls", "making walls smooth", "PLST"),
    ("roof tiling", "slating", "covering houses against rain", "RFTL"),
    ("pipe fitting", "plumbing", "putting in taps and drains", "PFIT"),
    ("electrical installation", "wiring of buildings", "putting in cables and sockets", "EINS"),
    ("welding", "arc joining of metal", "melting iron parts together", "MIGW"),
    ("scaffolding", "erection of staging", "setting up the frame around a house", "SCAF"),
    ("floor laying", "parquet fitting", "putting down boards", "FLRL"),
    ("elderly care", "geriatric assistance", "looking after old people", "ELDC"),
    ("wound care", "dressing of injuries", "putting on bandages", "WNDC"),
    ("infant care", "nursery work", "minding babies", "INFC"),
    ("medication administration", "dispensing of medicines", "giving people their pills", "MEDA"),
    ("first aid", "emergency response", "helping after accidents", "CPR"),
    ("patient transfer", "manual handling of patients", "lifting people out of bed", "PTRF"),
    ("care documentation", "keeping of care records", "noting what was done for the sick", "CDOC"),
    ("infection control", "hygiene management", "keeping germs away", "IPC"),
    ("forklift operation", "lift truck driving", "moving pallets with the stacker", "FLT"),
    ("lorry driving", "heavy goods haulage", "driving big trucks", "HGV"),
    ("order picking", "consignment assembly", "fetching things from the shelves", "OPCK"),
    ("stock control", "inventory keeping", "counting what is in the store", "INVC"),
    ("route planning", "tour scheduling", "finding the shortest way", "RTPL"),
    ("load securing", "fastening of cargo", "tying things down", "LSEC"),
    ("customs declaration", "border clearance", "doing the papers for abroad", "CUSD"),
    ("parcel delivery", "courier service", "bringing boxes to the door", "PDEL"),
    ("food hygiene", "safe handling of food", "keeping the kitchen clean", "HACCP"),
    ("menu planning", "composition of meals", "thinking up what to cook", "MNPL"),
    ("pastry making", "confectionery", "baking cakes", "PSTR"),
    ("butchery", "meat cutting", "taking animals apart", "BTCH"),
    ("table service", "waiting on guests", "carrying plates to people", "TSRV"),
    ("grill cooking", "charbroiling", "frying over fire", "GRLC"),
    ("dishwashing", "scullery work", "washing up", "DSHW"),
    ("cash handling", "till operation", "taking money from guests", "EPOS"),
    ("bookkeeping", "ledger accounting", "noting income and costs", "BKPG"),
    ("payroll accounting", "wage calculation", "working out what people earn", "PAYE"),
    ("spreadsheet use", "tabular calculation", "making lists with sums", "XLS"),
    ("word processing", "text editing", "typing letters", "DOCX"),
    ("customer advice", "client counselling", "talking to people at the counter", "CRM"),
    ("appointment scheduling", "diary management", "giving people their dates", "APPT"),
    ("database entry", "data capture", "putting numbers into the computer", "DBE"),
    ("technical drawing", "computer-aided design", "making plans of machines", "CAD"),
)
SKILLS = tuple(phrases[0] for phrases in PHRASES)
PER_TRADE = len(SKILLS) // len(TRADES)
EVERY_WORDING = {phrase: p[0] for p in PHRASES for phrase in p}
STANDARD = {  # the standard labels, and for every third skill its other wordings too
    phrase: p[0]
    for at, p in enumerate(PHRASES)
    for phrase in (p if at % 3 == 0 else p[:1])
}  # fmt: skip
ERRORS = (
    "selection_rate", "false_negative_rate", "false_positive_rate", "precision",
    "negative_predictive_value", "accuracy",
)  # fmt: skip


PLANTED: dict[str, Mechanism] = {
    "keyword list": Mechanism(
        says="The extractor knows the standard labels; other wordings of the same skill it knows for "
        "14 of the 40 skills.",
        size=0.650, by="wording", group="plain words", finds="false_negative_rate", moves=ERRORS,
    ),
    "spelling by group": Mechanism(
        says="40 in 100 sentences of migrants are misspelt, 12 in 100 of everyone else's.",
        size=0.280, by="origin", group="migrant", finds="false_negative_rate", moves=ERRORS,
    ),
    "wording by group": Mechanism(
        says="Migrants write 70 in 100 sentences in plain words, everyone else 25. Alone it moves no "
        "rate; with the keyword list more of migrants' skills are missed.",
        size=0.450, by="origin", group="migrant", at="plain words", finds="wording_share",
    ),
}  # fmt: skip


def extract(text: str, *, all_wordings: bool = True) -> frozenset[str]:
    """The skills a keyword list finds in a text, by their standard labels; a wish is no skill.

    >>> sorted(extract("Two years of masonry, and an FLT licence."))
    ['bricklaying', 'forklift operation']
    >>> extract("I would like to learn masonry."), extract("slating", all_wordings=False)
    (frozenset(), frozenset())
    """
    if text.startswith(WISH):
        return frozenset()
    words = f" {' '.join(re.findall(r'[a-z-]+', text.lower()))} "
    known = EVERY_WORDING if all_wordings else STANDARD
    return frozenset(skill for phrase, skill in known.items() if f" {phrase.lower()} " in words)


def sentence(skill: int, wording: int, kind: int) -> str:
    """What somebody writes: kind 0 says that they can, 1 the same misspelt, 2 a wish, 3 of others.

    >>> sentence(0, wording=1, kind=1)
    'I have experience in this: msonry.'
    """
    phrase = PHRASES[skill][wording]
    return SENTENCES[kind].format(phrase[0] + phrase[2:] if kind == 1 else phrase)


def in_standard_labels(text: str) -> str | None:
    """The same sentence with the standard label of its skill, or nothing where it is none of these sentences.

    >>> in_standard_labels("I have experience in this: masonry.")
    'I have experience in this: bricklaying.'
    """
    return _standard().get(text)


@cache
def _standard() -> dict[str, str]:
    places = np.ndindex(len(SKILLS), len(WORDINGS), len(SENTENCES))
    return {sentence(s, w, k): sentence(s, 0, k) for s, w, k in places}


def skills(dice: Dice, on: Iterable[str] = ()) -> pd.DataFrame:
    """One chunk of people, six rows each, with the mechanisms named in ``on``.

    >>> skills(Dice(seed=1, chunk=0, n=1))[["skill", "gold", "wording", "found"]].head(1).values.tolist()
    [['table service', True, 'other labels', True]]
    """
    on = switched(on, PLANTED)
    women, migrant = dice.yes("sex", 480_000), dice.yes("origin", 300_000)
    trade = dice.number("trade", 0, len(TRADES) - 1)
    skill = trade[:, None] * PER_TRADE + _of_trade(dice)
    gold = np.column_stack([dice.yes(f"gold {r}", 667_000) for r in range(ROWS)])
    wording = _wording(dice, migrant & ("wording by group" in on))
    kind = _kind(dice, gold, migrant & ("spelling by group" in on))
    texts, finds = _all_sentences(all_wordings="keyword list" not in on)
    at = (skill.ravel(), wording.ravel(), kind.ravel())
    return pd.DataFrame({
        "person": _each([f"p{dice.chunk:04d}{i:05d}" for i in range(dice.n)]),
        "sex": _each([SEXES[int(yes)] for yes in women]),
        "origin": _each([ORIGINS[int(yes)] for yes in migrant]),
        "trade": _each([TRADES[t] for t in trade]),
        "skill": np.array(SKILLS)[at[0]],
        "gold": gold.ravel(),
        "wording": np.array(WORDINGS)[at[1]],
        "text": texts[at],
        "found": finds[at],
    })  # fmt: skip


def _of_trade(dice: Dice) -> Ints:
    """Six of the eight skills of a trade, none twice."""
    drawn = [dice.millionths(f"skill {s}") for s in range(PER_TRADE)]
    return np.argsort(np.column_stack(drawn), axis=1, kind="stable")[:, :ROWS]


def _wording(dice: Dice, plainer: Bools) -> Ints:
    shares = ((40, 25, 25, 10), (15, 10, 70, 5))
    row = plainer.astype(np.int64)
    return np.column_stack([dice.pick_by(f"wording {r}", shares, row) for r in range(ROWS)])


def _kind(dice: Dice, gold: Bools, worse: Bools) -> Ints:
    """Which sentence is written: of skills people have, some are misspelt; of others, seven in ten wished."""
    slip = np.where(worse, 400_000, 120_000)
    misspelt = np.column_stack([dice.yes(f"slip {r}", slip) for r in range(ROWS)])
    others = np.column_stack([dice.yes(f"others {r}", 300_000) for r in range(ROWS)])
    return np.where(gold, misspelt.astype(np.int64), 2 + others)


@cache
def _all_sentences(*, all_wordings: bool) -> tuple[np.ndarray, np.ndarray]:
    """Every sentence that can be written, and whether the extractor finds its skill in it."""
    shape = (len(SKILLS), len(WORDINGS), len(SENTENCES))
    texts = np.empty(shape, dtype=object)
    found = np.zeros(shape, dtype=bool)
    for skill, wording, kind in np.ndindex(*shape):
        text = sentence(skill, wording, kind)
        texts[skill, wording, kind] = text
        found[skill, wording, kind] = SKILLS[skill] in extract(text, all_wordings=all_wordings)
    texts.setflags(write=False)
    found.setflags(write=False)
    return texts, found


def _each(values: list[str]) -> list[str]:
    """What is known of a person, on each of their rows."""
    return [value for value in values for _ in range(ROWS)]


POPULATION = Population(
    draw=skills, mechanisms=PLANTED, planted=("keyword list", "wording by group")
)
