"""What a case asked besides: groups nobody declared, and whether the model was worth it, as plain models."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from wfaudit.choices import Words
from wfaudit.findings import ANSWERS, Finding
from wfaudit.report.cells import COMPARED, MARKS, alone, compared, counted, span
from wfaudit.result import Result

if TYPE_CHECKING:
    from wfaudit.plots import Figure

Lines = list[dict[str, Any]]
CURVE = "net_benefit"
TITLES = {
    "auc_difference": "pairs put in the right order (area under the curve)",
    "false_negative_rate_difference": "missed",
    "false_positive_rate_difference": "wrongly flagged",
    "net_benefit_difference": "net benefit at the declared cut-off",
    "flag_changes": "flagged otherwise",
    "tier_changes": "in another tier",
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Searched:
    """What a search by one rate found: its numbers, and beside each subgroup whom it overlaps, in words."""

    result: Result
    beside: Mapping[str, str]
    searched: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Weighed:
    """The model held against doing without it: numbers, words, and what could not be compared."""

    results: tuple[Result, ...]
    rules: tuple[str, ...]
    sentences: tuple[str, ...]
    cannot: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    conclusions: pd.DataFrame
    curve: pd.DataFrame
    cut: float | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Printed:
    """Tables as a law asks for them: captions, heads, names and cells; what must be said; the numbers."""

    title: str
    tables: Sequence[tuple[str, Sequence[str], Sequence[tuple[Sequence[str], Sequence[str]]]]]
    notes: tuple[str, ...]
    rows: pd.DataFrame
    interval: str


def also_json(
    searches: Sequence[Searched], weighed: Weighed | None, law: Printed | None
) -> dict[str, Any]:
    """Their words as plain data; their numbers stand among the results."""
    told: dict[str, Any] = {}
    if searches:
        told["search"] = [
            {
                "measure": one.result.measure, "searched": one.searched, "notes": one.notes,
                "beside": one.beside,
            }
            for one in searches
        ]  # fmt: skip
    if weighed:
        told["worth"] = {
            "rules": weighed.rules,
            "sentences": weighed.sentences,
            "conclusions": _records(weighed.conclusions),
            "cut": weighed.cut,
            "notes": weighed.notes,
            "cannot": [{"what": what, "why": why} for what, why in weighed.cannot],
        }
    if law:
        told["ll144"] = {"interval": law.interval, "rows": _records(law.rows), "notes": law.notes}
    return told


def _records(table: Any) -> Lines:
    return table.to_dict("records")


# --- groups nobody declared


def undeclared(
    searches: Sequence[Searched], findings: Sequence[Finding]
) -> Iterator[dict[str, Any]]:
    """One part a search: how it was made, its picture, its table, its sentences."""
    for one in searches:
        result = one.result
        mine = [f for f in findings if f.measure == result.measure and (f.by,) == result.by]
        yield {
            "id": f"search-{result.measure}",
            "title": f"By {result.measure.replace('_', ' ')}",
            "definition": result.definition,
            "interval": result.interval,
            "notes": one.notes,
            "kind": COMPARED[result.scale],
            "judged": result.tolerance is not None,
            "noted": any(result.table["note"]),
            "lines": list(_guesses(one, {f.group: f.answer for f in mine})),
            "figure": _dots(result) if any(pd.notna(result.table["low"])) else None,
            "confirmed": sum(f.answer == "raised" for f in mine),
            "told": [(f, one.beside.get(f.group, "")) for f in sorted(mine, key=_place)],
        }


def _place(finding: Finding) -> int:
    return ANSWERS.index(finding.answer)


def _guesses(one: Searched, answers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Each subgroup with its rate and that of everyone else asked."""
    result = one.result
    rows = zip(_records(result.table), _records(result.evidence), strict=True)
    for row, proof in rows:
        answer = answers.get(row["group"], "")
        yield {
            "group": row["group"], "n": counted(row["n"]), "rate": _share(proof["k"], row["n"]),
            "n_rest": counted(row["n_reference"]), "rest": _share(proof["k_reference"], row["n_reference"]),
            "compared": compared(row, result), "interval": span(row, result.scale), "note": row["note"],
            "answer": f"{MARKS[answer]} {answer}" if answer else "",
        }  # fmt: skip


def _share(k: Any, n: Any) -> str:
    return f"{100 * k / n:.2f} %" if n else ""


def _dots(result: Result) -> dict[str, str]:
    from wfaudit import plots  # matplotlib is heavy: numbers alone do without it

    tolerance = result.tolerance
    band = tolerance.limits if tolerance and tolerance.scale == result.kind else None
    title = (
        "Ratio to all others asked"
        if result.kind == "ratio"
        else "Difference from all others asked"
    )
    axes = plots.intervals(result.table, scale=result.scale, title=title, band=band)
    alt = plots.describe(result.table, scale=result.scale, title=f"{title}. {result.definition}")
    caption = f"{title}, in the order of the table below."
    return picture(
        plots.Figure((axes,), alt), caption + (" Shaded: the declared tolerance." if band else "")
    )


def picture(figure: "Figure", caption: str) -> dict[str, str]:
    """A figure as the page holds it: an image with its text alternative, and a caption."""
    canvas: Any = figure.axes[0].get_figure(root=True)
    width = f"{float(canvas.get_figwidth()) * 96:.0f}"
    return {"source": figure.source(), "alt": figure.alt, "caption": caption, "width": width}


# --- was it worth it?


def worth_it(weighed: Weighed, words: Words) -> dict[str, Any]:
    """The part on what the model is worth: rules, conclusions, numbers, curves, what is missing."""
    return {
        "notes": weighed.notes,
        "rules": weighed.rules,
        "conclusions": _conclusions(weighed.conclusions, words),
        "noted": any(any(r.table["note"]) for r in weighed.results if r.measure != CURVE),
        "numbers": [
            line for r in weighed.results if r.measure != CURVE for line in _numbers(r, words)
        ],
        "curves": list(_curves(weighed, words)),
        "sentences": weighed.sentences,
        "cannot": [(_title(what), why) for what, why in weighed.cannot],
    }


def _title(measure: str) -> str:
    return TITLES.get(measure, measure.replace("_", " "))


def _outcome(name: str, words: Words) -> str:
    """A definition of the outcome in the case's words; others bear the name they were given."""
    return words.outcome if name == "outcome" else f"“{name}”" if name else ""


def _conclusions(table: pd.DataFrame, words: Words) -> dict[str, Any]:
    """What each comparison says of the model; whether definitions agree only where there are several."""
    names = list(table.columns[3:-1])
    last = ["the same"] if len(names) > 1 else []
    heads = ["compared with", *(f"outcome: {_outcome(name, words)}" for name in names), *last]
    lines = [
        (_title(row["measure"]), [row["compared with"], *(_known(row[c]) for c in (*names, *last))])
        for row in _records(table)
    ]
    return {"heads": heads, "lines": lines}


def _known(answer: Any) -> str:
    return answer if isinstance(answer, str) else "not compared"


def _numbers(result: Result, words: Words) -> Iterator[dict[str, str]]:
    gap = result.kind == "gap"
    for row in _records(result.table):
        yield {
            "title": _title(result.measure), "reference": row["reference"], "n": counted(row["n"]),
            "outcome": _outcome(row["at"], words), "note": row["note"],
            "estimate": compared(row, result) if gap else alone(row["estimate"], result),
            "interval": span(row, result.scale if gap else "rate"),
        }  # fmt: skip


def _curves(weighed: Weighed, words: Words) -> Iterator[dict[str, Any]]:
    """For each definition of the outcome the curve as a picture and as a table."""
    from wfaudit import plots  # matplotlib is heavy: numbers alone do without it

    for name in dict.fromkeys(weighed.curve["outcome"]):
        frame: Any = weighed.curve[weighed.curve["outcome"] == name]
        what = (
            f"{words.people} who {words.outcome}"
            if name == "outcome"
            else f"by the outcome “{name}”"
        )
        title = f"Net benefit over thresholds: {what}"
        axes = plots.curve(frame, title=title, cut=weighed.cut)
        alt = plots.describe_curve(frame, title=title, cut=weighed.cut)
        caption = (
            f"{title}. Shaded: {weighed.results[-1].interval}. The axis stops a little below 0."
        )
        yield {
            "title": title,
            "figure": picture(plots.Figure((axes,), alt), caption),
            **_table(frame),
        }


def _table(frame: Any) -> dict[str, Any]:
    """Thresholds down, ways of flagging across."""
    names = list(dict.fromkeys(frame["flagging"]))
    at = {(row["flagging"], row["threshold"]): row for row in _records(frame)}
    n = {name: counted(frame.loc[frame["flagging"] == name, "n"].iloc[0]) for name in names}
    thresholds = sorted(set(frame["threshold"]))
    lines = [(f"{x:g}", [_benefit(at.get((name, x))) for name in names]) for x in thresholds]
    return {"heads": [f"{name} (n = {n[name]})" for name in names], "lines": lines}


def _benefit(row: dict[str, Any] | None) -> str:
    if row is None or pd.isna(row["estimate"]):
        return "not known" if row is None else f"not known: {row['note']}"
    whole, low, high = (f"{round(row[c], 4) + 0.0:.4f}" for c in ("estimate", "low", "high"))
    return f"{whole} ({low} to {high})"
