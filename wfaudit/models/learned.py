"""Trained estimators and pipelines (scikit-learn, LightGBM) behind the face of a model.

Sums and trees are recognised by what they are, not by their names alone: linear models by their
coefficients, trees by woodelf's own readers. Everything else predicts, and is attributed by sampling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.errors import AuditError, listed
from wfaudit.models.checked import named
from wfaudit.models.coded import Coded, as_frame, owners
from wfaudit.models.face import Additive, Floats, Link, Model, Structure, Trees, logistic
from wfaudit.models.trees import CODED_AS_FLOAT32, Unreadable, grow, is_forest, is_tree

BOOSTED = ("GradientBoosting", "HistGradientBoosting", "LGBM")
LOGGED = ("poisson", "gamma", "tweedie")  # losses whose trees add up to the log of the prediction
NOT_READ = (
    "the trees of this kind of model can't be read exactly (such as splits by sets of categories), so "
    "attributions are of its predictions"
)


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """A pipeline taken apart: what codes the inputs, what predicts from the codes, the last link."""

    coded: Coded
    last: Any
    link: Link | None
    named: bool  # whether what predicts was trained on named columns
    plain: bool  # whether inputs are the columns


def estimator(
    trained: Any, people: pd.DataFrame | None = None, *, inputs: Sequence[str] | None = None,
    name: str = "",
) -> Model:  # fmt: skip
    """A fitted estimator or pipeline as a model that takes inputs by name.

    ``people`` are some rows of inputs, by which coded columns are put down to inputs; without them
    only an estimator that reads its inputs as they are has exact attributions. ``inputs`` names the
    columns of an estimator that was trained without names, in the order it was trained on.

    >>> from sklearn.linear_model import LogisticRegression
    >>> people = pd.DataFrame({"age": [20.0, 30.0, 50.0, 60.0]})
    >>> estimator(LogisticRegression().fit(people, [0, 0, 1, 1]), people)
    Model 'LogisticRegression': 1 inputs, a probability, exact attributions
    """
    names = _named(trained, inputs)
    people = None if people is None else named(name or _called(trained), names, people)
    parts = _apart(trained, names)
    classifies = hasattr(trained, "predict_proba")
    told = name or _called(trained)
    owner = _owner(parts, names, people)
    structure, raw, notes = _readable(parts, names, owner)
    return Model(
        name=told, inputs=names, unit="probability" if classifies else "number",
        scored=_scored(trained, names, classifies=classifies), raw=raw,
        raw_unit=_raw_unit(parts.last), link=_link(parts) if raw else None, structure=structure, notes=notes,
        used=_used(structure, parts, names, owner), trained=_trainer(trained, names),
    )  # fmt: skip


def _named(trained: Any, inputs: Sequence[str] | None) -> tuple[str, ...]:
    known = getattr(trained, "feature_names_in_", None)
    if known is None and hasattr(trained, "feature_name_"):  # LightGBM
        known = (
            None
            if all(n.startswith("Column_") for n in trained.feature_name_)
            else trained.feature_name_
        )
    if known is not None:
        names = tuple(str(one) for one in known)
        if inputs is not None and tuple(inputs) != names:
            raise AuditError(
                f"The model was trained on {listed(names)}; {listed(inputs)} were given as its inputs. Leave "
                "inputs out: the model knows them."
            )
        return names
    if inputs is None:
        raise AuditError(
            f"A {type(trained).__name__} that was trained without names of columns can't be held against "
            "people by position. "
            'Name its inputs in the order of training: inputs=["age", …].'
        )
    size = getattr(trained, "n_features_in_", len(inputs))
    if size != len(inputs):
        raise AuditError(
            f"The model was trained on {size} columns, and {len(inputs)} inputs were named. Name each once."
        )
    return tuple(inputs)


def _called(trained: Any) -> str:
    return type(_last(trained)).__name__


def _last(trained: Any) -> Any:
    return trained.steps[-1][1] if hasattr(trained, "steps") else trained


def _apart(trained: Any, names: tuple[str, ...]) -> _Parts:
    """What codes, what predicts, and a calibration by one monotone curve, if there is one."""
    before, last = None, trained
    if hasattr(trained, "steps"):
        before, last = trained[:-1], trained.steps[-1][1]
    link = None
    calibrated = getattr(last, "calibrated_classifiers_", None)
    if calibrated is not None and len(calibrated) == 1:
        one = calibrated[0]
        last = one.estimator
        if len(one.calibrators) == 1:
            link = _calibration(one.calibrators[0])
    if hasattr(last, "steps") and before is None:
        before, last = last[:-1], last.steps[-1][1]
    named = getattr(last, "feature_names_in_", None) is not None
    return _Parts(_coder(before, names), last, link, named, before is None)


def _calibration(curve: Any) -> Link:
    return lambda raw: np.asarray(curve.predict(raw), dtype=np.float64)


def _coder(before: Any, names: tuple[str, ...]) -> Coded:
    """The step from inputs to columns; without one the inputs are the columns."""
    if before is None or not len(before):
        return lambda people: as_frame(people[list(names)], people)
    heads: list[list[str]] = []

    def coded(people: pd.DataFrame) -> pd.DataFrame:
        found = before.transform(people[list(names)])
        if not heads and not isinstance(found, pd.DataFrame):
            heads.append(_heads(before, found.shape[1]))
        return as_frame(found, people, heads[0] if heads else None)

    return coded


def _heads(before: Any, size: int) -> list[str]:
    try:
        return [str(one) for one in before.get_feature_names_out()]
    except (AttributeError, ValueError):
        return [f"c{at}" for at in range(size)]


def _scored(trained: Any, names: tuple[str, ...], *, classifies: bool) -> Any:
    fitted_named = getattr(trained, "feature_names_in_", None) is not None or hasattr(
        trained, "feature_name_"
    )
    if classifies and len(getattr(trained, "classes_", (0, 1))) != 2:
        raise AuditError(
            f"A {_called(trained)} of {len(trained.classes_)} classes gives no single score. Give a "
            "function of the chance that the audit is about."
        )

    def scored(people: pd.DataFrame) -> Floats:
        given: Any = people[list(names)] if fitted_named else people[list(names)].to_numpy()
        found = trained.predict_proba(given)[:, 1] if classifies else trained.predict(given)
        return np.asarray(found, dtype=np.float64)

    return scored


def _boosted(last: Any) -> bool:
    return any(type(last).__name__.startswith(kind) for kind in BOOSTED)


def _raw_unit(last: Any) -> str:
    if _logged(last):
        return "log of the prediction"
    adds = _boosted(last) or hasattr(last, "coef_")
    if not adds or not hasattr(last, "predict_proba"):
        return "score"
    slope = _slope(last)
    return "log-odds" if slope == 1 else f"log-odds divided by {slope:g}"


def _logged(last: Any) -> bool:
    """Whether trees add up to the log of what is predicted."""
    loss = getattr(last, "objective_", None) or getattr(last, "loss", None)
    return _boosted(last) and loss in LOGGED


def _slope(last: Any) -> float:
    """How steep the logistic function is that turns what boosted trees add up to into a chance."""
    if not _boosted(last):
        return 1.0
    return 2.0 if getattr(last, "loss", "") == "exponential" else getattr(last, "sigmoid", 1.0)


def _link(parts: _Parts) -> Link | None:
    if parts.link:
        return parts.link
    if _logged(parts.last):
        return lambda raw: np.exp(raw)
    logit = hasattr(parts.last, "predict_proba") and (
        _boosted(parts.last) or hasattr(parts.last, "coef_")
    )
    slope = _slope(parts.last)
    if logit and slope != 1:
        return lambda raw: logistic(slope * raw)
    return logistic if logit else None


def _readable(
    parts: _Parts, names: tuple[str, ...], owner: list[str] | None
) -> tuple[Structure | None, Any, tuple[str, ...]]:
    """What is known of a model's inside; where its trees can't be read, nothing, and a note."""
    structure, raw = _structure(parts, names, owner)
    if not isinstance(structure, Trees):
        return structure, raw, ()
    try:
        if _averaged(parts.last):
            raise Unreadable("trees that are averaged")
        structure.grown()
    except Unreadable:
        return None, None, (NOT_READ,)
    return structure, raw, ()


def _averaged(last: Any) -> bool:
    """Whether LightGBM averages its trees (boosting by rf), which woodelf would add."""
    booster = getattr(last, "booster_", None)
    return booster is not None and bool(booster.dump_model(num_iteration=1).get("average_output"))


def _structure(
    parts: _Parts, names: tuple[str, ...], owner: list[str] | None
) -> tuple[Structure | None, Any]:
    """Sums and trees, with their raw value; nothing where columns can't be put down to inputs."""
    if owner is None:
        return None, None
    if hasattr(parts.last, "coef_"):
        return _linear(parts, names, owner)
    return _grown(parts, owner) if is_tree(parts.last) else (None, None)


def _owner(parts: _Parts, names: tuple[str, ...], people: pd.DataFrame | None) -> list[str] | None:
    if parts.plain and (people is None or _numbers(people, names)):
        return list(names)
    if people is None:
        try:
            nobody = pd.DataFrame({name: [0.0] for name in names})
            same = list(parts.coded(nobody).columns) == list(names)
        except (ValueError, TypeError, KeyError):
            return None
        return list(names) if same else None
    try:
        return owners(parts.coded, names, people)
    except (ValueError, TypeError):  # columns that are no numbers: the model itself may take them
        return None


def _numbers(people: pd.DataFrame, names: tuple[str, ...]) -> bool:
    return all(pd.api.types.is_numeric_dtype(people[name]) for name in names)


def _linear(
    parts: _Parts, names: tuple[str, ...], owner: list[str]
) -> tuple[Structure | None, Any]:
    weights = np.asarray(parts.last.coef_, dtype=np.float64)
    if weights.size != len(owner):  # several classes or targets
        return None, None
    weights, start = weights.reshape(-1), float(np.ravel(parts.last.intercept_)[0])
    into = np.array([[column == name for name in names] for column in owner], dtype=np.float64)

    def part(people: pd.DataFrame) -> Floats:
        return (parts.coded(people).to_numpy() * weights) @ into

    def raw(people: pd.DataFrame) -> Floats:
        return parts.coded(people).to_numpy() @ weights + start

    return Additive(parts=part, start=start), raw


def _grown(parts: _Parts, owner: list[str]) -> tuple[Structure | None, Any]:
    exact = np.float32 if type(parts.last).__name__.startswith(CODED_AS_FLOAT32) else np.float64

    def coded(people: pd.DataFrame) -> pd.DataFrame:
        found = parts.coded(people)
        found = found.set_axis([f"c{at}" for at in range(found.shape[1])], axis="columns")
        return found.astype(exact).astype(np.float64)

    @lru_cache(maxsize=1)
    def trees() -> Any:
        return grow(parts.last, owner)

    def raw(people: pd.DataFrame) -> Floats:
        found = parts.coded(people)
        return _margin(parts.last, found if parts.named else found.to_numpy())

    return Trees(grown=trees, coded=coded), raw


def _margin(last: Any, given: Any) -> Floats:
    kind = type(last).__name__
    if kind.startswith("LGBM"):
        found = last.predict(given, raw_score=True)
    elif _boosted(last) and hasattr(last, "decision_function"):
        found = last.decision_function(given)
    elif is_forest(last) and hasattr(last, "predict_proba"):
        found = last.predict_proba(given)[:, 1]
    else:
        found = last.predict(given)
        found = np.log(found) if _logged(last) else found
    return np.asarray(found, dtype=np.float64)


def _used(
    structure: Structure | None, parts: _Parts, names: tuple[str, ...], owner: list[str] | None
) -> tuple[str, ...] | None:
    """The inputs that some coefficient or some split names."""
    if isinstance(structure, Trees):
        asked = {one for tree in structure.grown().trees for one in tree.get_all_features()}
    elif structure is not None and owner is not None:
        weighed = zip(owner, np.ravel(parts.last.coef_), strict=True)
        asked = {one for one, weight in weighed if weight != 0}
    else:
        return None
    return tuple(name for name in names if name in asked)


def _trainer(trained: Any, names: tuple[str, ...]) -> Any:
    """Train the same estimator anew; None where it can't be copied."""
    try:
        from sklearn.base import clone
    except ModuleNotFoundError:
        return None

    def train(people: pd.DataFrame, outcome: Any, seed: int) -> Model:
        fresh: Any = clone(trained)
        seeds = {k: seed for k in fresh.get_params() if k.endswith("random_state")}
        fresh.set_params(**seeds)
        return estimator(fresh.fit(people[list(names)], outcome), people)

    return train if hasattr(trained, "get_params") else None
