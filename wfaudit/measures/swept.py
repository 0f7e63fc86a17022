"""Who counts among how many at any cut-offs of a score, and these counts as a result."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.choices import EVERYONE, JOIN
from wfaudit.counts import Gridded
from wfaudit.estimators import intervals
from wfaudit.estimators.estimates import first_reason
from wfaudit.estimators.leftout import GAP, SHARE, LeftOut, share, share_gap
from wfaudit.measures.clustered import jackknife, over_clusters
from wfaudit.measures.made import NOBODY
from wfaudit.measures.rate import RATES
from wfaudit.measures.verb_rows import NOBODY_THERE
from wfaudit.result import SELF, Kind, Result, assemble

Ints = NDArray[np.int64]
ALONE = "each cut-off alone"
Counting = Callable[[Ints], tuple[Ints, Ints]]
# which of the four counts are counted, and among which: true and false positives and negatives
SWEPT: dict[str, tuple[str, str]] = {
    "selection_rate": ("tp fp", "tp fp fn tn"),
    "false_negative_rate": ("fn", "tp fn"),
    "false_positive_rate": ("fp", "fp tn"),
    "precision": ("tp", "tp fp"),
    "negative_predictive_value": ("tn", "fn tn"),
    "accuracy": ("tp tn", "tp fp fn tn"),
}


@dataclass(frozen=True, eq=False)
class Swept:
    """People along a score, the cut-offs asked for, and how each group's table is counted at them."""

    people: Gridded
    cuts: tuple[str, ...]
    counting: tuple[Counting, ...]

    @cached_property
    def counts(self) -> tuple[Ints, Ints]:
        """Who counts, and among how many: groups by cut-offs."""
        each = [count(self.people.n[g]) for g, count in enumerate(self.counting)]
        k, n = zip(*each, strict=True)
        return np.array(k), np.array(n)

    @property
    def shares(self) -> NDArray[np.float64]:
        """The rates; not-a-number where nobody is counted."""
        k, n = self.counts
        return np.where(n > 0, k / np.maximum(n, 1), np.nan)

    @property
    def names(self) -> list[str]:
        """The groups in words."""
        return [JOIN.join(g) or EVERYONE for g in self.people.groups]


def binned(people: Gridded, places: Ints) -> tuple[Gridded, Ints]:
    """The same people between some places of the grid only, and the bin at which each place begins."""
    order = np.argsort(places, kind="stable")
    begins = np.empty(len(places), dtype=np.int64)
    begins[order] = np.arange(1, len(places) + 1)
    into = np.searchsorted(places[order], np.arange(len(people.grid)), side="right")
    n = np.zeros((len(people.groups), len(places) + 1, 2), dtype=np.int64)
    np.add.at(n.transpose(1, 0, 2), into, people.n.transpose(1, 0, 2))
    cells = people.cells
    if cells is not None:
        cells = (*cells[:2], into[cells[2]], *cells[3:])
    grid = np.arange(n.shape[1], dtype=float)
    return replace(people, grid=grid, n=n, cells=cells), begins


def flagging(measure: str, begins: Ints) -> Counting:
    """How a rate is counted in tables (… by bins by yes or no) if the bins from each on are flagged."""

    def counted(tables: Ints) -> tuple[Ints, Ints]:
        four = _four(tables)
        k, n = (sum(four[part] for part in parts.split()) for parts in SWEPT[measure])
        return np.asarray(k)[..., begins], np.asarray(n)[..., begins]

    return counted


def _four(tables: Ints) -> dict[str, Ints]:
    under = np.concatenate([np.zeros_like(tables[..., :1, :]), np.cumsum(tables, axis=-2)], axis=-2)
    over = under[..., -1:, :] - under
    return {"fn": under[..., 0], "tn": under[..., 1], "tp": over[..., 0], "fp": over[..., 1]}


# --- as a result


def as_result(
    case: Case, measure: str, keys: tuple[str, ...], found: Swept, ref: int | None = None
) -> Result:
    """Rates at the cut-offs, or with ``ref`` the gaps to that group: cut-off by cut-off, group by group."""
    columns = _counted(found, ref) | _told(case, found, ref)
    size, cuts = found.shares.shape
    flat: dict[str, Any] = {
        name: np.broadcast_to(x, (size, cuts)).T.ravel() for name, x in columns.items()
    }
    flat |= {
        "measure": [measure] * size * cuts, "by": [JOIN.join(keys) or EVERYONE] * size * cuts,
        "group": found.names * cuts, "at": np.repeat(np.array(found.cuts, dtype=object), size),
    }  # fmt: skip
    if ref is not None:
        flat["reference"] = [found.names[ref]] * size * cuts
    table, evidence = assemble(flat, flat)
    choices, rate, words = case.choices, RATES[measure], asdict(case.choices.words)
    kind: Kind = "rate" if ref is None else "gap"
    return Result(
        table, evidence, measure, kind, rate.says.format(**words), _interval(case, kind), choices,
        rate.who.format(**words), rate.does.format(at="{at}", **words), "cut-off", found.cuts, keys,
    )  # fmt: skip


def _interval(case: Case, kind: Kind) -> str:
    plain = "Newcombe hybrid score interval" if kind == "gap" else "Wilson score interval"
    method = jackknife(case) if case.cluster else plain
    return f"{100 * case.choices.level:g} % {method}, {ALONE}"


def _counted(found: Swept, ref: int | None) -> dict[str, Any]:
    k, n = found.counts
    theirs = {} if ref is None else {"k_reference": k[ref], "n_reference": n[ref]}
    return {"k": k, "n": n} | theirs


def _told(case: Case, found: Swept, ref: int | None) -> dict[str, Any]:
    """Estimates and their limits, or why there are none: groups by cut-offs."""
    share, n = found.shares, found.counts[1]
    itself = np.zeros(n.shape, dtype=bool)
    there = np.ones(n.shape, dtype=bool)
    if ref is not None:
        itself[ref], there = True, np.broadcast_to(n[ref] > 0, n.shape)
        share = np.where(itself, 0.0, share - share[ref])
    limits = _clustered(case, found, ref) if case.cluster else _unrelated(case, found, ref)
    note = first_reason(
        (itself, SELF), (n == 0, NOBODY), (~there, NOBODY_THERE), (True, limits.pop("note", ""))
    )
    share = np.where((note == "") | itself, share, np.nan)
    shown = (n > 0) & there & ~itself  # what was tried
    limits = {name: np.where(shown, x, None) for name, x in limits.items()}
    return {"estimate": share, "note": note} | limits


def _unrelated(case: Case, found: Swept, ref: int | None) -> dict[str, Any]:
    k, n = found.counts
    if ref is None:
        low, high = intervals.wilson(k, n, case.choices.level)
    else:
        low, high = intervals.newcombe(k, n, k[ref], n[ref], case.choices.level)
    return {"low": low, "high": high}


def _clustered(case: Case, found: Swept, ref: int | None) -> dict[str, Any]:
    each = [_left_out(found, g, ref, case.choices.level) for g in range(len(found.counting))]
    parts = ("low", "high", "note", "se", "df", "clusters")
    stacked: dict[str, Any] = {p: np.array([getattr(x, p) for x in each]) for p in parts}
    return stacked | {"transform": (SHARE if ref is None else GAP).transform}


def _left_out(found: Swept, g: int, ref: int | None, level: float) -> LeftOut:
    """One group's rates, or gaps, with limits over the clusters."""
    count = found.counting[g]
    if ref is None:
        return over_clusters(found.people, (g,), lambda mine: share(*count(mine)), SHARE, level)
    return over_clusters(
        found.people, (g, ref), lambda mine, other: share_gap(*count(mine), *count(other)), GAP, level
    )  # fmt: skip
