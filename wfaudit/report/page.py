"""The page a reader opens: a plain model of results and findings, then one HTML file from it."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jinja2
import pandas as pd
from tqdm import tqdm

from wfaudit.choices import ADJUST, EVERYONE, JOIN, Choices
from wfaudit.findings import ANSWERS, Finding, Findings
from wfaudit.report.also import Printed, Searched, Weighed, picture, undeclared, worth_it
from wfaudit.report.cells import COMPARED, MARKS, alone, compared, counted, span
from wfaudit.report.drivers import moving
from wfaudit.report.registered import Registered
from wfaudit.result import SELF, Look, Moved, Result

Lines = Sequence[Mapping[str, Any]]
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")  # kinds of characters that do not print
MOST_ROWS = 60
DECIDED, LISTED = "What people do with the advice, in pictures", "Who is shown to whom, in pictures"
TITLES = {"auc": "Area under the curve (AUC)"}
EVIDENCE = {
    "counts": "published counts only",
    "log": "a log of results and decisions, without what happened later",
    "outcomes": "a log with what happened later",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a report says of the data: names and counts, never a row."""

    source: str
    hashes: tuple[tuple[str, str], ...]
    file: str
    file_hash: str
    evidence: str
    rows: int
    people: int
    hidden: bool
    counted_by: str
    roles: tuple[tuple[str, str], ...]
    groups: tuple[dict[str, Any], ...]
    cluster: str
    model: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Run:
    """All that a report shows: what was asked, the data in words, numbers, answers, limits."""

    facts: Facts
    choices: Choices
    results: tuple[Result, ...]
    findings: Findings
    cannot_test: Lines
    data_quality: Lines
    searched: tuple[Searched, ...] = ()
    weighed: Weighed | None = None
    law: Printed | None = None
    looks: tuple[Look, ...] = ()
    register: Registered | None = None
    moved: Moved | None = None

    @property
    def measured(self) -> list[Result]:
        """The results of the declared measures, without those that were asked besides."""
        beside = [one.result for one in self.searched]
        beside += self.weighed.results if self.weighed else ()
        return [r for r in self.results if not any(r is other for other in beside)]


def page(run: Run, *, progress: bool = False) -> str:
    """One self-contained page without script; everything from the data is escaped."""
    loader = jinja2.PackageLoader("wfaudit.report")
    world = jinja2.Environment(
        autoescape=True, loader=loader, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined, finalize=_visible,
    )  # fmt: skip
    choices, findings = run.choices, run.findings
    beside = {one.result.by for one in run.searched}
    found = [f for f in findings if (f.by,) not in beside]
    apart = run.moved.measures if run.moved else ()
    others = [r for r in run.measured if r.measure not in apart]
    sections = list(_sections(others, found, progress))
    return world.get_template("page.html.j2").render(
        facts=run.facts,
        choices=choices,
        adjust=ADJUST,
        evidence=EVIDENCE[run.facts.evidence],
        tally=[(a, MARKS[a], sum(f.answer == a for f in findings)) for a in ANSWERS],
        raised=list(_digest([f for f in findings if f.answer == "raised"])),
        sections=sections,
        looks_title=LISTED if "query" in dict(run.facts.roles) else DECIDED,
        looks=[(look.title, picture(look.draw(), look.says)) for look in run.looks],
        undeclared=list(undeclared(run.searched, findings)),
        counts=[(a, sum(f.answer == a and (f.by,) in beside for f in findings)) for a in ANSWERS],
        register=run.register,
        moved=moving(run.moved, run.measured, found) if run.moved else None,
        worth=worth_it(run.weighed, choices.words) if run.weighed else None,
        law=run.law,
        cannot_test=_grouped(run.cannot_test),
        data_quality=run.data_quality,
        tolerances=_tolerances(run.measured),
        intervals=sorted({r.interval for r in run.measured}),
        marks=MARKS,
    )


def _visible(value: Any) -> Any:
    """Text without characters that control a terminal or turn the direction of reading."""
    if not isinstance(value, str):
        return value
    kept = type(value)
    return kept(
        "".join(
            c if c in "\n\t" or unicodedata.category(c) not in HIDDEN else "\ufffd" for c in value
        )
    )


def _digest(raised: Sequence[Finding]) -> Iterator[tuple[Finding, str]]:
    """What was raised, in order; crossed groups stand beside a single group that the same was raised of.

    What is told of them in full stands in the section of the measure.
    """
    single = {(f.measure, f.at) for f in raised if JOIN not in f.by}
    crossed: dict[tuple[str, str], list[str]] = {}
    for f in raised:
        if JOIN in f.by and (f.measure, f.at) in single:
            crossed.setdefault((f.measure, f.at), []).append(f"“{f.group}”")
    for f in raised:
        key = (f.measure, f.at)
        if JOIN not in f.by or key not in single:
            yield f, ", ".join(crossed.pop(key, ()))


def _grouped(cannot_test: Lines) -> list[tuple[str, str]]:
    """Questions with one reason are told together."""
    reasons: dict[str, list[str]] = {}
    for line in cannot_test:
        reasons.setdefault(line["why"], []).append(line["measure"].replace("_", " "))
    return [(", ".join(dict.fromkeys(measures)), why) for why, measures in reasons.items()]


def _tolerances(results: Sequence[Result]) -> list[tuple[str, str]]:
    """Each tolerance in words, with the measures it was declared for."""
    found: dict[str, list[str]] = {}
    judged = sorted(results, key=lambda r: r.tolerance is not None)  # any that is judged comes last
    last = {r.measure: r for r in judged}
    for result in (last[name] for name in dict.fromkeys(r.measure for r in results)):
        tolerance = result.tolerance
        if tolerance is None:
            words = "none declared, so nothing is judged"
        elif tolerance.scale == "gap":
            words = f"a gap of {100 * tolerance.value:g} percentage points"
        else:
            words = f"a ratio of {tolerance.value:g} to {1 / tolerance.value:g}"
        found.setdefault(words, []).append(result.measure.replace("_", " "))
    return [(words, ", ".join(measures)) for words, measures in found.items()]


# --- one section a measure


def _sections(
    results: Sequence[Result], findings: Sequence[Finding], progress: bool
) -> Iterator[dict[str, Any]]:
    measures = list(dict.fromkeys(r.measure for r in results))
    quiet = None if progress else True
    for measure in tqdm(measures, desc="drawing", delay=2, disable=quiet, leave=False):
        mine = [r for r in results if r.measure == measure]
        found = [f for f in findings if f.measure == measure]
        yield {
            "id": measure,
            "title": TITLES.get(measure, measure.replace("_", " ").capitalize()),
            "definition": mine[0].definition,
            "intervals": list(dict.fromkeys(r.interval for r in mine)),
            "counts": [(a, sum(f.answer == a for f in found)) for a in ANSWERS],
            "figures": list(_figures(mine, found)),
            "tables": [_table(by, mine, found) for by in dict.fromkeys(_by(r) for r in mine)],
            "findings": sorted(found, key=lambda f: ANSWERS.index(f.answer)),
        }


def _by(result: Result) -> str:
    return JOIN.join(result.by) or EVERYONE


def _figures(results: Sequence[Result], found: Sequence[Finding]) -> Iterator[dict[str, str]]:
    """Rates, then comparisons: single groups in one figure, crossed ones in another if one is raised.

    What has too many rows for a picture stands in its table alone.
    """
    raised = any(JOIN in f.by for f in found if f.answer == "raised")
    for crossed in (False, True) if raised else (False,):
        for kinds in (("rate", "value"), ("gap", "ratio")):
            mine = [
                r
                for r in results
                if r.kind in kinds and (len(r.by) > 1) == crossed and (r.by or "rate" in kinds)
            ]
            few = sum(len(r.table) for r in mine) <= MOST_ROWS
            if mine and few and (crossed or any(r.by for r in mine)):
                yield _figure(mine)


def _figure(results: Sequence[Result]) -> dict[str, str]:
    from wfaudit import plots  # matplotlib is heavy: numbers alone do without it

    first = results[0]
    frame: Any = pd.concat([r.table for r in results], ignore_index=True)
    frame = frame[frame["note"] != SELF]
    tolerance = first.tolerance
    band = tolerance.limits if tolerance and tolerance.scale == first.kind else None
    lead = {
        "value": "Value by group",
        "gap": "Difference from the reference group",
        "ratio": "Ratio to the reference group",
    }
    title = lead.get(first.kind, "Rate by group")
    axes = plots.intervals(frame, scale=first.scale, title=title, band=band)
    alt = plots.describe(frame, scale=first.scale, title=f"{title}. {first.definition}")
    caption = f"{title}: {first.interval}." + (" Shaded: the declared tolerance." if band else "")
    return picture(plots.Figure((axes,), alt), caption)


def _table(by: str, results: Sequence[Result], findings: Sequence[Finding]) -> dict[str, Any]:
    """Rates and their comparison side by side, one line a group."""
    mine = {r.kind: r for r in results if _by(r) == by}
    own = mine.get("rate") or mine.get("value") or mine["gap"]
    gap = mine.get("gap") or mine.get("ratio")
    answers = {(f.group, f.at): f.answer for f in findings if f.by == by}
    versus = _rows(gap) if gap else {}
    worst = _rows(mine["bounds"]) if "bounds" in mine else {}
    lines = []
    for key, row in _rows(own).items():
        other = versus.get(key)
        answer = answers.get(key)
        lines.append({
            "at": row["at"], "group": row["group"], "n": counted(row["n"]),
            "estimate": alone(row["estimate"], own) if own is not gap else "",
            "interval": span(row, own.scale) if own is not gap else "",
            "note": row["note"] or (other["note"] if other and other["note"] != SELF else ""),
            "reference": _reference(other),
            "compared": compared(other, gap),
            "compared_interval": span(other, gap.scale if gap else ""),
            "bounds": span(worst.get(key), "rate"),
            "answer": f"{MARKS[answer]} {answer}" if answer else "",
        })  # fmt: skip
    return {
        "by": by,
        "at_name": own.at_name,
        "what": "rate" if own.kind == "rate" else "value",
        "kind": COMPARED[gap.scale] if gap else "",
        "bounds": bool(worst),
        "notes": any(line["note"] for line in lines),
        "lines": lines,
    }


def _reference(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    return "(the reference)" if row["note"] == SELF else row["reference"]


def _rows(result: Result) -> dict[tuple[str, str], dict[str, Any]]:
    return {(r["group"], r["at"] or ""): r for r in result.table.to_dict("records")}


__all__ = ["Facts", "Run", "page"]
