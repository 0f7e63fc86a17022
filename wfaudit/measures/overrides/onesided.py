"""A share of variance as a row: it is held against none, from which it can lie away on one side only."""

from typing import Any

import numpy as np
from scipy.special import stdtrit

from wfaudit.choices import Choices
from wfaudit.estimators.casemix import Lot
from wfaudit.estimators.variance import Share

ALIKE = "more alike than chance alone would make them"


def told(choices: Choices, measure: str, found: Share) -> dict[str, Any]:
    """The share with its limits, and an error with which findings read just what these limits say.

    Limits are not symmetric. Above the tolerance only the lower one matters, so the error is that of the
    lower arm; below it, where the question is whether the share is clear of it, that of the upper arm.

    >>> found = Share(0.1, 0.06, 0.2, 0.02, 0.18, 40, 3, 2000)
    >>> row = told(Choices(), "variance_between_caseworkers", found)
    >>> row["estimate"], row["low"], round(row["se"], 4), row["df"]
    (0.1, 0.06, 0.0198, 38)
    """
    tolerance, df = choices.tolerance(measure), max(found.units - 2, 1)
    above = tolerance is None or found.estimate > tolerance.value
    arm = found.estimate - found.low if above else found.high - found.estimate
    se = arm / float(stdtrit(df, (1 + choices.level) / 2))
    return {
        "estimate": found.estimate, "low": found.low, "high": found.high, "note": found.note,
        "se": se if se > 0 else np.nan, "df": df, "transform": "identity", "clusters": found.units,
    }  # fmt: skip


def distance(found: Share) -> dict[str, Any]:
    """The standard deviation that belongs to the share: how far from what is expected units typically lie.

    >>> row = distance(Share(0.1, -0.01, 0.2, 0.02, 0.18, 40, 3, 2000))
    >>> round(row["estimate"], 3), row["low"], round(row["high"], 3)
    (0.141, 0.0, 0.2)
    """
    shares = np.array([found.estimate, found.low, found.high])
    far, low, high = np.sqrt(np.maximum(shares, 0.0) * (found.between + found.within)).tolist()
    if not found.note and high == 0:
        return {"estimate": 0.0, "low": np.nan, "high": np.nan, "note": ALIKE}
    return {"estimate": far, "low": low, "high": high, "note": found.note}


def dealt(lot: Lot, names: str) -> str:
    """The test of none in words: how rarely units would lie as far apart if people were dealt by lot.

    >>> dealt(Lot(40.0, 12.7, 0.0151), "offices")
    'if people were dealt to offices by lot, these would lie as far apart in 1.5 of 100 deals'
    """
    if np.isnan(lot.p):
        return f"nothing to deal to {names} by lot"
    often = "fewer than 0.1" if lot.p < 0.0005 else f"{100 * lot.p:.1f}"
    return f"if people were dealt to {names} by lot, these would lie as far apart in {often} of 100 deals"
