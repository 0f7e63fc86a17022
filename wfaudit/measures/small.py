"""Rates of many small groups, each drawn towards the others by as much as the counts themselves say."""

from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.choices import JOIN
from wfaudit.counts import count
from wfaudit.errors import AuditError
from wfaudit.estimators import shrinkage
from wfaudit.measures.deciding import whose
from wfaudit.measures.made import made
from wfaudit.measures.single import single_rate
from wfaudit.measures.tally import tally
from wfaudit.result import Result

By = str | tuple[str, ...]
# the likelihood is that of unrelated people; a jackknife gives an error, not a likelihood
CLUSTERED = "Where people come in clusters, small groups are not shrunk: their counts say too much."


def shrunk(case: Case, measure: str, *, by: By) -> Result:
    """A rate in every group of a crossing, each with its own count and what all others say of it.

    Beta-binomial, its two parameters integrated over (never plugged in): the mean and the credible
    limits of what is left. Read it beside ``wf.rates``, never instead: a group known beforehand to be
    unusual is drawn towards the others too. Needs four groups with people in them.

    >>> import wfaudit as wf
    >>> from wfaudit.measures import shrunk
    >>> shrunk(wf.load("plain"), "selection_rate", by=("sex", "age")).to_frame()["estimate"].round(2).tolist()
    [0.29, 0.3, 0.3, 0.3, 0.3, 0.3]
    """
    case = whose(case, measure)
    rate = single_rate(
        case, measure, "shrunk", instead="it can't be shrunk", clustered=CLUSTERED
    )  # fmt: skip
    keys = case.keys(by)
    counts = count(case, keys)
    found = tally(counts, rate)
    if found.hidden.any():
        raise AuditError("The published table hides cells, so its small groups can't be shrunk.")
    got = shrinkage.shrink(found.k, found.n, case.choices.level)
    lines: list[dict[str, Any]] = [
        {
            "measure": measure, "by": JOIN.join(keys), "group": name, "at": "", "n": int(found.n[g]),
            "k": int(found.k[g]), "estimate": float(got.estimate[g]), "low": float(got.low[g]),
            "high": float(got.high[g]), "note": str(got.note[g]),
            "se": float(got.se[g]) if not np.isnan(got.se[g]) else np.nan,
        }
        for g, name in enumerate(counts.names)
    ]  # fmt: skip
    return made(
        case, measure, "value", f"{rate.says}: drawn towards all groups by as much as they are alike",
        "credible interval (beta-binomial, its parameters integrated over)", lines, by=keys,
    )  # fmt: skip
