"""Those who decide: how far apart they lie, once whom they were sent is taken into account.

What a caseworker decides is told by pseudonym and from twenty people on, never in the order of rates.
An audit asks only how far apart they all lie, and how many lie outside what chance alone would show.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.choices import EVERYONE
from wfaudit.counts.cells import memo
from wfaudit.errors import AuditError
from wfaudit.estimators.adjust import benjamini_hochberg
from wfaudit.estimators.casemix import between_alike, by_lot
from wfaudit.estimators.funnel import FEWEST as FEWEST_UNITS
from wfaudit.estimators.funnel import p_values, two_sided
from wfaudit.estimators.intervals import wilson
from wfaudit.measures.gathered import Floats
from wfaudit.measures.made import made
from wfaudit.measures.overrides.caseloads import UNITS, WAYS, Caseloads, caseloads, unasked
from wfaudit.measures.overrides.funnels import Asked, Funnel, funnel_of
from wfaudit.measures.overrides.held import Held, hold
from wfaudit.measures.overrides.onesided import dealt, distance, told
from wfaudit.measures.overrides.question import Question
from wfaudit.measures.rate import RATES
from wfaudit.result import Result

FEWEST = 20  # people, under whom nothing is told of one who decides
NONE, BY_CHANCE = "no difference between them", "expected from chance alone"
SHARE, DISTANCE = "share of the variance", "typical distance from the rate expected"
BY_DEFINITION = {"low": np.nan, "high": np.nan, "note": "by definition"}
WORKED_OUT = {"low": np.nan, "high": np.nan, "note": "worked out from the limits, not counted"}
# the questions of an audit
BY_DECIDER = {
    "override_rate": "override rate",
    "edited_flip_rate": "share of tiers that moved with edits of inputs",
}
BETWEEN = (
    ("override_rate", "decided_by"), ("override_rate", "office"), ("edited_flip_rate", "decided_by"),
)  # fmt: skip
SENTENCE = "Of 100 parts of the variance in %s, those between {group}, compared with {reference}"


def funnel(
    case: Case,
    measure: str = "override_rate",
    of: str = "decided_by",
    fewest: int = FEWEST,
    *,
    spread: bool = False,
) -> Funnel:
    """Each caseworker (or office, or provider) beside what chance alone would show, by pseudonym.

    Exact limits about the rate that the rates of everybody of the same kind make one expect; p-values
    adjusted for there being many; rates drawn towards each other. Who had fewer than ``fewest`` people
    is told only together with the others; offices and providers keep their names. With ``spread``,
    limits leave room for how far units usually lie apart (Spiegelhalter 2005).

    >>> import wfaudit as wf
    >>> from wfaudit.measures.overrides.deciders import funnel
    >>> found = funnel(wf.load("plain")).to_frame()
    >>> found[["unit", "n", "says"]].head(2).values.tolist()
    [['caseworker 1', 83, ''], ['caseworker 2', 78, '']]
    """
    if fewest < 1:
        raise AuditError(f"A unit has at least one person; fewest = {fewest} was given.")
    loads = caseloads(case, measure, of)
    return funnel_of(case, loads, Asked(measure, of, fewest, spread))


def outside(
    case: Case, measure: str = "override_rate", of: str = "decided_by", fewest: int = FEWEST
) -> Result:
    """How many of those who decide lie outside what chance alone would show, beside how many would by chance.

    The rows count caseworkers (offices, providers), not people. Nobody is told apart, and nothing is
    told of fewer than eight.

    >>> import wfaudit as wf
    >>> from wfaudit.measures.overrides.deciders import outside
    >>> outside(wf.load("plain")).to_frame()[["at", "group", "n"]].head(2).values.tolist()
    [['outside the 95 % limits', 'caseworkers', 200], ['outside the 99.8 % limits', 'caseworkers', 200]]
    """
    held = hold(caseloads(case, measure, of), measure, fewest, exact=False)
    names = UNITS[of][1]
    name = f"{measure}_by_{'decider' if of == 'decided_by' else of}"
    lines = [{"measure": name, "by": EVERYONE} | line for line in _outside(case, held, names)]
    which = f"{names} with {fewest} people or more (n counts {names}) whose rate lies"
    says = f"Share of {which} outside what chance alone would show; the rate: {RATES[measure].says}"
    return made(
        case, name, "value", says, f"Wilson score interval over {names}; {held.said_spread(of)}",
        lines, at_name="limits", at_values=tuple(dict.fromkeys(line["at"] for line in lines)), judged=False,
    )  # fmt: skip


def _outside(case: Case, held: Held, names: str) -> Iterator[dict[str, Any]]:
    level, there = case.choices.level, ~held.alone
    beyond = held.outside()
    p = two_sided(*p_values(held.comparable, held.crowd))
    many = f"outside, false discoveries kept to {100 * (1 - level):.3g} in 100"
    found = {f"outside the {name} limits": _beyond(held, limits) for name, limits in beyond.items()}
    for at, mine in (found | {many: benjamini_hochberg(p) <= 1 - level}).items():
        yield {"group": names, "at": at} | _share(
            int((mine & there).sum()), int(there.sum()), level
        )
    if there.sum() >= FEWEST_UNITS:
        for at, limits in zip(found, beyond.values(), strict=True):
            by_chance = float(held.expected_outside(limits)[there].mean())
            counted = {"group": BY_CHANCE, "at": at, "n": int(there.sum()), "estimate": by_chance}
            yield counted | WORKED_OUT


def _beyond(held: Held, limits: tuple[Floats, Floats]) -> Any:
    return (held.k <= limits[0]) | (held.k >= limits[1])


def _share(k: int, n: int, level: float) -> dict[str, Any]:
    """A share of those who decide; of few of them it would tell on single ones."""
    if n < FEWEST_UNITS:
        why = f"{n} who had enough people: fewer than {FEWEST_UNITS}, nothing is told of them"
        return {"n": n, "estimate": np.nan, "low": np.nan, "high": np.nan, "note": why}
    low, high = wilson(np.array(float(k)), np.array(float(n)), level)
    return {"n": n, "k": k, "estimate": k / n, "low": float(low), "high": float(high), "note": ""}


def variance_between(
    case: Case, measure: str = "override_rate", of: str = "decided_by", *, compare: bool = False
) -> Result:
    """How much of a decision is who makes it: the share of its variance between those who decide.

    It is the correlation of two decisions by the same person about what is expected of people of the
    same kind (`estimators.casemix`); moves up and down from the advice are read each by itself.
    ``compare`` holds the share against none. The typical distance is the standard deviation that
    belongs to it.

    >>> import wfaudit as wf
    >>> from wfaudit.measures.overrides.deciders import variance_between
    >>> variance_between(wf.load("plain")).to_frame()[["group", "n"]].head(2).values.tolist()
    [['caseworkers', 14034], ['no difference between them', 14034]]
    """
    loads, (_, names) = caseloads(case, measure, of), UNITS[of]
    name = _name(measure, of)
    done = memo(case, "variance between")
    if (measure, of) not in done:
        cells = _cells(loads, measure)
        done[measure, of] = between_alike(*cells, level=case.choices.level), by_lot(*cells)
    found, lot = done[measure, of]
    people = int(loads.n.sum())
    line = {"measure": name, "by": EVERYONE, "group": names, "at": SHARE, "n": people}
    mine = line | told(case.choices, name, found)
    none = line | {"group": NONE, "estimate": 0.0} | BY_DEFINITION
    interval = (
        f"jackknife interval that leaves out one of the {names} at a time; {dealt(lot, names)}"
    )
    says = f"{_says(measure, of)}; adjusted for {loads.alike}, and for nothing else"
    if compare:
        mine |= {"reference": NONE, "n_reference": people}
        return made(
            case, name, "gap", says, interval, [mine], at_name="as", at_values=(SHARE,),
            sentence=SENTENCE % ("moves from the advice" if measure in WAYS else measure.replace("_", " ")),
        )  # fmt: skip
    lines = [mine, none, line | {"at": DISTANCE} | distance(found)]
    return made(
        case, name, "value", says, interval, lines, at_name="as", at_values=(SHARE, DISTANCE)
    )


def _cells(loads: Caseloads, measure: str) -> tuple[Any, ...]:
    """Who counted of how many, by unit, kind and way; people of one kind can go one way or the other."""
    ways = WAYS.get(measure, (measure,))
    kinds, times = int(loads.kind.max(initial=0)) + 1, len(ways)
    k = np.concatenate([loads.hits[way] for way in ways])
    way = np.repeat(np.arange(times), len(loads.n))
    kind = np.tile(loads.kind, times) + kinds * way
    return k, np.tile(loads.n, times), np.tile(loads.unit, times), kind, way


def _name(measure: str, of: str) -> str:
    names = UNITS[of][1]
    return f"variance_between_{names}" if measure in WAYS else f"{measure}_variance_between_{names}"


def _says(measure: str, of: str) -> str:
    names = f"{UNITS[of][1]}{', the people who work there included' if of != 'decided_by' else ''}"
    if measure not in WAYS:
        return f"Share of the variance that lies between {names}: {RATES[measure].says}"
    return (
        "Of {people} {saw}: share of the variance in being moved up from the advice, and in being moved "
        f"down, that lies between {names}"
    )


# --- questions


def _lacks(measure: str, of: str, case: Case) -> str:
    return unasked(case, measure, of)


def _ask_between(measure: str, of: str, case: Case) -> Iterable[Result]:
    yield variance_between(case, measure, of)
    yield variance_between(case, measure, of, compare=True)


def _ask_outside(measure: str, case: Case) -> Iterable[Result]:
    yield outside(case, measure)


QUESTIONS: dict[str, Question] = {
    **{
        f"{measure}_by_decider": Question(
            says=f"Share of caseworkers whose {words} lies outside what chance alone would show",
            lacks=partial(_lacks, measure, "decided_by"),
            of_units=True,
            ask=partial(_ask_outside, measure),
        )
        for measure, words in BY_DECIDER.items()
    },
    **{
        _name(measure, of): Question(
            says=_says(measure, of),
            lacks=partial(_lacks, measure, of),
            of_units=True,
            ask=partial(_ask_between, measure, of),
        )
        for measure, of in BETWEEN
    },
}
