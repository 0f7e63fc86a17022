"""Invented consultations by phone, by video and in person, and what can be planted in them.

Five inputs go into the model; where three or more are not available, it gives no result. The score is
the risk itself, whatever else is missing. Without a mechanism sex, origin, age and channel have to do
with nothing: inputs are missing and edited, decisions moved and reasons written as often everywhere.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.synthetic.dice import Bools, Dice, Ints, chance
from wfaudit.synthetic.meetings import (
    about,
    bell,
    in_words,
    known,
    level,
    on_day,
    rated,
    scored,
    turned,
)
from wfaudit.synthetic.plain import OVERRIDES
from wfaudit.synthetic.planted import Mechanism, Population, switched

CHANNELS = {"in person": 50, "phone": 30, "video": 20}
ABSENT = "Value not available"
# the inputs, each with the chance in millionths that the answer is yes
INPUTS = {
    "health limits work": 200_000, "care for children": 300_000, "speaks Danish": 850_000,
    "uses a computer": 800_000, "has transport": 700_000,
}  # fmt: skip
VIDEO_INPUT = "health limits work"
MISSING, TOO_MANY, MOVED, WRITTEN, FLIPPED = 100_000, 3, 100_000, 600_000, 100_000
REASONS = {"knows the person": 5, "health": 2, "new job in sight": 2, "score not understood": 1}

PLANTED: dict[str, Mechanism] = {
    "overrides by phone": Mechanism(
        says="Of people seen by phone and rated high whom nobody would move down, 40 in 100 are moved "
        "down to medium.",
        size=0.400, by="channel", group="by phone", finds="override_down_rate", moves=OVERRIDES,
    ),
    "inputs missing by phone": Mechanism(
        says="By phone, 30 in 100 of every input that would be there is not available; without three of "
        "five inputs the model gives no result.",
        size=0.300, by="channel", group="by phone", finds="no_result_rate", moves=("missing_input_share",),
    ),
    "one input missing by video": Mechanism(
        says="By video, 30 in 100 of the answers on health that would be there are not available.",
        size=0.300, by="channel", group="by video", at="health limits work",
        finds="missing_input_share",
    ),
    "channel by age": Mechanism(
        says="Of people aged 50 and over who would be seen in person, 40 in 100 are seen by phone.",
        size=0.400, by="age", group="50 and over", at="by phone", finds="channel_share",
    ),
    "edited until the tier rises": Mechanism(
        says="Of women rated medium or high whose inputs were edited and who would have had no lower tier "
        "before, 40 in 100 had the tier below.",
        size=0.400, by="sex", group="women", finds="edited_up_rate", moves=("edited_flip_rate",),
    ),
    "no reason by phone": Mechanism(
        says="Of reasons that would be written for another decision than advised, 50 in 100 are left out "
        "by phone.",
        size=0.500, by="channel", group="by phone", finds="documented_override_rate",
    ),
}  # fmt: skip


def channels(dice: Dice, on: Iterable[str] = ()) -> pd.DataFrame:
    """One chunk of consultations, one row a person, with the mechanisms named in ``on``.

    >>> channels(Dice(seed=1, chunk=0, n=2))[["channel", "tier", "decision"]].values.tolist()
    [['in person', 'low', 'low'], ['in person', 'medium', 'medium']]
    """
    on = switched(on, PLANTED)
    people = about(dice, "sex", "origin", "age")
    channel = _channel(dice, (people["age"] == "50 and over") & ("channel by age" in on))
    phone = channel == "phone"
    risk = chance(bell(dice))
    tier = rated(scored(risk))
    inputs = _inputs(dice, channel, on)
    result = (pd.DataFrame(inputs) == ABSENT).sum(axis=1).to_numpy() < TOO_MANY
    decision = _decision(dice, tier, phone & ("overrides by phone" in on))
    edits = dice.pick("edits", (70, 20, 7, 3))
    lifted = (people["sex"] == "women") & ("edited until the tier rises" in on)
    day = dice.number("day", 0, 363)
    return pd.DataFrame({
        **people,
        "channel": channel,
        **inputs,
        "score": known(scored(risk) / 1000, result),
        "tier": known(in_words(tier), result),
        "decision": known(in_words(decision), result),
        "reason": _reason(dice, (decision != tier) & result, phone & ("no reason by phone" in on)),
        "caseworker": [f"c{c:03d}" for c in dice.number("caseworker", 0, 149)],
        "minutes": dice.number("minutes", 10, 50),
        "edits": edits,
        "first_tier": known(in_words(_first_tier(dice, tier, edits > 0, lifted)), result),
        "met_on": on_day(day),
        "documented_on": on_day(day - dice.number("since", 0, 60)),
        "without work after 26 weeks": dice.yes("outcome", risk),
    })  # fmt: skip


def _channel(dice: Dice, called: Bools) -> NDArray[np.str_]:
    channel = level(dice, "channel", CHANNELS)
    by_phone = called & (channel == "in person") & dice.yes("called", 400_000)
    return np.where(by_phone, "phone", channel)


def _inputs(dice: Dice, channel: NDArray[np.str_], on: frozenset[str]) -> dict[str, Any]:
    """The five answers: yes, no, or not available."""
    found: dict[str, Any] = {}
    for name, share in INPUTS.items():
        lost = (channel == "phone") & ("inputs missing by phone" in on)
        if name == VIDEO_INPUT and "one input missing by video" in on:
            lost |= channel == "video"
        absent = dice.yes(f"absent {name}", MISSING) | (lost & dice.yes(f"lost {name}", 300_000))
        answer = np.where(dice.yes(name, share), "yes", "no")
        found[name] = np.where(absent, ABSENT, answer)
    return found


def _decision(dice: Dice, tier: Ints, apart: Bools) -> Ints:
    """One in ten is moved a tier up, one in ten down; of some rated high, more are moved down."""
    own = turned(dice, "override", tier, MOVED)
    down = apart & (tier == 2) & (own == 2) & dice.yes("moved down", 400_000)
    return np.where(down, 1, own)


def _first_tier(dice: Dice, tier: Ints, edited: Bools, lifted: Bools) -> Ints:
    """The tier before edits: for one in ten edited it was a tier higher, for one in ten a tier lower."""
    first = np.where(edited, turned(dice, "first tier", tier, FLIPPED), tier)
    below = edited & lifted & (tier > 0) & (first >= tier) & dice.yes("lifted by edits", 400_000)
    return np.where(below, tier - 1, first)


def _reason(dice: Dice, moved: Bools, silent: Bools) -> "pd.Series":
    """The reason written for six in ten of those decided otherwise than advised."""
    written = moved & dice.yes("written", WRITTEN) & ~(silent & dice.yes("left out", 500_000))
    return known(level(dice, "reason", REASONS), written)


POPULATION = Population(draw=channels, mechanisms=PLANTED, planted=tuple(PLANTED))
