"""Uniform sanctions: recorded facts, a rule that recommends, deciders who may depart from it.

Who has a good reason is drawn first, the record follows from that, the rule from the record alone.
Without a mechanism sex, origin, age and office have to do with nothing, and every decider departs as
rarely as the others. A rule applied to all alike can fall on one group all the same, where the
record itself differs: that is the mechanism "letters not received".
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wfaudit.synthetic.dice import MILLION, Bools, Dice, Ints
from wfaudit.synthetic.plain import AGES, ERRORS, OVERRIDES, SEXES
from wfaudit.synthetic.planted import Mechanism, Population, switched

ORIGINS = ("born here", "born abroad")
OFFICES = ("north", "east", "south", "west", "centre", "hill", "river", "harbour")
DECIDERS = 10  # in each office
EXCUSES = ("none", "not accepted", "accepted")
BY_REASON = ((60, 35, 5), (20, 10, 70))  # the excuse on record, without and with a good reason
WHY = ("knows the person", "health", "letter may not have come", "first time")

PLANTED: dict[str, Mechanism] = {
    "harsher at the same facts": Mechanism(
        says="Where the rule recommends no sanction, 15 in 100 more of the people born abroad are "
        "sanctioned all the same.",
        size=0.150, by="origin", group="born abroad", finds="override_up_rate",
        moves=OVERRIDES,
    ),
    "letters not received": Mechanism(
        says="To 30 in 100 people born abroad the letters go to an old address: they have a good reason, "
        "but the record shows one more missed appointment and no excuse. Decisions at the same recorded "
        "facts stay alike.",
        size=0.300, by="origin", group="born abroad", finds="selection_rate",
        moves=("base_rate", *ERRORS, *OVERRIDES),
    ),
    "rule broken by one office": Mechanism(
        says="In the harbour office 25 in 100 more of those for whom the rule recommends no sanction "
        "are sanctioned all the same.",
        size=0.250, by="office", group="harbour", finds="override_up_rate", moves=OVERRIDES,
    ),
    "deciders differ": Mechanism(
        says="At the same facts three in ten deciders sanction 20 in 100 more of those for whom the rule "
        "recommends none; three other in ten let 20 in 100 more go for whom it recommends one.",
        size=0.200, by="everyone", group="caseworkers", at="share of the variance",
        finds="variance_within_profiles", moves=("variance_between_caseworkers",),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """Why somebody did not come, and what the record says of it."""

    good_reason: Bools
    missed: Ints
    excuse: Ints
    earlier: Bools
    notice: Bools

    @property
    def recommended(self) -> Bools:
        """The rule: notice on record, no accepted excuse, and not the first time in some way."""
        again = (self.missed >= 2) | self.earlier
        return self.notice & (self.excuse < 2) & again

    @property
    def profile(self) -> list[str]:
        """The recorded facts as one text."""
        sanctions, notice = np.array(["no", "an"]), np.array(["no notice", "notice"])
        told = zip(
            self.missed.tolist(),
            np.array(EXCUSES)[self.excuse].tolist(),
            sanctions[self.earlier.astype(int)].tolist(),
            notice[self.notice.astype(int)].tolist(),
            strict=True,
        )
        return [f"{m} missed, excuse: {e}, {s} earlier sanction, {n}" for m, e, s, n in told]


def sanctions(dice: Dice, on: Iterable[str] = ()) -> pd.DataFrame:
    """One chunk of people who missed appointments, with the mechanisms named in ``on``.

    >>> people = sanctions(Dice(seed=1, chunk=0, n=1))
    >>> people["profile"].item()
    '3 missed, excuse: none, no earlier sanction, no notice'
    """
    on = switched(on, PLANTED)
    people = about(dice)
    abroad = people["origin"].to_numpy() == ORIGINS[1]
    facts = _facts(dice, abroad & ("letters not received" in on))
    decider = dice.number("decider", 0, len(OFFICES) * DECIDERS - 1)
    sanctioned = _sanctioned(dice, facts.recommended, decider, abroad, on)
    why = dice.pick("why", (4, 3, 2, 1))
    told = (sanctioned != facts.recommended) & dice.yes("told why", 700_000)
    day = dice.number("day", 0, 363)
    return people.assign(**{
        "missed appointments": facts.missed,
        "excuse": np.array(EXCUSES)[facts.excuse],
        "earlier sanction": facts.earlier,
        "notice on record": facts.notice,
        "profile": facts.profile,
        "recommended": facts.recommended,
        "heard": dice.yes("heard", 850_000),
        "sanctioned": sanctioned,
        "why": np.where(told, np.array(WHY)[why], ""),
        "decider": [f"d{d:02d}" for d in decider],
        "office": np.array(OFFICES)[decider // DECIDERS],
        "recommended on": days(day),
        "decided on": days(day + dice.number("until decided", 1, 21)),
        "no good reason": ~facts.good_reason,
    })  # fmt: skip


def about(dice: Dice) -> pd.DataFrame:
    """Who somebody is: a label, sex, origin and age, drawn apart from each other and all else.

    >>> about(Dice(seed=1, chunk=0, n=1)).values.tolist()
    [['p000000000', 'men', 'born here', '30 to 49']]
    """
    return pd.DataFrame({
        "person": [f"p{dice.chunk:04d}{i:05d}" for i in range(dice.n)],
        "sex": np.array(SEXES)[dice.yes("sex", 480_000).astype(int)],
        "origin": np.array(ORIGINS)[dice.yes("origin", 300_000).astype(int)],
        "age": np.array(AGES)[dice.pick("age", (28, 45, 27))],
    })  # fmt: skip


def days(since: Ints) -> Ints:
    """Days since the first of January 2025 as texts.

    >>> days(np.array([0, 31])).tolist()
    ['2025-01-01', '2025-02-01']
    """
    return (np.datetime64("2025-01-01") + since.astype("timedelta64[D]")).astype(str)


def _facts(dice: Dice, elsewhere: Bools) -> Facts:
    """The facts; letters to 30 in 100 of those who live elsewhere do not arrive."""
    lost = elsewhere & dice.yes("letter lost", 300_000)
    good = dice.yes("good reason", 450_000) | lost
    excuse = dice.pick_by("excuse", BY_REASON, good.astype(np.int64))
    missed = 1 + dice.pick("missed", (50, 30, 20)) + lost
    return Facts(
        good_reason=good,
        missed=np.minimum(missed, 3),
        excuse=np.where(lost, 0, excuse),
        earlier=dice.yes("earlier", 250_000),
        notice=dice.yes("notice", 900_000),
    )


def _sanctioned(
    dice: Dice, recommended: Bools, decider: Ints, abroad: Bools, on: frozenset[str]
) -> Bools:
    """The decision: 3 in 100 are sanctioned against the rule, 6 in 100 let go against it."""
    habit = decider % DECIDERS if "deciders differ" in on else np.full(dice.n, DECIDERS)
    harbour = (decider // DECIDERS == len(OFFICES) - 1) & ("rule broken by one office" in on)
    harsher = abroad & ("harsher at the same facts" in on)
    up = 30_000 + 200_000 * (habit < 3) + 250_000 * harbour + 150_000 * harsher
    down = 60_000 + 200_000 * ((habit >= 3) & (habit < 6))
    turn = dice.millionths("decision")
    return np.where(recommended, turn < MILLION - down, turn < up)


POPULATION = Population(
    draw=sanctions,
    mechanisms=PLANTED,
    planted=("letters not received", "rule broken by one office", "deciders differ"),
)
