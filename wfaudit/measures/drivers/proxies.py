"""Proxies: how well each input alone, and all together, tell who is of a group; and what they move."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.choices import REST
from wfaudit.errors import not_one_of
from wfaudit.estimators import additive, foretold
from wfaudit.estimators.estimates import deviate
from wfaudit.estimators.leftout import LeftOut
from wfaudit.measures.asked import PUBLISHED
from wfaudit.measures.compared import numbers
from wfaudit.measures.drivers.dealt import Counted, Floats, Sample, counted, recorded, sample
from wfaudit.measures.drivers.people import names_in
from wfaudit.measures.drivers.question import NO_INPUTS, Question, without_model
from wfaudit.measures.drivers.shares import importance
from wfaudit.measures.drivers.valued import Scale
from wfaudit.measures.made import made
from wfaudit.models.trees import need
from wfaudit.result import Result

AUC, TOGETHER, WEIGHT = "proxy_auc", "proxy_auc_all_inputs", "proxy_weight"
ALL_INPUTS = "all inputs"
FEW_PLACES = 12  # from here on values in order learn from their neighbours too
NEAR = 8  # an eighth of all places are neighbours, each way
Learner: TypeAlias = Literal["additive", "boosted"]
LEARNERS: tuple[Learner, ...] = ("additive", "boosted")
SHARED = "its variance doubled for folds that share what they learned: too wide where a relation is strong"
PARTS = 400  # of clusters, that an interval of out-of-fold predictions is over
Line: TypeAlias = dict[str, Any]
Bools: TypeAlias = NDArray[np.bool_]


def proxy_auc(case: Case, *, by: str) -> Result:
    """How well each input alone tells who is of a group: AUC, .5 where it tells nothing.

    Everybody is counted by value, in two halves by a hash of who they are. Values are put in order by their
    share of the group in one half, and the order is tried in the other; both ways, averaged. An input with
    more than 50 values is taken in 25 bands. Each level is held against all others that are recorded.

    >>> import pandas as pd
    >>> people = pd.DataFrame({"sex": ["women", "men"] * 50, "title": ["Ms", "Mr"] * 50})
    >>> case = Case.from_dict({"source": people, "groups": {"sex": {}}, "inputs": {"title": {}}})
    >>> proxy_auc(case, by="sex").to_frame()[["at", "group", "estimate"]].values.tolist()
    [['title', 'men', 1.0], ['title', 'women', 1.0]]
    """
    (name,) = case.keys(by)
    done = case.counted.setdefault(AUC, {})
    if name not in done:
        found = counted(case)
        each = range(len(found.bins.scales))
        lines = [line for at in each for line in _alone(case, found, name, at)]
        says = (
            "How well the values of each input alone tell {people} of a group from the rest: area under the "
            "curve, values put in order in one half and tried in the other, both ways; .5 tells nothing"
        )
        done[name] = _made(case, AUC, says, lines, name)
    return done[name]


def proxy_auc_all_inputs(case: Case, *, by: str, learner: Learner = "additive") -> Result:
    """How well all inputs together tell who is of a group: AUC of out-of-fold predictions.

    ``learner`` is "additive", a sum over the values of all inputs, or "boosted", trees that also see how
    inputs go together (scikit-learn; slower). Five folds of whole clusters, persons or rows; at most 20,000
    people. Simulated with nothing to tell, 95 % limits hold .5 in .95 or more for the sum; for trees and
    600 people in .95 where half are of the group, .88 where 15 in 100 are (the misses mostly below .5).

    >>> import pandas as pd
    >>> people = pd.DataFrame({"sex": ["women", "men"] * 200, "title": ["Ms", "Mr"] * 200})
    >>> case = Case.from_dict({"source": people, "groups": {"sex": {}}, "inputs": {"title": {}}})
    >>> proxy_auc_all_inputs(case, by="sex").to_frame()[["at", "group", "estimate"]].values.tolist()
    [['all inputs', 'men', 1.0], ['all inputs', 'women', 1.0]]
    """
    if learner not in LEARNERS:
        raise not_one_of("learner", learner, LEARNERS)
    (name,) = case.keys(by)
    people = sample(case)
    done = case.counted.setdefault((TOGETHER, learner), {})
    if name not in done:
        done[name] = list(_together(case, people, name, learner))
    how = "a sum over their values" if learner == "additive" else "boosted trees"
    drawn = f"; {people.says}" if people.says else ""
    says = (
        "How well all inputs together tell {people} of a group from the rest: area under the curve of "
        f"{how}, learned in four fifths and tried in the last, five times{drawn}; .5 tells nothing"
    )
    return _made(case, TOGETHER, says, done[name], name)


def proxy_weight(case: Case, model: Any, *, by: str, **how: Any) -> Result:
    """How far each input both tells a group and moves the score: (2 AUC - 1) times mean absolute attribution.

    Zero where an input tells nothing of the group, or moves nobody's score; in the unit of the score. ``how``
    as in ``importance``. The interval takes the two parts as unrelated (delta method).
    """
    alone, moved = proxy_auc(case, by=by), importance(case, model, **how)
    names = names_in(case, list(moved.table["at"]))  # as declared, whatever the model calls them
    size = dict(zip(names, moved.table["estimate"], strict=True))
    error = dict(zip(names, moved.evidence["se"], strict=True))
    rows = zip(alone.table.to_dict("records"), alone.evidence["se"], strict=True)
    lines = [_weighed(case, row, se, size, error) for row, se in rows]
    says = (
        "How much each input both tells {people} of a group from the rest and moves the score: (2 AUC - 1) "
        f"times its mean absolute attribution. {moved.definition}"
    )
    interval = "interval by the delta method, its two parts taken as unrelated"
    return _made(case, WEIGHT, says, lines, by, interval)


def _made(
    case: Case, measure: str, says: str, lines: Iterable[Line], by: str, interval: str = ""
) -> Result:
    told = [{"measure": measure, "by": by, "reference": REST} | line for line in lines]
    return made(
        case, measure, "value", says, interval or _interval(case), told, by=(by,), unit="number",
        at_name="input", at_values=tuple(dict.fromkeys(line["at"] for line in told)), judged=False,
    )  # fmt: skip


def _interval(case: Case) -> str:
    if case.cluster:
        return (
            f"interval over parts of whole clusters (Obuchowski 1997) on the logit scale, {SHARED}"
        )
    return f"DeLong interval on the logit scale, {SHARED}"


# --- each input alone


def _alone(case: Case, found: Counted, name: str, at: int) -> Iterator[Line]:
    """One input's rows: every level of a group that is recorded."""
    levels = recorded(case, name)
    places = [case.door.levels[name].index(level) for level in levels]
    table = found.one(name, at)[:, places]
    rest = table.sum(axis=1, keepdims=True) - table
    kin = _kin(found.bins.scales[at])
    told = (foretold.by_value_over if case.cluster else foretold.by_value)(
        table, rest, case.choices.level, kin
    )
    n, others = table.sum(axis=(0, 2)), rest.sum(axis=(0, 2))
    for i, level in enumerate(levels):
        yield _line(case, level, found.bins.scales[at].name, (n[i], others[i]), told, i)


def _kin(scale: Scale) -> Any:
    """Values in order learn from their neighbours too, where there are many."""
    if not scale.numeric or scale.size < FEW_PLACES:
        return 1.0
    more = 2 if scale.exact else 1
    return foretold.neighbours(scale.size - more, scale.size // NEAR, more)


def _line(case: Case, level: str, at: str, n: tuple[Any, Any], told: LeftOut, i: Any) -> Line:
    """A row: beside an area without limits stands the reason."""
    line = {"group": level, "at": at, "n": int(n[0]), "n_reference": int(n[1])}
    found = numbers(told, i, "logit", stands=True)
    if not case.cluster:
        found.pop("clusters")
    return line | found


# --- all together


def _together(case: Case, people: Sample, name: str, learner: Learner) -> Iterator[Line]:
    levels = recorded(case, name)
    at = people.people.levels[name]
    places = [case.door.levels[name].index(level) for level in levels]
    known = np.isin(at, places)
    event = at[known, None] == np.array(places, dtype=np.int64)
    fold, part = people.people.fold()[known], people.people.part(400)[known]
    score = _learned(people, known, event, fold, learner)
    for i, level in enumerate(levels):
        told = foretold.by_score(
            score[:, i], event[:, i], fold, part if case.cluster else None, case.choices.level
        )
        yield _line(case, level, ALL_INPUTS, (event[:, i].sum(), (~event[:, i]).sum()), told, ())


def _learned(people: Sample, known: Any, event: Any, fold: Any, learner: Learner) -> Floats:
    if len(fold) == 0:
        return np.zeros(event.shape)
    if learner == "additive":
        return additive.learned(people.places[known], event, fold, people.bins.size).out_of_fold
    return np.column_stack([_boosted(people, known, one, fold) for one in event.T])


def _boosted(people: Sample, known: Any, event: Any, fold: Any) -> Floats:
    """Out-of-fold chances of boosted trees; texts go in as places, of which no order is taken."""
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
        from threadpoolctl import threadpool_limits
    except ModuleNotFoundError as lacking:
        raise need(str(lacking.name), 'The learner "boosted"') from None
    values, texts, fold = *_columns(people, known), people.people.fold()[known]
    trees: Any = HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=15, early_stopping=cast(Any, False), random_state=0,
        categorical_features=cast(Any, texts),
    )  # fmt: skip
    found = np.full(len(fold), event.mean())
    with threadpool_limits(1, user_api="openmp"):  # waiting threads cost more than they bring
        for k in np.unique(fold):
            seen = fold != k
            if 0 < event[seen].sum() < seen.sum():
                trees.fit(values[seen], event[seen])
                found[~seen] = trees.predict_proba(values[~seen])[:, 1]
    return found


def _columns(people: Sample, known: Bools) -> tuple[Floats, list[bool]]:
    """Numbers as they are and texts by their place, and which are texts."""
    texts = [not scale.numeric for scale in people.bins.scales]
    places, inputs = people.places[known] - people.bins.starts, people.people.inputs[known]
    columns = [
        places[:, j] if text else inputs.iloc[:, j].to_numpy() for j, text in enumerate(texts)
    ]
    return np.column_stack(columns).astype(np.float64), texts


# --- times how much it moves the score


def _weighed(case: Case, row: Any, se: float, size: Any, error: Any) -> Line:
    line = {name: row[name] for name in ("group", "at", "n", "n_reference")}
    tells, moves = 2 * row["estimate"] - 1, size.get(row["at"], np.nan)
    own = 2 * se * row["estimate"] * (1 - row["estimate"])  # from the logit scale
    spread = float(np.hypot(own * moves, tells * error.get(row["at"], np.nan)))
    note = row["note"] or ("" if not np.isnan(moves) else "the input is not one of the model's")
    if not note and not spread > 0:
        note = "it moves nobody's score" if moves == 0 else "nothing varies: no interval"
    half = deviate(case.choices.level) * spread if not note else np.nan
    value = tells * moves
    return line | {
        "estimate": value, "low": value - half, "high": value + half, "note": note,
        **({} if note else {"se": spread, "df": np.inf, "transform": "identity"}),
    }  # fmt: skip


# --- what an audit asks


def _by_group(tell: Callable[..., Result], case: Case, *given: Any) -> Iterator[Result]:
    for group in case.groups:
        yield tell(case, *given, by=group.name)


def _lacks(case: Case, _: Any = None) -> str:
    if case.evidence == "counts":
        return PUBLISHED
    if not case.inputs:
        return NO_INPUTS
    return "" if case.groups else "the case declares no groups"


def _lacks_weight(case: Case, model: Any) -> str:
    return _lacks(case) or without_model(case, model)


QUESTIONS: dict[str, Question] = {
    AUC: Question(
        says="How well each input alone tells {people} of a group from the rest (area under the curve)",
        lacks=_lacks, ask=lambda case, _: _by_group(proxy_auc, case),
    ),
    TOGETHER: Question(
        says="How well all inputs together tell {people} of a group from the rest (area under the curve)",
        lacks=_lacks, ask=lambda case, _: _by_group(proxy_auc_all_inputs, case),
    ),
    WEIGHT: Question(
        says="How much each input both tells {people} of a group from the rest and moves the score",
        lacks=_lacks_weight, ask=lambda case, model: _by_group(proxy_weight, case, model),
    ),
}  # fmt: skip
__all__ = ["proxy_auc", "proxy_auc_all_inputs", "proxy_weight"]
