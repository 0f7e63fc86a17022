"""The same score, another treatment? Overrides of people with the same advice and like scores."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.choices import JOIN
from wfaudit.errors import AuditError, no_group, not_one_of
from wfaudit.estimators.estimates import deviate
from wfaudit.estimators.intervals import wilson
from wfaudit.estimators.leftout import GAP, SHARE, LeftOut, Read, share
from wfaudit.estimators.strata import adjusted_gap
from wfaudit.estimators.stratified import pooled_gap, strata
from wfaudit.measures.clustered import jackknife, over_clusters
from wfaudit.measures.made import NOBODY, By, made
from wfaudit.measures.overrides.alike import MEASURE, WAYS, Held, held
from wfaudit.measures.overrides.parts import compared
from wfaudit.measures.overrides.question import Question
from wfaudit.measures.values import declared_reference
from wfaudit.result import SELF, Kind, Result

SAYS = "Share of {people} {saw} who were moved from the advice"
LIKE = ", held against people with the same advice{score} (weights of Mantel and Haenszel 1959)"
SCORE = " and like scores (at most 20 bins of as many people within each tier)"
SCORED = "stratified score interval of Miettinen and Nurminen (1985) for the pooled difference"
ALONE = "nobody in the group and the reference had the same advice{score}"


def adjusted(case: Case, measure: str = "override_rate", *, by: By, reference: By = None) -> Result:
    """How much more often one of a group is overridden than one of the reference rated and scored alike.

    ``measure`` is override_rate, override_up_rate or override_down_rate. People are held against each
    other within strata: the same advice, and the score cut into at most 20 bins of as many people
    (with fewer people fewer: 30 a bin at least). The gaps are pooled with the weights of Mantel and
    Haenszel (1959), with stratified score limits (Miettinen and Nurminen 1985), which hold where
    overrides are rare, or a jackknife over clusters. Without a score the advice alone makes the strata.
    The note tells the gap of all scores together.

    >>> import wfaudit as wf
    >>> from wfaudit.measures.overrides.adjustment import adjusted
    >>> row = adjusted(wf.load("plain"), by="sex").to_frame().iloc[1]
    >>> round(row["estimate"], 3), row["note"]
    (np.float64(-0.007), 'all scores together -0.6 in 100; 60 strata')
    """
    case = case.by_deciders
    if measure not in WAYS:
        raise not_one_of("override rate", measure, WAYS)
    _require(case)
    keys = case.keys(by)
    chosen = declared_reference(case, keys, reference)
    return _result(case, keys, "gap", _gaps(held(case, keys, measure)[0], chosen))


def crude(case: Case, measure: str = "override_rate", *, by: By = None) -> Result:
    """How often each group is overridden, whatever the score, of the people whom ``adjusted`` compares."""
    if measure not in WAYS:
        raise not_one_of("override rate", measure, WAYS)
    _require(case)
    keys = case.keys(by)
    return _result(case, keys, "rate", _rates(held(case, keys, measure)[0]))


def lacks(case: Case) -> str:
    """Why overrides can't be held against the score, or nothing."""
    if "weight" in case.roles:
        return "it would take every row as one, and rows are declared to weigh more"
    if case.evidence == "counts":
        return "a published table holds no single people"
    return case.lacks(("decision",))


def _require(case: Case) -> None:
    case.unweighted(MEASURE)
    if case.evidence == "counts":
        raise AuditError(f"{MEASURE} can't be measured: {lacks(case)}.")
    case.require(("decision",), MEASURE)


# --- rows


def _gaps(of: Held, chosen: str) -> list[dict[str, Any]]:
    """Every group against the reference, among people of strata that hold both."""
    names = of.names
    if chosen not in names:
        raise no_group(JOIN.join(of.keys), chosen, names)
    ref = names.index(chosen)
    found = None if of.case.cluster else _scored(of, ref)
    return [_gap(of, g, ref, found[g] if found else None) for g in range(len(names))]


def _scored(of: Held, ref: int) -> list[dict[str, Any]]:
    """Score limits of all groups at once; the error is the longer arm's, so that findings claim no more."""
    level = of.case.choices.level
    (k, n), (k_ref, n_ref) = (_counts(x) for x in (of.people.n, of.people.n[ref]))
    found = adjusted_gap(k, n, k_ref, n_ref, level)
    gap, low, high = found.estimate, found.low, found.high
    se = np.maximum(gap - low, high - gap) / deviate(level)
    rows = zip(*(x.tolist() for x in (gap, low, high, se)), strict=True)
    names = ("estimate", "low", "high", "se")
    return [
        dict(zip(names, row, strict=True)) | {"df": np.inf, "transform": "identity"} for row in rows
    ]


def _gap(of: Held, g: int, ref: int, scored: dict[str, Any] | None) -> dict[str, Any]:
    """One group against the reference."""
    (k, n), (k_ref, n_ref) = (_counts(of.people.n[side]) for side in (g, ref))
    both = (n > 0) & (n_ref > 0)
    sums = [int(x[both].sum()) for x in (k, n, k_ref, n_ref)]
    line = of.line(g) | {"reference": of.names[ref]}
    line |= dict(zip(("k", "n", "k_reference", "n_reference"), sums, strict=True))
    none = {"estimate": np.nan, "low": np.nan, "high": np.nan}
    if g == ref:
        return line | none | {"estimate": 0.0, "note": SELF}
    if not both.any():
        score = " and like scores" if "score" in of.case.roles else ""
        return line | none | {"note": ALONE.format(score=score)}
    told = scored or _told(over_clusters(of.people, (g, ref), _pooled, GAP, of.case.choices.level))
    together = 100 * (k.sum() / n.sum() - k_ref.sum() / n_ref.sum())
    many = "1 stratum" if both.sum() == 1 else f"{both.sum()} strata"
    crude = f"all scores together {together:+.1f} in 100; {many}"
    return line | told | {"note": told.get("note") or crude}


def _rates(of: Held) -> list[dict[str, Any]]:
    """Every group by itself, all strata together."""
    k, n = (x.sum(axis=1).astype(np.float64) for x in _counts(of.people.n))
    level = of.case.choices.level
    low, high = wilson(k, n, level)
    lines: list[dict[str, Any]] = []
    for g in range(len(n)):
        told: dict[str, Any] = {"estimate": np.nan, "low": low[g], "high": high[g], "note": NOBODY}
        if n[g] and of.case.cluster:
            told = _told(over_clusters(of.people, (g,), _shares, SHARE, level)) | {
                "transform": "logit"
            }
        elif n[g]:
            told |= {"estimate": k[g] / n[g], "note": ""}
        lines.append(of.line(g) | {"k": int(k[g]), "n": int(n[g])} | told)
    return lines


def _counts(table: Any) -> tuple[Any, Any]:
    """How many were moved, and of how many."""
    return table[..., 0], table.sum(axis=-1)


def _pooled(mine: Any, theirs: Any) -> Read:
    """The pooled gap, and among how many of each side: those in strata that hold both."""
    (k, n), (k_ref, n_ref) = _counts(mine), _counts(theirs)
    counts = strata(k, n, k_ref, n_ref)
    asked = np.stack([np.nansum(x, axis=-1) for x in (counts.n, counts.n_ref)])
    return np.asarray(pooled_gap(counts, counts.usual)), asked


def _shares(mine: Any) -> Read:
    k, n = _counts(mine)
    return share(k.sum(axis=-1), n.sum(axis=-1))


def _told(found: LeftOut) -> dict[str, Any]:
    """A number with its limits over clusters, or why it has none."""
    note = str(found.note)
    told: dict[str, Any] = {
        name: np.nan if note else float(getattr(found, name))
        for name in ("estimate", "low", "high", "se")
    }
    told |= {"df": float(found.df), "clusters": int(found.clusters), "transform": "identity"}
    return told | {"note": note}


def _result(case: Case, keys: tuple[str, ...], kind: Kind, lines: list[dict[str, Any]]) -> Result:
    score = " and like scores" if "score" in case.roles else ""
    ways = tuple(dict.fromkeys(line["at"] for line in lines))
    says, interval = SAYS, "Wilson score interval"
    more: dict[str, Any] = {"at_name": "way", "at_values": ways}
    if kind == "gap":
        says, interval = SAYS + LIKE.format(score=SCORE if score else ""), SCORED
        more["sentence"] = (
            "Of 100 {group} {saw}, {mine} were moved from the advice ({at}), of 100 {reference}, {theirs}; "
            f"held against people with the same advice{score}"
        )
    told = jackknife(case) if case.cluster else interval
    return made(case, MEASURE, kind, says, told, lines, by=keys, **more)


# --- questions of an audit


def _ask(case: Case) -> Iterable[Result]:
    """Every way at once: each group's own rates, whatever the score, and the gaps held to the score."""
    for keys in compared(case):
        every, chosen = held(case, keys, *WAYS), declared_reference(case, keys)
        yield _result(case, keys, "rate", [line for one in every for line in _rates(one)])
        yield _result(case, keys, "gap", [line for one in every for line in _gaps(one, chosen)])


QUESTIONS: dict[str, Question] = {
    MEASURE: Question(says=SAYS + LIKE.format(score=SCORE), lacks=lacks, ask=_ask),
}
