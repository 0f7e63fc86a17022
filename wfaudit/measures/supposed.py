"""Rates where some outcomes are not recorded: what they can be if those differ by so much from the rest."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.choices import EVERYONE, JOIN
from wfaudit.counts import Counts, count
from wfaudit.errors import AuditError, listed, not_one_of, shown
from wfaudit.estimators.labels import Bounds, error_bounds, interval, pooled_bounds
from wfaudit.measures.made import By, made
from wfaudit.measures.rate import RATES
from wfaudit.measures.tally import tally
from wfaudit.result import Result

Floats = NDArray[np.float64]
Gammas = float | Sequence[float] | None
AT = "assumption"
LIMITS = (
    "limits with sampling error (Imbens and Manski 2004) of the rate among all, if the odds of the outcome "
    "where it is not recorded differ from those where it is{alike} by no more than assumed; the note tells "
    "the bounds without sampling error"
)


@dataclass(frozen=True, slots=True)
class Parts:
    """The people a rate is made of: by their flag (None: whatever it is), and what counts as yes."""

    bounds: Callable[..., Bounds]
    of: tuple[tuple[bool | None, bool], ...]

    @property
    def alike(self) -> str:
        """With whom people whose outcome is not recorded are compared."""
        return "" if self.of[0][0] is None else " (after the same flag)"


# missed, wrongly flagged: those inside first, then those outside
PARTS = {
    "base_rate": Parts(pooled_bounds, ((None, True),)),
    "precision": Parts(pooled_bounds, ((True, True),)),
    "negative_predictive_value": Parts(pooled_bounds, ((False, False),)),
    "accuracy": Parts(pooled_bounds, ((True, True), (False, False))),
    "false_negative_rate": Parts(error_bounds, ((False, True), (True, True))),
    "false_positive_rate": Parts(error_bounds, ((True, False), (False, False))),
}


def supposed(case: Case, measure: str, *, by: By, gamma: Gammas) -> Result:
    """Limits of a rate for each gamma; see ``bounds``."""
    gammas = _gammas(gamma)
    keys = _asked(case, measure, by)
    counts, rate, parts = count(case, keys), RATES[measure], PARTS[measure]
    cells = [_cells(counts, flag, yes) for flag, yes in parts.of]
    known, unknown = tally(counts, rate), np.sum(cells, axis=0)[:, 2]
    lines: list[dict[str, Any]] = []
    for at in gammas:
        found = parts.bounds(*cells, gamma=at)
        limits = interval(found, case.choices.level)
        for g in np.flatnonzero(unknown).tolist():
            line = {
                "measure": measure, "by": JOIN.join(keys) or EVERYONE, "group": counts.names[g],
                "at": _label(at), "n": int(known.n[g]), "k": int(known.k[g]), "estimate": np.nan,
                "low": float(limits[0][g]), "high": float(limits[1][g]),
            }  # fmt: skip
            lines.append(line | {"note": _note(found, g, unknown[g])})
    words = asdict(case.choices.words)
    return made(
        case, measure, "bounds", rate.says, LIMITS.format(alike=parts.alike), lines, by=keys,
        among=rate.who.format(**words), does=rate.does.format(**words), at_name=AT,
        at_values=tuple(map(_label, gammas)),
    )  # fmt: skip


def _gammas(given: Any) -> list[float]:
    """Every gamma once, the smallest first."""
    several = np.atleast_1d(np.asarray(given, dtype=object)).ravel().tolist()
    numbers = [g for g in several if isinstance(g, int | float | np.number) and g >= 1]
    if not several or len(numbers) < len(several):
        raise AuditError(
            f"gamma is a number of 1 or more, or several; {shown(given)} was given. Write gamma=2: the odds "
            "of an outcome that is not recorded are at most twice, and at least half, those of one that is."
        )
    return sorted({float(g) for g in numbers})


def _asked(case: Case, measure: str, by: By) -> tuple[str, ...]:
    """The keys, once it is clear that an answer can be given."""
    if measure not in RATES:
        raise not_one_of("measure", measure, RATES)
    if measure not in PARTS:
        raise AuditError(
            f"{shown(measure)} is not bounded with gamma, which speaks of outcomes that are not recorded. "
            f"It can be asked of {listed(PARTS)}; leave gamma out for the best and worst case of others."
        )
    case.unweighted("bounds")
    case.require(RATES[measure].needs, measure)
    if case.cluster:
        raise AuditError(
            "With gamma there are limits with sampling error, and none for people who come in clusters "
            f"({case.cluster}). Leave gamma out for the best and worst case."
        )
    if case.evidence == "counts":
        raise AuditError(
            "gamma speaks of outcomes that are not recorded; a published table shows only recorded ones. "
            "Leave gamma out for the best and worst case over its hidden cells."
        )
    return case.keys(by)


def _cells(counts: Counts, flag: bool | None, yes: bool) -> Floats:
    """Of each group how many had the outcome (or not, where ``yes`` is false), had the other, unknown."""
    outcome = counts.states["outcome"]
    here = np.ones(len(outcome), dtype=bool)
    if flag is not None:
        here = (counts.states["flagged"] == flag).fillna(False).to_numpy(dtype=bool)
    sides = [(outcome == side).fillna(False).to_numpy(dtype=bool) for side in (yes, not yes)]
    which = [*sides, outcome.isna().to_numpy(dtype=bool)]
    return np.stack([counts.n[:, here & side].sum(axis=1) for side in which], axis=1).astype(float)


def _label(gamma: float) -> str:
    if gamma == 1:
        return "odds the same"
    return "any odds" if np.isinf(gamma) else f"odds up to {gamma:.12g} times"


def _note(found: Bounds, g: int, unknown: float) -> str:
    told = f"without sampling error {found.low[g]:.4f} to {found.high[g]:.4f}"
    return f"outcome of {unknown:,.0f} not recorded; {found.note[g] or told}"
