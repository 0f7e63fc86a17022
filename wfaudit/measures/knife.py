"""A jackknife over clusters as the columns of a row: the number, its limits, and what they rest on."""

from typing import Any

import numpy as np

from wfaudit.estimators.clusters import Jackknife
from wfaudit.measures.made import NOBODY


def told(value: float, knife: Jackknife, level: float) -> dict[str, Any]:
    """A number with its limits over clusters, or the reason why it has none.

    >>> from wfaudit.estimators.clusters import jackknife_rate
    >>> k, n = np.array([1.0, 2, 0, 1, 3, 1, 2, 2, 1, 0]), np.full(10, 4.0)
    >>> row = told(13 / 40, jackknife_rate(k, n), 0.95)
    >>> row["estimate"], round(row["low"], 3), row["transform"], row["clusters"]
    (0.325, 0.179, 'logit', 10)
    """
    note = NOBODY if np.isnan(value) else knife.note
    low, high = (np.nan, np.nan) if note else knife.interval(level)
    return {
        "estimate": np.nan if note else value, "low": low, "high": high, "note": note,
        "se": knife.se, "df": knife.df, "transform": knife.transform, "clusters": knife.clusters,
    }  # fmt: skip
