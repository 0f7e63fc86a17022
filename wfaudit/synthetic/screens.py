"""Applicants and the screens of many employers, with and without a vendor that many of them share.

A row is one application: n applicants write to eight of the 24 employers each. Whether somebody suits
a job is drawn for each application apart, and so is the noise of each screen: without a mechanism to
be turned down here says nothing about being turned down there, and nothing differs between groups.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from wfaudit.synthetic.dice import Bools, Dice, Ints
from wfaudit.synthetic.planted import Mechanism, Population, switched

SEXES, ORIGINS, GAPS = ("men", "women"), ("native", "migrant"), ("no gap", "a gap")
EMPLOYERS, APPLICATIONS = 24, 8
VENDORS = ("vendor A", "vendor B", "own screen")
VENDOR_OF = np.repeat([0, 1, 2], [16, 4, 4])  # of each employer
CUTS = 575 + 5 * (np.arange(EMPLOYERS) * 7 % EMPLOYERS)  # thousandths of a score, of each employer
SUITS = 600  # thousandths of fit
PASSED = (
    "selection_rate", "false_negative_rate", "false_positive_rate", "precision",
    "negative_predictive_value", "accuracy", "rejected_everywhere",
)  # fmt: skip


PLANTED: dict[str, Mechanism] = {
    "shared vendor": Mechanism(
        says="All employers of a vendor use one verdict: the whole noise of the screen is the same for "
        "an applicant at each of them. Each employer lets as many through as before.",
        size=1.000, by="everyone", group="everyone", finds="rejected_everywhere",
        moves=("verdict_correlation",),
    ),
    "screen by origin": Mechanism(
        says="The score of migrants is 0.06 lower, however well they suit the job.",
        size=0.060, by="origin", group="migrant", finds="selection_rate", moves=PASSED,
    ),
    "gap in the CV": Mechanism(
        says="The score of people with a gap in their CV is 0.08 lower, however well they suit the job.",
        size=0.080, by="gap", group="a gap", finds="selection_rate", moves=PASSED,
    ),
}  # fmt: skip


def screens(dice: Dice, on: Iterable[str] = ()) -> pd.DataFrame:
    """One chunk of applicants, eight rows each, with the mechanisms named in ``on``.

    >>> screens(Dice(seed=1, chunk=0, n=1))[["employer", "vendor", "score", "passed"]].head(2).values.tolist()
    [['e01', 'vendor A', 0.452, False], ['e04', 'vendor A', 0.571, False]]
    """
    on = switched(on, PLANTED)
    women, migrant = dice.yes("sex", 480_000), dice.yes("origin", 300_000)
    gap = dice.yes("gap", 250_000)
    employer = _employers(dice)
    fit = _thousandths(dice, "fit")
    noise = _noise(dice, VENDOR_OF[employer], "shared vendor" in on)
    lower = 60 * (migrant & ("screen by origin" in on)) + 80 * (gap & ("gap in the CV" in on))
    score = 150 + 17 * (fit + 2 * noise) // 60 - lower[:, None]  # 10 to 999
    return pd.DataFrame({
        "applicant": _each([f"a{dice.chunk:04d}{i:05d}" for i in range(dice.n)]),
        "sex": _each(_named(SEXES, women)),
        "origin": _each(_named(ORIGINS, migrant)),
        "gap": _each(_named(GAPS, gap)),
        "employer": np.array([f"e{e:02d}" for e in range(EMPLOYERS)])[employer.ravel()],
        "vendor": np.array(VENDORS)[VENDOR_OF[employer.ravel()]],
        "score": score.ravel() / 1000,
        "passed": (score >= CUTS[employer]).ravel(),
        "suited": (fit >= SUITS).ravel(),
    })  # fmt: skip


def _employers(dice: Dice) -> Ints:
    """The eight employers each applicant writes to, in the order of their names."""
    drawn = [dice.millionths(f"employer {e}") for e in range(EMPLOYERS)]
    order = np.argsort(np.column_stack(drawn), axis=1, kind="stable")
    return np.sort(order[:, :APPLICATIONS], axis=1)


def _thousandths(dice: Dice, name: str) -> Ints:
    """A number from 0 to 999 for each application, the middle more likely."""
    return np.column_stack([_middling(dice, f"{name} {a}") for a in range(APPLICATIONS)])


def _middling(dice: Dice, name: str) -> Ints:
    return (dice.millionths(name) + dice.millionths(f"{name} again")) // 2000


def _noise(dice: Dice, vendor: Ints, shared: bool) -> Ints:
    """What a screen adds by chance: drawn for each application, or once for each vendor."""
    own = _thousandths(dice, "noise")
    if not shared:
        return own
    verdicts = np.column_stack([_middling(dice, f"verdict of {name}") for name in VENDORS[:2]])
    of_vendor = np.take_along_axis(verdicts, np.minimum(vendor, 1), axis=1)
    return np.where(vendor < 2, of_vendor, own)


def _named(levels: tuple[str, str], second: Bools) -> list[str]:
    return [levels[int(yes)] for yes in second]


def _each(values: list[str]) -> list[str]:
    """What is known of an applicant, on each of their rows."""
    return [value for value in values for _ in range(APPLICATIONS)]


POPULATION = Population(
    draw=screens, mechanisms=PLANTED, planted=("shared vendor", "screen by origin")
)
