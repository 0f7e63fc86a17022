"""Who decided on whom: how many people of which kind each caseworker, office or provider had.

People are of one kind if they had the same advice, belong to the same declared groups and stand in the
same fifth of the score; what all of a kind have in common is not put down to who decided. Where it is
asked what edits of inputs changed, the tier before them takes the place of advice and score. Caseworkers
go by pseudonyms from here on: no identifier is kept, shown or told.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import ibis
import numpy as np
import pandas as pd

from wfaudit.case import Case, decode
from wfaudit.counts.cells import asked, memo, state_columns, states
from wfaudit.errors import not_one_of
from wfaudit.measures.advice import OVERRIDES
from wfaudit.measures.asked import refused, require
from wfaudit.measures.gathered import Floats, Ints
from wfaudit.measures.rate import RATES
from wfaudit.measures.tally import FILLED, masks
from wfaudit.sources import fetch

# who decides: one, several
UNITS = {
    "decided_by": ("caseworker", "caseworkers"),
    "office": ("office", "offices"),
    "provider": ("provider", "providers"),
}
# what a measure is read by, where people can go two ways
WAYS = {"override_rate": ("override_up_rate", "override_down_rate")}
ASKED = (*(name for name, rate in OVERRIDES.items() if rate.tiers is None), "base_rate")
MOST_KINDS = 200  # levels of declared groups, crossed
FEW_OF_A_KIND = 50  # people, under whom a kind is held together with others of the same advice
FIFTHS, FIFTH = 5, "fifth"


@dataclass(frozen=True, slots=True, eq=False)
class Caseloads:
    """Cells of a unit and a kind: ``n`` people, of whom ``hits`` count, by name of the rate.

    ``units`` are pseudonyms or declared names, ``nobody`` is how many people nobody is recorded for,
    ``alike`` says what people of one kind have in common.
    """

    units: tuple[str, ...]
    unit: Ints
    kind: Ints
    n: Floats
    hits: dict[str, Floats]
    nobody: int
    alike: str

    @property
    def people(self) -> Floats:
        """How many people each unit had."""
        return np.bincount(self.unit, self.n, len(self.units)).astype(np.float64)

    def counted(self, measure: str) -> Floats:
        """How many of them count."""
        return np.bincount(self.unit, self.hits[measure], len(self.units)).astype(np.float64)

    def shares(self, measure: str) -> Floats:
        """The share of everybody of its kind, for each cell."""
        k, n = (np.bincount(self.kind, x) for x in (self.hits[measure], self.n))
        with np.errstate(all="ignore"):
            return (k / n)[self.kind]


def unasked(case: Case, measure: str, of: str) -> str:
    """Why a case can't be asked how those who decide differ, or nothing."""
    return refused(case, of) or case.lacks(RATES[measure].needs) or tied(case, of)


def tied(case: Case, of: str) -> str:
    """Why those who decide can't be told from the clusters people come in, or nothing."""
    if not case.cluster or case.roles[case.cluster].column == case.roles[of].column:
        return ""
    return (
        f"people come in clusters (by {case.cluster}), and how far these differ can't be told apart from how "
        f"far {UNITS[of][1]} do"
    )


def caseloads(case: Case, measure: str, of: str) -> Caseloads:
    """Count the people of each unit by kind, and how many of them count; asked once and remembered."""
    for what, given, known in (("measure", measure, ASKED), ("unit", of, UNITS)):
        if given not in known:
            raise not_one_of(what, given, known)
    require(f"{measure} by {of}", unasked(case, measure, of))
    done = memo(case, "caseloads")
    if (measure, of) not in done:
        done[measure, of] = _counted(case, measure, of)
    return done[measure, of]


def _counted(case: Case, measure: str, of: str) -> Caseloads:
    groups, read = _crossed(case), columns_of(case, measure)
    coded, n = _asked(case, of, groups, read)
    state, table = states(replace(case, rules=()), {name: coded[name] for name in read}, n)
    marks = {rate: masks(table, RATES[rate], 0) for rate in (measure, *WAYS.get(measure, ()))}
    at, names = coded["unit"]
    known = np.array([name is not None for name in names], dtype=bool)[at]
    among = marks[measure][1][state]
    kept = np.flatnonzero(among & known)
    advice, more = (
        _advice(table, state, measure),
        [*_placed(case, groups, coded, n), *_score(coded)],
    )
    kind = _kinds([code[kept] for code in advice], [code[kept] for code in more], n[kept])
    labels, unit = _named(case, of, names, at[kept])
    hits = {rate: (n * hit[state])[kept] for rate, (hit, _) in marks.items()}
    nobody = int(n[among & ~known].sum())
    return _summed(
        Caseloads(labels, unit, kind, n[kept], hits, nobody, _said(coded, groups, measure))
    )


def _asked(
    case: Case, of: str, groups: Sequence[str], read: Sequence[str]
) -> tuple[dict[str, Any], Floats]:
    """The one query: people by unit, groups, fifth of the score and what is known of them."""
    by = {"unit": case.columns[of]} | {f"group {g}": case.columns[f"group {g}"] for g in groups}
    by |= {name: case.columns[name] for name in read}
    if "score" in case.columns and "first_tier" not in read:
        by[FIFTH] = _fifth(case)
    coded = asked(case, by)
    return coded, coded["n"].astype(np.float64)


def _summed(loads: Caseloads) -> Caseloads:
    """One cell for each unit and kind, in an order of their own."""
    width = int(loads.kind.max(initial=0)) + 1
    cell, at = np.unique(loads.unit * width + loads.kind, return_inverse=True)

    def total(x: Floats) -> Floats:
        return np.bincount(at, x, len(cell)).astype(np.float64)

    hits = {rate: total(x) for rate, x in loads.hits.items()}
    return replace(loads, unit=cell // width, kind=cell % width, n=total(loads.n), hits=hits)


# --- of one kind


def _crossed(case: Case) -> tuple[str, ...]:
    """The declared groups that can be crossed; who decides, and where, is no trait of a person."""
    told = {case.roles[role].column for role in UNITS if role in case.roles}
    found: list[str] = []
    for group in case.groups:
        sizes = [len(case.door.levels[name]) for name in (*found, group.name)]
        if group.column not in told and prod(sizes) <= MOST_KINDS:
            found.append(group.name)
    return tuple(found)


def _said(coded: dict[str, Any], groups: Sequence[str], measure: str) -> str:
    advice = "tier before edits" if _of_edits(measure) else "advice"
    what = [advice, *groups, *(["fifth of the score"] if FIFTH in coded else [])]
    return what[0] if len(what) == 1 else f"{', '.join(what[:-1])} and {what[-1]}"


def columns_of(case: Case, measure: str) -> list[str]:
    """The columns of states that a rate is read from, and the advice."""
    needed = {name for need in RATES[measure].needs for name in FILLED.get(need, (need,))}
    if "explained" in needed or "saw" in needed:
        needed |= {"decision", "shown", "opened"}
    return [name for name in state_columns(case) if name in needed | {"tier", "flagged"}]


def _fifth(case: Case) -> Any:
    """Which fifth of all people a score stands in; who has none, has a place of their own."""
    score: Any = case.columns["score"]
    steps = [(score <= edge, at) for at, edge in enumerate(_edges(case, score))]
    return ibis.cases(*steps, (score.notnull(), FIFTHS), else_=FIFTHS + 1)


def _edges(case: Case, score: Any) -> list[int]:
    """The last place on the grid of each fifth but the highest."""
    done = memo(case, "fifths")
    if () not in done:
        people: Any = case.source.table
        known = people.filter(score.notnull())
        found = fetch(
            case.source, known.group_by(score=score).agg(n=known.count()).order_by("score")
        )
        place, n = (found[name].to_numpy() for name in ("score", "n"))
        upto = np.cumsum(n) / max(int(n.sum()), 1)
        at = np.searchsorted(upto, np.arange(1, FIFTHS) / FIFTHS)
        done[()] = sorted({int(edge) for edge in place[at]}) if len(n) else []
    return done[()]


def _of_edits(measure: str) -> bool:
    """Whether it is asked what edits changed: tier and score after them are then what is asked."""
    return "first_tier" in RATES[measure].needs


def _advice(table: pd.DataFrame, state: Ints, measure: str) -> list[Ints]:
    """What the model said of each cell, by tier and by flag; where edits are asked about, before them."""
    told = ("first_tier",) if _of_edits(measure) else ("tier", "flagged")
    found = [table[name] for name in told if name in table]
    codes: list[Any] = [
        column.astype("Int64").fillna(-1).to_numpy(dtype=np.int64) for column in found
    ]
    return [(code + 1)[state] for code in codes]


def _placed(case: Case, groups: Sequence[str], coded: dict[str, Any], n: Floats) -> Iterator[Ints]:
    """The level of each cell in each group."""
    for group in groups:
        at, values = coded[f"group {group}"]
        per_value = np.bincount(at, n, len(values)).astype(np.int64)
        found = decode.levels(case, case.group(group), values, per_value)
        place = {level: i for i, level in enumerate(case.door.levels[group])}
        yield np.array([place[level] for level in found], dtype=np.int64)[at]


def _score(coded: dict[str, Any]) -> Iterator[Ints]:
    """The fifth of the score that each cell stands in."""
    if FIFTH in coded:
        at, fifths = coded[FIFTH]
        yield np.array(fifths, dtype=np.int64)[at]


def _kinds(advice: list[Ints], more: list[Ints], n: Floats) -> Ints:
    """Kinds numbered from 0; those of few people are held together by advice, then all that are left."""
    every = np.zeros(len(n), dtype=np.int64)
    told, own = _crossing([every, *advice]), _crossing([every, *advice, *more])
    few = np.bincount(own, n)[own] < FEW_OF_A_KIND if len(n) else every > 0
    left = np.bincount(told[few], n[few], int(told.max(initial=0)) + 1)[told]
    kind = np.where(few, -1 - told, own)
    kind = np.where(few & (left < FEW_OF_A_KIND), -2 - told.max(initial=0), kind)
    return np.unique(kind, return_inverse=True)[1].astype(np.int64)


def _crossing(codes: list[Ints]) -> Ints:
    sizes = [int(code.max(initial=0)) + 1 for code in codes]
    return np.unique(np.ravel_multi_index(codes, sizes), return_inverse=True)[1].astype(np.int64)


# --- who decided


def _named(case: Case, of: str, names: list[Any], at: Ints) -> tuple[tuple[str, ...], Ints]:
    """What each unit that has people is called, and which of them each cell belongs to."""
    met, back = np.unique(at, return_inverse=True)
    texts = [decode.text_of(names[code]) or "" for code in met]
    if of == "decided_by":
        keys, labels = [_hashed(case, text) for text in texts], None
    else:
        told = {k: v for g in case.groups if g.column == case.roles[of].column for k, v in g.labels}
        keys = labels = [told.get(text, text) for text in texts]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    place = np.empty(len(keys), dtype=np.int64)
    place[order] = np.arange(len(keys))
    one = UNITS[of][0]
    shown = (
        [f"{one} {i + 1}" for i in range(len(keys))]
        if labels is None
        else [labels[i] for i in order]
    )
    return tuple(shown), place[back]


def _hashed(case: Case, identifier: str) -> bytes:
    """A seeded hash: the same number for the same caseworker of a case, whatever they did.

    It hides who somebody is from readers, not from those who hold the data.
    """
    seed = hashlib.blake2b(case.choices.name.encode(), digest_size=16).digest()
    return hashlib.blake2b(identifier.encode(), digest_size=16, key=seed).digest()
