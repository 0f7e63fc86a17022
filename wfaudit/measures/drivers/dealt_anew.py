"""Each input dealt anew among people drawn by lot: whose score moves, and what the scores lose."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from wfaudit.batches import rows_of
from wfaudit.case import Case
from wfaudit.estimators.dealt import dealt, errors_dealt, line, p_smallest, rises
from wfaudit.measures.asked import require
from wfaudit.measures.drivers import anew
from wfaudit.measures.drivers.anew import Bools, Floats, Ints
from wfaudit.measures.drivers.people import people
from wfaudit.measures.drivers.trained_anew import outcomes
from wfaudit.models import Model

DRAWS, FEW_DRAWS = 999, 199
STACK = 50_000  # rows that the model is asked about at once
FEWEST = 30
TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """People drawn by lot: inputs, outcome (nothing where none is declared), cluster."""

    rows: pd.DataFrame
    came: Floats
    cluster: Ints | None


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """One input dealt anew: of whom that can be said, whose score moves, what is lost, its p-value."""

    who: Bools
    moves: Bools
    rise: Floats
    p: float = np.nan
    size: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """All inputs tried on the same people."""

    drawn: Drawn
    of: dict[str, Tried]
    gain: float


def no_outcome(case: Case) -> str:
    """Why nothing is known of what came, or nothing."""
    return (
        ""
        if "outcome" in case.columns
        else case.lacks(("outcome",)) or "the case declares no outcome"
    )


def trial(case: Case, model: Model, size: int, seed: int) -> Trial:
    """All inputs that can have an effect dealt anew among people drawn by lot; asked once and remembered."""
    done = case.counted.setdefault("inputs dealt anew", {})
    key = (id(model), size, seed)
    if key not in done:
        done[key] = _tried(case, model, size, seed)
    return done[key]


def _tried(case: Case, model: Model, size: int, seed: int) -> Trial:
    """Half of those drawn tell how scores become chances, the others are asked about."""
    known = not no_outcome(case)
    drawn = _drawn(case, model, 2 * size if known else size, seed)
    score = model.score(drawn.rows)
    scored = ~np.isnan(score)
    half = (
        np.random.default_rng(seed).permutation(len(score)) % 2 == 0
        if known
        else np.zeros(len(score), bool)
    )
    start, slope = line(score[half & scored], drawn.came[half & scored]) if known else (0.0, 1.0)
    mine = scored & ~half
    kept = _only(drawn, mine)
    require(
        "an input dealt anew",
        ""
        if mine.sum() >= FEWEST
        else f"{int(mine.sum())} people can be asked about, fewer than {FEWEST}",
    )
    base = drawn.came[half].mean() if known else np.nan
    error = np.square(kept.came - start - slope * score[mine])
    gain = float(np.square(kept.came - base).mean() - error.mean())
    found = {}
    for at, name in enumerate(anew.used(model)):
        lot = np.random.default_rng((seed, at))
        found[name] = _dealt(model, kept, name, (start, slope), score[mine], lot)
    return Trial(kept, found, gain)


def _drawn(case: Case, model: Model, size: int, seed: int) -> Drawn:
    """Some people by lot; those whose outcome is recorded, where it is declared."""
    known = not no_outcome(case)
    others = {"outcome": case.columns["outcome"]} if known else {}
    others |= {"cluster": case.columns[case.cluster]} if case.cluster else {}
    found, came, clusters, share = (
        list[pd.DataFrame](),
        list[Any](),
        list[Any](),
        min(1.0, size / rows_of(case)),
    )
    for batch in people(case, model, others):
        said = outcomes(case, batch) if known else np.zeros(batch.rows)
        mine = ~np.isnan(said) & (
            np.random.default_rng((seed, batch.start)).random(batch.rows) < share
        )
        found.append(cast("pd.DataFrame", batch.inputs[mine]))
        came.append(said[mine])
        if case.cluster:
            at, values = batch.others["cluster"]
            clusters.append(np.array([str(value) for value in values], dtype=object)[at[mine]])
    cluster = (
        np.unique(np.concatenate(clusters).astype(str), return_inverse=True)[1]
        if clusters
        else None
    )
    return Drawn(pd.concat(found, ignore_index=True), np.concatenate(came), cluster)


def _only(drawn: Drawn, mine: Bools) -> Drawn:
    cluster = (
        None if drawn.cluster is None else np.unique(drawn.cluster[mine], return_inverse=True)[1]
    )
    rows = cast("pd.DataFrame", drawn.rows[mine])
    return Drawn(rows.reset_index(drop=True), drawn.came[mine], cluster)


def _dealt(
    model: Model, drawn: Drawn, name: str, chance: tuple[float, float], score: Floats, lot: Any
) -> Tried:
    """Everybody with everybody's value where values are few; else with those of some draws."""
    codes, values = pd.factorize(drawn.rows[name], use_na_sentinel=False)
    if len(values) > FEW_DRAWS:
        return _in_draws(model, drawn, name, chance, score, lot)
    own, table = codes.astype(np.int64), _table(model, drawn.rows, name, values)
    told: Any = ~np.isnan(table).all(axis=0)
    who: Any = ~np.isnan(table[:, told]).any(axis=1) & told[own]
    if who.sum() < FEWEST:
        return Tried(who, np.zeros(len(who), bool), np.full(len(who), np.nan))
    there, at = np.unique(own[who], return_inverse=True)
    cluster = None if drawn.cluster is None else drawn.cluster[who]
    some = Drawn(cast("pd.DataFrame", drawn.rows[who]), drawn.came[who], cluster)
    found = _among(some, table[who][:, there], at.astype(np.int64), chance, lot)
    return Tried(who, _spread(who, found.moves), _spread(who, found.rise), found.p, found.size)


def _among(drawn: Drawn, table: Floats, own: Ints, chance: tuple[float, float], lot: Any) -> Tried:
    """What dealing does among people all of whom have a score with every value."""
    rows, share = np.arange(len(own)), np.bincount(own, minlength=table.shape[1]) / len(own)
    away = np.abs(table - table[rows, own][:, None])
    error = np.square(drawn.came[:, None] - chance[0] - chance[1] * table)
    dealt_anew = errors_dealt(error, own, DRAWS, lot, drawn.cluster)
    p = p_smallest(float(error[rows, own].mean()), dealt_anew) if table.shape[1] > 1 else 1.0
    moves: Any = (away > TINY * max(1.0, float(np.abs(table).max()))).any(axis=1)
    return Tried(rows >= 0, moves, rises(error, own), p, float((away @ share).mean()))


def _in_draws(
    model: Model, drawn: Drawn, name: str, chance: tuple[float, float], score: Floats, lot: Any
) -> Tried:
    """Of an input with very many values: the same from some draws, each asked for by itself."""
    start, slope = chance
    column, n = drawn.rows[name].to_numpy(), len(score)
    error, away, moves = np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool)
    gives, means = np.zeros(n), np.empty(FEW_DRAWS)
    for at in range(FEW_DRAWS):
        whose = dealt(n, lot, drawn.cluster)
        again = _asked(model, anew.put(drawn.rows, {name: column[whose]}))
        if np.isnan(again).any():
            return Tried(np.zeros(n, bool), moves, np.full(n, np.nan))
        squared = np.square(drawn.came - start - slope * again)
        error, means[at] = error + squared / FEW_DRAWS, squared.mean()
        gives[whose] += squared / FEW_DRAWS
        away += np.abs(again - score) / FEW_DRAWS
        moves |= np.abs(again - score) > TINY * max(1.0, float(np.abs(score).max()))
    observed = np.square(drawn.came - start - slope * score)
    p = p_smallest(float(observed.mean()), means)
    rise = error + gives - error.mean() - observed  # as who is given a value, and whose it is
    return Tried(np.ones(n, bool), moves, rise, p, float(away.mean()))


def _table(model: Model, rows: pd.DataFrame, name: str, values: Any) -> Floats:
    """People by values: the score with each; not-a-number for no result and profiles that can't exist."""
    step, found = max(1, STACK // len(rows)), list[Floats]()
    for at in range(0, len(values), step):
        some = np.asarray(values[at : at + step], dtype=object)
        stacked = pd.concat([rows] * len(some), ignore_index=True)
        said = _asked(model, anew.put(stacked, {name: np.repeat(some, len(rows))}))
        found.append(said.reshape(len(some), len(rows)).T)
    return np.concatenate(found, axis=1)


def _asked(model: Model, rows: pd.DataFrame) -> Floats:
    if model.possible is None:
        return model.score(rows)
    possible = np.asarray(model.possible(rows), dtype=bool)
    found = np.full(len(rows), np.nan)
    if possible.any():
        found[possible] = model.score(cast("pd.DataFrame", rows[possible]))
    return found


def _spread(who: Bools, values: Any) -> Any:
    """Values of some people, laid out among everybody."""
    found = np.full(len(who), np.nan if values.dtype.kind == "f" else False, dtype=values.dtype)
    found[who] = values
    return found
