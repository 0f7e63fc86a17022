"""People, vacancies and the pairs a matching system scores and ranks, with what decides whether a job is
feasible: distance, transport, licence, free hours against the shift, the cost of training.

Towns of 100 people and five vacancies; each person is considered for two of the five, so a vacancy ranks
about 40 people. The list is the vacancy's: a person's place in it is what exposure is about. Without a
mechanism sex, origin, wording and the size of the employer have to do with nothing.
"""

from collections.abc import Iterable
from itertools import combinations, compress

import numpy as np
import pandas as pd

from wfaudit.synthetic.dice import CHUNK, Bools, Dice, Ints
from wfaudit.synthetic.planted import Mechanism, Population, switched
from wfaudit.synthetic.skills import PER_TRADE, SKILLS, TRADES

SEXES, ORIGINS = ("men", "women"), ("native", "migrant")
WORDINGS = ("the words of the trade", "plain words")
SIZES, REGIONS = ("small", "medium", "large"), ("north", "east", "south", "west")
TOWN, PER_TOWN = 100, 5  # people and vacancies of a town
PER_VACANCY = TOWN // PER_TOWN
CONSIDERED = np.array(list(combinations(range(PER_TOWN), 2)))  # two of a town's five, by a number
NEEDED = 4  # skills of its trade that a vacancy needs
SHOWN, RECOMMENDED = 10, 3  # places of a list
MODES = ("bus", "bicycle", "foot")
SPEEDS = {"car": 50, "bus": 20, "bicycle": 14, "foot": 5}  # km/h: an hour's way is feasible
LICENCES = ("none", "none;B", "none;B;C1")
ASKED = ("none", "B", "C1")
BUDGETS, COSTS = (0, 200, 500, 1000), (0, 150, 400, 800)
SHIFTS = ((6, 14), (8, 16), (9, 14), (14, 22))
FREE = ((6, 22), (8, 15))  # without and with children to look after
DRAWS = ("text", "more text", "tie", "click", "apply", "invite", "hire", "hold")
PAIRS = (
    "vacancy", "person", "skills score", "text score", "score", "rank", "relevance", "recommended",
    "shown", "clicked", "applied", "invited", "hired",
)  # fmt: skip
LATITUDE, LONGITUDE = 1112, 751  # centimetres in a ten-thousandth of a degree, near 47.5 north
HELD = (
    "selection_rate", "false_negative_rate", "false_positive_rate", "negative_predictive_value",
    "accuracy",
)  # fmt: skip
PLACES = (
    "exposure", "top_share", "exposure_per_relevance", "exposure_at_relevance", "score_at_relevance",
    "stage_share", "stage_at_score", "coverage", "pareto_missed_share", "lost_places_share", "exposure_lost",
)  # fmt: skip  # of a lower score


PLANTED: dict[str, Mechanism] = {
    "exposure gap in ranking": Mechanism(
        says="The score of women is 0.10 lower, however well they fit the vacancy.",
        size=0.100, by="sex", group="women", finds="exposure", at="geometric",
        moves=(*HELD, "precision", *PLACES),
    ),
    "infeasible lists": Mechanism(
        says="60 in 100 women look after children and 40 in 100 women with a driving licence have a car; "
        "of everyone else 25 and 80. The score knows of neither.",
        size=0.350, by="sex", group="women", finds="feasible_share", at="all",
        moves=("stage_share",),  # whoever cannot take a job applies less often
    ),
    "wording": Mechanism(
        says="The text score of people who write in plain words is 0.30 lower, which is 0.15 of the "
        "score; they fit as well.",
        size=0.150, by="wording", group="plain words", finds="score_at_relevance",
        moves=(*HELD, "precision", *PLACES),
    ),
    "vacancies left out": Mechanism(
        says="60 in 100 vacancies of small employers get no list at all.",
        size=0.600, by="employer", group="small", finds="coverage", at="had a list",
    ),
    "recommendation held back": Mechanism(
        says="Of migrants in the first three places, 60 in 100 are not recommended.",
        size=0.600, by="origin", group="migrant", finds="selection_rate",
        moves=HELD,
    ),
}  # fmt: skip


def matching(dice: Dice, on: Iterable[str] = ()) -> dict[str, pd.DataFrame]:
    """One chunk of a matching system: pairs, people, vacancies, with the mechanisms named in ``on``.

    ``dice.n`` people make n // 20 vacancies and two pairs a person.

    >>> drawn = matching(Dice(seed=1, chunk=0, n=1_000))
    >>> {name: len(table) for name, table in drawn.items()}
    {'pairs': 2000, 'people': 1000, 'vacancies': 50}
    >>> drawn["pairs"][["vacancy", "person", "score", "rank", "relevance"]].head(1).values.tolist()
    [['v000000000', 'p000000048', 0.858, 1, 3]]
    """
    on = switched(on, PLANTED)
    jobs = Dice(dice.seed, dice.chunk, dice.n // PER_VACANCY)
    trade, able = _able(dice)
    people = _people(dice, trade, able, on)
    vacancies, needs = _vacancies(jobs)
    small = (vacancies["employer size"] == "small").to_numpy()
    listed = ~(small & jobs.yes("left out", 600_000) & ("vacancies left out" in on))
    pairs = _considered(dice, listed)
    one, other = pairs["one"].to_numpy(), pairs["other"].to_numpy()
    pairs["fit"] = able[one[:, None], needs[other]].sum(axis=1)
    pairs = pairs.join(people.add_prefix("people."), on="one")
    pairs = pairs.join(vacancies.add_prefix("vacancies."), on="other")
    pairs = _followed(_ranked(_scored(pairs, on)), on)
    return {"pairs": pairs.filter(items=PAIRS), "people": people, "vacancies": vacancies}


# --- the two sides


def _able(dice: Dice) -> tuple[Ints, Bools]:
    """Each person's trade, and which of the skills they have: six in ten of their own trade's."""
    trade = dice.number("trade", 0, len(TRADES) - 1)
    skills = [
        dice.yes(f"skill {s}", np.where(trade == s // PER_TRADE, 600_000, 150_000))
        for s in range(len(SKILLS))
    ]
    return trade, np.column_stack(skills)


def _people(dice: Dice, trade: Ints, able: Bools, on: frozenset[str]) -> pd.DataFrame:
    women = dice.yes("sex", 480_000)
    tied = women & ("infeasible lists" in on)
    care = dice.yes("children", np.where(tied, 600_000, 250_000))
    licence = dice.pick("licences", (25, 60, 15))
    car = (licence > 0) & dice.yes("car", np.where(tied, 400_000, 800_000))
    free = np.array(FREE)[care.astype(int)]
    return pd.DataFrame({
        "person": _numbered("p", dice),
        "sex": np.array(SEXES)[women.astype(int)],
        "origin": np.array(ORIGINS)[dice.yes("origin", 300_000).astype(int)],
        "wording": np.array(WORDINGS)[dice.yes("wording", 350_000).astype(int)],
        "trade": np.array(TRADES)[trade],
        "skills": [";".join(compress(SKILLS, has)) for has in able],
        **_place(dice, "home", TOWN),
        "transport": np.where(car, "car", np.array(MODES)[dice.pick("transport", (50, 30, 20))]),
        "licences": np.array(LICENCES)[licence],
        "children": np.where(care, "yes", "no"),
        "free from": free[:, 0],
        "free to": free[:, 1],
        "budget": np.array(BUDGETS)[dice.pick("budget", (30, 30, 25, 15))],
    })  # fmt: skip


def _vacancies(dice: Dice) -> tuple[pd.DataFrame, Ints]:
    """Each vacancy, and the positions of the skills it needs: four in a row of its trade's eight."""
    trade = dice.number("vacancy's trade", 0, len(TRADES) - 1)
    first = dice.number("vacancy's skills", 0, PER_TRADE - 1)
    needs = trade[:, None] * PER_TRADE + (first[:, None] + np.arange(NEEDED)) % PER_TRADE
    size = dice.pick("employer", (50, 30, 20))
    shift = np.array(SHIFTS)[dice.pick("shift", (25, 40, 25, 10))]
    town = _town(dice, PER_TOWN)
    table = pd.DataFrame({
        "vacancy": _numbered("v", dice),
        "employer": [f"e{t:05d}-{s}" for t, s in zip(town, size, strict=True)],
        "employer size": np.array(SIZES)[size],
        "trade": np.array(TRADES)[trade],
        "skills": [";".join(SKILLS[s] for s in row) for row in needs],
        **_place(dice, "site", PER_TOWN),
        "licence": np.array(ASKED)[dice.pick("licence", (55, 35, 10))],
        "shift from": shift[:, 0],
        "shift to": shift[:, 1],
        "cost": np.array(COSTS)[dice.pick("cost", (60, 20, 12, 8))],
    })  # fmt: skip
    return table, needs


def _numbered(letter: str, dice: Dice) -> list[str]:
    return [f"{letter}{dice.chunk:04d}{i:05d}" for i in range(dice.n)]


def _town(dice: Dice, size: int) -> Ints:
    """The town of each person, or of each vacancy: so many of them to a town."""
    return dice.chunk * (CHUNK // TOWN) + np.arange(dice.n) // size


def _place(dice: Dice, name: str, size: int) -> dict[str, np.ndarray]:
    """Region and place: up to 17 km north, south, east and west of the middle of the town."""
    town = _town(dice, size)
    latitude = 475_000 + (town * 37 % 200 - 100) * 100 + dice.number(f"{name} north", -1500, 1500)
    longitude = 120_000 + (town * 61 % 400 - 200) * 100 + dice.number(f"{name} east", -2200, 2200)
    return {
        "region": np.array(REGIONS)[town % len(REGIONS)],
        "latitude": latitude / 10_000,
        "longitude": longitude / 10_000,
    }


# --- the pairs


def _considered(dice: Dice, listed: Bools) -> pd.DataFrame:
    """The positions of each person and of the two vacancies they are considered for, and the draws."""
    two = CONSIDERED[dice.number("considered for", 0, len(CONSIDERED) - 1)]
    person = np.arange(dice.n)
    pairs = pd.DataFrame({
        "one": np.tile(person, 2),
        "other": np.concatenate([person // TOWN * PER_TOWN + two[:, i] for i in (0, 1)]),
        **{name: np.concatenate([dice.millionths(f"{name} {i}") for i in (0, 1)]) for name in DRAWS},
    })  # fmt: skip
    return pairs.loc[pairs["other"].isin(np.flatnonzero(listed).tolist())]


def _scored(pairs: pd.DataFrame, on: frozenset[str]) -> pd.DataFrame:
    """Half skills, half text, in thousandths, and what was planted on top; no number falls below 0."""
    text = 300 + 7 * (pairs["text"] + pairs["more text"]) // 20_000
    text -= 300 * ((pairs["people.wording"] == "plain words") & ("wording" in on))
    women = (pairs["people.sex"] == "women") & ("exposure gap in ranking" in on)
    score = (250 * pairs["fit"] + text) // 2 - 100 * women
    return pairs.assign(
        relevance=(pairs["fit"] - 1).clip(0), points=score, score=score / 1000,
        **{"skills score": 250 * pairs["fit"] / 1000, "text score": text / 1000},
    )  # fmt: skip


def _ranked(pairs: pd.DataFrame) -> pd.DataFrame:
    """Each vacancy's list, the highest score first; ties are drawn."""
    at = np.lexsort((pairs["one"], pairs["tie"], -pairs["points"], pairs["other"]))
    ranked = pairs.iloc[at].reset_index(drop=True)
    return ranked.assign(rank=ranked.groupby("other").cumcount() + 1)


def _followed(pairs: pd.DataFrame, on: frozenset[str]) -> pd.DataFrame:
    """What came of each place: recommended, shown, clicked, applied, invited, hired."""
    held = (pairs["people.origin"] == "migrant") & ("recommendation held back" in on)
    shown = pairs["rank"] <= SHOWN
    clicked = shown & (pairs["click"] < 900_000 - 70_000 * pairs["rank"])
    applied = clicked & (pairs["apply"] < np.where(_can_take(pairs), 700_000, 50_000))
    invited = applied & (pairs["invite"] < 100_000 + 200_000 * pairs["relevance"])
    return pairs.assign(
        vacancy=pairs["vacancies.vacancy"], person=pairs["people.person"],
        recommended=(pairs["rank"] <= RECOMMENDED) & ~(held & (pairs["hold"] < 600_000)),
        shown=shown, clicked=clicked, applied=applied, invited=invited,
        hired=invited & (pairs["hire"] < 300_000),
    )  # fmt: skip


def _can_take(pairs: pd.DataFrame) -> Bools:
    """Whether a person could take the job: way, licence, hours, cost; the score knows of none."""
    north, east = (_apart(pairs, side) for side in ("latitude", "longitude"))
    hour = 100_000 * np.array([SPEEDS[mode] for mode in pairs["people.transport"]])  # centimetres
    has = np.array([LICENCES.index(told) for told in pairs["people.licences"]])
    must = np.array([ASKED.index(told) for told in pairs["vacancies.licence"]])
    tests = (
        (LATITUDE * north) ** 2 + (LONGITUDE * east) ** 2 <= hour**2,
        has >= must,
        pairs["people.free from"] <= pairs["vacancies.shift from"],
        pairs["people.free to"] >= pairs["vacancies.shift to"],
        pairs["people.budget"] >= pairs["vacancies.cost"],
    )
    return np.logical_and.reduce([np.asarray(test, dtype=bool) for test in tests])


def _apart(pairs: pd.DataFrame, side: str) -> Ints:
    """How far apart both sides are, in whole ten-thousandths of a degree."""
    apart = pairs[f"people.{side}"] - pairs[f"vacancies.{side}"]
    return np.rint(10_000 * apart.to_numpy()).astype(np.int64)


POPULATION = Population(
    draw=matching, mechanisms=PLANTED, planted=("exposure gap in ranking", "infeasible lists")
)
