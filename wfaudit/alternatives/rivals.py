"""What a model competes with: nobody and everybody, simple rules, people's judgement, the version before.

Everyone is counted, as for any measure, along what a comparison needs. Only the rules need rows: they
are found in one half of the people and stand in the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wfaudit.alternatives.people import People, everyone, half, outcomes, roles, widened
from wfaudit.alternatives.rules import (
    MOST,
    Checklist,
    Single,
    find_checklist,
    find_single,
    levels_of,
)
from wfaudit.case import Case
from wfaudit.errors import not_one_of
from wfaudit.halves import halves

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Lacks = tuple[str, str]
Rule = Single | Checklist
OUTCOME = "outcome"
NOBODY, EVERYBODY = "nobody", "everybody"
ONE, THREE = "one variable", "three variables"
BEFORE, DECISION = "caseworkers before the advice", "the decision"
PREVIOUS = "the previous version"
RULES = (ONE, THREE)
JUDGED = ((BEFORE, "before"), (DECISION, "decision"))
SCORES = ("score", "previous_score")
FEWEST = 10  # people with the outcome, and without, in the half in which a rule is looked for


@dataclass(frozen=True, slots=True, eq=False)
class Rival:
    """One way of doing without the model.

    ``order`` says who is flagged first, as many as the model flags; ``flag`` whom it flags by itself;
    ``risk`` the chance it states; ``tier`` the tier it gives. Only those that there are.
    """

    name: str
    people: People
    order: Floats | None = None
    flag: Floats | None = None
    risk: Floats | None = None
    tier: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """All that a model competes with on one case, the rules, and what could not take part.

    ``rivals`` stand among everyone, rules in the half they were not found in; ``side_by_side`` all
    stand on one ``ground``: that half where there are rules.
    """

    ground: People
    rivals: tuple[Rival, ...]
    side_by_side: tuple[Rival, ...]
    rules: tuple[tuple[str, Rule], ...]
    lacks: tuple[Lacks, ...]
    notes: tuple[str, ...]


def field(case: Case, keys: tuple[str, ...], inputs: Sequence[str] | None, seed: int) -> Field:
    """Everything the case lets the model be held against; the rest with the reason."""
    wide = widened(case)
    whole = everyone(wide, keys)
    found = _rules(wide, keys, _chosen(case, inputs), seed)
    there = _standing(case, whole)
    lacks = tuple(one for one in there if not isinstance(one, Rival))
    rivals = (*(one for one in there if isinstance(one, Rival)), *found.rivals)
    ground = found.rivals[0].people if found.rivals else whole
    same = [one for one in _standing(case, ground) if isinstance(one, Rival)]
    side = (*same, *found.rivals)
    return Field(ground, rivals, side, found.rules, (*found.lacks, *lacks), found.notes)


def _standing(case: Case, people: People) -> list[Rival | Lacks]:
    """Those that nothing has to be found for, or why they are missing."""
    flat = np.zeros_like(people.n)
    return [
        Rival(NOBODY, people, flat, flat),
        Rival(EVERYBODY, people, flag=flat + 1),
        *(_judgement(case, people, name, role) for name, role in JUDGED),
        _previous(case, people),
    ]


def _previous(case: Case, people: People) -> Rival | Lacks:
    score = people.at("previous_score")
    if score is None:
        return PREVIOUS, "the case declares no previous_score"
    chance = case.roles["previous_score"].probability
    return Rival(PREVIOUS, people, score, risk=score if chance else None)


def _judgement(case: Case, people: People, name: str, role: str) -> Rival | Lacks:
    """What a person judged, as a flag: on the scale of the flag, or of the tiers the flag is cut from."""
    if role not in case.roles:
        return name, f"the case declares no {role}"
    judged, flagged = people.at(role), case.roles.get("flagged")
    if flagged is None:
        return name, "the case declares no flagged to hold it against"
    if judged is None:
        return name, "on another scale than the model's result"
    if not case.roles[role].order:
        return Rival(name, people, judged, judged)
    if not flagged.tier_at_least or case.roles[role].order != case.roles["tier"].order:
        return name, "in tiers, and the flag is not cut from these tiers"
    high = judged >= case.roles["tier"].order.index(flagged.tier_at_least)
    flag = np.where(np.isnan(judged), np.nan, high)
    return Rival(name, people, judged, flag, tier=judged)


# --- rules, from rows


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    rivals: tuple[Rival, ...] = ()
    lacks: tuple[Lacks, ...] = ()
    rules: tuple[tuple[str, Rule], ...] = ()
    notes: tuple[str, ...] = ()


def _chosen(case: Case, inputs: Sequence[str] | None) -> list[str]:
    there = [name for name, _ in case.inputs]
    for name in inputs or ():
        if name not in there:
            raise not_one_of("input", name, there)
    return there if inputs is None else list(dict.fromkeys(inputs))


def _rules(case: Case, keys: tuple[str, ...], inputs: list[str], seed: int) -> _Found:
    """The rules found in the first half of the people, and how they order the second."""
    if not inputs:
        return _none("the case lists no inputs" if not case.inputs else "no input was given")
    columns = [*roles(case), *(f"group {k}" for k in keys), *(f"input {name}" for name in inputs)]
    parts = halves(case, columns, seed=seed)
    first, second = (half(case, keys, rows, inputs) for rows in parts)
    outcome = first.told[outcomes(case)[0]]
    known = ~np.isnan(outcome)
    event = outcome[known] == 1
    if min(event.sum(), (~event).sum()) < FEWEST:
        return _none(
            f"fewer than {FEWEST} people with the outcome, or without, in the half to look in"
        )
    rows = {name: column[known].reset_index(drop=True) for name, column in first.inputs.items()}
    levels = levels_of(rows)
    if not levels:
        return _none("no input takes more than one value in the half to look in")
    found: list[tuple[str, Rule]] = [(ONE, find_single(rows, event, levels))]
    if len(levels) >= MOST:
        found.append((THREE, find_checklist(rows, event, levels)))
    given = second.inputs
    rivals = [Rival(n, second, rule.order(given), risk=rule.risk(given)) for n, rule in found]
    few = ((THREE, "fewer than three inputs take more than one value"),)
    note = parts[0].attrs.get("note", "")
    return _Found(
        tuple(rivals), () if len(found) > 1 else few, tuple(found), (note,) if note else ()
    )


def _none(why: str) -> _Found:
    return _Found(lacks=tuple((name, why) for name in RULES))
