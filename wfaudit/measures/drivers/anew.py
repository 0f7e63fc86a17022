"""A model asked anew about people some of whose inputs are changed; who is not changed is not asked again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.batches import rows_of
from wfaudit.case import Case
from wfaudit.errors import AuditError, not_one_of
from wfaudit.measures.asked import refused, require
from wfaudit.measures.drivers.folded import axes
from wfaudit.measures.drivers.people import behind_of, model_of
from wfaudit.measures.drivers.tally import Keys
from wfaudit.measures.drivers.tiers import no_tiers, tiering
from wfaudit.measures.made import By
from wfaudit.models import Ints, Model
from wfaudit.result import Result

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
UNUSED = "in no tree and no coefficient: exactly without effect"
MOST_ASKED = {
    True: 50_000_000,
    False: 5_000_000,
}  # predictions in an audit: of sums and trees, of others


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a model says of some people: a score, and a tier where there are any (below 0: no result)."""

    score: Floats
    tier: Ints


Tell = Callable[[pd.DataFrame], Said]


def ready(case: Case, given: Any, measure: str) -> Model:
    """The model as it is asked about this case; stops where people can't be asked about one by one."""
    require(measure, refused(case))
    return model_of(case, given)


def teller(case: Case, model: Model, *, scale: str = "score", tiers: bool = True) -> Tell:
    """Score and tier of people, asked once where tiers are cut from scores.

    Without cut-offs the only tier is having a result. ``scale`` is "score" or "raw", the value
    before the link.
    """
    if scale not in ("score", "raw"):
        raise not_one_of("scale", scale, ("score", "raw"))
    ask = model.margin if scale == "raw" else model.score
    if not tiers or no_tiers(case, model):
        return lambda people: _result_or_not(ask(people))
    found = tiering(case, model)
    cut = found.cut
    if cut is None or scale == "raw":
        return lambda people: Said(ask(people), found.of(people))

    def told(people: pd.DataFrame) -> Said:
        score = model.score(people)
        return Said(score, cut(score))

    return told


def _result_or_not(score: Floats) -> Said:
    return Said(score, np.where(np.isnan(score), -1, 0))


# --- people changed


def changed(
    model: Model, tell: Tell, people: pd.DataFrame, before: Said, to: Mapping[str, Any]
) -> tuple[Said, Bools]:
    """What is said of people once some inputs have other values, and of whom that profile can exist.

    ``to`` holds a value for everybody or one a person, missing for none. Asked only of those who
    are changed in an input that can have an effect.

    >>> from wfaudit.models import points
    >>> model = points({"work": {"yes": 0, "no": 4}})
    >>> people = pd.DataFrame({"work": ["yes", "no"]})
    >>> tell = lambda people: Said(model.score(people), np.zeros(len(people), int))
    >>> changed(model, tell, people, tell(people), {"work": "no"})[0].score.tolist()
    [4.0, 4.0]
    """
    other = put(people, to)
    moved = {name: differs(people[name], other[name]) for name in to}
    any_moved = np.logical_or.reduce(list(moved.values()))
    possible = np.ones(len(people), dtype=bool)
    if model.possible is not None and any_moved.any():
        possible[any_moved] = model.possible(cast("pd.DataFrame", other[any_moved]))
    works = [moved[name] for name in to if model.used is None or name in model.used]
    asked = np.flatnonzero(np.logical_or.reduce([*works, np.zeros(len(people), bool)]) & possible)
    score, tier = before.score.copy(), before.tier.copy()
    if len(asked):
        after = tell(cast("pd.DataFrame", other.iloc[asked]))
        score[asked], tier[asked] = after.score, after.tier
    return Said(score, tier), possible


def put(people: pd.DataFrame, to: Mapping[str, Any]) -> pd.DataFrame:
    """The same people with other values in some inputs."""
    columns = {
        name: pd.Series(
            np.broadcast_to(
                np.asarray(np.nan if value is None else value, dtype=object), len(people)
            ),
            index=people.index,
        ).astype(people[name].dtype)
        for name, value in to.items()
    }
    return people.assign(**columns)


def differs(one: Any, other: Any) -> Bools:
    """Where two columns hold different values; two that are missing are the same."""
    same = (one == other).to_numpy(dtype=bool, na_value=False)
    return ~(same | (one.isna() & other.isna()).to_numpy())


def read(model: Model, rows: pd.DataFrame, name: str, value: Any) -> Any:
    """A value somebody named, as the column of the input holds it."""
    if name not in model.inputs:
        raise not_one_of("input of the model", name, model.inputs)
    if value is None or value != value:
        return None
    if not pd.api.types.is_numeric_dtype(rows[name]):
        return str(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        raise AuditError(
            f"The input {name!r} holds numbers; a {type(value).__name__} that is none was given "
            "for it."
        ) from None


# --- what is counted


def spread_of(case: Case, model: Model, scale: str = "score") -> float:
    """What sums of scores are counted in: 1 for chances, else a power of two, eight largest scores."""
    if scale == "score" and model.unit == "probability":
        return 1.0
    score = (model.margin if scale == "raw" else model.score)(behind_of(case, model).rows)
    reach = float(np.nanmax(np.abs(score), initial=0.0))
    return float(2.0 ** np.ceil(np.log2(8 * reach))) if reach else 1.0


def remembered(
    case: Case, model: Model, by: By, what: tuple[Any, ...], work: Callable[[Keys], Any]
) -> Any:
    """What was found once for all groups together is not asked again."""
    keys = case.keys(by)
    done = case.counted.setdefault("asked anew", {})
    key = (what, id(model), axes(case, keys, tiers=False))
    if key not in done:
        done[key] = work(keys)
    return done[key]


def noted(result: Result, notes: Sequence[str]) -> Result:
    """The same result with something more said beside its rows."""
    told = result.table["note"].fillna("")
    both = ["; ".join(filter(None, pair)) for pair in zip(told, notes, strict=True)]
    return replace(
        result, table=result.table.assign(note=pd.Series(both, index=told.index, dtype=object))
    )


def too_many(case: Case, model: Any, times: Callable[[Model], int], verb: str) -> str:
    """Why an audit does not ask a model so often, or nothing."""
    asked = model_of(case, model)
    wanted, most = times(asked) * rows_of(case), MOST_ASKED[asked.structure is not None]
    if wanted <= most:
        return ""
    return (
        f"the model would be asked {wanted:,} times, and an audit asks up to {most:,} (fewer where "
        "nothing is known of its "
        f"inside). Ask for it by itself: wfaudit.measures.drivers.{verb}"
    )


def used(model: Model) -> Keys:
    """The inputs that can have an effect, as far as that is known."""
    return tuple(name for name in model.inputs if model.used is None or name in model.used)
