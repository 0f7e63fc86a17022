"""How long people wait until somebody speaks to them, by what was advised: parking shows here.

The wait is censored where nobody had spoken to a person by the end of the follow-up, so the shares are
those of Kaplan and Meier.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case, decode
from wfaudit.counts import Gridded, count_timed
from wfaudit.estimators import survival
from wfaudit.estimators.estimates import Estimate
from wfaudit.estimators.leftout import LeftOut, Read, Scale
from wfaudit.measures.asked import Compare, chosen, everywhere, refused, require
from wfaudit.measures.clustered import jackknife, over_clusters
from wfaudit.measures.compared import Rows, Told, against, finished, numbers
from wfaudit.measures.gathered import Floats, Keys, Laid, cluster_of, gather
from wfaudit.measures.made import By
from wfaudit.measures.overrides.question import Question
from wfaudit.result import Kind, Result

ROLE, TIER = "first_contact", "tier"
TOLD = Told(
    measure="time_to_first_contact",
    says="Share of {people} to whom nobody had spoken yet, by what was advised and by how long it had been "
    "(Kaplan-Meier: who was not followed so far counts neither as yes nor as no)",
    sentence="Of 100 {group}, nobody had spoken to {mine} yet ({at}); of 100 {reference}, to {theirs}",
    at_name="time", edges=(0.0, 1.0),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Waits:
    """Everybody's wait: groups and their tiers, one after the other, by time and whether its end was seen."""

    people: Gridded
    within: Laid
    tiers: tuple[str, ...]

    def row(self, g: int, tier: int) -> int:
        """Where a group's people of a tier stand."""
        return g * len(self.tiers) + tier


def waits(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Share to whom nobody had spoken yet at each declared horizon, by tier of advice.

    Without groups the tiers themselves are the groups; ``compare`` then holds them against the tier of
    lowest need: the lowest one where being flagged is help, else the highest one (or the one named).
    """
    case = case.by_deciders
    require(TOLD.measure, _lacks(case))
    keys = case.keys(by)
    found = _waits(case, keys)
    told = TOLD if not keys else replace(TOLD, at_name="advice and time")
    if not keys:
        found = _tiers_as_groups(found)
    lines: list[dict[str, Any]] = []
    for tier in range(len(found.tiers)):
        lines += _lines(case, found, tier, compare)
    labels = tuple(dict.fromkeys(line["at"] for line in lines))
    within = replace(found.within, labels=labels)
    kind: Kind = "gap" if compare else "value"
    result = finished(case, told, kind, _interval(case, kind), lines, within)
    return result if keys else replace(result, choices=_named(result))


def _named(result: Result) -> Any:
    """The choices with words for a tier as a group of people."""
    choices = result.choices
    phrase = (TIER, f"{choices.words.people} advised “{{level}}”")
    return replace(choices, phrases=(*choices.phrases, phrase))


def _waits(case: Case, keys: Keys) -> _Waits:
    """Waits by group and tier; who has no tier or no wait on record is left out."""
    count_timed(case, (), ROLE)  # stops where a time can't be one
    columns = {name: case.columns[name] for name in (f"{ROLE} time", f"{ROLE} observed", TIER)}
    found = gather(case, keys, columns)
    into, groups = found.placed(case, keys)
    tiers = case.roles[TIER].order
    times, seen, tier = (_read(case, found, name) for name in columns)
    known = np.flatnonzero(~np.isnan(times) & ~np.isnan(seen) & ~np.isnan(tier))
    grid, place = np.unique(times[known], return_inverse=True)
    cluster, clusters = cluster_of(case, found)
    row = into[known] * len(tiers) + tier[known].astype(np.int64)
    side, n = (1 - seen[known]).astype(np.int64), found.n[known].astype(np.int64)
    cells = (cluster[known], row, place.reshape(-1), side, n)
    table = np.zeros((len(groups) * len(tiers), len(grid), 2), dtype=np.int64)
    np.add.at(table, cells[1:4], n)
    rows = ((),) * len(table)
    people = Gridded(rows, grid, table, clusters, None, cells)
    return _Waits(people, Laid(keys, groups, (), np.zeros((len(groups), 0, 0))), tiers)


def _read(case: Case, found: Any, name: str) -> Floats:
    """What each cell has of a time, a yes or no, a tier; not-a-number where it isn't known."""
    at, values = found.axes[name]
    n = np.bincount(at, found.n, minlength=len(values)).astype(np.int64)
    if name == TIER:
        values = decode.ordered(case, case.roles[TIER], values, n)
    elif name.endswith("observed"):
        role = case.roles[ROLE]
        values = decode.yes_no(case, replace(role, column=role.observed), values, n)
    return np.array([np.nan if value is None else float(value) for value in values])[at]


def _tiers_as_groups(found: _Waits) -> _Waits:
    """Everybody's tiers, each as a group."""
    groups = tuple((tier,) for tier in found.tiers)
    within = Laid((TIER,), groups, (), np.zeros((len(groups), 0, 0)))
    return _Waits(found.people, within, ("",))


def _lines(case: Case, found: _Waits, tier: int, compare: Compare) -> Iterator[dict[str, Any]]:
    horizons, level = case.roles[ROLE].horizons, case.choices.level
    rows = [found.row(g, tier) for g in range(len(found.within.groups))]
    table = found.people.n[rows]
    n, curve = table.sum(axis=(1, 2)).astype(np.float64), _curve(found.people.grid, table)
    knives: dict[tuple[int, ...], LeftOut] = {}

    def knife(g: int, members: list[int]) -> LeftOut:
        """All horizons of a group at once, over clusters."""
        key = (g, *members)
        if key not in knives:
            sides = tuple(rows[one] for one in key)
            read = partial(_read_shares, found.people.grid, horizons)
            scale = Scale("identity", (-1.0, 1.0) if members else (0.0, 1.0))
            knives[key] = over_clusters(found.people, sides, read, scale, level)
        return knives[key]

    for at, horizon in enumerate(horizons):
        shown, pairs = survival.share_without(curve, horizon, level), None
        if compare:
            pairs = against(found.within, _reference(case, found, compare), shown.estimate)
            theirs = _curve(found.people.grid, np.tensordot(pairs.weights, table, 1))
            shown = survival.share_gap(curve, theirs, horizon, level)

        def number(
            g: int, members: list[int], at: int = at, shown: Estimate = shown
        ) -> dict[str, Any]:
            apart = not case.cluster or members == [g]
            return numbers(shown, g) if apart else numbers(knife(g, members), at)

        label = f"at {horizon:g}"
        if found.tiers[tier]:
            label = f"advised “{found.tiers[tier]}”, {label}"
        yield from Rows(TOLD, found.within, label, n, pairs).lines(number)


def _curve(grid: Floats, table: Any) -> survival.Curve:
    return survival.kaplan_meier(grid, table[..., 0], table[..., 1])


def _read_shares(grid: Floats, horizons: Sequence[float], mine: Any, *theirs: Any) -> Read:
    """At each horizon the share of some people, less that of others taken together if there are any."""
    sides = [mine, np.sum(theirs, axis=0)] if theirs else [mine]
    curves = [_curve(grid, side) for side in sides]
    shares = [
        np.stack([survival.share_without(curve, h).estimate for h in horizons], axis=-1)
        for curve in curves
    ]
    people = np.stack([side.sum(axis=(-2, -1)) for side in sides])[..., None]
    value = shares[0] - shares[1] if theirs else shares[0]
    return value, np.broadcast_to(people, (*people.shape[:-1], len(horizons)))


def _reference(case: Case, found: _Waits, compare: Compare) -> str:
    """Whom to compare with: for tiers, where need is lowest."""
    if found.within.keys != (TIER,) or isinstance(compare, str):
        return chosen(case, found.within.keys, compare)
    order = case.roles[TIER].order
    return order[0] if case.choices.flag_is == "help" else order[-1]


def _interval(case: Case, kind: Kind) -> str:
    if case.cluster:
        return jackknife(case)
    return f"{'normal' if kind == 'gap' else 'log-log'} interval, Greenwood's variance"


# --- questions


def _lacks(case: Case) -> str:
    if why := refused(case, ROLE, TIER):
        return why
    return "" if case.roles[ROLE].horizons else f"{ROLE} declares no horizons to ask for"


def _ask(case: Case) -> Iterable[Result]:
    yield waits(case)
    if len(case.roles[TIER].order) > 1:
        yield waits(case, compare=True)
    yield from (result for result in everywhere(case, partial(waits, case)) if result.by != (TIER,))


QUESTIONS: dict[str, Question] = {TOLD.measure: Question(says=TOLD.says, lacks=_lacks, ask=_ask)}
