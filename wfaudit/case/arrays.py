"""A way in for people who have arrays: the keys of a case, from labels, predictions and groups."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.errors import AuditError


def keys_from_arrays(
    y_true: Any, y_pred: Any, sensitive_features: Any, declared: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The keys of a case whose flag is ``y_pred`` and whose outcome is ``y_true``."""
    groups = _features(sensitive_features)
    columns: dict[str, Any] = {"y_pred": y_pred} | ({} if y_true is None else {"y_true": y_true})
    lengths = {name: len(np.asarray(values)) for name, values in columns.items()}
    lengths |= {str(name): len(groups) for name in groups.columns}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {n:,}" for name, n in lengths.items())
        raise AuditError(f"The arrays differ in length: {told}. Give one value a person in each.")
    frame = groups.copy()
    for name, values in columns.items():
        frame[name] = np.asarray(values)
    roles = {"flagged": "y_pred"} | ({} if y_true is None else {"outcome": "y_true"})
    extra = dict(declared or {})
    told = extra.pop("groups", {})
    return {
        "name": "arrays",
        "source": frame,
        "groups": {str(name): told.get(str(name), {}) for name in groups.columns},
        **extra,
        "roles": roles | dict(extra.get("roles", {})),
    }


def _features(given: Any) -> pd.DataFrame:
    if isinstance(given, Mapping):
        return pd.DataFrame(dict(given))
    if isinstance(given, pd.DataFrame):
        frame = given.reset_index(drop=True)
    elif isinstance(given, pd.Series):
        frame = given.reset_index(drop=True).to_frame(name=given.name)
    else:
        frame = pd.DataFrame(np.asarray(given))
    named = [
        f"sensitive_feature_{at}" if name is None or isinstance(name, int) else str(name)
        for at, name in enumerate(frame.columns)
    ]
    return frame.set_axis(named, axis="columns")
