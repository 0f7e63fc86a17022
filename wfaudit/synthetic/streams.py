"""Four streams of help, A to D, and caseworkers who move people by one stream or by two.

How often somebody is moved and how far are two things. Without a mechanism sex, origin and age have to
do with neither: one in five is moved a stream up, one in five a stream down. One mechanism moves more
people by one stream; the other moves nobody more, but those who are moved down two streams instead of
one, so that every override rate stays as it was and only the decisions tell.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from wfaudit.synthetic.dice import Bools, Dice, Ints, chance
from wfaudit.synthetic.meetings import about, bell, on_day, scored
from wfaudit.synthetic.plain import DECIDED, OVERRIDES
from wfaudit.synthetic.planted import Mechanism, Population, switched

STREAMS = ("A", "B", "C", "D")
CUTS = (300, 450, 600)  # thousandths of a score
MOVED = 200_000
OFFICES, CASEWORKERS = ("north", "east", "south", "west"), 120

PLANTED: dict[str, Mechanism] = {
    "one stream up": Mechanism(
        says="Of women advised B or C whom nobody would move, 30 in 100 are moved one stream up.",
        size=0.300, by="sex", group="women", finds="override_up_rate", moves=OVERRIDES,
    ),
    "two streams down": Mechanism(
        says="Of migrants advised D who are moved down, 80 in 100 are moved two streams, to B, instead of "
        "one, to C. No more of them are moved than of others.",
        size=0.800, by="origin", group="migrant", finds="decision_rate", moves=DECIDED, people=40_000,
    ),
}  # fmt: skip


def streams(dice: Dice, on: Iterable[str] = ()) -> pd.DataFrame:
    """One chunk of job seekers in four streams, with the mechanisms named in ``on``.

    >>> streams(Dice(seed=1, chunk=0, n=2))[["score", "advice", "decision"]].values.tolist()
    [[0.276, 'A', 'A'], [0.531, 'C', 'B']]
    """
    on = switched(on, PLANTED)
    people = about(dice, "sex", "origin", "age")
    risk = chance(bell(dice))
    advice = np.searchsorted(CUTS, scored(risk), side="right")
    women = (people["sex"] == "women") & ("one stream up" in on)
    decision = _decision(dice, advice, women, (people["origin"] == "migrant") & _far(on))
    caseworker = dice.number("caseworker", 0, CASEWORKERS - 1)
    return pd.DataFrame({
        **people,
        "score": scored(risk) / 1000,
        "advice": np.array(STREAMS)[advice],
        "decision": np.array(STREAMS)[decision],
        "caseworker": [f"c{c:03d}" for c in caseworker],
        "office": np.array(OFFICES)[caseworker % len(OFFICES)],
        "decided_on": on_day(dice.number("day", 0, 363)),
        "without work after 26 weeks": dice.yes("outcome", risk),
    })  # fmt: skip


def _far(on: frozenset[str]) -> bool:
    return "two streams down" in on


def _decision(dice: Dice, advice: Ints, lifted: Bools, lowered: Bools) -> Ints:
    """One in five is moved a stream up, one in five down; some more up, some further down."""
    turn = dice.millionths("override")
    own = np.clip(advice + (turn < MOVED) - (turn >= 1_000_000 - MOVED), 0, 3)
    middle = (advice == 1) | (advice == 2)
    up = lifted & middle & (own == advice) & dice.yes("moved up", 300_000)
    further = lowered & (advice == 3) & (own == 2) & dice.yes("further down", 800_000)
    return own + up - further


POPULATION = Population(draw=streams, mechanisms=PLANTED, planted=tuple(PLANTED))
