"""Impact ratios by category, for one table or several: who is left out, whom each is held against."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.case import Case
from wfaudit.choices import JOIN, NOT_RECORDED
from wfaudit.counts import count
from wfaudit.errors import AuditError, shown
from wfaudit.measures.every import rates, ratios
from wfaudit.measures.matching.law_table import COLUMNS, ImpactTable
from wfaudit.measures.verbs import bounds
from wfaudit.result import SELF, Result

Keys = tuple[str, ...]
SMALL = 0.02  # of the people of a table: what lies below may be left out, with a justification
FOUR_FIFTHS = (
    "Below four fifths: the ratio is less than 4/5, in whole numbers (29 CFR 1607.4(D)); exactly 0.80 is "
    "not."
)
GIVEN = (
    "The reference is the category with the highest rate in these data; intervals take it as given."
)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One table: rates by category, who is left out, which category is the highest of the others."""

    case: Case
    keys: Keys
    alone: Result
    left_out: Mapping[str, str]

    @property
    def known(self) -> Any:
        """Which rows are of a known category."""
        return np.array(
            [NOT_RECORDED not in name.split(JOIN) for name in self.alone.table["group"]]
        )

    @property
    def share(self) -> Any:
        """Each category's share of the people of known category."""
        n = np.where(self.known, self.alone.table["n"].to_numpy(float, na_value=np.nan), np.nan)
        total = np.nansum(n)
        return n / total if total else np.full(len(n), np.nan)

    @property
    def kept(self) -> Any:
        """Which rows can be the highest."""
        names = self.alone.table["group"]
        return self.known & ~np.isin(names, list(self.left_out))

    @property
    def rate(self) -> Any:
        """Who counts of how many, interval or not; where that is not counted, as estimated."""
        k, n = (self.alone.evidence[c].to_numpy(float, na_value=np.nan) for c in ("k", "n"))
        with np.errstate(all="ignore"):
            counted = k / np.where(n > 0, n, np.nan)
        return np.where(np.isnan(counted), self.alone.table["estimate"], counted)

    @property
    def reference(self) -> str:
        """The category with the highest rate, or nothing."""
        rate = np.where(self.kept, self.rate, np.nan)
        if np.isnan(rate).all():
            return ""
        return str(self.alone.table["group"].iloc[int(np.nanargmax(rate))])

    @property
    def unknown(self) -> int | None:
        """How many people are of unknown category; None where the table does not say."""
        counts = count(self.case, self.keys)
        mine = [NOT_RECORDED in group for group in counts.groups]
        people = counts.n.sum(axis=1) if counts.whole is None else counts.whole
        if "count" in self.case.roles and not any(mine):
            return None
        total = float(people[mine].sum())
        return None if np.isnan(total) else int(total)


def impact(
    case: Case, sets: list[Keys], left_out: Mapping[str, str], rate: str, notes: tuple[str, ...]
) -> ImpactTable:
    """Selection rates and impact ratios by each of some sets of groups, in one table."""
    alone = [rates(case, "selection_rate", by=keys) for keys in sets]
    parts = [_Part(case, keys, each, left_out) for keys, each in zip(sets, alone, strict=True)]
    _refuse(parts, left_out)
    lines = [line for part in parts for line in _lines(part)]
    table = pd.DataFrame(lines, columns=list(COLUMNS)).astype(
        {"n": "Int64", "k": "Int64", "below_four_fifths": "boolean"}
    )
    words = case.choices.words
    told = (*notes, *_told(parts, words.people), GIVEN, FOUR_FIFTHS)
    return ImpactTable(
        table=table, title=case.choices.name, rate=rate, counted=words.flagged,
        people=words.people, interval=_interval(case), notes=told,
        unknown={JOIN.join(part.keys): part.unknown for part in parts},
    )  # fmt: skip


def _interval(case: Case) -> str:
    kind = "jackknife interval" if case.cluster else "Miettinen-Nurminen interval"
    return f"{100 * case.choices.level:g} % {kind}"


def _refuse(parts: list[_Part], left_out: Mapping[str, str]) -> None:
    """A category is left out only where it is there, small, and a reason is given."""
    names = [name for part in parts for name in part.alone.table["group"][part.known]]
    for name, why in left_out.items():
        if name not in names:
            raise AuditError(  # levels are cells, so they are counted and not listed
                f"No category to leave out is called {shown(name)} ({len(names)} categories were counted). "
                f"Write one as it reads after labels; levels that are crossed are joined by {JOIN!r}."
            )
        if not why.strip():
            raise AuditError(
                f"Category {shown(name)} is left out without a justification. The rule asks for one (6 RCNY "
                '5-301(d)): left_out = {"<category>": "<why>"}.'
            )
        for part in parts:
            share = dict(zip(part.alone.table["group"], part.share, strict=True)).get(name, 0.0)
            if not share < SMALL:
                raise AuditError(
                    f"Category {shown(name)} is {100 * share:.2f} % of its table. Only categories below "
                    "2 % may be left out of the impact ratios (6 RCNY 5-301(d))."
                )


def _lines(part: _Part) -> list[dict[str, Any]]:
    reference = part.reference
    held = (
        ratios(part.case, "selection_rate", by=part.keys, reference=reference)
        if reference
        else part.alone
    )
    rows = held.table.to_dict("records")
    proof = held.evidence.to_dict("records")
    widest, share, known = _widest(part), part.share, part.known
    names: list[str] = part.alone.table["group"].tolist()
    highest = part.rate[names.index(reference)] if reference else np.nan
    own: list[dict[str, Any]] = [
        row | {"estimate": rate, "ratio": rate / highest if highest > 0 else np.nan}
        for row, rate in zip(part.alone.table.to_dict("records"), part.rate, strict=True)
    ]
    return [
        _line(part, own[g], rows[g] if reference else {}, proof[g], widest.get(own[g]["group"]))
        | {"share": share[g]}
        for g in np.flatnonzero(known)
    ]  # fmt: skip


def _line(
    part: _Part, own: dict[str, Any], held: dict[str, Any], proof: dict[str, Any],
    widest: tuple[float, float] | None,
) -> dict[str, Any]:  # fmt: skip
    name, note = own["group"], held.get("note", own["note"])
    low, high = widest or (np.nan, np.nan)
    return {
        "by": own["by"], "group": name, "n": own["n"], "k": proof["k"], "rate": own["estimate"],
        "reference": held.get("reference", ""), "impact_ratio": own["ratio"],
        "low": held.get("low", np.nan), "high": held.get("high", np.nan), "lowest": low, "highest": high,
        "below_four_fifths": _below(proof) if held else None,
        "left_out": part.left_out.get(name, ""), "note": "" if note == SELF else note,
    }  # fmt: skip


def _below(proof: dict[str, Any]) -> bool | None:
    """Whether a rate is less than four fifths of another, in whole numbers: exactly 0.80 is not."""
    k, n, k_ref, n_ref = (proof[name] for name in ("k", "n", "k_reference", "n_reference"))
    if any(pd.isna(x) for x in (k, n, k_ref, n_ref)) or not (n and n_ref and k_ref):
        return None
    return bool(5 * int(k) * int(n_ref) < 4 * int(k_ref) * int(n))


def _widest(part: _Part) -> dict[str, tuple[float, float]]:
    """The impact ratio that each category could have, whatever the unknown turns out to be.

    Each category's rate at its best and worst (``bounds``), held against the worst and best of all
    others: no fill-in lies beyond, though not every limit need be reached by one.
    """
    found = bounds(part.case, "selection_rate", by=part.keys).table
    if found.empty:
        return {}
    names = part.alone.table["group"]
    rate = dict(zip(names, part.rate, strict=True))
    span = {name: (value, value) for name, value in rate.items()}
    span |= {row["group"]: (row["low"], row["high"]) for row in found.to_dict("records")}
    kept = dict(zip(names, part.kept, strict=True))
    return {
        name: _over(
            span[name], [span[o] for o in names if kept[o] and o != name], capped=kept[name]
        )
        for name in names[part.known]
    }


def _over(mine: Any, others: list[Any], *, capped: bool) -> tuple[float, float]:
    """The lowest and highest of one rate over the highest of the others, or itself where that is higher."""
    lows, highs = ([span[side] for span in others if span[side] == span[side]] for side in (0, 1))
    if not lows or np.isnan(mine[0]):
        return (1.0, 1.0) if capped and mine[0] > 0 else (np.nan, np.nan)
    low = mine[0] / max(highs) if max(highs) > 0 else np.nan
    high = mine[1] / max(lows) if max(lows) > 0 else np.nan
    if not capped:
        return float(low), float(high)
    return float(np.fmin(low, 1.0)), float(np.fmin(high, 1.0))


# --- what must be said


def _told(parts: list[_Part], people: str) -> list[str]:
    told = [_unknown(part, people) for part in parts]
    small = [
        f"{name} ({100 * share:.2f} %)"
        for part in parts
        for name, share in zip(part.alone.table["group"], part.share, strict=True)
        if share < SMALL and name not in part.left_out
    ]
    if small:
        told.append(
            f"Below 2 % of the people of their table, and not left out: {', '.join(small)}."
        )
    told += [
        f"{name} is left out of the impact ratios by the auditor, whose justification is: {why}. Its number, "
        "rate and ratio are shown all the same; it is nobody's reference."
        for name, why in (parts[0].left_out if parts else {}).items()
    ]
    return told + [each for part in parts for each in _without_result(part, people)]


def _unknown(part: _Part, people: str) -> str:
    n, by = part.unknown, " or ".join(part.keys)
    if n is None:
        return f"The table by {JOIN.join(part.keys)} does not say how many {people} are of unknown category."
    return f"{n:,} {people} of unknown {by} are not in the ratios of the table by {JOIN.join(part.keys)}."


def _without_result(part: _Part, people: str) -> list[str]:
    counts = count(part.case, part.keys)
    if counts.whole is not None:
        return []
    lost = int(counts.n.sum()) - int(np.sum(part.alone.table["n"].to_numpy(float)))
    by = JOIN.join(part.keys)
    return [f"{lost:,} {people} without a result are not in the table by {by}."] if lost else []
