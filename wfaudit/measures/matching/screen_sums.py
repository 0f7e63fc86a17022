"""Numbers of screens from sums over people, and the results they make."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.estimators import leftout, screened
from wfaudit.estimators.leftout import LeftOut, Read, Scale
from wfaudit.estimators.screened import Verdicts
from wfaudit.measures.asked import Compare, chosen, require
from wfaudit.measures.compared import Against, Rows, Told, against, finished, numbers
from wfaudit.measures.gathered import Floats
from wfaudit.measures.made import By
from wfaudit.measures.matching.screened import Screens, lacks_screens, limits, screens
from wfaudit.result import Kind, Result

SAME, OTHER, ANY_TWO = (
    "employers of one vendor",
    "employers of different vendors",
    "any two employers",
)
FREE, UNIT = Scale("identity", (-np.inf, np.inf)), Scale("identity", (0.0, 1.0))
PARTED = "a person's rows are of several groups, so people can't be followed by them"
GROUP, ALL_OF_THEM = "among its applicants of the same group", "among its applicants"
# columns of each person; the first seven of people with verdicts of two employers or more
PEOPLE, DOWN, CHANCE, SAME_UP, SAME_DOWN, OTHER_UP, OTHER_DOWN, ALL, DOORS, OPEN = range(10)


def columns(verdicts: Verdicts) -> Floats:
    """What is summed over people: see the names of the columns."""
    n, down, chance = screened.turned_down(verdicts)
    several = (n > 1).astype(np.float64)
    together, ways = screened.alike(verdicts), screened.doors(verdicts)
    parts = [several, several * down, several * chance, *together.T, (n > 0) * 1.0, *ways.T]
    return np.stack(parts, axis=-1).astype(np.float64)


def _divided(top: Floats, bottom: Floats, n: Floats) -> Read:
    with np.errstate(all="ignore"):
        return np.where(bottom > 0, top / bottom, np.nan), n[None]


def share(sums: Floats) -> Read:
    """Share turned down everywhere."""
    return leftout.share(sums[..., DOWN], sums[..., PEOPLE])


def chance(sums: Floats) -> Read:
    """The same, of screens apart."""
    return _divided(sums[..., CHANCE], sums[..., PEOPLE], sums[..., PEOPLE])


def excess(sums: Floats) -> Read:
    """The one less the other."""
    return _divided(sums[..., DOWN] - sums[..., CHANCE], sums[..., PEOPLE], sums[..., PEOPLE])


def mean(column: int, sums: Floats) -> Read:
    """Mean of a column over everybody with a verdict."""
    return _divided(sums[..., column], sums[..., ALL], sums[..., ALL])


def _phi(columns: tuple[int, ...], sums: Floats) -> Read:
    up, down = (sums[..., columns[side::2]].sum(axis=-1) for side in (0, 1))
    return _divided(up, down, sums[..., PEOPLE])


def between(sums: Floats) -> Read:
    """Correlation behind one door less that behind different doors."""
    same, n = _phi((SAME_UP, SAME_DOWN), sums)
    return same - _phi((OTHER_UP, OTHER_DOWN), sums)[0], n


def ways(asked: Screens) -> dict[str, Any]:
    """Which pairs of employers are held against each other: of one vendor and others, or any."""
    if not asked.shared.any():
        columns = (SAME_UP, SAME_DOWN, OTHER_UP, OTHER_DOWN)
        return {ANY_TWO: partial(_phi, columns)}
    return {
        SAME: partial(_phi, (SAME_UP, SAME_DOWN)),
        OTHER: partial(_phi, (OTHER_UP, OTHER_DOWN)),
    }


def spread(verdicts: Verdicts) -> Floats:
    """What the entropy of who is let through is found from."""
    asked = np.bincount(verdicts.person, minlength=verdicts.people) > 0
    return np.column_stack([asked, screened.evenness(verdicts)]).astype(np.float64)


def even(sums: Floats) -> Read:
    """The exponential of the entropy, over the people who asked."""
    return _flat(sums, 2)


def even_apart(sums: Floats) -> Read:
    """The same, of screens apart."""
    return _flat(sums, 3)


def even_gap(sums: Floats) -> Read:
    """The one less the other."""
    return _flat(sums, 2)[0] - _flat(sums, 3)[0], sums[..., 0][None]


def _flat(sums: Floats, column: int) -> Read:
    n, total, logs = sums[..., 0], sums[..., 1], sums[..., column]
    with np.errstate(all="ignore"):
        value = np.exp(np.log(total) - logs / total) / n
    return np.where(total > 0, value, np.nan), n[None]


# --- results


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a group: how it is told, read from sums and limited; which column is its n."""

    told: Told
    read: Any
    scale: Scale
    people: int = PEOPLE


def told_by(case: Case, number: Number, by: By, compare: Compare) -> Result:
    """A number of every group, alone or held against its reference."""
    told, read, scale = number.told, number.read, number.scale
    require(told.measure, lacks_screens(case))
    keys = case.keys(by)
    asked = screens(case, keys)
    if not asked.whole:
        require(
            told.measure,
            "a person's rows are of several groups, so people can't be followed by them",
        )
    told, sums = worded(told, asked), asked.sums("rows", columns)
    own = limits(sums, read, scale, case.choices.level)
    pairs = against(asked.laid, chosen(case, keys, compare), own.estimate) if compare else None
    shown = limits(sums, read, scale, case.choices.level, pairs) if pairs else own
    counted = _counts(told, sums[0], shown, pairs)
    rows = Rows(told, asked.laid, "", sums[0][:, number.people], pairs)
    transform = "logit" if scale is leftout.SHARE else "identity"
    lines = list(rows.lines(lambda g, _: counted[g] | numbers(shown, g, transform)))
    kind: Kind = "gap" if compare else "value" if told.sentence else "rate"
    return made_of(told, asked, kind, lines)


def _counts(
    told: Told, sums: Floats, shown: LeftOut, pairs: Against | None
) -> list[dict[str, int]]:
    """How many were turned down everywhere, in each group and its reference, where that is what is told."""
    if shown.estimate.size and told.sentence:
        return [{} for _ in range(len(shown.estimate))]
    k = sums[:, DOWN]
    if pairs is None:
        return [{"k": int(x)} for x in k]
    return [{"k": int(x), "k_reference": int(y)} for x, y in zip(k, pairs.weights @ k, strict=True)]


def worded(told: Told, asked: Screens) -> Told:
    """Among whom verdicts are dealt anew: those of the same outcome, or of like relevance, where declared."""
    if not asked.fit:
        return told
    also = f"{GROUP} and{asked.fit.removeprefix(' of')}", f"{ALL_OF_THEM}{asked.fit}"
    texts = {
        name: text.replace(GROUP, also[0]) if GROUP in text else text.replace(ALL_OF_THEM, also[1])
        for name, text in (("says", told.says), ("sentence", told.sentence))
    }
    return replace(told, says=texts["says"], sentence=texts["sentence"])


def made_of(
    told: Told, asked: Screens, kind: Kind, lines: list[dict[str, Any]], labels: tuple[str, ...] = ()
) -> Result:  # fmt: skip
    """Lines as a result, with what its limits are."""
    laid = replace(asked.laid, labels=labels) if labels else asked.laid
    return finished(asked.case, told, kind, asked.interval, lines, laid)
