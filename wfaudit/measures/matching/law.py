"""Impact ratios as two rules ask for them: New York City's Local Law 144, and four fifths of the EEOC."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.case.roles import Role
from wfaudit.counts import count_along, has_table, no_table
from wfaudit.errors import AuditError, not_one_of
from wfaudit.measures.matching.impact import impact
from wfaudit.measures.matching.law_table import ImpactTable

Keys = tuple[str, ...]
SELECTED, ABOVE = "selection rate", "scoring rate"
# roles that stay where another flag is asked for
KEPT = ("person", "cluster", "query", "item", "weight", "score", "tier", "count", "block", "group")


def ll144(
    case: Case,
    *,
    sex: str = "sex",
    race: str = "race",
    scored: bool | None = None,
    into: str | None = None,
    left_out: Mapping[str, str] | None = None,
) -> ImpactTable:
    """The tables that New York City's Local Law 144 asks for (6 RCNY 5-301): by sex, by race, by both.

    ``sex`` and ``race`` name declared groups. A tool that selects is told by the role ``flagged``, one that
    scores by ``score``: its rate is the share strictly above the median of everybody with a score, of
    known category or not. ``scored`` says which of both where the case declares both, or where published
    counts are of people above the median. A tool that puts people into classes is asked one class at a
    time: ``into`` names a tier, and the rate is the share put there. People of unknown category are in no
    ratio; how many, and what the ratio could be if they belonged anywhere, is told. ``left_out`` is a
    justification for each category below 2 % that the auditor leaves out of the impact ratios: it is
    shown all the same, marked, and is nobody's reference. Raises AuditError where a category is no
    smaller, or isn't there.

    >>> import wfaudit as wf
    >>> found = ll144(wf.load("ll144/selection")).to_frame()
    >>> found.query("group == 'Female'")[["n", "k", "rate", "impact_ratio"]].round(3).values.tolist()
    [[1181, 555, 0.47, 0.979]]
    """
    scores = into is None and _scored(case, scored)
    asked, median = _into(case, into) if into else _above_median(case) if scores else (case, ())
    sets: list[Keys] = [(sex,), (race,), (sex, race)]
    for keys in sets:
        asked.keys(keys)
    there = [keys for keys in sets if has_table(asked, keys)]
    if not there:
        raise AuditError(f"No published table counts people by {sex} or by {race}.")
    absent = tuple(no_table(keys) for keys in sets if keys not in there)
    return impact(asked, there, left_out or {}, ABOVE if scores else SELECTED, (*median, *absent))


def lacks_law(
    case: Case, *, sex: str = "sex", race: str = "race", scored: bool | None = None,
    into: str | None = None, **_: object,
) -> str:  # fmt: skip
    """Why a case can't carry the law's tables, or nothing; what is declared wrongly is no such reason."""
    if not any(has_table(case, keys) for keys in ((sex,), (race,), (sex, race))):
        return f"no published table counts people by {sex} or by {race}"
    needed = "tier" if into else _told_by(case, _scores(case, scored))
    return "" if needed in case.roles else f"the case declares no {needed}"


def four_fifths(
    case: Case, *, by: str | Keys, left_out: Mapping[str, str] | None = None
) -> ImpactTable:
    """Each group's selection rate against four fifths of the highest one (29 CFR 1607.4(D)).

    Less than four fifths is read strictly and in whole numbers of people: 48 of 100 against 60 of 100 is
    exactly 0.80 and not below. ``left_out`` is as in ``ll144``.

    >>> import wfaudit as wf
    >>> found = four_fifths(wf.load("eeoc"), by="race").to_frame()
    >>> found[["group", "impact_ratio", "below_four_fifths"]].values.tolist()[1:3]
    [['American Indian', 0.75, True], ['Hispanic', 0.8, False]]
    """
    if not case.keys(by):
        raise AuditError("Four fifths are of groups: name them with by=.")
    return impact(case, [case.keys(by)], left_out or {}, SELECTED, ())


# --- selection, or scores above the median


def _scores(case: Case, scored: bool | None) -> bool:
    """Whether the tool scores: as told, else where a case has scores and flags nobody."""
    return "flagged" not in case.roles and "score" in case.roles if scored is None else scored


def _told_by(case: Case, scores: bool) -> str:
    return "score" if scores and "count" not in case.roles else "flagged"


def _scored(case: Case, scored: bool | None) -> bool:
    """The same, refused where the case lacks the role that the rate is told by."""
    scored = _scores(case, scored)
    if (needed := _told_by(case, scored)) not in case.roles:
        raise AuditError(
            f"Local Law 144 needs {needed}, which this case does not declare. Add it under [roles]: flagged "
            "for a tool that selects, score for one that scores."
        )
    return scored


def _into(case: Case, tier: str) -> tuple[Case, tuple[str, ...]]:
    """The case in which those put into one tier count."""
    if "tier" not in case.roles:
        raise AuditError(
            "A class is a tier, and this case declares no tier. Declare it, or drop into."
        )
    order = case.roles["tier"].order
    if tier not in order:
        raise not_one_of("tier", tier, order)
    others = tuple(other for other in order if other != tier)
    flag = Role(name="flagged", column=case.roles["tier"].column, yes=(tier,), no=others)
    return _asked_anew(case, flag, f"put into “{tier}”"), ()


def _asked_anew(case: Case, flag: Role, words: str) -> Case:
    """The same people, those of another flag counting."""
    kept = {name: role for name, role in case.roles.items() if name in KEPT}
    choices = replace(case.choices, words=replace(case.choices.words, flagged=words))
    return replace(case, roles={**kept, "flagged": flag}, choices=choices, counted={})


def _above_median(case: Case) -> tuple[Case, tuple[str, ...]]:
    """The case in which those above the median count, and what is said of the median."""
    words = "scored above the median"
    if "count" in case.roles:
        told = "Counts are taken as people above the median; the published table does not print it."
        return _asked_anew(case, case.roles["flagged"], words), (told,)
    score = case.roles["score"]
    steps, n = _score_counts(case)
    if not n.sum():
        raise AuditError("Nobody has a score, so there is no median.")
    middle = _middle(steps, n)
    cut = (np.floor(middle) + 1) * score.resolution
    flag = Role(name="flagged", score_at_least=float(cut))
    at = int(n[steps == middle].sum())
    told = (
        f"The median of {int(n.sum()):,} scores, those of unknown category among them, is "
        f"{middle * score.resolution:g}, told in steps of {score.resolution:g}; {at:,} lie on it and count "
        "as not above: above is strictly above."
    )
    return _asked_anew(case, flag, words), (told,)


def _score_counts(case: Case) -> tuple[Any, Any]:
    """The scores there are, as steps of the resolution, rising, and how many rows have each."""
    cells = count_along(case, (), ("score",))
    at, values = cells.axes["score"]
    n = np.bincount(at, cells.n, minlength=len(values))
    known = np.array([value is not None and value == value for value in values], dtype=bool)
    steps = np.array([value if ok else 0 for value, ok in zip(values, known, strict=True)], float)
    order = np.argsort(steps[known])
    return steps[known][order], n[known][order]


def _middle(steps: Any, n: Any) -> float:
    """The median of counted values: the middle one, or half-way between the middle two."""
    top, size = np.cumsum(n), int(n.sum())
    low, high = (
        int(np.searchsorted(top, place, side="right")) for place in ((size - 1) // 2, size // 2)
    )
    return float(steps[low] + steps[high]) / 2
