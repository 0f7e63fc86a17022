"""Invented job seekers scored the way ASTA was: fifty inputs from three sources, three tiers, a caseworker.

What is published of ASTA is six inputs, the three sources and the tiers; all else is invented. People
are drawn apart from any mechanism first (``_people``), then described by fifty inputs, some of which
are "Value not available" more often for some; a gradient-boosted model trained on other people of the
same kind gives the score.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.synthetic.dice import MILLION, Bools, Dice, Ints, chance
from wfaudit.synthetic.plain import OVERRIDES
from wfaudit.synthetic.planted import Mechanism, Population, switched

JOBNET, CASES, DFG = "Jobnet CV", "case system", "DFG"
MISSING = "Value not available"
TIERS = ("low", "medium", "high")
EDUCATION = (
    "none recorded",
    "primary school",
    "vocational",
    "upper secondary",
    "short higher",
    "long higher",
)
ORIGINS = ("Danish", "western", "non-western")
REGIONS = ("capital", "Zealand", "south", "central", "north")
CHANNELS = ("in person", "phone", "video")
REASONS = ("knows the person", "health", "new job in sight", "score not understood")
CUTS = (330, 480)
LAST_DAY = 500  # of the follow-up, counted from the first registration day
TRAINED_ON = 20_000


@dataclass(frozen=True, slots=True)
class Core:
    """What a person is, before any form is filled in."""

    women: Bools
    age: Ints
    origin: Ints
    education: Ints
    region: Ints
    health: Bools
    employed: Ints  # months of the last 36
    children: Ints
    risk: Ints  # the chance of being without work after 26 weeks, in millionths


@dataclass(frozen=True, slots=True)
class Input:
    """One of the fifty: its number and name, where it comes from, whether it has any effect."""

    number: int
    name: str
    source: str
    value: Callable[[Dice, Core], Any]
    effect: bool = True
    missing: tuple[int, int] = (0, 0)  # chance in millionths: others, people of non-western origin


def _core(dice: Dice) -> Core:
    women = dice.yes("sex", 485_000)
    age = 18 + np.minimum(dice.number("age", 0, 48), 48)
    origin = dice.pick("origin", (74, 9, 17))
    by_origin = ((2, 18, 36, 12, 17, 15), (3, 14, 24, 16, 19, 24), (12, 34, 24, 10, 10, 10))
    education = dice.pick_by("education", by_origin, origin)
    region = dice.pick_by(
        "region", ((29, 15, 21, 23, 12), (40, 12, 18, 20, 10), (44, 13, 17, 19, 7)), origin
    )
    health = dice.yes("health", 60_000 + 6_000 * np.maximum(age - 25, 0))
    settled = 36 - 10 * (education <= 1) - 6 * (origin == 2) - 8 * health
    employed = dice.millionths("employed") * (settled + 1) // MILLION
    children = np.where((age >= 25) & (age <= 50), dice.pick("children", (45, 22, 24, 9)), 0)
    logit = (
        -900 + 30 * np.maximum(age - 45, 0) + 220 * (origin == 2) + 700 * health
        + 300 * (education <= 1) - 250 * (education >= 4) - 35 * (employed - 18)
        + 120 * (region == 4) - 100 * (region == 0) + dice.number("unseen", -700, 700)
    )  # fmt: skip
    return Core(women, age, origin, education, region, health, employed, children, chance(logit))


def _yes(name: str, share: int) -> Callable[[Dice, Core], Any]:
    """Drawn apart from everything: an input without any effect."""
    return lambda dice, _: dice.yes(name, share)


def _leaning(name: str, share: int, lean: int) -> Callable[[Dice, Core], Any]:
    """Yes more often (or less) the higher the risk."""
    return lambda dice, core: dice.yes(name, share + lean * (core.risk - 400_000) // MILLION)


def _count(name: str, most: int, lean: int = 0) -> Callable[[Dice, Core], Any]:
    """A count from 0 to ``most``, moved by the risk where ``lean`` is not zero."""
    return lambda dice, core: np.clip(
        dice.number(name, 0, most) + lean * (core.risk - 400_000) // MILLION, 0, most
    )


INPUTS: tuple[Input, ...] = (
    Input(1, "age at case start", CASES, lambda _, core: core.age),
    Input(2, "months employed in the last three years", DFG, lambda _, core: core.employed),
    Input(3, "weeks on benefits in the last three years", DFG, lambda d, c: np.clip(150 - 4 * c.employed - d.number("w3", 0, 30), 0, 156)),
    Input(4, "number of earlier cases", CASES, _count("w4", 6, 3)),
    Input(5, "weeks since the last job", DFG, lambda d, c: np.clip(60 - 2 * c.employed + d.number("w5", 0, 20), 0, 104)),
    Input(6, "highest education", JOBNET, lambda _, c: c.education),
    Input(7, "allows e-mails from the job centre", JOBNET, _yes("w7", 780_000), effect=False),
    Input(8, "allows text messages", JOBNET, _yes("w8", 830_000), effect=False),
    Input(9, "field of education", JOBNET, lambda d, _: d.pick("w9", (20, 25, 15, 25, 15))),
    Input(10, "has a driving licence", JOBNET, _leaning("w10", 700_000, -300_000)),
    Input(11, "gender", CASES, lambda _, core: core.women),
    Input(12, "citizenship", CASES, lambda d, c: np.where((c.origin > 0) & d.yes("w12", 600_000), c.origin, 0)),
    Input(13, "marital status", CASES, lambda d, _: d.pick("w13", (45, 40, 15))),
    Input(14, "children at home", CASES, lambda _, core: core.children),
    Input(15, "region", CASES, lambda _, core: core.region),
    Input(16, "lives in a city", CASES, lambda d, c: d.yes("w16", 300_000 + 400_000 * (c.region == 0) + 100_000 * (c.origin == 2))),
    Input(17, "owns a car", JOBNET, _leaning("w17", 550_000, -250_000)),
    Input(18, "wanted occupation group", JOBNET, lambda d, _: d.pick("w18", (18, 22, 15, 20, 15, 10))),
    Input(19, "number of wanted occupations", JOBNET, _count("w19", 5), effect=False),
    Input(20, "kilometres willing to travel", JOBNET, lambda d, _: 10 * d.number("w20", 1, 8)),
    Input(21, "willing to move", JOBNET, _leaning("w21", 200_000, -100_000)),
    Input(22, "years of experience", JOBNET, lambda d, c: np.clip((c.age - 18) * d.millionths("w22") // MILLION, 0, 40), missing=(90_000, 300_000)),
    Input(23, "number of languages", JOBNET, lambda d, c: 1 + d.number("w23", 0, 1) + (c.origin > 0)),
    Input(24, "spoken Danish", JOBNET, lambda d, c: np.where(c.origin == 0, 3, d.pick("w24", (15, 30, 30, 25))), missing=(20_000, 150_000)),
    Input(25, "spoken English", JOBNET, lambda d, c: np.clip(d.pick("w25", (15, 35, 30, 20)) + (c.education >= 4), 0, 3)),
    Input(26, "computer skills", JOBNET, lambda d, c: np.clip(d.pick("w26", (10, 30, 40, 20)) - (c.age > 55), 0, 3)),
    Input(27, "CV approved in time", JOBNET, _leaning("w27", 800_000, -200_000)),
    Input(28, "days to the first log-in", JOBNET, _count("w28", 14, 8)),
    Input(29, "times the CV was viewed", JOBNET, _count("w29", 20), effect=False),
    Input(30, "photo on the CV", JOBNET, _yes("w30", 350_000), effect=False),
    Input(31, "member of an unemployment fund", DFG, _leaning("w31", 650_000, -350_000)),
    Input(32, "lives in an apartment", CASES, _yes("w32", 420_000), effect=False),
    Input(33, "kind of benefit", DFG, lambda d, c: np.where(c.employed >= 12, 0, d.pick("w33", (20, 55, 25)))),
    Input(34, "weeks of sick leave in the last year", DFG, lambda d, c: np.where(c.health, d.number("w34a", 2, 30), d.number("w34b", 0, 4))),
    Input(35, "says that health limits work", JOBNET, lambda d, c: np.where(c.health, d.yes("w35a", 800_000), d.yes("w35b", 40_000))),
    Input(36, "earlier programmes", CASES, _count("w36", 4, 3)),
    Input(37, "weeks since the last programme", CASES, _count("w37", 104, 20), missing=(450_000, 450_000)),
    Input(38, "municipalities with an earlier case", CASES, _count("w38", 4, 2), missing=(120_000, 380_000)),
    Input(39, "called in for a reading test", CASES, _leaning("w39", 80_000, 120_000), missing=(60_000, 60_000)),
    Input(40, "earlier sanctions", CASES, _count("w40", 3, 1)),
    Input(41, "weeks of notice served", DFG, _count("w41", 24, -4)),
    Input(42, "was dismissed", DFG, _leaning("w42", 550_000, 100_000)),
    Input(43, "applications in the last month", JOBNET, _count("w43", 20, -4)),
    Input(44, "expects a job within three months", JOBNET, _leaning("w44", 500_000, -700_000)),
    Input(45, "search channels used", JOBNET, _count("w45", 6, -2)),
    Input(46, "willing to start as soon as possible", JOBNET, _yes("w46", 910_000), effect=False),
    Input(47, "wanted hours a week", JOBNET, lambda d, _: 20 + d.number("w47", 0, 17), effect=False),
    Input(48, "accepts shift work", JOBNET, _leaning("w48", 400_000, -150_000)),
    Input(49, "references on the CV", JOBNET, _yes("w49", 330_000), effect=False),
    Input(50, "takes the newsletter", JOBNET, _yes("w50", 240_000), effect=False),
)  # fmt: skip


FOLLOWS = (
    "base_rate", "auc", "calibration_in_the_large", "share_without_event", "tier_superiority", "tier_share", "tier_or_above_share", "false_negative_rate", "false_positive_rate", "precision",
    "negative_predictive_value", "accuracy", *OVERRIDES,
)  # fmt: skip
PLANTED: dict[str, Mechanism] = {
    "risk by origin": Mechanism(
        says="People of non-western origin find work later, and the model sees that.",
        size=0.160, by="origin", group="non-western", finds="selection_rate", moves=FOLLOWS,
    ),
    "risk by age": Mechanism(
        says="People aged 50 and over find work later, and the model sees that.",
        size=0.230, by="age", group="50 and over", finds="selection_rate", moves=FOLLOWS,
    ),
    "overrides by origin": Mechanism(
        says="Of people of non-western origin rated high whose caseworker opened the score, 45 in 100 "
        "more are moved down.",
        size=0.450, by="origin", group="non-western", finds="override_down_rate", moves=OVERRIDES,
    ),
    "missing by origin": Mechanism(
        says="Some inputs are not available more often for people of non-western origin.",
        size=0.260, by="origin", group="non-western", at="years of experience", finds="missing_input_share",
    ),
    "channel by age": Mechanism(
        says="People aged 50 and over are met in person or by video 10 in 100 more and less often.",
        size=0.100, by="age", group="50 and over", at="video", finds="channel_share",
    ),
    "caseworkers differ": Mechanism(
        says="Caseworkers differ in how often they move people up (2 to 11 in 100) and down (2 to 13).",
        size=0.110, by="everyone", group="caseworkers", at="share of the variance", people=20_000,
        finds="variance_between_caseworkers",
    ),
}  # fmt: skip


def asta(dice: Dice, on: Iterable[str] = ()) -> pd.DataFrame:
    """One chunk of people: who they are, their fifty inputs, score, tier, what the caseworker did, what came.

    Missing inputs are left empty. Without "risk by origin" and "risk by age" these attributes are
    drawn once more, apart from everything else, as if the register had been shuffled: then nothing
    differs by them. Needs scikit-learn for the model.
    """
    on = switched(on, PLANTED)
    core = _core(dice)
    seen = _seen(dice, core, on)
    inputs = inputs_of(dice, core, seen.origin if "missing by origin" in on else None)
    score = np.rint(1000 * model().predict_proba(inputs)[:, 1]).astype(np.int64).clip(0, 999)
    tier = (score >= CUTS[0]).astype(np.int64) + (score >= CUTS[1])
    work = _work(dice, seen, score, tier, on)
    return pd.concat([_about(dice, seen), inputs, work], axis="columns")


def _seen(dice: Dice, core: Core, on: frozenset[str]) -> Core:
    """The attributes people are compared by: their own, or drawn apart where nothing is planted."""
    age, origin = 18 + dice.number("age again", 0, 48), dice.pick("origin again", (74, 9, 17))
    return replace(
        core,
        age=core.age if "risk by age" in on else age,
        origin=core.origin if "risk by origin" in on else origin,
    )


def inputs_of(dice: Dice, core: Core, absent_by: Ints | None = None) -> pd.DataFrame:
    """The fifty inputs as numbers (a level by its position); what a register did not answer is missing.

    ``absent_by`` is the origin that decides how often: for all alike where it is not given.
    """
    columns: dict[str, Any] = {}
    for one in INPUTS:
        value = np.asarray(one.value(dice, core)).astype(float)
        lacks = absent_by == 2 if absent_by is not None else np.zeros(dice.n, dtype=bool)
        absent = np.where(lacks, one.missing[1], one.missing[0])
        columns[one.name] = np.where(dice.yes(f"absent {one.number}", absent), np.nan, value)
    return pd.DataFrame(columns)


@lru_cache(maxsize=1)
def model() -> Any:
    """The model under audit: boosted trees, trained on other people of the same kind."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    dice = Dice(seed=20220218, chunk=0, n=TRAINED_ON)
    core = _core(dice)
    late = dice.yes("label", core.risk)
    learner = HistGradientBoostingClassifier(
        max_iter=120, max_leaf_nodes=15, learning_rate=0.08, random_state=0
    )
    return learner.fit(inputs_of(dice, core, core.origin), late)


def _about(dice: Dice, core: Core) -> pd.DataFrame:
    bands = np.searchsorted([30, 50], core.age, side="right")
    return pd.DataFrame({
        "person": [f"p{dice.chunk:05d}{i:05d}" for i in range(dice.n)],
        "sex": np.array(["men", "women"])[core.women.astype(int)],
        "origin": np.array(ORIGINS)[core.origin],
        "age band": np.array(["under 30", "30 to 49", "50 and over"])[bands],
    })  # fmt: skip


def _work(dice: Dice, core: Core, score: Ints, tier: Ints, on: frozenset[str]) -> pd.DataFrame:
    """What happened with the score: shown, opened, decided, and how long people stayed without work."""
    day = dice.number("day", 0, 363)
    caseworker = dice.number("caseworker", 0, 199)
    opened = dice.yes("opened", 400_000 + 2_750 * caseworker)
    habit = caseworker if "caseworkers differ" in on else np.full(dice.n, 3)
    apart = (core.origin == 2) & ("overrides by origin" in on)
    older = (core.age >= 50) & ("channel by age" in on)
    decision = np.where(opened, _decided(dice, tier, habit, apart), tier)
    weeks, observed, late = _spells(dice, core, day)
    moved = decision != tier
    reason = np.array(["", *REASONS], dtype=object)[
        np.where(moved & dice.yes("documented", 600_000), 1 + dice.pick("reason", (5, 2, 2, 1)), 0)
    ]
    return pd.DataFrame({
        "risk": score / 1000,
        "risk tier": np.array(TIERS)[tier],
        "opened": opened,
        "decision": np.array(TIERS)[decision],
        "reason": pd.Series(reason).mask(reason == ""),
        "caseworker": [f"c{c:03d}" for c in caseworker],
        "office": [f"office {c // 10:02d}" for c in caseworker],
        "channel": np.array(CHANNELS)[dice.pick_by("channel", ((50, 30, 20), (60, 30, 10)), older.astype(int))],
        "minutes": dice.number("minutes", 10, 50),
        "assessed on": (np.datetime64("2025-01-01") + day.astype("timedelta64[D]")).astype(str),
        "weeks": weeks,
        "left for work": observed,
        "without work after 26 weeks": late[26],
        "without work after 52 weeks": late[52],
    })  # fmt: skip


def _decided(dice: Dice, tier: Ints, caseworker: Ints, apart: Bools) -> Ints:
    """What caseworkers decide who open the score: each has a habit of moving up and one of moving down."""
    up = 20_000 + 90_000 * (caseworker % 7) // 6
    down = 20_000 + 110_000 * (caseworker % 11) // 10 + 450_000 * (apart & (tier == 2))
    turn = dice.millionths("turn")
    return np.clip(tier + (turn < up) - (turn >= MILLION - down), 0, 2)


def _spells(dice: Dice, core: Core, day: Ints) -> tuple[Ints, Bools, dict[int, Any]]:
    """Weeks without work, whether the end was seen, and the state at two horizons (missing if not seen)."""
    share = (dice.millionths("spell") + 1) / MILLION
    weeks = np.floor(26 * np.log(share) / np.log(core.risk / MILLION)).clip(0, 400).astype(np.int64)
    followed = (LAST_DAY - day) // 7
    observed = weeks <= followed
    late = {
        horizon: pd.Series(weeks >= horizon, dtype="boolean").mask(pd.Series(followed < horizon))
        for horizon in (26, 52)
    }
    return np.minimum(weeks, followed), observed, late


POPULATION = Population(draw=asta, mechanisms=PLANTED, planted=tuple(PLANTED))
