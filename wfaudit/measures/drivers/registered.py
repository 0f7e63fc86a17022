"""The register of a model's variables: what is declared of each input beside what it tells and moves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, cast

import numpy as np
import pandas as pd

from wfaudit.case import Case
from wfaudit.errors import AuditError
from wfaudit.estimators import leftout
from wfaudit.estimators.intervals import newcombe
from wfaudit.measures.drivers.dealt import Counted, counted, recorded
from wfaudit.measures.drivers.people import model_of, names_in
from wfaudit.measures.drivers.proxies import proxy_auc
from wfaudit.measures.drivers.shares import importance
from wfaudit.measures.drivers.surrogates import lacking, surrogate_importance
from wfaudit.result import Result

COLUMNS = (
    "input", "source", "legal_basis", "purpose", "special_category", "irrelevant",
    "proxy_for", "proxy_n", "proxy_auc", "proxy_low", "proxy_high",
    "importance_n", "importance", "importance_low", "importance_high", "effect",
    "missing_between", "missing_n", "missing_difference", "missing_low", "missing_high", "flags", "note",
)  # fmt: skip
TELLS = 0.55  # the AUC above which an interval must lie wholly to be called a proxy
MOVES = 0.01  # the part of all movement that an input must carry to move the score
MANY = 0.5  # of caseworkers, who call an input irrelevant
NOT_KNOWN, SOME = "not known", "some"
UNUSED, NOBODY = "none: the model does not use it", "none among these people"
HEADS = (
    "source", "legal basis", "purpose", "called irrelevant by", "tells best", "AUC", "moves the score by",
    "effect", "missing more often", "difference in points", "in words",
)  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """One row an input: what the case declares of it, and what was measured; ``notes`` say how."""

    table: pd.DataFrame
    notes: tuple[str, ...]
    case: str

    def to_frame(self) -> pd.DataFrame:
        """A copy of the register, numbers as they are; what is not known is missing, and why is a note."""
        return self.table.copy()

    @property
    def lines(self) -> list[tuple[str, list[str]]]:
        """Each input with its cells as a reader meets them, under ``HEADS``."""
        return [(row["input"], _cells(row)) for row in _records(self.table)]

    def __repr__(self) -> str:
        """Inputs with what is said of them in words."""
        shown = self.table.loc[
            :, ["input", "legal_basis", "proxy_for", "proxy_auc", "importance", "flags"]
        ]
        return f"Register of the inputs of case {self.case!r}\n{shown.to_string(index=False, na_rep='')}"

    def _repr_html_(self) -> str:
        edge = 'style="text-align:left;padding:2px 8px"'
        head = "".join(f'<th scope="col" {edge}>{escape(name)}</th>' for name in ("input", *HEADS))
        body = "".join(
            f'<tr><th scope="row" {edge}>{escape(name)}</th>'
            + "".join(f"<td {edge}>{escape(cell)}</td>" for cell in cells)
            + "</tr>"
            for name, cells in self.lines
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"


def register(case: Case, model: Any = None) -> Register:
    """The variables of a model: legal basis, what each tells of whom, what it moves, where it is missing.

    Without a model what an input moves is told by a surrogate, if that follows the recorded score closely.

    >>> people = pd.DataFrame({"sex": ["women", "men"] * 60, "title": ["Ms", "Mr"] * 60})
    >>> declared = {"source": people, "groups": {"sex": {}}, "inputs": {"title": {"legal_basis": "consent"}}}
    >>> register(Case.from_dict(declared)).to_frame()[["input", "proxy_for", "flags"]].values.tolist()
    [['title', 'sex: men', 'legal basis: consent']]
    """
    found = counted(case)
    moved, used, why = _moved(case, model)
    strongest = _strongest([proxy_auc(case, by=group.name) for group in case.groups])
    rows: list[Row] = []
    for at, (name, spec) in enumerate(case.inputs):
        row = _declared(name, spec) | strongest.get(name, {}) | _missing(case, found, at)
        row |= _effect(moved.get(name), name, used)
        rows.append(row | {"flags": "; ".join(_flags(row, moved))})
    table = pd.DataFrame(rows).reindex(columns=list(COLUMNS))
    return Register(table, tuple(_notes(case, moved, why)), case.choices.name)


# --- what is known of each


def _declared(name: str, spec: Mapping[str, Any]) -> Row:
    told = {key: str(spec.get(key, "")) for key in ("source", "legal_basis", "purpose")}
    special = bool(spec.get("special_category", False))
    irrelevant = float(spec.get("irrelevant", np.nan))
    return {"input": name, **told, "special_category": special, "irrelevant": irrelevant}


def _strongest(found: list[Result]) -> dict[str, Row]:
    """For each input the level of a group that it tells best, by the area."""
    best: dict[str, Row] = {}
    for result in found:
        for row in _records(result.table):
            known = not np.isnan(row["estimate"])
            if known and row["estimate"] > best.get(row["at"], {"proxy_auc": -1.0})["proxy_auc"]:
                best[row["at"]] = {
                    "proxy_for": f"{row['by']}: {row['group']}", "proxy_auc": row["estimate"],
                    "proxy_n": row["n"] + row["n_reference"], "proxy_low": row["low"],
                    "proxy_high": row["high"], "note": row["note"],
                }  # fmt: skip
    return best


def _moved(case: Case, model: Any) -> tuple[dict[str, Row], set[str] | None, str]:
    """What each input moves, which inputs the model uses, and in whose words, or why that is not known."""
    if model is not None:
        known, found = model_of(case, model), importance(case, model)
        names = names_in(case, list(found.table["at"]))
        used = None if known.used is None else set(names_in(case, known.used))
        return dict(zip(names, _records(found.table), strict=True)), used, found.definition
    if why := lacking(case):
        return {}, None, f"What inputs move is not known: no model was given, and {why}"
    try:
        found = surrogate_importance(case)
    except AuditError as problem:  # too few people to learn from
        return {}, None, f"What inputs move is not known. {problem}"
    return {row["at"]: row for row in _records(found.table)}, None, found.definition


def _effect(row: Row | None, name: str, used: set[str] | None) -> Row:
    if row is None:
        return {"effect": UNUSED if used is not None else NOT_KNOWN, "importance": np.nan}
    told = {
        "importance_n": row["n"], "importance": row["estimate"], "importance_low": row["low"],
        "importance_high": row["high"], "effect": SOME,
    }  # fmt: skip
    if used is not None and name not in used:
        return told | {"effect": UNUSED}
    if np.isnan(row["estimate"]):
        return told | {"effect": NOT_KNOWN, "note": row["note"]}
    if row["estimate"] == 0:
        return told | {"effect": NOBODY}
    return told


def _missing(case: Case, found: Counted, at: int) -> Row:
    """Between which two levels of one group the shares of missing values lie furthest apart."""
    widest: Row = {}
    for group in case.groups:
        levels = recorded(case, group.name)
        places = [case.door.levels[group.name].index(level) for level in levels]
        table = found.one(group.name, at)[:, places]
        n, k = table.sum(axis=2), table[:, :, -1]
        asked = np.flatnonzero(n.sum(axis=0) > 0)
        if len(asked) < 2:
            continue
        share = k.sum(axis=0)[asked] / n.sum(axis=0)[asked]
        order = asked[np.argsort(share, kind="stable")]
        low, high, gap = int(order[0]), int(order[-1]), float(share.max() - share.min())
        if gap > widest.get("missing_difference", -1.0):
            limits = _limits(case, k[:, [high, low]], n[:, [high, low]])
            whose = f"{group.name}: {levels[high]} over {levels[low]}" if gap > 0 else "nobody"
            widest = {
                "missing_between": whose, "missing_n": int(n[:, [high, low]].sum()),
                "missing_difference": gap, "missing_low": limits[0], "missing_high": limits[1],
            }  # fmt: skip
    return widest


def _limits(case: Case, k: Any, n: Any) -> tuple[float, float]:
    """Limits of a difference of two shares, over parts of clusters where there are any."""
    (a, b), (n_a, n_b), level = k.sum(axis=0), n.sum(axis=0), case.choices.level
    if not case.cluster:
        low, high = newcombe(a, n_a, b, n_b, level)
        return float(low), float(high)
    full = leftout.share_gap([a], [n_a], [b], [n_b])
    (k_without, n_without) = (whole.sum(axis=0) - whole for whole in (k, n))
    sides = (k_without[:, :1], n_without[:, :1], k_without[:, 1:], n_without[:, 1:])
    parts = leftout.share_gap(*sides)
    found = leftout.left_out(full, [parts], leftout.GAP, level)
    return float(found.low[0]), float(found.high[0])


# --- in words


def _flags(row: Row, moved: Mapping[str, Row]) -> Iterator[str]:
    """What a reader should look at, without a verdict."""
    basis = row["legal_basis"].strip().casefold()
    if "consent" in basis:
        yield "legal basis: consent"
    elif not basis or basis.startswith("none"):
        yield "no legal basis declared"
    if row["special_category"]:
        yield "special category of data"
    total = sum(one["estimate"] for one in moved.values() if one["estimate"] > 0)
    moves = total > 0 and row["effect"] == SOME and row["importance"] >= MOVES * total
    if moves and row["irrelevant"] >= MANY:
        yield "moves the score although caseworkers call it irrelevant"
    if moves and row.get("proxy_low", np.nan) > TELLS:
        yield f"proxy that moves the score ({row['proxy_for']})"


def _notes(case: Case, moved: Mapping[str, Row], why: str) -> Iterator[str]:
    yield why
    yield from dict.fromkeys(one["note"] for one in moved.values() if np.isnan(one["estimate"]))
    yield (
        "AUC: of the group that an input's values tell best from the rest; .5 tells nothing. Its "
        f"{100 * case.choices.level:g} % interval is that of this group alone, not widened for choosing the "
        "best told; so is that of the largest difference in how often a value is missing"
    )
    yield (
        f"Called a proxy where that interval lies wholly above {TELLS:g}; said to move the score where an "
        f"input carries {100 * MOVES:g} % or more of what all inputs move"
    )


def _cells(row: Row) -> list[str]:
    special = "special category" if row["special_category"] else ""
    called = (
        "" if np.isnan(row["irrelevant"]) else f"{100 * row['irrelevant']:.0f} % of caseworkers"
    )
    return [
        "; ".join(filter(None, (row["source"], special))), row["legal_basis"], row["purpose"], called,
        _text(row["proxy_for"]), _span(row, "proxy_auc", "proxy", 1.0),
        _span(row, "importance", "importance", 1.0), _text(row["effect"]), _text(row["missing_between"]),
        _span(row, "missing_difference", "missing", 100.0), row["flags"],
    ]  # fmt: skip


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _span(row: Row, name: str, limits: str, times: float) -> str:
    value, low, high = (row[c] for c in (name, f"{limits}_low", f"{limits}_high"))
    if np.isnan(value):
        return NOT_KNOWN
    told, least, most = (f"{times * one + 0.0:.3g}" for one in (value, low, high))
    within = "" if np.isnan(low) else f" ({least} to {most})"
    return f"{told}{within}, n = {int(row[f'{limits}_n']):,}"


def _records(table: pd.DataFrame) -> list[Row]:
    return cast(Any, table).to_dict("records")


__all__ = ["COLUMNS", "HEADS", "Register", "register"]
