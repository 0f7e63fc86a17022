"""A funnel: how often each of those who decide did something, beside what is to be expected of them."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from wfaudit.case import Case
from wfaudit.choices import Choices
from wfaudit.estimators.adjust import benjamini_hochberg
from wfaudit.estimators.funnel import added, extra_variance, limits, p_values, two_sided
from wfaudit.estimators.shrinkage import shrink
from wfaudit.estimators.tails import crowds
from wfaudit.measures.gathered import Floats
from wfaudit.measures.made import NOBODY
from wfaudit.measures.overrides.caseloads import UNITS, Caseloads
from wfaudit.measures.overrides.held import LEVELS, Held, hold
from wfaudit.measures.rate import RATES
from wfaudit.result import html_table

if TYPE_CHECKING:
    from wfaudit.plots import Figure

COLUMNS = (
    "unit", "n", "k", "rate", "expected", "adjusted", "low_95", "high_95", "low_998", "high_998", "p",
    "p_adjusted", "shrunk", "shrunk_low", "shrunk_high", "outside", "says", "note",
)  # fmt: skip
WHOLE, TEXTS = ("n", "k"), ("unit", "outside", "says", "note")
SHORT = dict(zip(LEVELS, ("95", "998"), strict=True))
POINTS = 60  # of the lines of a funnel


@dataclass(frozen=True, slots=True)
class Asked:
    """What a funnel was asked for: which rate, of whom, from how many people on, with room for what."""

    measure: str
    of: str
    fewest: int
    spread: bool

    @property
    def one(self) -> str:
        """One of those who decide."""
        return UNITS[self.of][0]

    @property
    def several(self) -> str:
        """Several of them."""
        return UNITS[self.of][1]


@dataclass(frozen=True, slots=True, eq=False)
class Funnel:
    """One row for each who decides, in the order of their names, never of their rates.

    ``expected`` is what the rates of everybody make one expect, ``adjusted`` the rate of all moved by as
    much as the unit's lies above it. Limits are missing where no count reaches them. ``p`` is two-sided,
    ``p_adjusted`` that of Benjamini and Hochberg. ``shrunk`` is the rate as it is, drawn towards all
    others by as much as they are alike, with credible limits. ``outside`` names the widest limits that
    the unit lies at or beyond; ``says`` what is left of it among so many. ``lines`` holds limits at the
    rate of all, by number of people; ``spread`` the variance among units in times of chance.
    """

    table: pd.DataFrame
    lines: pd.DataFrame
    asked: Asked
    definition: str
    interval: str
    rate: float
    spread: float
    choices: Choices

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def plot(self) -> "Figure":
        """Draw rates against numbers of people, between the limits; nobody is named."""
        from wfaudit import plots  # matplotlib is heavy: numbers alone do without it
        from wfaudit.plots.funnel import describe_funnel, funnel

        frame: Any = self.table.dropna(subset=["adjusted"])[["n", "adjusted", "outside"]]
        title, names = self.definition, self.asked.several
        axes = funnel(frame, self.lines, rate=self.rate, names=names, title=title)
        alt = describe_funnel(frame, rate=self.rate, names=names, title=title)
        return plots.Figure((axes,), alt)

    def __repr__(self) -> str:
        """The definition, what the limits are, and the numbers."""
        numbers = self.table.to_string(index=False, na_rep="")
        return f"{self.definition}\n{self.interval}\n{numbers}"

    def _repr_html_(self) -> str:
        head = f"<p><strong>{escape(self.definition)}</strong><br>{escape(self.interval)}</p>"
        return head + html_table(self.table)


def funnel_of(case: Case, loads: Caseloads, asked: Asked) -> Funnel:
    """The funnel of some caseloads."""
    held, level = hold(loads, asked.measure, asked.fewest), case.choices.level
    variance = extra_variance(held.comparable, held.crowd) if asked.spread else np.nan
    stretch: Any = 1.0 if np.isnan(variance) else added(held.crowd, variance)
    rows = [*_each(held, asked, stretch, level), *_rest(loads, held, asked)]
    return Funnel(
        _typed(rows), _lines(held, asked.fewest), asked, *_told(case, loads, held, asked), held.rate,
        held.spread, case.choices,
    )  # fmt: skip


# --- rows


def _each(held: Held, asked: Asked, stretch: Any, level: float) -> Iterator[dict[str, Any]]:
    """A row for each unit with enough people; one who had most of all is told by number only."""
    columns = _columns(held, stretch, level)
    columns["says"] = _says(columns, asked, level)
    alone, whole = held.alone.tolist(), held.n.sum() + held.few[1]
    for at, unit in enumerate(held.labels):
        row: dict[str, Any] = {"unit": unit, "n": held.n[at], "note": ""}
        if alone[at]:
            yield row | {"note": _why_alone(held, float(held.n[at] / whole))}
        else:
            yield row | {name: values[at] for name, values in columns.items()}


def _columns(held: Held, stretch: Any, level: float) -> dict[str, Any]:
    few, many = p_values(held.comparable, held.crowd, stretch)
    p, shrunk = two_sided(few, many), shrink(held.k, held.n, level)
    with np.errstate(all="ignore"):
        rate, expected = held.k / held.n, held.crowd.mean / held.n
    told = {
        "k": held.k, "rate": rate, "expected": expected, "adjusted": held.rate + rate - expected,
        "p": p, "p_adjusted": benjamini_hochberg(p), "shrunk": shrunk.estimate,
        "shrunk_low": shrunk.low, "shrunk_high": shrunk.high, "note": shrunk.note,
    }  # fmt: skip
    outside = np.full(len(held.n), "", dtype="U6")
    for name, (low, high) in held.outside(stretch).items():
        told |= _shares(SHORT[name], low, high, held.n)
        outside = np.where((held.k <= low) | (held.k >= high), name, outside)
    return told | {"outside": outside}


def _shares(name: str, low: Floats, high: Floats, n: Floats) -> dict[str, Floats]:
    """Limits as shares, not-a-number where no count reaches them."""
    with np.errstate(all="ignore"):
        return {
            f"low_{name}": np.where(low < 0, np.nan, low / n),
            f"high_{name}": np.where(high > n, np.nan, high / n),
        }


def _says(columns: dict[str, Any], asked: Asked, level: float) -> Any:
    """What is left after adjusting for there being many, in words that are no verdict."""
    than = "chance alone"
    if asked.spread:
        than = f"chance and the usual spread among {asked.several}"
    way = np.where(columns["rate"] > columns["expected"], "more", "less")
    words = np.char.add(way, f" often than {than} would show")
    return np.where(columns["p_adjusted"] <= 1 - level, words, "")


def _why_alone(held: Held, share: float) -> str:
    if len(held.labels) == 1 and not held.few[0]:
        return "nobody else to compare with"
    return f"has {share:.0%} of all people, so it would be compared mostly with itself"


def _rest(loads: Caseloads, held: Held, asked: Asked) -> Iterator[dict[str, Any]]:
    """Those with few people in one row, and people of whom it is not recorded who decided."""
    units, people = held.few
    if units:
        why = f"{units} of them, too few people each to be told apart"
        name = f"{asked.several} with fewer than {asked.fewest} people"
        yield {"unit": name, "n": people, "note": why}
    if loads.nobody:
        yield {"unit": "not recorded", "n": loads.nobody, "note": "who decided is not recorded"}
    if not (held.labels or units or loads.nobody):
        yield {"unit": asked.several, "n": 0, "note": NOBODY}


def _typed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    told = [dict.fromkeys(TEXTS, "") | row for row in rows]
    columns: dict[str, Any] = {}
    for name in COLUMNS:
        values = [row.get(name) for row in told]
        if name in TEXTS:
            columns[name] = pd.Series([str(value) for value in values], dtype=object)
        elif name in WHOLE:
            columns[name] = pd.Series(
                [None if v is None else int(v) for v in values], dtype="Int64"
            )
        else:
            columns[name] = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    return pd.DataFrame(columns)


# --- words and lines


def _told(case: Case, loads: Caseloads, held: Held, asked: Asked) -> tuple[str, str]:
    """What is shown, and what the limits are."""
    words: dict[str, Any] = asdict(case.choices.words)
    says = RATES[asked.measure].says.format(**words)
    by = f"{asked.one}{' (pseudonyms)' if asked.of == 'decided_by' else ''}"
    room = ", with room for the usual spread" if asked.spread else ""
    limits = (
        f"Expected from the rates of everybody with the same {loads.alike}; nothing else is adjusted for. "
        f"Exact limits at {' and '.join(LEVELS)}{room}; {held.said_spread(asked.of)}. Shrunk rates with "
        f"{100 * case.choices.level:g} % credible limits (beta-binomial, its parameters integrated over)."
    )
    return f"{says}, by {by}", limits


def _lines(held: Held, fewest: int) -> pd.DataFrame:
    """Limits at the rate of all, for the numbers of people that there are."""
    sizes = held.n if len(held.n) else np.array([float(fewest)])
    n = np.unique(np.geomspace(sizes.min(), sizes.max(), POINTS).round())
    found: dict[str, Any] = {"n": n}
    if not np.isnan(held.rate):
        crowd = crowds(np.full(len(n), held.rate), n)
        for name, level in LEVELS.items():
            found |= _shares(SHORT[name], *limits(crowd, level), n)
    return pd.DataFrame(found)
