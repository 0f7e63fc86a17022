"""Invented referrals to services, whose follow-through is known for six in ten, and what can be planted.

A caseworker refers a person to the service that fits, or doesn't; later the service reports whether
the person came, or never reports. Without a mechanism sex, origin, age, region and kind of service
have to do with nothing: who is referred follows from need alone, who comes and of whom it is known
from chance.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from wfaudit.synthetic.dice import Bools, Dice, Ints, chance
from wfaudit.synthetic.meetings import about, bell, known, level, on_day, scored
from wfaudit.synthetic.plain import ERRORS
from wfaudit.synthetic.planted import Mechanism, Population, switched

SERVICES = {"health": 35, "childcare": 20, "language": 25, "debt": 20}
REGIONS = {"capital": 30, "islands": 15, "south": 20, "middle": 20, "north": 15}
FULL = "north"
COME, COME_UNSENT, UNKNOWN = 650_000, 150_000, 400_000  # chances, in millionths

PLANTED: dict[str, Mechanism] = {
    "referred less": Mechanism(
        says="Of migrants whose need would have had anybody else referred, 30 in 100 are not.",
        size=0.300, by="origin", group="migrant", finds="selection_rate",
        moves=("base_rate", "false_negative_rate", "false_positive_rate", "accuracy"),
    ),
    "follow-through unknown by group": Mechanism(
        says="Of migrants on whom the service would have reported, it does not report on 30 in 100; "
        "whether they came has nothing to do with it.",
        size=0.300, by="origin", group="migrant", finds="follow_through_unknown_rate",
        moves=("outcome_unknown_rate",),
    ),
    "service full in one region": Mechanism(
        says="In the north the services are full: of people who come, 50 in 100 are turned away.",
        size=0.500, by="region", group=FULL, finds="precision", moves=("base_rate", "followed_rate", *ERRORS),
    ),
}  # fmt: skip


def referrals(dice: Dice, on: Iterable[str] = ()) -> pd.DataFrame:
    """One chunk of referrals, one row a person, with the mechanisms named in ``on``.

    >>> referrals(Dice(seed=1, chunk=0, n=2))[["service", "need", "referred", "reached"]].values.tolist()
    [['language', 0.276, True, True], ['language', 0.531, False, True]]
    """
    on = switched(on, PLANTED)
    people = about(dice, "sex", "origin", "age")
    service, region = level(dice, "service", SERVICES), level(dice, "region", REGIONS)
    migrant = people["origin"] == "migrant"
    need = scored(chance(bell(dice)))
    referred = _referred(dice, need, migrant & ("referred less" in on))
    reached = _reached(dice, referred, (region == FULL) & ("service full in one region" in on))
    told = _told(dice, migrant & ("follow-through unknown by group" in on))
    day = dice.number("day", 0, 300)
    return pd.DataFrame({
        **people,
        "region": region,
        "service": service,
        "provider": np.char.add(np.char.add(service, ", "), region),
        "need": need / 1000,
        "referred": referred,
        "followed": known(reached, told & referred, "boolean"),
        "reached": known(reached, told, "boolean"),
        "caseworker": [f"c{c:03d}" for c in dice.number("caseworker", 0, 149)],
        "met_on": on_day(day),
        "reported_on": known(on_day(day + dice.number("wait", 14, 90)), told),
    })  # fmt: skip


def _referred(dice: Dice, need: Ints, less: Bools) -> Bools:
    """Referred with a chance that is the need; some of these are not."""
    return dice.yes("referred", need * 1000) & ~(less & dice.yes("not referred", 300_000))


def _reached(dice: Dice, referred: Bools, full: Bools) -> Bools:
    """Who found the way to the service: most of those referred, a few of the others."""
    came = dice.yes("came", np.where(referred, COME, COME_UNSENT))
    return came & ~(full & dice.yes("turned away", 500_000))


def _told(dice: Dice, less: Bools) -> Bools:
    """On whom the service reported."""
    return ~dice.yes("unknown", UNKNOWN) & ~(less & dice.yes("not reported", 300_000))


POPULATION = Population(draw=referrals, mechanisms=PLANTED, planted=tuple(PLANTED))
