"""Where a decision comes from: what the advice says, who was moved from it, who was decided on unseen.

People with advice and a decision are put into cells: their advice, their decision, whether the advice
was seen. Every part is what a person in a cell is worth, so that parts add up to the decision: those
flagged by the advice, those moved, those treated in the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.choices import HIGHEST, REST
from wfaudit.counts import Counts, Gridded, count, count_clustered, has_table
from wfaudit.errors import AuditError, not_one_of
from wfaudit.estimators.kitagawa import Bools, Floats, Strata, kitagawa
from wfaudit.measures.axis import asked
from wfaudit.measures.clustered import laid_out
from wfaudit.measures.rate import RATES
from wfaudit.result import Unit

Scale = Literal["flag", "tier"]
Detail = Literal["people", "way", "tier", "cause"]
Ints = NDArray[np.int64]
SEEN, UNSEEN, NOT_TOLD = range(3)
NOT_SEEN = "decided without having seen the advice"
NOT_WRITTEN = "not recorded whether the advice was seen"
ADVICE, DECISION = "advice", "decision"
COMPOSITION, RATE = "composition", "rate"


@dataclass(frozen=True, slots=True)
class Told:
    """How parts on one scale are told: what they are parts of, in what they are counted, what they need."""

    name: str
    of: str
    gap: str
    per: str
    unit: Unit
    needs: str

    def measure(self, down_to: Detail) -> str:
        """The measure's name: parts by tier, or coarser, or finer.

        >>> TOLD["flag"].measure("tier"), TOLD["tier"].measure("people")
        ('decision_rate_part', 'mean_decision_people_part')
        """
        return f"{self.name}_part" if down_to == "tier" else f"{self.name}_{down_to}_part"


TOLD: dict[Scale, Told] = {
    "flag": Told(
        name="decision_rate",
        of="the share of {people} whose decision is the same as being {flagged}",
        gap="being treated as {flagged}", per="in 100 people", unit="share", needs="treated",
    ),
    "tier": Told(
        name="mean_decision",
        of="the mean tier of {people} by decision (from one tier to the next is 1)",
        gap="the mean tier", per="in tiers a person", unit="number", needs="decision",
    ),
}  # fmt: skip
DETAILS: dict[Detail, str] = {
    "people": "the advice, and all that people did with it",
    "way": "the advice, moves up and down from it by those who saw it",
    "tier": "the advice, moves from each tier by those who saw it",
    "cause": "the advice, moves from each tier by those who saw it; a move by its causes, composition "
    "(how many had, and saw, the advice) and rate (how often they were moved), without a remainder "
    "(Kitagawa 1955)",
}


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One part: its label, what a person in each cell is worth, and for a move, whose advice it is."""

    label: str
    worth: Ints
    among: Bools | None = None


Row = tuple[str, Part, str]  # its label, what it is a part of, and by which cause


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """People in cells: ``n`` is groups by cells, ``place`` the cell of each state (-1: left out).

    ``can`` says which cells people can be in: where somebody is, and a step from any advice seen.
    """

    counts: Counts
    n: Ints
    place: Ints
    parts: tuple[Part, ...]
    can: Bools
    causes: bool = False

    @property
    def rows(self) -> Iterator[Row]:
        """Label, part and cause of each row; a move has two causes where it is split further."""
        for part in self.parts:
            if self.causes and part.among is not None:
                yield f"{part.label}: {COMPOSITION}", part, COMPOSITION
                yield f"{part.label}: {RATE}", part, RATE
            else:
                yield part.label, part, ""

    def values(self, n: Any) -> Floats:
        """What each part adds to a group's own number; cells are the last axis."""
        worth = np.array([part.worth for part in self.parts], dtype=np.float64)
        with np.errstate(all="ignore"):
            return np.asarray(n @ worth.T / n.sum(axis=-1)[..., None])

    def gaps(self, mine: Any, theirs: Any) -> Floats:
        """What each row adds to the gap; cells are the last axis of both."""
        plain = self.values(mine) - self.values(theirs)
        found: list[Floats] = []
        for at, part in enumerate(self.parts):
            if self.causes and part.among is not None:
                found += kitagawa(stratum(mine, part), stratum(theirs, part))
            else:
                found.append(plain[..., at])
        return np.stack(found, axis=-1)


def stratum(n: Any, part: Part) -> Strata:
    """Those with the advice that somebody is moved from."""
    assert part.among is not None
    return Strata(n @ part.among, n @ part.worth, n.sum(axis=-1))


def lay(case: Case, keys: tuple[str, ...], on: Scale, down_to: Detail) -> Laid:
    """Count people by advice, decision, and whether the advice was seen, and name the parts."""
    for what, given, known in (("scale", on, TOLD), ("detail", down_to, DETAILS)):
        if given not in known:
            raise not_one_of(what, given, known)
    measure = TOLD[on].measure(down_to)
    case.unweighted(measure)
    case.require((TOLD[on].needs,), measure)
    if why := lacking(case, on):
        raise AuditError(f"{measure} can't be measured: {why}.")
    counts = count(case, keys)
    if counts.most is not None and bool((counts.most > counts.n).any()):
        raise AuditError("The published table hides cells, so decisions can't be split into parts.")
    shape = _shape(case, on)
    place = _places(counts.states, on, shape)
    n = np.zeros((len(counts.groups), int(np.prod(shape))), dtype=np.int64)
    np.add.at(n.T, place[place >= 0], counts.n.T[place >= 0])
    parts = _merged(list(_parts(case, on, shape, n)), down_to)
    return Laid(counts, n, place, tuple(parts), _can(n, on, shape), down_to == "cause")


def lacking(case: Case, on: Scale) -> str:
    """Why a case's decisions can't be split on a scale, or nothing."""
    if "weight" in case.roles:
        return "it would take every row as one, and rows are declared to weigh more"
    if why := case.lacks((TOLD[on].needs,)):
        return why
    order = case.roles["decision"].order
    if on == "tier" and len(order) < 3:
        return "there are two kinds of decision, so decision_rate_part tells it all"
    return ""


def by_cluster(case: Case, laid: Laid) -> Gridded:
    """The same cells by cluster."""
    found = count_clustered(case, laid.counts.keys)
    place = laid.place[found.state]
    return laid_out(found, (*laid.n.shape, 1), (found.group, place, np.zeros_like(place)))


def compared(case: Case) -> Iterator[tuple[str, ...]]:
    """The groups that declare a level as their reference, and those crossed from them."""
    for keys in [*((g.name,) for g in case.groups), *case.intersections]:
        named = [case.group(key).reference for key in keys]
        if all(named) and not {REST, HIGHEST} & set(named) and has_table(case, keys):
            yield keys


# --- cells


def _shape(case: Case, on: Scale) -> tuple[int, int, int]:
    """How many kinds of advice and of decision there are; the last is whether advice was seen."""
    order = case.roles["decision"].order
    return len(order) or 2, len(order) if on == "tier" else 2, 3


def _places(states: Any, on: Scale, shape: tuple[int, int, int]) -> Ints:
    advice, decision = states["advice"], states["decision" if on == "tier" else "treated"]
    known = (advice.notna() & decision.notna()).to_numpy(dtype=bool)
    saw = states["saw"].astype("Int64").fillna(-1).to_numpy(dtype=np.int64)
    seen = np.select([saw == 1, saw == 0], [SEEN, UNSEEN], NOT_TOLD)
    at = [x.astype("Int64").fillna(0).to_numpy(dtype=np.int64) for x in (advice, decision)]
    return np.where(known, np.ravel_multi_index((*at, seen), shape), -1).astype(np.int64)


def _grid(on: Scale, shape: tuple[int, int, int], flag: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Of each cell the advice, whether it was seen, and what advice and decision are worth."""
    advice, decision, seen = np.indices(shape, dtype=np.int64).reshape(3, -1)
    return advice, seen, advice if on == "tier" else (advice >= flag).astype(np.int64), decision


def _can(n: Ints, on: Scale, shape: tuple[int, int, int]) -> Bools:
    everyone = n.sum(axis=0).reshape(shape)
    held = np.broadcast_to(everyone[:, :, SEEN].sum(axis=1)[:, None, None], shape)
    advice, decision, seen = np.indices(shape)
    near = (np.abs(decision - advice) <= 1) | (on == "flag")
    return ((everyone > 0) | ((held > 0) & near & (seen == SEEN))).ravel()


def _parts(case: Case, on: Scale, shape: tuple[int, int, int], n: Ints) -> Iterator[Part]:
    advice, seen, advised, decided = _grid(on, shape, _flag(case))
    step, some = decided - advised, n.sum(axis=0) > 0
    yield Part(ADVICE, advised)
    for word, way in (("up", 1), ("down", -1)):
        for at, label in _labels(case):
            mine = (advice == at) & (seen == SEEN)
            moved = mine & (way * step > 0)
            if moved.any():
                yield Part(f"moved {word} from {label}", step * moved, mine)
    if "saw" in case.states:
        yield Part(NOT_SEEN, step * (seen == UNSEEN))
    if (some & (seen == NOT_TOLD)).any():
        yield Part(NOT_WRITTEN, step * (seen == NOT_TOLD))
    yield Part(DECISION, decided)


def _merged(parts: list[Part], down_to: Detail) -> list[Part]:
    """The same parts, those between the advice and the decision added up: all of them, or by their way."""
    if down_to in ("tier", "cause"):
        return parts
    into: dict[str, Ints] = {}
    for part in parts[1:-1]:
        way = part.label.partition(" from ")[0] if part.among is not None else part.label
        label = "people" if down_to == "people" else way
        into[label] = into.get(label, np.zeros_like(part.worth)) + part.worth
    return [parts[0], *(Part(label, worth) for label, worth in into.items()), parts[-1]]


def _labels(case: Case) -> tuple[tuple[int, str], ...]:
    """Every kind of advice, the lowest first."""
    ups, downs = (asked(case, RATES[rate]) for rate in ("moved_up_rate", "moved_down_rate"))
    return (*ups, downs[-1])


def _flag(case: Case) -> int:
    """The first advice that flags."""
    flagged = case.roles.get("flagged")
    order = case.roles["decision"].order
    return order.index(flagged.tier_at_least) if flagged and flagged.tier_at_least and order else 1
