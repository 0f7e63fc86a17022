"""Invented meetings prepared with a form, the model's advice shown by lot, and what can be planted.

People get a form of ten questions before the meeting. A caseworker judges without the advice first;
then a lot decides whether the advice is shown, and the caseworker opens it or doesn't. Without a
mechanism sex, age, Danish and office have to do with nothing, and showing the advice changes nothing:
the decision is the first judgement, now and then moved after the meeting.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.synthetic.dice import MILLION, Bools, Dice, Ints, chance
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

DANISH = {"fluent Danish": 55, "some Danish": 25, "little Danish": 20}
OFFICES = ("bridge", "castle", "harbour", "market", "station")
QUESTIONS = 10
OPENED, HANDED_IN, ANSWERED, AFTER_THE_MEETING = 700_000, 800_000, 850_000, 100_000

PLANTED: dict[str, Mechanism] = {
    "opened less": Mechanism(
        says="Of advice shown in the office harbour that would have been opened, 50 in 100 is not.",
        size=0.500, by="office", group="harbour", finds="opened_rate",
    ),
    "opened after deciding": Mechanism(
        says="Of advice opened in the office castle, 43 in 100 is opened only after the decision; of that "
        "opened elsewhere, 3 in 100.",
        size=0.400, by="office", group="castle", finds="decided_before_opening_rate",
    ),
    "anchoring": Mechanism(
        says="Of people whose advice was opened and who would have got another decision, 60 in 100 get "
        "the one advised.",
        size=0.600, by="everyone", group="people whose caseworker was shown the advice",
        at="decided otherwise than advised", finds="effect_of_showing", moves=OVERRIDES,
    ),
    "answers missing": Mechanism(
        says="Of the questions that people with little Danish would have answered, 30 in 100 stay open.",
        size=0.300, by="Danish", group="little Danish", finds="answered_share",
    ),
    "moved after the form": Mechanism(
        says="Of people aged 50 and over who handed the form in, were not rated high and would have been "
        "decided no higher than advised, 40 in 100 are moved a tier up from the advice.",
        size=0.400, by="age", group="50 and over", finds="override_up_rate", moves=OVERRIDES,
    ),
}  # fmt: skip


def preparation(dice: Dice, on: Iterable[str] = ()) -> pd.DataFrame:
    """One chunk of prepared meetings, one row a person, with the mechanisms named in ``on``.

    >>> people = preparation(Dice(seed=1, chunk=0, n=2))
    >>> people[["answers", "tier", "before", "shown", "opened", "decision"]].values.tolist()
    [[6, 'low', 'low', False, False, 'low'], [10, 'medium', 'high', False, False, 'high']]
    """
    on = switched(on, PLANTED)
    people = about(dice, "sex", "age")
    danish, caseworker = level(dice, "danish", DANISH), dice.number("caseworker", 0, 99)
    office = np.array(OFFICES)[caseworker // 20]
    risk = bell(dice)
    score = scored(chance(risk + dice.number("model", -700, 700)))
    before = rated(scored(chance(risk + dice.number("judgement", -1500, 1500))))
    prepared = dice.yes("handed in", HANDED_IN)
    answers = _answers(dice, (danish == "little Danish") & ("answers missing" in on))
    shown = dice.yes("lot", 500_000)
    opened = _opened(dice, shown, (office == "harbour") & ("opened less" in on))
    decision = _decision(dice, rated(score), before, opened & ("anchoring" in on))
    if "moved after the form" in on:
        older = prepared & (people["age"] == "50 and over")
        decision = _moved_up(dice, rated(score), decision, older)
    return pd.DataFrame({
        **people,
        "Danish": danish,
        "office": office,
        "caseworker": [f"c{c:03d}" for c in caseworker],
        "handed in": prepared,
        "answers": known(answers, prepared, "Int64"),
        "score": score / 1000,
        "tier": in_words(rated(score)),
        "before": in_words(before),
        "shown": shown,
        "opened": opened,
        "decision": in_words(decision),
        **_days(dice, opened, _late(dice, office, on)),
        "without work after 26 weeks": dice.yes("outcome", chance(risk)),
    })  # fmt: skip


def _answers(dice: Dice, fewer: Bools) -> Ints:
    """How many of the ten questions were answered, or would have been had the form been handed in."""
    each = [
        dice.yes(f"answer {q}", ANSWERED) & ~(fewer & dice.yes(f"open {q}", 300_000))
        for q in range(QUESTIONS)
    ]
    return np.sum(each, axis=0)


def _opened(dice: Dice, shown: Bools, less: Bools) -> Bools:
    return shown & dice.yes("opened", OPENED) & ~(less & dice.yes("left closed", 500_000))


def _decision(dice: Dice, tier: Ints, before: Ints, pulled: Bools) -> Ints:
    """The first judgement, moved after the meeting for one in five; some decide as advised instead."""
    own = turned(dice, "meeting", before, AFTER_THE_MEETING)
    return np.where(pulled & dice.yes("pulled", 600_000), tier, own)


def _moved_up(dice: Dice, tier: Ints, decision: Ints, some: Bools) -> Ints:
    moved = some & (decision <= tier) & (tier < 2) & dice.yes("moved up", 400_000)
    return np.where(moved, tier + 1, decision)


def _late(dice: Dice, office: Any, on: frozenset[str]) -> Bools:
    """Whose advice is opened only after the decision, if it is opened at all."""
    if "opened after deciding" not in on:
        return np.zeros(dice.n, dtype=bool)
    return dice.yes("late", np.where(office == "castle", 430_000, 30_000))


def _days(dice: Dice, opened: Bools, late: Bools) -> dict[str, "pd.Series"]:
    """When the advice was made, when it was decided, and in between (or after) when it was opened."""
    advised = dice.number("day", 0, 340)
    wait = dice.number("wait", 2, 14)
    passed = dice.millionths("opened on") * (wait + 1) // MILLION
    after = wait + dice.number("opened late", 1, 7)
    return {
        "advised_on": pd.Series(on_day(advised)),
        "opened_at": known(on_day(advised + np.where(late, after, passed)), opened),
        "decided_on": pd.Series(on_day(advised + wait)),
    }


POPULATION = Population(draw=preparation, mechanisms=PLANTED, planted=tuple(PLANTED))
