"""Digital first: a readiness score routes people to self-service, the phone or a caseworker.

The score is the true chance of finding work and knows nothing of digital skill. Without a mechanism
sex, origin, age and skill have to do with nothing, and neither the route nor the score has anything
to do with how soon and how often somebody speaks to a person: what a service ought to do there is a
choice, not a fact, so the null population is flat.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.synthetic.dice import Bools, Dice, Ints, chance
from wfaudit.synthetic.plain import ERRORS, FIT, OVERRIDES
from wfaudit.synthetic.planted import Mechanism, Population, switched
from wfaudit.synthetic.sanctions import ORIGINS, about, days

ROUTES = ("caseworker", "phone", "self-service")
SKILLS = ("low", "medium", "high")
CUTS = (350, 600)  # thousandths of the score
FURTHEST = 250
LAST_DAY = 455  # of the follow-up, counted from the first registration day
FORTNIGHTS = (34, 22, 15, 10, 7, 5, 3, 2, 1, 1)  # of waiting, by whole shares

PLANTED: dict[str, Mechanism] = {
    "digital skill": Mechanism(
        says="Of people of low digital skill who are served by self-service, 40 in 100 miss a report, "
        "are struck off the register and do not find work.",
        size=0.400, by="digital skill", group="low digital skill", finds="precision",
        moves=("base_rate", "outcome_by_route_rate", *ERRORS, *FIT),
    ),
    "self-service by origin": Mechanism(
        says="Of people born abroad whom the score sends to the phone or to a caseworker, 20 in 100 "
        "are put on self-service all the same.",
        size=0.200, by="origin", group="born abroad", finds="override_up_rate",
        moves=("route_share", *OVERRIDES),
    ),
    "parking": Mechanism(
        says="Of people with a score below 0.25, 70 in 100 wait 180 days longer until somebody speaks "
        "to them.",
        size=0.700, by="tier", group="caseworker", at="at 90", finds="time_to_first_contact",
    ),
    "creaming": Mechanism(
        says="For each 0.25 of the score people are spoken to once more, and get the minutes that go "
        "with it.",
        size=1.000, by="everyone", group="everyone", at="contacts", finds="concentration_of_effort",
    ),
}  # fmt: skip


def routing(dice: Dice, on: Iterable[str] = ()) -> pd.DataFrame:
    """One chunk of newly registered people, with the mechanisms named in ``on``.

    >>> people = routing(Dice(seed=1, chunk=0, n=2))
    >>> people[["readiness", "advised", "served by"]].values.tolist()
    [[0.246, 'caseworker', 'caseworker'], [0.44, 'phone', 'phone']]
    """
    on = switched(on, PLANTED)
    people = about(dice)
    skill = dice.pick("digital skill", (30, 40, 30))
    found = chance(dice.number("readiness", -2000, 2000))
    score = found // 1000
    advised = (score >= CUTS[0]).astype(np.int64) + (score >= CUTS[1])
    abroad = people["origin"].to_numpy() == ORIGINS[1]
    route = _route(dice, advised, abroad & ("self-service by origin" in on))
    lost = (skill == 0) & (route == 2) & ("digital skill" in on) & dice.yes("lost", 400_000)
    work = dice.yes("work", found) & ~lost
    day = dice.number("day", 0, 363)
    return people.assign(**{
        "digital skill": np.array(SKILLS)[skill],
        "registered on": days(day),
        "readiness": score / 1000,
        "advised": np.array(ROUTES)[advised],
        "served by": np.array(ROUTES)[route],
        **_contact(dice, score, LAST_DAY - day, on),
        "struck off": lost | (~work & dice.yes("struck off", 80_000)),
        "found work": work,
    })  # fmt: skip


def _route(dice: Dice, advised: Ints, sent: Bools) -> Ints:
    """How somebody is served: 4 in 100 one route further from people than advised, 4 in 100 nearer."""
    turn = dice.millionths("route")
    route = np.clip(advised + (turn < 40_000) - (turn >= 960_000), 0, 2)
    return np.where(sent & (advised < 2) & dice.yes("sent", 200_000), 2, route)


def _contact(dice: Dice, score: Ints, followed: Ints, on: frozenset[str]) -> dict[str, Any]:
    """Days until somebody spoke to the person, whether that was seen, how often and how long."""
    parked = (score < FURTHEST) & ("parking" in on) & dice.yes("parked", 700_000)
    wait = 14 * dice.pick("fortnight", FORTNIGHTS) + dice.number("day of it", 0, 13) + 180 * parked
    seen = wait <= followed
    more = score // 250 * ("creaming" in on)
    contacts = (dice.number("contacts", 1, 4) + more) * seen
    return {
        "days to first contact": np.minimum(wait, followed),
        "spoken to": seen,
        "contacts": contacts,
        "minutes": contacts * dice.number("minutes", 10, 30),
    }


POPULATION = Population(draw=routing, mechanisms=PLANTED, planted=tuple(PLANTED))
