"""The whole audit of a case: everything it can carry is measured, the rest is listed with reasons.

The only place that knows all measures.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from wfaudit.also import Also, able, answer, check_names
from wfaudit.case import Case, Quality
from wfaudit.choices import EVERYONE, JOIN, Choices
from wfaudit.counts import contradictions, count, disagreements, has_table, no_table, unknown_states
from wfaudit.errors import AuditError, not_one_of
from wfaudit.findings import Finding, Findings, review
from wfaudit.measures import (
    MEASURES,
    MOVES,
    QUESTIONS,
    RATES,
    SAYS,
    STATISTICS,
    TIERS,
    bounds,
    by_result,
    gaps,
    lacking,
    lacks,
    lacks_moves,
    rates,
    ratios,
    unknown_outcomes,
    values,
)
from wfaudit.measures.axis import asked
from wfaudit.report import Facts, Run, write
from wfaudit.result import Result
from wfaudit.sources import unchanged

Keys = tuple[str, ...]
READ = {
    "person", "score", "tier", "flagged", "decision", "outcome", "cluster", "count", "block", "group",
    "query", "item", "weight", "period", "state", "spell",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Untested:
    """A question these data can't answer, and why."""

    measure: str
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Audit:
    """An audit that has been run: results, findings, what could not be tested, data quality.

    ``also`` holds what was asked besides: searches for subgroups, and what the model is worth.
    """

    choices: Choices
    facts: Facts
    results: tuple[Result, ...]
    findings: Findings
    cannot_test: tuple[Untested, ...]
    data_quality: tuple[Quality, ...]
    also: Also = field(default_factory=Also)

    def __repr__(self) -> str:
        """The case and its findings in one look."""
        lead = f"Audit of {self.choices.name!r}: {len(self.results)} results, "
        return f"{lead}{len(self.cannot_test)} questions not testable\n{self.findings!r}"

    def report(self, folder: str | Path, *, progress: bool = False) -> Path:
        """Write report.html, results.json, findings.json and manifest.json, whole or not at all.

        ``folder`` must not exist, be empty, or hold an earlier report of ours, which is replaced.
        Returns the path of report.html.
        """
        run = Run(
            facts=self.facts,
            choices=self.choices,
            results=self.results,
            findings=self.findings,
            cannot_test=[asdict(u) for u in self.cannot_test],
            data_quality=[asdict(q) for q in self.data_quality],
            searched=self.also.searched,
            weighed=self.also.weighed,
        )
        return write(folder, run, progress=progress)


def audit(case: Case, *, progress: bool = False) -> Audit:
    """Run everything a case can carry, and list what it can't.

    ``progress`` shows a bar on standard error when it takes longer than two seconds.

    >>> import wfaudit as wf
    >>> people = {"sex": ["women"] * 300 + ["men"] * 300}
    >>> case = wf.Case.from_arrays(y_pred=[1, 0, 0] * 100 + [1, 1, 0] * 100, sensitive_features=people,
    ...     declared={"groups": {"sex": {"reference": "men"}}, "tolerance": {"default": {"gap": 0.05}}})
    >>> wf.audit(case).findings[0].answer
    'raised'
    """
    quality = prepare(case)
    untested = list(_untested(case))
    wanted = [(m, keys) for m in _possible(case) for keys in _sets(case)]
    results: list[Result] = []
    bar = tqdm(wanted, desc="measuring", delay=2, disable=None if progress else True, leave=False)
    for measure, keys in bar:
        found, lacking = _measured(case, measure, keys)
        results += found
        untested += lacking
    if unknown_outcomes(case) and "flagged" in case.states and "weight" not in case.roles:
        results += by_result(case)
    for question in [QUESTIONS[name] for name in QUESTIONS if not _lacking(case, name)]:
        results += question.ask(case)
    also = answer(case, progress=progress)
    untested += [Untested(what, why) for what, why in also.cannot]
    unchanged(case.source)
    findings = Findings((*review(results), *also.findings))
    results += also.results
    return Audit(
        case.choices, _facts(case), tuple(results), findings, tuple(untested), quality, also
    )


def prepare(case: Case) -> tuple[Quality, ...]:
    """Check a case against its data, count all that an audit needs, and say what to know of them."""
    _check_names(case)
    quality = case.door.quality
    for keys in sorted(_sets(case), key=len, reverse=True):  # margins come from the widest
        if has_table(case, keys):
            count(case, keys)
    return (*quality, *unknown_states(case), *contradictions(case), *disagreements(case))


def can(case: Case) -> pd.DataFrame:
    """Which measures a case can carry: measure, what it says, possible, why not.

    >>> import wfaudit as wf
    >>> case = wf.Case.from_arrays(y_pred=[1, 0], sensitive_features={"sex": ["women", "men"]})
    >>> able = wf.can(case)
    >>> able[able["possible"]]["measure"].tolist()
    ['selection_rate']
    """
    lines = [
        {
            "measure": name,
            "says": says.format(**asdict(case.choices.words)),
            "possible": not (why := _lacking(case, name)),
            "why": why,
        }
        for name, says in _definitions().items()
    ]
    return pd.DataFrame([*lines, *able(case)])


def _definitions() -> dict[str, str]:
    every = {**RATES, **STATISTICS}
    said = {name: entry.says for name, entry in every.items()} | MOVES | {TIERS: SAYS}
    said |= {name: question.says for name, question in QUESTIONS.items()}
    return {name: said[name] for name in MEASURES}


# --- what can be asked


def _check_names(case: Case) -> None:
    """Tolerances and families name measures; only here all measures are known."""
    check_names(case)
    confirmed = [entry.partition(" by ") for entry in case.choices.confirm]
    for name in (*[m for m, _ in case.choices.tolerances], *[m for m, _, _ in confirmed]):
        if name not in MEASURES:
            raise not_one_of("measure in tolerance or families", name, MEASURES)
    for name, tolerance in case.choices.tolerances:
        if name not in RATES and tolerance.scale == "ratio":
            raise AuditError(f"{name} is judged on a gap: {name} = {{ gap = 0.05 }}.")
    asked = [JOIN.join(keys) for keys in _sets(case) if keys]
    for _, by, groups in confirmed:
        if by and groups not in asked:
            raise not_one_of("group or intersection in families", groups, asked)


def _possible(case: Case) -> list[str]:
    """What is asked of each set of groups by itself; questions of the whole case are asked once."""
    return [name for name in MEASURES if name not in QUESTIONS and not _lacking(case, name)]


def _lacking(case: Case, measure: str) -> str:
    if measure in RATES:
        return _lacking_rate(case, measure)
    if "weight" in case.roles:
        return "it would take every row as one, and rows are declared to weigh more"
    if measure in QUESTIONS:
        return QUESTIONS[measure].lacks(case)
    if measure == TIERS:
        return lacks(case)
    return lacks_moves(case, measure) if measure in MOVES else lacking(case, measure)


def _lacking_rate(case: Case, measure: str) -> str:
    rate = RATES[measure]
    if why := case.lacks(rate.needs):
        return why
    if measure == "outcome_unknown_rate":
        published = "a published table shows only recorded outcomes"
        return published if case.evidence == "counts" else _all_known(case)
    return "" if asked(case, rate) else "there are two tiers, so tier_share tells it all"


def _all_known(case: Case) -> str:
    return "" if unknown_outcomes(case) else "every outcome is recorded"


def _sets(case: Case) -> list[Keys]:
    """Everyone, each group, each declared intersection."""
    return [(), *[(g.name,) for g in case.groups], *case.intersections]


def _untested(case: Case) -> Iterator[Untested]:
    for name in MEASURES:
        if why := _lacking(case, name):
            yield Untested(name, why)
    for role in case.roles:
        if role not in READ and not case.roles[role].horizons:
            yield Untested(f"uses of {role}", "declared, but no measure reads it yet")
    for one in case.constraints:
        yield Untested(f"constraint {one.name}", "declared, but no measure reads it yet")
    yield from (Untested(one["measure"], one["why"]) for one in able(case) if one["why"])


def _measured(case: Case, measure: str, keys: Keys) -> tuple[list[Result], list[Untested]]:
    if not has_table(case, keys):
        return [], [Untested(measure, no_table(keys))]
    found = _alone(case, measure, keys)
    if not keys:
        return found, []
    tolerance = case.choices.tolerance(measure)
    ratio = tolerance and tolerance.scale == "ratio" and measure in RATES
    verb = ratios if ratio else gaps
    if not all(case.group(k).reference for k in keys):
        why = f"no reference is declared for {JOIN.join(keys)}, so groups are not compared"
        return found, [Untested(measure, why)]
    try:
        return [*found, verb(case, measure, by=keys)], []
    except AuditError as problem:
        return found, [Untested(measure, str(problem))]


def _alone(case: Case, measure: str, keys: Keys) -> list[Result]:
    """What each group has by itself: its rate and what is unknown about it, or its value."""
    if measure == TIERS:
        return []
    if measure in MOVES:
        return [rates(case, measure, by=keys or None)]
    if measure in STATISTICS:
        return [values(case, measure, by=keys or None)]
    if "weight" in case.roles:
        return [rates(case, measure, by=keys or None)]
    unknown = bounds(case, measure, by=keys or None)
    return [rates(case, measure, by=keys or None), *([unknown] if len(unknown.table) else [])]


# --- what the report says of the data


def _facts(case: Case) -> Facts:
    first = next((k for k in _sets(case) if has_table(case, k)), ())
    counted = count(case, first)
    groups: list[dict[str, Any]] = []
    for group in case.groups:
        if has_table(case, (group.name,)):
            of = count(case, (group.name,))
            levels = zip(of.names, of.n.sum(axis=1).tolist(), strict=True)
            groups.append(
                {"name": group.name, "reference": group.reference, "levels": list(levels)}
            )
    return Facts(
        source=case.source.name,
        hashes=case.source.hashes,
        file=case.file,
        file_hash=case.file_hash,
        evidence=case.evidence,
        rows=case.door.rows,
        people=case.door.people if case.door.people is not None else int(counted.n.sum()),
        hidden=counted.most is not None,
        counted_by=JOIN.join(first) or EVERYONE,
        roles=tuple((name, ", ".join(role.columns)) for name, role in case.roles.items()),
        groups=tuple(groups),
        cluster=f"{case.cluster}: column {case.roles[case.cluster].column}" if case.cluster else "",
    )


__all__ = ["Audit", "Finding", "Untested", "audit", "can"]
