"""Rows of shares and means by group: alone, or held against a reference; apart or over clusters."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.choices import EVERYONE, HIGHEST, JOIN, NOT_RECORDED, REST
from wfaudit.errors import no_group
from wfaudit.estimators import leftout, means
from wfaudit.estimators.estimates import ANY, Estimate
from wfaudit.estimators.intervals import newcombe, wilson
from wfaudit.estimators.leftout import LeftOut, Read, Scale
from wfaudit.measures.asked import Compare, chosen
from wfaudit.measures.clustered import jackknife
from wfaudit.measures.gathered import Floats, Laid
from wfaudit.measures.made import NOBODY, SLOTS, made
from wfaudit.result import SELF, Kind, Result, Unit

CHUNK = 400_000  # cells of leave-one-out tables in memory at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How a measure is told: what it says, how a comparison of it reads, what it can be."""

    measure: str
    says: str
    sentence: str = ""
    among: str = ""
    does: str = ""
    unit: Unit = "share"
    judged: bool = True
    at_name: str = ""
    edges: tuple[float, float] = ANY
    few: str = ""  # why there is no interval, where too few have an amount
    of: str = "share"  # or "mean": what the columns are sums for
    stands: bool = (
        False  # whether a number without limits stands beside its note, so that parts add up
    )


@dataclass(frozen=True, slots=True, eq=False)
class Against:
    """Whom each group is held against: a name, and the groups that make it up."""

    names: list[str]
    weights: Floats  # groups by groups: 1 where a group is part of the other's reference


def against(found: Laid, reference: str, heights: Floats) -> Against:
    """Each group's reference: one group, the highest one, or all others whose group is recorded."""
    names, size = found.names, len(found.groups)
    recorded = np.array([NOT_RECORDED not in group for group in found.groups])
    if reference == REST:
        return Against([REST] * size, np.where(np.eye(size), 0.0, recorded * 1.0))
    if reference == HIGHEST:
        heights = np.where(recorded & ~np.isnan(heights), heights, -np.inf)
        at = int(np.argmax(heights))
    elif reference in names:
        at = names.index(reference)
    else:
        raise no_group(JOIN.join(found.keys), reference, names, REST, HIGHEST)
    weights = np.zeros((size, size))
    weights[:, at] = 1.0
    return Against([names[at]] * size, weights)


# --- rows


def tell(case: Case, told: Told, found: Laid, *, compare: Compare = False) -> Result:
    """A result from sums by group and label: values, or differences from a reference."""
    lines: list[dict[str, Any]] = []
    reference = chosen(case, found.keys, compare) if compare else ""
    for label in range(len(found.labels)):
        lines += _lines(case, told, found, label, reference)
    kind: Kind = "gap" if compare else "value" if told.sentence else "rate"
    return finished(case, told, kind, _interval(case, told, kind), lines, found)


def finished(
    case: Case, told: Told, kind: Kind, interval: str, lines: list[dict[str, Any]], found: Laid
) -> Result:
    """Lines as a result of a measure, in the case's own words."""
    words: dict[str, Any] = asdict(case.choices.words) | {slot: f"{{{slot}}}" for slot in SLOTS}
    labels = found.labels if told.at_name else ()
    return made(
        case, told.measure, kind, told.says, interval, lines, by=found.keys, unit=told.unit,
        sentence=told.sentence, among=told.among.format(**words), does=told.does.format(**words),
        at_name=told.at_name, at_values=labels, judged=told.judged,
    )  # fmt: skip


def _lines(
    case: Case, told: Told, found: Laid, label: int, reference: str
) -> Iterator[dict[str, Any]]:
    mine, level = found.whole[:, label], case.choices.level
    own = _alone(told, mine, level)
    pairs = against(found, reference, own.estimate) if reference else None
    theirs = mine if pairs is None else pairs.weights @ mine
    if case.cluster:
        shown = over_clusters(told, found, label, pairs, level)
    else:
        shown = own if pairs is None else _between(told, mine, theirs, level)
    scale = "logit" if told.of == "share" and pairs is None else "identity"
    counted: list[dict[str, Any]] = [{} for _ in found.groups]
    if told.of == "share":
        counted = [{"k": int(k)} for k in mine[:, 1].tolist()]
        if pairs is not None:
            counted = [
                c | {"k_reference": int(k)} for c, k in zip(counted, theirs[:, 1], strict=True)
            ]
    rows = Rows(told, found, found.labels[label], mine[:, 0], pairs)
    yield from rows.lines(lambda g, _: counted[g] | numbers(shown, g, scale, stands=told.stands))


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of one label: whose each is, among how many, held against whom."""

    told: Told
    found: Laid
    label: str
    n: Floats
    pairs: Against | None

    def lines(self, number: Callable[[int, list[int]], dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """One line a group; ``number`` gives a group's number, held against the groups of its reference."""
        by = JOIN.join(self.found.keys) or EVERYONE
        for g, name in enumerate(self.found.names):
            line: dict[str, Any] = {
                "measure": self.told.measure, "by": by, "group": name, "at": self.label,
                "n": int(self.n[g]),
            }  # fmt: skip
            members: list[int] = []
            if self.pairs is not None:
                members = np.flatnonzero(self.pairs.weights[g]).tolist()
                n = int(self.n[members].sum())
                line |= {"reference": self.pairs.names[g], "n_reference": n}
            line |= number(g, members)
            itself = {"estimate": 0.0, "low": np.nan, "high": np.nan, "se": np.nan, "note": SELF}
            yield line | (itself if members == [g] else {})


def numbers(
    shown: Estimate, g: Any, transform: str = "identity", *, stands: bool = False
) -> dict[str, Any]:
    """One number with its limits and what they rest on, or the reason why it is not told."""
    note = str(shown.note[g])
    line: dict[str, Any] = {
        name: np.nan
        if note and not (stands and name == "estimate")
        else float(getattr(shown, name)[g])
        for name in ("estimate", "low", "high", "se")
    }
    if not np.isnan(line["se"]):
        df = getattr(shown, "df", None)
        line |= {"df": np.inf if df is None else float(df[g]), "transform": transform}
    if isinstance(shown, LeftOut):
        line["clusters"] = int(shown.clusters[g])
    return line | {"note": note}


def _interval(case: Case, told: Told, kind: Kind) -> str:
    if case.cluster:
        return jackknife(case)
    if told.of == "share":
        gap = "Newcombe hybrid score interval for a difference"
        return gap if kind == "gap" else "Wilson score interval"
    return f"t interval of a {'difference of means (Welch)' if kind == 'gap' else 'mean'}"


# --- estimates, apart and over clusters


def alone(case: Case, told: Told, found: Laid, label: int) -> Estimate:
    """Each group's own number with its limits."""
    if case.cluster:
        return over_clusters(told, found, label, None, case.choices.level)
    return _alone(told, found.whole[:, label], case.choices.level)


def _alone(told: Told, mine: Floats, level: float) -> Estimate:
    if told.of == "mean":
        return means.mean(means.Amounts.of(mine), level, told.edges, told.few)
    n, k = mine[:, 0], mine[:, 1]
    with np.errstate(all="ignore"):
        return _scored(k / n, *wilson(k, n, level), n > 0, n > 0)


def _between(told: Told, mine: Floats, theirs: Floats, level: float) -> Estimate:
    if told.of == "mean":
        one, other = (
            means.mean(means.Amounts.of(side), level, few=told.few) for side in (mine, theirs)
        )
        return means.difference(one, other, level, _wide(told))
    (n, k), (n_ref, k_ref) = mine.T, theirs.T
    with np.errstate(all="ignore"):
        low, high = newcombe(k, n, k_ref, n_ref, level)
        return _scored(k / n - k_ref / n_ref, low, high, n > 0, n_ref > 0)


def _scored(value: Any, low: Any, high: Any, here: Any, there: Any) -> Estimate:
    """A share, or a difference of shares: no standard error, for its limits follow from the counts."""
    note = np.where(here, np.where(there, "", f"reference: {NOBODY}"), NOBODY)
    return Estimate(value, np.full_like(value, np.nan), low, high, note)


def _wide(told: Told) -> tuple[float, float]:
    return told.edges[0] - told.edges[1], told.edges[1] - told.edges[0]


def over_clusters(
    told: Told, found: Laid, label: int, pairs: Against | None, level: float
) -> LeftOut:
    """A jackknife of every group's number at once, some clusters at a time."""
    read: Any = _read_mean if told.of == "mean" else _read_share
    if pairs is not None:
        read = partial(_read_gap, read, pairs.weights)
    scale = _scale(told, pairs is not None)
    step = max(1, CHUNK // max(1, found.whole[:, 0].size))
    parts = map(read, found.without_each(label, step))
    return leftout.left_out(read(found.whole[:, label]), parts, scale, level)


def _scale(told: Told, gap: bool) -> Scale:
    if told.of == "share":
        return leftout.GAP if gap else leftout.SHARE
    return Scale("identity", _wide(told) if gap else told.edges)


def _read_share(columns: Floats) -> Read:
    return leftout.share(columns[..., 1], columns[..., 0])


def _read_mean(columns: Floats) -> Read:
    n, total = columns[..., 0], columns[..., 1]
    with np.errstate(all="ignore"):
        return np.where(n > 0, total / n, np.nan), n[None]


def _read_gap(read: Callable[[Floats], Read], weights: Floats, columns: Floats) -> Read:
    mine, theirs = read(columns), read(np.matmul(weights, columns))
    return mine[0] - theirs[0], np.concatenate([mine[1], theirs[1]])
