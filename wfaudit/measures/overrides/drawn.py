"""Rates of people whose outcome was found out by lot, whatever was decided, beside what is known elsewhere.

Outcomes are often recorded only after some decisions (selective labels). Of everybody, bounds tell what a
rate can be whatever the others are; of those drawn by lot it is known. Treatment stays a limit: an outcome
is what happened after the decision.
"""

from collections.abc import Iterable
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.case import Case
from wfaudit.counts import count
from wfaudit.errors import AuditError, no_group
from wfaudit.estimators.enumerated import lots
from wfaudit.measures import contrasts
from wfaudit.measures.asked import Compare, everywhere, refused, require, same_column
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.contrasts import Contrast
from wfaudit.measures.deciding import whose
from wfaudit.measures.gathered import Floats, Keys, Laid
from wfaudit.measures.made import By
from wfaudit.measures.overrides import sums
from wfaudit.measures.overrides.question import Question
from wfaudit.measures.overrides.showing import said
from wfaudit.measures.rate import RATES
from wfaudit.measures.readings import NEWCOMBE, of_two_shares, part, share_of
from wfaudit.measures.single import single_rate
from wfaudit.measures.tally import masks
from wfaudit.measures.verbs import bounds
from wfaudit.result import Result

Arm = tuple[str, str]  # a declared group, and the level of it that was drawn by lot
LIMIT = "outcomes are those after the decision, so what it changed is in them"
AUDITED, ELSEWHERE = "outcome found out by lot", "outcome recorded elsewhere"
ASKED = (
    "base_rate", "false_negative_rate", "false_positive_rate", "precision", "negative_predictive_value",
    "accuracy", "decision_false_negative_rate", "decision_false_positive_rate", "decision_precision",
    "decision_accuracy",
)  # fmt: skip
TOLD = Told(
    measure="audited_rate",
    says="Shares of {people} whose outcome was found out by lot, whatever was decided; beside them the "
    f"bounds of the same shares of all {{people}}, whatever is not recorded ({LIMIT})",
    sentence="Outcome found out by lot, {at}: {mine} of 100 {group}; of 100 {reference}, {theirs}",
    at_name="rate",
)  # fmt: skip
EVERYONE_SAYS = "{at}: {mine} of 100, {group}; {theirs} of 100, {reference}"


def audited(
    case: Case, measure: str, *, arm: Arm | None = None, by: By = None, compare: Compare = False
) -> Result:
    """A rate where the outcome was found out by lot, beside the same rate wherever else it is recorded.

    Who was drawn is told by the role ``audited``; or ``arm`` names a declared group and the level of it
    whose outcomes are known because lots were drawn. What the second row has beside the first is what
    selective labels do. Of whom it is not known whether they were drawn, nothing is told by the role.

    >>> import pandas as pd
    >>> people = pd.DataFrame({"high": [True, False] * 30, "late": [True, True, False] * 20,
    ...                        "drawn": ["yes"] * 30 + ["no"] * 30})
    >>> roles = {"flagged": "high", "outcome": "late", "audited": "drawn"}
    >>> case = Case.from_dict({"source": people, "roles": roles})
    >>> audited(case, "base_rate").to_frame()[["at", "n"]].values.tolist()
    [['outcome found out by lot', 30], ['outcome recorded elsewhere', 30]]
    """
    case = whose(case, measure)
    rate = single_rate(case, measure, "audited", instead="name a rate that is asked once")
    _check(case, arm)
    if "outcome" not in rate.needs:
        raise AuditError(
            f"{measure} asks for no outcome, so it is known of everybody: ask wf.rates."
        )
    keys = case.keys(by)
    if arm and arm[0] in keys:
        raise AuditError(f"{arm[0]} says whose outcome was found out by lot: leave it out of by.")
    told = Told(
        measure=measure, says=f"{rate.says}, by how the outcome is known ({LIMIT})", among=rate.who,
        does=rate.does, judged=False, at_name="outcomes",
    )  # fmt: skip
    found = _by_arm(case, measure, keys, arm) if arm else _by_role(case, measure, keys)
    return tell(case, told, found, compare=compare)


def audited_rates(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """What holds where the outcome was found out by lot: base rate, errors of advice and of decisions.

    Of everyone beside the same where the outcome is recorded elsewhere, and held against it with
    ``compare``; the note bounds what the rate of everybody can be (Manski 1989). By group, those drawn by
    lot alone. The definition tells how many were drawn after either advice: a lot falls on both alike.

    >>> import pandas as pd
    >>> people = pd.DataFrame({"high": [True, False] * 30, "late": [True, True, False] * 20,
    ...                        "drawn": ["yes"] * 30 + ["no"] * 30})
    >>> roles = {"flagged": "high", "outcome": "late", "audited": "drawn"}
    >>> found = audited_rates(Case.from_dict({"source": people, "roles": roles}))
    >>> found.to_frame()[["group", "at", "n"]].values.tolist()[0]
    ['outcome found out by lot', 'had the outcome', 30]
    """
    case = case.by_deciders
    require(TOLD.measure, _lacking(case))
    keys = case.keys(by)
    if not keys:
        asked = _contrast(case)
        tell_all = contrasts.set_apart if compare else contrasts.sides
        return tell_all(case, asked, _shares(case, (), (True, False)))
    return tell(case, _told(case), _shares(case, keys, (True,)), compare=compare)


def _lacking(case: Case) -> str:
    return refused(case, "audited", "outcome") or case.lacks(("audited", "outcome"))


def _check(case: Case, arm: Arm | None) -> None:
    """Stop where it is not told who was drawn."""
    if arm is None and "audited" not in case.states:
        raise AuditError(
            "audited needs to know whose outcome was found out by lot. Declare it under [roles], audited = "
            '"<column>", or name a group and its level: arm = ("<group>", "<level>").'
        )
    if arm and arm[1] not in case.door.levels[case.group(arm[0]).name]:
        raise no_group(arm[0], arm[1], case.door.levels[arm[0]])


# --- how many people


def _by_arm(case: Case, measure: str, keys: Keys, arm: Arm) -> Laid:
    cells, state = sums.people(case, (*keys, arm[0]))
    hit, among = masks(count(case, cells.keys).states, RATES[measure], 0)
    groups = tuple(dict.fromkeys(group[:-1] for group in cells.groups))
    place = {group: at for at, group in enumerate(groups)}
    into = np.array([place[group[:-1]] for group in cells.groups], dtype=np.int64)
    inside = np.array([group[-1] == arm[1] for group in cells.groups])[cells.group]
    sides = [[cells.n * (who[state] & side) for who in (among, hit)] for side in (inside, ~inside)]
    merged = sums.Sorted(keys, groups, into[cells.group], cells.n, cells.cluster, cells.clusters)
    return merged.laid((AUDITED, ELSEWHERE), sides)


def _by_role(case: Case, measure: str, keys: Keys) -> Laid:
    cells, state = sums.people(case, keys)
    states = count(case, keys).states
    hit, among = masks(states, RATES[measure], 0)
    sides = [
        [cells.n * (who & _drawn(states, way))[state] for who in (among, hit)]
        for way in (True, False)
    ]
    return cells.laid((AUDITED, ELSEWHERE), sides)


def _shares(case: Case, keys: Keys, sides: tuple[bool, ...]) -> Laid:
    """For each rate who counts and among how many, among those drawn and among the others.

    Of one side alone among how many comes first.
    """
    cells, state = sums.people(case, keys)
    states = count(case, keys).states
    parts: list[list[Floats]] = []
    for name in _asked(case):
        hit, among = masks(states, RATES[name], 0)
        order = (hit, among) if len(sides) > 1 else (among, hit)
        masked = [who & _drawn(states, way) for way in sides for who in order]
        parts.append([cells.n * mask[state] for mask in masked])
    return cells.laid(_labels(case), parts)


def _drawn(states: pd.DataFrame, way: bool) -> Any:
    """Who was drawn by lot, or was not; of whom that is not known, neither."""
    return (states["audited"] == way).fillna(False).to_numpy(dtype=bool)


# --- how it is told


def _asked(case: Case) -> list[str]:
    return [name for name in ASKED if not case.lacks(RATES[name].needs)]


def _labels(case: Case) -> list[str]:
    """What is said of people who count, and of whom, in the case's words."""
    words: dict[str, Any] = asdict(case.choices.words)
    rates = [RATES[name] for name in _asked(case)]
    told = [f"{rate.does}, of those {rate.who}" if rate.who else rate.does for rate in rates]
    return [label.format(**words) for label in told]


def _told(case: Case) -> Told:
    return replace(TOLD, says=f"{TOLD.says}{_balance(case)}")


def _contrast(case: Case) -> Contrast:
    return Contrast(
        told=_told(case), number=of_two_shares(), interval=NEWCOMBE, everyone=EVERYONE_SAYS, judged=False,
        sides=((AUDITED, share_of(part(0), part(1))), (ELSEWHERE, share_of(part(2), part(3)))),
        plain=not case.cluster, remark=partial(_bounded, case),
    )  # fmt: skip


def _bounded(case: Case, _found: Laid, label: int, _mine: list[int], _theirs: list[int]) -> str:
    """What the rate of everybody can be, whatever is not recorded."""
    worst = bounds(case, _asked(case)[label]).table
    if not len(worst):
        return ""
    low, high = worst[["low", "high"]].to_numpy()[0]
    return f"of everybody {low:.4f} to {high:.4f}, whatever is not recorded"


def _balance(case: Case) -> str:
    """How many were drawn after either advice; chance alone should tell them apart."""
    everyone = count(case, ())
    states, n = everyone.states, everyone.n[0]
    if "flagged" not in states:
        return ""
    sides = [(states["flagged"] == way).fillna(False).to_numpy(dtype=bool) for way in (True, False)]
    drawn, other = (_drawn(states, way) for way in (True, False))
    k, of = ([int(n[side & who].sum()) for side in sides] for who in (drawn, drawn | other))
    told = [f"{a:,} of {b:,}" for a, b in zip(k, of, strict=True)]
    p = (
        ""
        if case.cluster
        else said(float(lots(k[:1], of[:1], k[1:], of[1:])), "Fisher's exact test")
    )
    why = f", {p}" if p else ""
    return f"; drawn were {told[0]} {{people}} {{flagged}} and {told[1]} others{why}"


# --- the question


def _ask(case: Case) -> Iterable[Result]:
    """Of everyone, both sides and their difference; by group, those drawn beside the bounds of all."""
    yield audited_rates(case, compare=True)
    ask = partial(audited_rates, case)
    for result in everywhere(case, ask, apart=same_column(case, "audited")):
        yield result
        if result.by and result.kind == "value":
            yield from _bounds(case, result)


def _bounds(case: Case, drawn: Result) -> Iterable[Result]:
    """The bounds of every rate in the same groups, under the name that stands beside them."""
    found = [bounds(case, name, by=drawn.by) for name in _asked(case)]
    labelled = list(zip(found, _labels(case), strict=True))
    tables = [one.table.assign(measure=TOLD.measure, at=label) for one, label in labelled]
    table = pd.concat(tables, ignore_index=True)
    if len(table):
        evidence = pd.concat([one.evidence for one in found], ignore_index=True)
        yield replace(
            drawn, table=table, evidence=evidence, kind="bounds", interval=found[0].interval
        )


QUESTIONS: dict[str, Question] = {TOLD.measure: Question(says=TOLD.says, lacks=_lacking, ask=_ask)}
