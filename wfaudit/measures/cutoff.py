"""Every possible cut-off at once: rates and gaps, who moves, and what equal treatment costs elsewhere.

All from the counts along the score: nobody's row is read again when the cut-off moves.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.case.roles import SLACK
from wfaudit.choices import EVERYONE, JOIN
from wfaudit.counts import Gridded, count_scored
from wfaudit.errors import AuditError, not_one_of
from wfaudit.estimators import intervals
from wfaudit.measures.made import NOBODY, By
from wfaudit.measures.rate import RATES
from wfaudit.measures.values import declared_reference
from wfaudit.result import SELF, Kind, Result, assemble

Ints = NDArray[np.int64]
# which of the four counts are counted, and among which: true and false positives and negatives
SWEPT: dict[str, tuple[str, str]] = {
    "selection_rate": ("tp fp", "tp fp fn tn"),
    "false_negative_rate": ("fn", "tp fn"),
    "false_positive_rate": ("fp", "fp tn"),
    "precision": ("tp", "tp fp"),
    "negative_predictive_value": ("tn", "fn tn"),
    "accuracy": ("tp tn", "tp fp fn tn"),
}


@dataclass(frozen=True, slots=True, eq=False)
class _Swept:
    """Who counts among how many, groups by cut-offs; the last cut-off flags nobody."""

    groups: tuple[tuple[str, ...], ...]
    cuts: tuple[str, ...]
    k: Ints
    n: Ints


def sweep(
    case: Case, measure: str, *, by: By = None, compare: bool = False, cuts: Any = None
) -> Result:
    """A rate at every cut-off of the score, by group, or its gap to the reference (``compare``).

    One row a cut-off and group, the cut-off in ``at``; everyone at or above it is flagged. ``cuts``
    names those to show (default: every value of the score, and one above all). People whose outcome is
    not recorded are left out. Wilson and Newcombe intervals; one cut-off was not chosen by looking, a
    curve is: the intervals are for each cut-off alone.

    >>> import wfaudit as wf
    >>> found = wf.sweep(wf.load("plain"), "selection_rate", cuts=[0.35, 0.65])
    >>> found.to_frame()["estimate"].round(3).tolist()
    [0.701, 0.298]
    """
    found = _swept(case, measure, by, cuts)
    keys = case.keys(by)
    kind: Kind = "gap" if compare else "rate"
    reference = declared_reference(case, keys) if compare else ""
    names = [JOIN.join(g) or EVERYONE for g in found.groups]
    if compare and reference not in names:
        raise not_one_of(f"group of {JOIN.join(keys)}", reference, names)
    return _as_result(case, measure, keys, found, kind, names.index(reference) if compare else -1)


def movers(case: Case, to: float, *, by: By = None) -> Result:
    """Share of each group whose flag changes when the cut-off moves from the declared one to ``to``.

    Rows for those who become flagged and those who no longer are (``at``). Needs a flag that follows
    from the score, by a cut or by the cut of its tier.
    """
    start = declared_cut(case)
    people, keys = _people(case), case.keys(by)
    counts = count_scored(case, keys) if people else None
    assert counts is not None
    n = counts.n.sum(axis=2)
    low, high = sorted(_places(case, counts.grid, [start, to]))
    moved = n[:, low:high].sum(axis=1)
    word = "flagged if moved" if to < start else "no longer flagged if moved"
    label = f"{word} from {start:g} to {to:g}"
    found = _Swept(counts.groups, (label,), moved[:, None], n.sum(axis=1)[:, None])
    result = _as_result(case, "selection_rate", keys, found, "rate", -1)
    return replace(
        result, definition=f"Share of {case.choices.words.people} {label}", at_name="move"
    )


def equalize(case: Case, measure: str, *, by: By) -> tuple[Result, ...]:
    """What it costs by the others to treat groups alike by one rate.

    Each group gets the cut-off at which its rate is nearest to that of everyone at the declared
    cut-off. Returns the rate itself and all others at these cut-offs, each group's own in ``at``.
    """
    start, keys = declared_cut(case), case.keys(by)
    whole = _swept(case, measure, None, None)
    target = _shares(whole)[0, _places(case, count_scored(case, ()).grid, [start])[0]]
    if np.isnan(target):
        raise AuditError(f"{measure} has no value at the declared cut-off: nobody to count.")
    mine = _swept(case, measure, keys, None)
    off = np.abs(_shares(mine) - target)
    chosen = np.argmin(np.where(np.isnan(off), np.inf, off), axis=1)
    found: list[Result] = []
    for name in SWEPT:
        table = _swept(case, name, keys, None)
        rows = np.arange(len(table.groups))
        k, n = table.k[rows, chosen][:, None], table.n[rows, chosen][:, None]
        at = [f"cut-off {table.cuts[c]}" for c in chosen]
        single = _Swept(table.groups, ("",), k, n)
        result = _as_result(case, name, keys, single, "rate", -1)
        result.table["at"] = at
        found.append(replace(result, at_name="own cut-off", at_values=tuple(dict.fromkeys(at))))
    return tuple(found)


ABOVE = "above all"


def declared_cut(case: Case) -> float:
    """The cut-off of the score at which the flag begins, as the case declares it."""
    flagged, tier = case.roles.get("flagged"), case.roles.get("tier")
    if flagged and flagged.score_at_least is not None:
        return flagged.score_at_least
    if flagged and flagged.tier_at_least and tier and tier.cuts:
        at = tier.order.index(flagged.tier_at_least)
        if at > 0:
            return tier.cuts[at - 1]
    raise AuditError(
        "The case declares no cut-off of its flag. Add flagged = { score_at_least = 0.5 }, or cuts to "
        "the tier and flagged = { tier_at_least = … }."
    )


def _people(case: Case) -> bool:
    if case.evidence == "counts" or "score" not in case.roles:
        raise AuditError(
            "A cut-off can be moved only where people have a score. Declare the role score."
        )
    case.unweighted("sweep")
    if case.cluster:
        raise AuditError(
            "Cut-offs are not swept where people come in clusters: intervals that take them as unrelated "
            "are too narrow. Ask for the declared cut-off with wf.rates."
        )
    if "outcome" not in case.states:
        raise AuditError("Moving the cut-off needs the role outcome, yes or no.")
    return True


def _swept(case: Case, measure: str, by: By, cuts: Any) -> _Swept:
    if measure not in SWEPT:
        raise not_one_of("rate that depends on a cut-off", measure, SWEPT)
    _people(case)
    people = count_scored(case, case.keys(by))
    four = _four(people)
    labels = [*(f"{x:.10g}" for x in people.grid), ABOVE]
    at = _places(case, people.grid, cuts) if cuts is not None else np.arange(len(labels))
    labels = [f"{float(c):.10g}" for c in cuts] if cuts is not None else labels
    k, n = (sum(four[part] for part in parts.split()) for parts in SWEPT[measure])
    return _Swept(people.groups, tuple(labels), np.asarray(k)[:, at], np.asarray(n)[:, at])


def _places(case: Case, grid: NDArray[np.float64], cuts: Any) -> NDArray[np.int64]:
    """Where the people at or above each cut-off begin."""
    step = case.roles["score"].resolution
    try:
        wanted = np.asarray(cuts, dtype=np.float64) / step
    except (TypeError, ValueError):
        wanted = np.full(1, np.nan)
    if wanted.ndim != 1 or not len(wanted) or not np.isfinite(wanted).all():
        raise AuditError("Cut-offs are a list of finite numbers, such as cuts=[0.35, 0.5].")
    off = np.abs(wanted - np.rint(wanted)) > SLACK
    if off.any():
        raise AuditError(
            f"The cut {wanted[off][0] * step:g} lies between two steps of the score, which are {step:g} "
            "wide. Choose one that a score can have, or declare a finer resolution."
        )
    return np.searchsorted(np.rint(grid / step), np.rint(wanted))


def _four(people: Gridded) -> dict[str, Ints]:
    yes, no = people.n[:, :, 0], people.n[:, :, 1]
    under = {"fn": _upto(yes), "tn": _upto(no)}
    return {
        **under,
        "tp": yes.sum(axis=1, keepdims=True) - under["fn"],
        "fp": no.sum(axis=1, keepdims=True) - under["tn"],
    }


def _upto(counts: Ints) -> Ints:
    return np.concatenate(
        [np.zeros((len(counts), 1), dtype=np.int64), np.cumsum(counts, axis=1)], axis=1
    )


def _shares(found: _Swept) -> NDArray[np.float64]:
    return np.where(found.n > 0, found.k / np.maximum(found.n, 1), np.nan)


def _as_result(
    case: Case, measure: str, keys: tuple[str, ...], found: _Swept, kind: Kind, ref: int
) -> Result:
    choices, rate = case.choices, RATES[measure]
    size, cuts = len(found.groups), len(found.cuts)
    names = [JOIN.join(g) or EVERYONE for g in found.groups]
    k, n = found.k.T.ravel(), found.n.T.ravel()  # cut-off by cut-off, each with all its groups
    rows: dict[str, Any] = {
        "measure": [measure] * len(k), "by": [JOIN.join(keys) or EVERYONE] * len(k),
        "group": names * cuts, "at": np.repeat(np.array(found.cuts, dtype=object), size), "n": n,
    }  # fmt: skip
    proof: dict[str, Any] = {"k": k, "n": n}
    share = np.where(n > 0, k / np.maximum(n, 1), np.nan)
    low, high = intervals.wilson(k, n, choices.level)
    note = np.where(n > 0, "", NOBODY).astype(object)
    if kind == "gap":
        k_ref, n_ref = (np.repeat(x[ref], size) for x in (found.k, found.n))
        itself = np.tile(np.arange(size) == ref, cuts)
        low, high = intervals.newcombe(k, n, k_ref, n_ref, choices.level)
        base = np.where(n_ref > 0, k_ref / np.maximum(n_ref, 1), np.nan)
        share = np.where(itself, 0.0, share - base)
        note = np.where((note == "") & (n_ref == 0), "nobody to count in the reference group", note)
        note = np.where(itself, SELF, note)
        low, high = (np.where(itself, np.nan, x) for x in (low, high))
        rows |= {"reference": [names[ref]] * len(k), "n_reference": n_ref}
        proof |= {"k_reference": k_ref, "n_reference": n_ref}
    known = ~np.isnan(share)
    rows |= {
        "estimate": share,
        "low": np.where(known, low, np.nan),
        "high": np.where(known, high, np.nan),
        "note": note,
    }
    table, evidence = assemble(rows, proof)
    words = asdict(choices.words)
    method = "Newcombe hybrid score" if kind == "gap" else "Wilson score"
    return Result(
        table, evidence, measure, kind, rate.says.format(**words),
        f"{100 * choices.level:g} % {method} interval, each cut-off alone", choices,
        rate.who.format(**words), rate.does.format(at="{at}", **words), "cut-off", found.cuts, keys,
    )  # fmt: skip
