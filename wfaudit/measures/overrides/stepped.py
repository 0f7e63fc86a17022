"""What a roll-out in steps did to the people of each group, place by place, and what it rests on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import stdtr

from wfaudit.case import Case
from wfaudit.estimators import leftout
from wfaudit.estimators.leftout import LeftOut, Read
from wfaudit.estimators.staggered import Effects, dealt_anew, effects, places
from wfaudit.measures.gathered import Floats, Keys
from wfaudit.measures.overrides.offices import Offices, RollOut, count_offices
from wfaudit.measures.overrides.showing import said
from wfaudit.measures.rate import RATES

MOST = 12  # periods before and after the start that have a row of their own
OVERALL = "all periods since the start"
EDGES = (-2.0, 2.0)


@dataclass(frozen=True, slots=True, eq=False)
class Stepped:
    """What is asked of a case, its people counted, and the places that can be told."""

    case: Case
    measure: str
    roll_out: RollOut
    offices: Offices
    labels: tuple[str, ...]
    before: int  # how many of the labels, after the first, lie before the start

    def side(self, members: list[int]) -> tuple[Floats, Floats]:
        """Who counts and among how many of some groups, in offices by periods."""
        k, n = (x[members].sum(axis=0) for x in (self.offices.k, self.offices.n))
        return k, n

    def effects(self, members: list[int]) -> Effects:
        """The effects on the people of some groups."""
        return effects(*self.side(members), self.offices.starts, MOST)

    def read(self, mine: Effects, theirs: Effects | None = None) -> LeftOut:
        """Effects with their limits, or how far those of two groups lie apart."""
        full, without, scale = mine.full, mine.without, leftout.NUMBER
        if theirs is not None:
            full, without = _less(full, theirs.full), _less(without, theirs.without)
            scale = replace(scale, edges=EDGES)
        found = leftout.left_out(full, [without], scale, self.case.choices.level)
        return replace(found, note=np.char.replace(found.note, "cluster", "office"))


def _less(one: Read, other: Read) -> Read:
    return one[0] - other[0], np.concatenate([one[1], other[1]])


def counted(case: Case, measure: str, roll_out: RollOut, keys: Keys) -> Stepped:
    """Count the people of a roll-out, and say which places can be told."""
    found = count_offices(case, keys, roll_out, RATES[measure])
    before, after = places(found.starts, found.n.shape[2], MOST)
    labels = [f"{back + 1} periods before the start" for back in before]
    labels += [f"period {on + 1} since the start" for on in after]
    return Stepped(case, measure, roll_out, found, (OVERALL, *labels), len(before))


# --- what is noted


def noted(
    asked: Stepped, at: int, sides: list[list[int]], found: Effects, shown: LeftOut
) -> dict[str, Any]:
    """What a number rests on; a reason why it can't be told stands alone."""
    if shown.note[at]:
        return {}
    told = [f"{found.offices[at]:.0f} offices, held against {found.others[at]:.0f}"]
    if at == 0:
        told += [*_before(asked, shown), *_lots(asked, sides), *_left_out(asked, sides, found)]
    return {"note": "; ".join(filter(None, told))}


def _before(asked: Stepped, shown: LeftOut) -> Iterator[str]:
    """Whether offices moved apart before anything started: the smallest p-value, for as many as there are."""
    early = slice(1, 1 + asked.before)
    far = np.abs(shown.estimate[early] / shown.se[early])
    known = ~np.isnan(far)
    if not known.any():
        yield "trends before the start could not be compared"
        return
    p = min(1.0, float(known.sum() * 2 * stdtr(shown.df[early], -far)[known].min()))
    differ = p <= 1 - asked.case.choices.level
    yield (
        f"{'trends already differed' if differ else 'no difference seen in trends'} before the start "
        f"({_in_words(p)}, the smallest of {known.sum()}, adjusted)"
    )


def _in_words(p: float) -> str:
    return f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"


def _lots(asked: Stepped, sides: list[list[int]]) -> Iterator[str]:
    if asked.roll_out.by_lot:
        k, n = (np.stack(x) for x in zip(*map(asked.side, sides), strict=True))
        p, exact = dealt_anew(k, n, asked.offices.starts)
        yield said(p, f"days dealt anew to offices, {'all ways' if exact else '999 drawn'}")


def _left_out(asked: Stepped, sides: list[list[int]], found: Effects) -> Iterator[str]:
    mine, offices = sides[0], asked.offices
    for left, why in (
        (offices.starting, "in a period in which their office starts"),
        (offices.started, "whose office showed it from the first period on"),
        (offices.elsewhere, "without a day or of other offices"),
    ):
        if n := int(left[mine].sum()):
            yield f"{n:,} {why} left out"
    if found.alone:
        yield f"{int(found.alone):,} left out for want of two offices to compare with"
