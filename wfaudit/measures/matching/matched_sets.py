"""People matched to be alike, before one employer: which of them are favoured, set by set."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case, decode
from wfaudit.choices import HIGHEST, JOIN, NOT_RECORDED, REST
from wfaudit.counts import count_along
from wfaudit.errors import AuditError, no_group
from wfaudit.estimators import means
from wfaudit.estimators.intervals import wilson
from wfaudit.estimators.paired import paired_gap
from wfaudit.measures.asked import refused, require
from wfaudit.measures.compared import numbers
from wfaudit.measures.gathered import Floats, Keys
from wfaudit.measures.made import NOBODY, By, made
from wfaudit.measures.question import Question
from wfaudit.result import SELF, Result

FAVOURED, LEAD, DIFFERENCE = "favoured_share", "favoured_difference", "paired_difference"
SAYS = {
    FAVOURED: "Share of matched sets in which a group's {people} were {flagged} more often than those of its "
    "reference, less often, or alike; of the sets that hold both",
    LEAD: "Share of matched sets in which a group's {people} were {flagged} more often than those of its "
    "reference, less the share in which they were less often",
    DIFFERENCE: "Mean over matched sets of the share of a group's {people} who were {flagged} less that of "
    "its reference in the same set",
}  # fmt: skip
SENTENCE = (
    "In one and the same matched set {group} were {flagged} {mine} in 100 times on average, {reference} "
    "{theirs} in 100 times"
)


@dataclass(frozen=True, slots=True, eq=False)
class Sets:
    """Of one group and its reference: the share that is flagged in each matched set that holds both."""

    name: str
    mine: Floats
    theirs: Floats
    more: Any  # whether the share is larger, told in whole numbers
    fewer: Any

    @property
    def n(self) -> int:
        """How many sets hold both."""
        return len(self.mine)

    def ways(self, reference: str) -> dict[str, int]:
        """How many sets go which way."""
        alike = ~self.more & ~self.fewer
        return {
            f"more often than {reference}": int(self.more.sum()),
            f"less often than {reference}": int(self.fewer.sum()),
            "alike, somebody": int((alike & (self.mine > 0)).sum()),
            "alike, nobody": int((alike & (self.mine == 0)).sum()),
        }


def favoured(case: Case, *, by: By, reference: str | None = None) -> Result:
    """In how many matched sets a group is favoured, in how many its reference, in how many neither.

    Of the sets that hold both; where they hold several of each, the shares flagged are compared, as
    Bertrand and Mullainathan (2004, table 2) do for two résumés of each kind. Wilson limits.

    >>> import wfaudit as wf
    >>> found = favoured(wf.load("matched_pairs"), by="race").to_frame()
    >>> found[["at", "estimate"]].round(3).values.tolist()[:2]
    [['more often than White', 0.058], ['less often than White', 0.191]]
    """
    asked = _asked(case, FAVOURED, by, reference)
    lines = [
        asked.line(one) | {"at": at, "k": k} | _share(k, one.n, case.choices.level)
        for one in asked.sets
        for at, k in one.ways(asked.reference).items()
    ]
    labels = tuple(dict.fromkeys(line["at"] for line in lines))
    return made(
        case, FAVOURED, "rate", SAYS[FAVOURED], "Wilson score interval", lines, by=asked.keys,
        at_name="treated", at_values=labels,
    )  # fmt: skip


def favoured_difference(case: Case, *, by: By, reference: str | None = None) -> Result:
    """The share of matched sets that favour a group less the share that favour its reference (Tango 1998)."""
    asked = _asked(case, LEAD, by, reference)
    return made(
        case, LEAD, "value", SAYS[LEAD], "Tango score interval for paired shares",
        [asked.line(one) | _lead(one, case.choices.level) for one in asked.sets], by=asked.keys,
    )  # fmt: skip


def paired_difference(case: Case, *, by: By, reference: str | None = None) -> tuple[Result, Result]:
    """Each side's mean share over matched sets, and their difference set by set (a paired t interval).

    >>> import wfaudit as wf
    >>> _, gap = paired_difference(wf.load("matched_pairs"), by="race")
    >>> gap.to_frame().query("group == 'Black'")[["estimate", "low", "high"]].round(4).values.tolist()
    [[-0.1328, -0.1939, -0.0716]]
    """
    asked, level = _asked(case, DIFFERENCE, by, reference), case.choices.level
    itself = {"estimate": 0.0, "low": np.nan, "high": np.nan, "note": SELF}
    values, gaps = list[dict[str, Any]](), list[dict[str, Any]]()
    for one in asked.sets:
        values.append(asked.line(one) | _mean(one.mine, level))
        pair = {"reference": asked.reference, "n_reference": one.n}
        gaps.append(asked.line(one) | pair | _mean(one.mine - one.theirs, level))
    if len(asked.sets) == 1:  # with several groups, the reference has another mean beside each
        (one,) = asked.sets
        there = asked.line(one) | {"group": asked.reference}
        values.append(there | _mean(one.theirs, level))
        gaps.append(there | {"reference": asked.reference, "n_reference": one.n} | itself)
    kind = "t interval of a mean over matched sets"
    sentence = SENTENCE.replace("{flagged}", case.choices.words.flagged)
    return (
        made(case, DIFFERENCE, "value", SAYS[DIFFERENCE], kind, values, by=asked.keys, sentence=sentence),
        made(
            case, DIFFERENCE, "gap", SAYS[DIFFERENCE], f"paired {kind}", gaps, by=asked.keys,
            sentence=sentence, judged=False,
        ),
    )  # fmt: skip


# --- sets


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Every group that stands in matched sets together with the reference."""

    measure: str
    keys: Keys
    reference: str
    sets: list[Sets]

    def line(self, one: Sets) -> dict[str, Any]:
        """What every row has."""
        by = JOIN.join(self.keys)
        return {"measure": self.measure, "by": by, "group": one.name, "at": "", "n": one.n}


def _asked(case: Case, measure: str, by: By, reference: str | None) -> _Asked:
    require(measure, _lacks_sets(case))
    keys = case.keys(by)
    reference = reference or _reference(case, keys)
    if not reference or reference in (REST, HIGHEST):
        raise AuditError(
            f"{measure} holds a group against another in the same set. Name one level: reference = "
            '"<level>", or declare it.'
        )
    names, k, n = _counted(case, keys)
    if reference not in names:
        raise no_group(JOIN.join(keys), reference, names)
    ref = names.index(reference)
    others = [
        g for g, name in enumerate(names) if g != ref and NOT_RECORDED not in name.split(JOIN)
    ]
    return _Asked(
        measure, keys, reference, [_sets(names[g], k[g], n[g], k[ref], n[ref]) for g in others]
    )


def _reference(case: Case, keys: Keys) -> str:
    declared = [case.group(key).reference for key in keys]
    special = set(declared) & {REST, HIGHEST, ""}
    return "" if special or not declared else JOIN.join(declared)


def _counted(case: Case, keys: Keys) -> tuple[list[str], Floats, Floats]:
    """By group and matched set: how many are flagged, of how many of whom that is known."""
    cells = count_along(case, keys, ("matched",))
    at, values = cells.axes["matched"]
    named = np.array([decode.text_of(value) is not None for value in values], dtype=bool)[at]
    flags = cells.states["flagged"]
    known = flags.notna().to_numpy(dtype=bool)[cells.state] & named
    yes = flags.fillna(False).to_numpy(dtype=bool)[cells.state]
    k, n = np.zeros((2, len(cells.groups), len(values)))
    np.add.at(n, (cells.group[known], at[known]), cells.n[known])
    np.add.at(k, (cells.group[known & yes], at[known & yes]), cells.n[known & yes])
    return [JOIN.join(group) for group in cells.groups], k, n


def _sets(name: str, k: Floats, n: Floats, k_ref: Floats, n_ref: Floats) -> Sets:
    both = (n > 0) & (n_ref > 0)
    k, n, k_ref, n_ref = (x[both] for x in (k, n, k_ref, n_ref))
    return Sets(name, k / n, k_ref / n_ref, k * n_ref > k_ref * n, k * n_ref < k_ref * n)


# --- numbers


def _share(k: int, n: int, level: float) -> dict[str, Any]:
    if not n:
        return {"estimate": np.nan, "note": NOBODY}
    low, high = wilson(np.array([float(k)]), np.array([float(n)]), level)
    return {"estimate": k / n, "low": float(low[0]), "high": float(high[0]), "note": ""}


def _lead(one: Sets, level: float) -> dict[str, Any]:
    if not one.n:
        return {"estimate": np.nan, "note": NOBODY}
    more, fewer = int(one.more.sum()), int(one.fewer.sum())
    low, high = paired_gap(0, more, fewer, one.n - more - fewer, level)
    return {"estimate": (more - fewer) / one.n, "low": float(low), "high": float(high), "note": ""}


def _mean(x: Floats, level: float) -> dict[str, Any]:
    """The mean of a share, or of a difference of shares, over sets, with Student's limits."""
    some = np.full(1, float(len(x)))  # a share of 0 is an amount like any other
    found = means.mean(
        means.Amounts(some, np.array([x.sum()]), np.array([(x**2).sum()]), some), level, (-1.0, 1.0),
        f"{len(x)} matched sets: fewer than {means.FEWEST}, no interval",
    )  # fmt: skip
    return numbers(found, 0, stands=True)


# --- questions


def _lacks_sets(case: Case) -> str:
    return refused(case, "matched") or case.lacks(("flagged",))


def _lacks(case: Case) -> str:
    if why := _lacks_sets(case):
        return why
    return "" if list(_matched(case)) else "no matched set holds a group and its declared reference"


def _matched(case: Case) -> Iterator[Keys]:
    """The groups that stand in matched sets with their declared reference."""
    for keys in [*[(group.name,) for group in case.groups], *case.intersections]:
        reference = _reference(case, keys)
        if reference and any(one.n for one in _asked(case, FAVOURED, keys, reference).sets):
            yield keys


def _each(tell: Callable[..., Result], case: Case) -> Iterable[Result]:
    return (tell(case, by=keys) for keys in _matched(case))


def _ask_difference(case: Case) -> Iterable[Result]:
    for keys in _matched(case):
        yield from paired_difference(case, by=keys)


QUESTIONS: dict[str, Question] = {
    FAVOURED: Question(says=SAYS[FAVOURED], lacks=_lacks, ask=partial(_each, favoured)),
    LEAD: Question(says=SAYS[LEAD], lacks=_lacks, ask=partial(_each, favoured_difference)),
    DIFFERENCE: Question(says=SAYS[DIFFERENCE], lacks=_lacks, ask=_ask_difference),
}
