"""The whole audit of a case: everything it can carry is measured, the rest is listed with reasons.

The only place that knows all measures.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from wfaudit.also import Also, answer
from wfaudit.asking import Untested, can, check, possible, sets, untested, why_not
from wfaudit.case import Case, Quality
from wfaudit.choices import EVERYONE, JOIN, Choices
from wfaudit.counts import (
    contradictions,
    count,
    disagreements,
    has_table,
    misprints,
    no_table,
    unknown_states,
)
from wfaudit.errors import AuditError
from wfaudit.findings import Finding, Findings, review
from wfaudit.measures import (
    DRIVERS,
    MATCHING,
    MOVES,
    QUESTIONS,
    RATES,
    STATISTICS,
    TIERS,
    Found,
    bounds,
    by_result,
    declared,
    gaps,
    is_asked,
    looked_at,
    model_for,
    model_of,
    rates,
    ratios,
    unknown_outcomes,
    values,
)
from wfaudit.measures.drivers import Register, register
from wfaudit.measures.drivers.looks import moved
from wfaudit.measures.drivers.registered import HEADS
from wfaudit.measures.matching import places
from wfaudit.measures.overrides.looks import looks
from wfaudit.report import Facts, Registered, Run, write
from wfaudit.result import Look, Moved, Result
from wfaudit.sources import unchanged

Keys = tuple[str, ...]
Answered = tuple[list[Result], list[Untested]]


@dataclass(frozen=True, slots=True, eq=False)
class Audit:
    """An audit that has been run: results, findings, what could not be tested, data quality.

    ``also`` holds what was asked besides: searches for subgroups, what the model is worth, a law's tables;
    ``looks`` the pictures of what people do with the advice, drawn when asked for; ``register`` the
    variables of the model; ``moved`` what a report tells of it.
    """

    choices: Choices
    facts: Facts
    results: tuple[Result, ...]
    findings: Findings
    cannot_test: tuple[Untested, ...]
    data_quality: tuple[Quality, ...]
    also: Also = field(default_factory=Also)
    looks: tuple[Look, ...] = ()
    register: Register | None = None
    moved: Moved | None = None

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
            law=self.also.printed,
            looks=self.looks,
            register=_registered(self.register),
            moved=self.moved,
        )
        return write(folder, run, progress=progress)


def audit(case: Case, model: Any = None, *, progress: bool = False) -> Audit:
    """Run everything a case can carry, and list what it can't.

    ``model`` is what gave the scores: an estimator or pipeline, a published system, or what
    ``wfaudit.models`` makes of a function, of coefficients, of a file; else the one that the case file names
    under ``[model]``, if any.
    ``progress`` shows a bar on standard error when it takes longer than two seconds.

    >>> import wfaudit as wf
    >>> people = {"sex": ["women"] * 300 + ["men"] * 300}
    >>> case = wf.Case.from_arrays(y_pred=[1, 0, 0] * 100 + [1, 1, 0] * 100, sensitive_features=people,
    ...     declared={"groups": {"sex": {"reference": "men"}}, "tolerance": {"default": {"gap": 0.05}}})
    >>> wf.audit(case).findings[0].answer
    'raised'
    """
    quality, model = prepare(case), model_for(case, model)
    quality = (*quality, *looked_at(case, model))
    lost = list(untested(case, model))
    results: list[Result] = []
    for ask in tqdm(
        list(_asks(case, model)),
        desc="measuring",
        delay=2,
        disable=None if progress else True,
        leave=False,
    ):
        found, lacking = ask()
        results += found
        lost += lacking
    variables, lacking = _register(case, model)
    lost += lacking
    also = answer(case, progress=progress)
    lost += [Untested(what, why) for what, why in also.cannot]
    unchanged(case.source)
    findings = Findings((*review(results), *also.findings))
    looked = (*looks(case, results), *places.looks(case))
    told = moved(case, model, results)
    results += also.results
    return Audit(
        case.choices,
        _facts(case, model),
        tuple(results),
        findings,
        tuple(lost),
        quality,
        also,
        looked,
        variables,
        told,
    )


def _asks(case: Case, model: Any) -> Iterator[Callable[[], Answered]]:
    """Everything that a case can be asked, one by one."""
    for measure in possible(case):
        for keys in sets(case):
            yield partial(_measured, case, measure, keys)
    if unknown_outcomes(case) and "flagged" in case.states and "weight" not in case.roles:
        yield lambda: (list(by_result(case)), [])
    whole = {**QUESTIONS, **MATCHING}
    for name in whole:
        if not why_not(case, name):
            yield partial(_questioned, name, partial(whole[name].ask, case))
    for name in DRIVERS:
        if not why_not(case, name, model):
            yield partial(_questioned, name, partial(DRIVERS[name].ask, case, model))


def _questioned(name: str, ask: Callable[[], Iterable[Result]]) -> Answered:
    """A question of the whole case; what stops it is a question that could not be tested."""
    try:
        return list(ask()), []
    except AuditError as problem:
        return [], [Untested(name, str(problem))]


def _register(case: Case, model: Any) -> tuple[Register | None, list[Untested]]:
    """The register of the model's variables, where the case declares any."""
    if not case.inputs or case.evidence == "counts" or "weight" in case.roles:
        return None, []
    try:
        return register(case, model), []
    except AuditError as problem:
        return None, [Untested("register of variables", str(problem))]


def _registered(found: Register | None) -> Registered | None:
    """The register as a report shows it."""
    if found is None:
        return None
    rows: Any = found.to_frame().to_dict("records")
    return Registered(heads=HEADS, lines=found.lines, notes=found.notes, rows=rows)


def prepare(case: Case) -> tuple[Quality, ...]:
    """Check a case against its data, count all that an audit needs, and say what to know of them."""
    check(case)
    quality = case.door.quality
    for keys in sorted(sets(case), key=len, reverse=True):  # margins come from the widest
        if has_table(case, keys):
            count(case, keys)
    told = (*unknown_states(case), *contradictions(case), *disagreements(case), *misprints(case))
    return (*quality, *told)


def _measured(case: Case, measure: str, keys: Keys) -> Answered:
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


def _clusters(case: Case) -> str:
    """Who is not independent of whom: by declared cluster, list or person; where decided, by who decides."""
    told = [f"{case.cluster}: column {case.roles[case.cluster].column}"] if case.cluster else []
    if case.by_deciders is not case:
        told.append(
            f"decided_by, where decisions are told: column {case.roles['decided_by'].column}"
        )
    return "; ".join(told)


def _facts(case: Case, model: Any) -> Facts:
    first = next((k for k in sets(case) if has_table(case, k)), ())
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
        cluster=_clusters(case),
        model=_told_of(case, model),
    )


def _told_of(case: Case, model: Any) -> dict[str, Any]:
    """What a report says of the model that was asked: name, kind, file and fingerprint, notes."""
    if not is_asked(case, model):
        return {}
    named, asked = declared(case), model_of(case, model)
    found = named if model is named.model else Found(kind="given in memory")
    return {
        "name": asked.name, "kind": found.kind, "file": found.file, "sha256": found.sha256,
        "inputs": list(asked.inputs), "notes": list(asked.notes),
    }  # fmt: skip


__all__ = ["Audit", "Finding", "Untested", "audit", "can"]
