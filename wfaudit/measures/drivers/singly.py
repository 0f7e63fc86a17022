"""What single change of one input would lead a person to another tier: usual values, and the next ones."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.attributions import Background
from wfaudit.case import Case, decode
from wfaudit.measures.drivers.tiers import no_tiers, tiering
from wfaudit.models import Model

NOT_AVAILABLE = "not available"
USUAL, MIDDLE, NEXT = "the most frequent value here", "the middle value here", "the next value here"
FEW = 10  # values of a number up to which the most frequent one is told, beyond the middle one
Changed = tuple[pd.DataFrame, tuple[int, int], str, str]
COLUMNS = ("input", "value", "to", "what", "tier")


def other_tiers(case: Case, model: Model, behind: Background, mine: pd.DataFrame) -> Changed:
    """Single changes that lead to another tier, how many of the smallest, the tier, or why it is unknown."""
    nothing = pd.DataFrame(columns=list(COLUMNS))
    if why := no_tiers(case, model):
        return nothing, (0, 0), "", why
    tiers = tiering(case, model)
    now = int(tiers.of(mine)[0])
    tried = _variants(model, behind.rows, mine)
    if not len(tried):
        return nothing, (0, 0), _tier(tiers.order, now), ""
    places = tiers.of(_changed(mine, tried))
    tried = tried.assign(tier=[_tier(tiers.order, place) for place in places])
    small = (tried["what"] == NEXT).to_numpy()
    moves = places != now
    shown = tried[~small & moves].assign(
        to=lambda x: x["to"].map(word), value=lambda x: x["value"].map(word)
    )
    return (
        shown.reset_index(drop=True),
        (int(small.sum()), int((small & moves).sum())),
        _tier(tiers.order, now),
        "",
    )


def _tier(order: tuple[str, ...], place: int) -> str:
    return order[place] if place >= 0 else "no result"


def _variants(model: Model, rows: pd.DataFrame, mine: pd.DataFrame) -> pd.DataFrame:
    """Every possible single change: each input at its usual value, and numbers one step up and down."""
    lines: list[dict[str, Any]] = []
    for name in model.used if model.used is not None else model.inputs:
        value, known = mine[name].iloc[0], rows[name].dropna()
        for what, to in _values(known, value):
            if value != to:
                lines.append({"input": name, "value": value, "to": to, "what": what})
    tried: Any = pd.DataFrame(lines, columns=list(COLUMNS[:-1]))
    if model.possible is None or not len(tried):
        return tried
    return tried[np.asarray(model.possible(_changed(mine, tried)))].reset_index(drop=True)


def _values(known: Any, value: Any) -> Iterator[tuple[str, Any]]:
    """The usual value of an input (the middle one where there are many), and its neighbours of a number."""
    if not len(known):
        return
    distinct, n = np.unique(known.to_numpy(), return_counts=True)
    numeric = pd.api.types.is_numeric_dtype(known)
    if numeric and len(distinct) > FEW:
        yield MIDDLE, float(np.quantile(known, 0.5, method="lower"))
    else:
        yield USUAL, distinct[int(np.argmax(n))]
    if numeric and not pd.isna(value):
        yield from ((NEXT, one) for one in distinct[distinct < value][-1:])
        yield from ((NEXT, one) for one in distinct[distinct > value][:1])


def _changed(mine: pd.DataFrame, tried: pd.DataFrame) -> pd.DataFrame:
    """The person once for each change, that one input changed."""
    every = pd.concat([mine] * len(tried), ignore_index=True)
    for name in dict.fromkeys(tried["input"]):
        at = (tried["input"] == name).to_numpy()
        column = every[name].to_numpy(copy=True)
        column[at] = tried["to"].to_numpy()[at]
        every[name] = column
    return every


def word(value: Any) -> str:
    """A value as a person reads it."""
    return decode.text_of(value) or NOT_AVAILABLE
