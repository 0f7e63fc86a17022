"""The same texts with the names of each group: scores, places in lists, and lists that change."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wfaudit.errors import AuditError
from wfaudit.estimators import crossed, leftout
from wfaudit.estimators.leftout import LeftOut, Read, Scale
from wfaudit.estimators.means import Mean
from wfaudit.result import Result
from wfaudit.swaps import lists
from wfaudit.swaps.asked import MOST, Floats, Groups, Setting
from wfaudit.swaps.told import Swapped, Words, cut, itself, line, result
from wfaudit.texts.names import written

BY = "name"
OVER = "t interval over names and texts (two-way random effects)"
GIVEN = "t interval over names; the {n} texts are taken as given"
KNIFE = "jackknife over names, t; texts and lists are taken as given"


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What every name makes of every text: one score, and chances to stand in the top of each list."""

    scores: dict[str, Floats]  # by group: names by texts
    tops: dict[str, Floats]  # by group: names by texts by lists


def swapped(asked: Setting, groups: Groups, reference: str) -> Swapped:
    """All that a swap of names tells."""
    found, notes = _score(asked, groups)
    order = [*(group for group in groups if group != reference), reference]
    results = [*_pair(asked, _words(asked, "score"), found.scores, order)]
    if len(asked.texts) > asked.top:
        shares = {group: asked.kept(cells) for group, cells in found.tops.items()}
        results += _pair(asked, _words(asked, "top_share"), shares, order)
        results += _changes(asked, found.tops, order)
    else:
        notes += (
            f"{len(asked.texts):,} texts: all of them stand in the top {asked.top}, so lists can't change",
        )
    return Swapped(tuple(results), asked.notes + notes)


def _score(asked: Setting, groups: Groups) -> tuple[Scored, tuple[str, ...]]:
    names = [name for some in groups.values() for name in some]
    size = len(names) * len(asked.texts) * len(asked.against)
    if size > MOST:
        raise AuditError(
            f"{len(names):,} names in {len(asked.texts):,} texts against {len(asked.against):,} make "
            f"{size:,} scores; up to {MOST:,} are held at a time. Give fewer texts, or fewer of against."
        )
    texts = [text for name in names for text in written(asked.texts, name)]
    cells = asked.scores(texts).reshape(len(names), len(asked.texts), len(asked.against))
    at = np.cumsum([0, *map(len, groups.values())])
    parts = {group: cells[at[i] : at[i + 1]] for i, group in enumerate(groups)}
    # the others have what they score on average over names, where each group counts alike
    pool = np.mean([part.mean(axis=0) for part in parts.values()], axis=0)
    top = partial(lists.in_top, pool=pool, top=asked.top)
    tops = {group: np.stack([top(one) for one in part]) for group, part in parts.items()}
    return Scored({g: asked.kept(part) for g, part in parts.items()}, tops), asked.told(texts)


def _words(asked: Setting, what: str) -> Words:
    top = f"the top {asked.top}"
    mean = "each against its own" if asked.own else "against all that they are held against"
    where = f"{top} of its own list" if asked.own else f"{top} of a list"
    told = {
        "score": (
            f"Mean score of the same texts ({mean}) with the names of each group",
            "The same texts with {group} score {mine} on average; with {reference}, {theirs}", "number",
        ),
        "top_share": (
            f"How often a text stands in {where}, all others having their mean scores over names",
            f"With {{group}} a text stands in {where} {{mine}} times in 100; with {{reference}}, {{theirs}}",
            "share",
        ),
        "top_changes": (
            f"Share of lists in which some text enters or leaves {top} when a name of the reference is "
            "changed for one of the group (for the reference: for another of its own names)",
            f"In place of {{reference}}, {{group}} change who stands in {top} of {{mine}} in 100 lists; "
            "other {reference}, of {theirs}",
            "share",
        ),
    }  # fmt: skip
    says, sentence, unit = told[what]
    share: Any = unit
    return Words(measure=f"name_swap_{what}", says=says, sentence=sentence, unit=share)


# --- scores and places


def _pair(
    asked: Setting, words: Words, cells: dict[str, Floats], order: list[str]
) -> Iterator[Result]:
    few = len(asked.texts) < crossed.FEWEST
    interval = GIVEN.format(n=len(asked.texts)) if few else OVER
    level, texts = asked.choices.level, {"people": len(asked.texts)}
    own = {group: cut(crossed.mean(cells[group], level), words.unit, gap=False) for group in order}
    alone = [line(BY, group, len(cells[group]), shown, **texts) for group, shown in own.items()]
    yield result(asked.choices, words, "value", interval, alone)
    reference = order[-1]
    against: dict[str, Any] = {"reference": reference, "n_reference": len(cells[reference])} | texts
    held = {g: crossed.difference(cells[g], cells[reference], level) for g in order[:-1]}
    gaps = [
        line(BY, g, len(cells[g]), cut(shown, words.unit, gap=True), **against)
        for g, shown in held.items()
    ]
    gaps.append(itself(BY, reference, len(cells[reference])))
    yield result(asked.choices, words, "gap", interval, gaps)


# --- lists that change


def _changes(asked: Setting, tops: dict[str, Floats], order: list[str]) -> Iterator[Result]:
    words, reference = _words(asked, "top_changes"), order[-1]
    within = turned(tops[reference], tops[reference])
    across = {group: turned(tops[group], tops[reference]) for group in order[:-1]}
    n = {group: len(tops[group]) for group in order}
    lists_ = {"people": len(asked.against)}
    level = asked.choices.level
    alone = [line(BY, g, n[g], _known(knifed(f, None, level)), **lists_) for g, f in across.items()]
    alone += [line(BY, reference, n[reference], _known(knifed(None, within, level)), **lists_)]
    yield result(asked.choices, words, "value", KNIFE, alone)
    against: dict[str, Any] = {"reference": reference, "n_reference": n[reference]} | lists_
    gaps = [
        line(BY, g, n[g], _known(knifed(f, within, level)), **against) for g, f in across.items()
    ]
    yield result(asked.choices, words, "gap", KNIFE, [*gaps, itself(BY, reference, n[reference])])


def turned(one: Floats, other: Floats) -> Floats:
    """Share of lists that change, for every pair of names."""
    return np.array([[lists.changed(mine, theirs) for theirs in other] for mine in one])


def knifed(across: Floats | None, within: Floats | None, level: float) -> LeftOut:
    """Mean over pairs of names of two groups, less that over pairs of one, leaving out a name at a time."""
    mine = np.arange(0 if across is None else len(across))
    theirs = np.arange(0 if across is None else across.shape[1])
    theirs = theirs if within is None else np.arange(len(within))
    full = _mean(across, within, mine, theirs)
    values = [_mean(across, within, np.delete(mine, i), theirs) for i in mine]
    values += [_mean(across, within, mine, np.delete(theirs, j)) for j in theirs]
    sides = [len(side) for side in (mine, theirs) if len(side)]
    asked = np.array(sides, dtype=np.float64)[:, None]
    left = np.repeat(asked[:, None], len(values), axis=1)
    of = np.repeat(np.arange(len(sides)), sides)
    left[of, np.arange(len(values)), 0] -= 1
    parts: Read = (np.array(values)[:, None], left)
    edges = (0.0, 1.0) if across is None or within is None else (-1.0, 1.0)
    return leftout.left_out((np.array([full]), asked), [parts], Scale("identity", edges), level)


def _mean(
    across: Floats | None, within: Floats | None, mine: NDArray[np.int64], theirs: NDArray[np.int64]
) -> float:
    """Pairs of a name with itself are no pairs."""
    value = 0.0 if across is None else float(across[np.ix_(mine, theirs)].mean())
    if within is None:
        return value
    n = len(theirs)
    own = within[np.ix_(theirs, theirs)].sum() / (n * (n - 1)) if n > 1 else np.nan
    return float(value - own if across is not None else own)


def _known(found: LeftOut) -> Mean:
    """The one place of a jackknife, in the words of names."""
    note = str(found.note[0]).replace("clusters", "names").replace("cluster", "name")
    note = note.replace("the names do not vary", "nothing varies")
    shown = (found.estimate[0], found.se[0], found.low[0], found.high[0])
    return Mean(*shown, np.array(note), found.df[0])
