"""From counts to numerators and denominators: who counts and among whom, per group and tier."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any, cast

import numpy as np
import pandas as pd
from ibis.common.deferred import Deferred
from numpy.typing import NDArray

from wfaudit.counts import Clustered, Counts
from wfaudit.measures.rate import Rate

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
FEW = 5_000  # states whose answers are remembered


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Of ``n`` people in each group, ``k`` count.

    ``hidden`` marks groups whose ``k`` is not known, ``uncounted`` those whose ``n`` is not either.
    """

    k: Ints
    n: Ints
    hidden: NDArray[np.bool_]
    uncounted: NDArray[np.bool_]


def tally(counts: Counts, rate: Rate, at: int = 0) -> Tally:
    """Count the groups of a table; ``at`` is the tier a rate is asked for."""
    hits, among = masks(counts.states, rate, at)
    k, n = counts.n @ hits.astype(np.int64), counts.n @ among.astype(np.int64)
    if counts.most is None or counts.whole is None:
        known = np.zeros(len(counts.groups), dtype=bool)
        return Tally(k, n, known, known)
    hidden = np.asarray((counts.most > counts.n)[:, among].any(axis=1))
    told = hidden & bool(among.all()) & ~np.isnan(counts.whole)
    whole = np.where(told, counts.whole, n).astype(np.int64)
    return Tally(k, whole, hidden, hidden & ~told)


def masks(states: pd.DataFrame, rate: Rate, at: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which states count and which are asked; an unknown answer is neither.

    The same few states are asked for again and again (each group, each cluster), so answers are remembered.
    """
    if len(states) > FEW:
        return _masks(_Same(states, rate), at)
    return _remembered(_Same(states, rate), at)


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A table of states and a rate, each equal to itself alone."""

    states: pd.DataFrame
    rate: Rate

    def __eq__(self, other: object) -> bool:
        """Whether both are the same objects."""
        return isinstance(other, _Same) and self.states is other.states and self.rate is other.rate

    def __hash__(self) -> int:
        """By what is where."""
        return hash((id(self.states), id(self.rate)))


def _masks(asked: _Same, at: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    states, rate = asked.states, asked.rate
    table = states.assign(asked=at)
    if rate.axis == "rule":
        table["broken"] = table[f"rule {at}"]
    among = _true(rate.among, table)
    hits = _true(rate.count, table) & among
    for found in (hits, among):
        found.flags.writeable = False
    return hits, among


_remembered = lru_cache(maxsize=512)(_masks)


def _true(predicate: Deferred, table: pd.DataFrame) -> NDArray[np.bool_]:
    answer: Any = predicate.resolve(table)
    return answer.astype("boolean").fillna(False).to_numpy(dtype=bool)


def per_cluster(clustered: Clustered, rate: Rate, at: int, group: int) -> tuple[Floats, Floats]:
    """Who counts and among how many in each cluster, for one group."""
    hits, among = masks(clustered.counts.states, rate, at)
    here = clustered.group == group
    cluster, state, n = clustered.cluster[here], clustered.state[here], clustered.n[here]
    return (
        np.bincount(cluster, n * hits[state], clustered.clusters).astype(float),
        np.bincount(cluster, n * among[state], clustered.clusters).astype(float),
    )


# --- best and worst case over what is not known


@dataclass(frozen=True, slots=True)
class Unknowns:
    """What an unknown may turn out to be: how many decisions and tiers there are, what follows from what.

    ``derive`` says anew what follows from states that were filled in; ``met`` is what was worked out.
    """

    decisions: int = 2
    tiers: int = 2
    flag_from_tier: bool = False
    derive: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    met: dict[Any, Any] = field(default_factory=dict[Any, Any], compare=False, repr=False)


ORDERED = ("decision", "before", "first_tier")  # places in an order; all others are yes or no
# the states that a rate's needs are read from, and that may be filled in where they are not known
FILLED = {
    "flagged": ("flagged",),
    "outcome": ("outcome",),
    "decision": ("decision", "flagged", "shown", "opened"),
    "treated": ("decision", "flagged", "shown", "opened"),
    "rule": ("decision", "flagged", "checked"),
    "first_tier": ("first_tier", "edited"),
    **{one: (one,) for one in ("before", "followed", "checked", "shown", "opened", "prepared")},
    **{one: (one,) for one in ("edited", "contacted")},
}


def extremes(
    counts: Counts, rate: Rate, at: int, open_to: Unknowns, strangers: Mapping[int, list[int]]
) -> tuple[Floats, Floats]:
    """Lowest and highest rate of each group over everything that is unknown about it.

    Unknown are: a person's missing state, a hidden cell, and whether the people of the groups in
    ``strangers`` (group not recorded) belong to it. Worst case over all fill-ins, closed form.
    """
    can = _remembered_possible(_Same(counts.states, rate), at, open_to)
    least = counts.n.astype(float)
    most = counts.most if counts.most is not None else least
    low, high = np.empty(len(least)), np.empty(len(least))
    for g in range(len(least)):
        extra = [most[s] for s in strangers.get(g, ())]
        maybe = np.sum(extra, axis=0) if extra else np.zeros(least.shape[1])
        low[g] = _extreme(least[g], most[g], maybe, can["miss"], can["hit"], can["out"])[1]
        high[g] = _extreme(least[g], most[g], maybe, can["hit"], can["miss"], can["out"])[0]
    return low, high


def _extreme(
    least: Floats, most: Floats, maybe: Floats, wanted: Any, other: Any, out: Any
) -> tuple[float, float]:
    """The highest share of the wanted answer, and the share of the other that goes with it.

    Whoever can give the wanted answer does, whoever need not be asked is not.
    """
    giving = (most + maybe)[wanted].sum()
    forced = least[~wanted & ~out & other].sum()
    if np.isinf(giving):
        return 1.0, 0.0
    if giving + forced > 0:
        return float(giving / (giving + forced)), float(forced / (giving + forced))
    nobody = (most + maybe)[other].sum() == 0
    return (np.nan, np.nan) if nobody else (0.0, 1.0)


def _possible(asked: _Same, at: int, open_to: Unknowns) -> dict[str, NDArray[np.bool_]]:
    """For each state: can it be a hit, a miss, or not asked, whatever its unknowns turn out to be."""
    states, rate = asked.states, asked.rate
    can = {name: np.zeros(len(states), dtype=bool) for name in ("hit", "miss", "out")}
    for filled in _fill_ins(states, rate, open_to):
        hits, among = masks(filled, rate, at)
        can["hit"] |= hits
        can["miss"] |= among & ~hits
        can["out"] |= ~among
    return can


def _remembered_possible(asked: _Same, at: int, open_to: Unknowns) -> dict[str, NDArray[np.bool_]]:
    """The same, worked out once for all sets of groups: these share their states."""
    if (asked, at) not in open_to.met:
        open_to.met[asked, at] = _possible(asked, at, open_to)
    return open_to.met[asked, at]


def _fill_ins(states: pd.DataFrame, rate: Rate, open_to: Unknowns) -> Iterator[pd.DataFrame]:
    """The table of states with every unknown filled in every possible way.

    A tier that is missing is a result of its own ("no result"), so it stays, and so does a flag that
    follows from it. Nobody can have opened what was not shown, and whose inputs were not edited has no
    tier before edits.
    """
    places = {"flagged": 0 if open_to.flag_from_tier else 2}
    places |= dict.fromkeys(("decision", "before"), open_to.decisions)
    places["first_tier"] = open_to.tiers
    columns = dict.fromkeys(c for need in rate.needs for c in FILLED.get(need, ()) if c in states)
    unknown = {c: _unknown(states, c) for c in columns if places.get(c, 2)}
    unknown = {c: where for c, where in unknown.items() if where.any()}
    for values in product(*[range(places.get(c, 2)) for c in unknown]):
        table = states.copy()
        for (c, where), value in zip(unknown.items(), values, strict=True):
            table.loc[where, c] = value if c in ORDERED else bool(value)
        yield open_to.derive(table) if open_to.derive else table


def _maybe_edited(states: pd.DataFrame) -> NDArray[np.bool_]:
    """Whose inputs were edited, or may have been; where that is not recorded, nobody without a first tier."""
    if "edited" not in states:
        return np.zeros(len(states), dtype=bool)
    return states["edited"].fillna(True).to_numpy(dtype=bool)


def _unknown(states: pd.DataFrame, column: str) -> NDArray[np.bool_]:
    missing = cast(Any, states[column]).isna().to_numpy(dtype=bool)
    if column == "opened" and "shown" in states:
        return missing & states["shown"].fillna(True).to_numpy(dtype=bool)
    if column == "first_tier":
        return missing & _maybe_edited(states)
    return missing
