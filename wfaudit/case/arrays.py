"""A way in for people who have arrays: the keys of a case, from labels, predictions and groups."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.case.file import TOP
from wfaudit.case.keys import checked
from wfaudit.errors import AuditError, not_one_of, shown

# what may be declared beside arrays: any key of a case file but its source
DECLARED = {key: kind for key, kind in TOP.items() if key != "source"}


def keys_from_arrays(
    y_true: Any, y_pred: Any, sensitive_features: Any, declared: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The keys of a case whose flag is ``y_pred`` and whose outcome is ``y_true``."""
    extra = dict(checked("declared", declared or {}, DECLARED))
    groups = _features(sensitive_features)
    columns: dict[str, Any] = {"y_pred": y_pred} | ({} if y_true is None else {"y_true": y_true})
    if clash := [name for name in groups if name in columns]:
        raise AuditError(f"A sensitive feature can't be called {clash[0]}. Rename it.")
    told = extra.pop("groups", {})
    for name in told:
        if name not in groups:
            raise not_one_of("sensitive feature", name, groups)
    roles = {"flagged": "y_pred"} | ({} if y_true is None else {"outcome": "y_true"})
    return {
        "name": "arrays",
        "source": _frame(groups | columns),
        "groups": {name: told.get(name, {}) for name in groups},
        **extra,
        "roles": roles | dict(extra.get("roles", {})),
    }


def _features(given: Any) -> dict[str, Any]:
    """Each sensitive feature by its name; those without one are numbered."""
    if isinstance(given, Mapping):
        return {str(name): values for name, values in given.items()}
    if hasattr(given, "to_pandas"):
        given = given.to_pandas()
    if isinstance(given, pd.DataFrame):
        return _named(given.columns, [given.iloc[:, at] for at in range(given.shape[1])])
    if isinstance(given, pd.Series):
        return _named([given.name], [given])
    if np.ndim(given) == 2:
        return _features(pd.DataFrame(given))
    return _named([None], [given])


def _named(names: Any, columns: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for at, (name, values) in enumerate(zip(names, columns, strict=True)):
        text = f"sensitive_feature_{at}" if name is None or isinstance(name, int) else str(name)
        if text in found:
            raise AuditError(f"Two sensitive features are called {shown(text)}. Rename one.")
        found[text] = values
    return found


def _frame(columns: Mapping[str, Any]) -> pd.DataFrame:
    """One row a person, by position: an index that came along is not looked at."""
    series = {name: _column(name, values) for name, values in columns.items()}
    lengths = {name: len(column) for name, column in series.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {n:,}" for name, n in lengths.items())
        raise AuditError(f"The arrays differ in length: {told}. Give one value a person in each.")
    return pd.DataFrame(series)


def _column(name: str, values: Any) -> "pd.Series":
    if isinstance(values, pd.Series):
        return values.reset_index(drop=True)
    shape = np.shape(values)
    if len(shape) == 1:
        return pd.Series(values)  # as it came: NumPy would make a text of a gap among texts
    if len(shape) == 2 and shape[1] == 1:
        return pd.Series(np.asarray(values)[:, 0])
    raise AuditError(f"{name} has the shape {shape}. Give a list with one value a person.")
