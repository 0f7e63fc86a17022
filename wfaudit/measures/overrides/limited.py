"""The parts of a decision with their limits: people drawn anew, or clusters left out one at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.choices import EVERYONE, JOIN
from wfaudit.estimators.estimates import deviate
from wfaudit.estimators.kitagawa import DRAWS, Floats, limits, redrawn
from wfaudit.estimators.leftout import Read
from wfaudit.estimators.leftout import Scale as Limits
from wfaudit.measures.clustered import jackknife, over_clusters
from wfaudit.measures.made import NOBODY, made
from wfaudit.measures.overrides.parts import (
    COMPOSITION,
    DETAILS,
    RATE,
    TOLD,
    Detail,
    Laid,
    Row,
    Scale,
    Told,
    by_cluster,
)
from wfaudit.result import SELF, Kind, Result

Groups = tuple[int, ...]
Columns = list[dict[str, Any]]
Limited = Callable[[Groups, Floats], Columns]
TINY = 1e-12  # widths that are none but for rounding
NOBODY_THERE = "nobody to count in the reference group"
NO_ADVICE = "nobody had this advice: no interval"
ONE_SIDED = "nobody had this advice on one side: all of it is put down to composition"
NOT_MOVED = "nobody was moved so"
NO_LIMITS = ": no interval"
FLAT = "nothing varies: no interval"
DRAWN = (
    f"percentile interval of {DRAWS:,} multinomial redraws of each group's counts, half a person added to "
    "each cell"
)


def said(on: Scale, down_to: Detail) -> str:
    """What the parts are, in words."""
    return f"Parts of {TOLD[on].of}: {DETAILS[down_to]}"


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """One split of one case by one key set, checked and counted."""

    case: Case
    keys: tuple[str, ...]
    on: Scale
    down_to: Detail
    laid: Laid
    seed: int

    @property
    def told(self) -> Told:
        """How it is told."""
        return TOLD[self.on]

    @property
    def measure(self) -> str:
        """The measure's name."""
        return self.told.measure(self.down_to)

    def line(self, row: Row, g: int, name: str) -> dict[str, Any]:
        """The columns of a row that are counted."""
        label, part, _ = row
        n = self.laid.n[g]
        k = int(n[part.worth != 0].sum()) if self.told.unit == "share" else None
        return {
            "measure": self.measure, "by": JOIN.join(self.keys) or EVERYONE, "group": name, "at": label,
            "n": int(n.sum()), "k": k,
        }  # fmt: skip

    def result(self, kind: Kind, lines: list[dict[str, Any]]) -> Result:
        """The rows as a result."""
        says = said(self.on, self.down_to)
        interval = jackknife(self.case) if self.case.cluster else f"{DRAWN} (seed {self.seed})"
        more: dict[str, Any] = {"unit": self.told.unit, "judged": False}
        if kind == "gap":
            of, per = self.told.gap, self.told.per
            sides = f"{{group}} against {{reference}}, {per}"
            more["sentence"] = f"What “{{at}}” adds to the gap in {of}, {sides}"
        labels = tuple(label for label, _, _ in self.laid.rows)
        return made(
            self.case, self.measure, kind, says, interval, lines, by=self.keys, at_name="part",
            at_values=labels, **more,
        )  # fmt: skip


def _estimate(asked: Split, *sides: Any) -> Floats:
    """A group's own numbers, or two groups' gaps; 0 is never below 0."""
    laid = asked.laid
    return (laid.values(*sides) if len(sides) == 1 else laid.gaps(*sides)) + 0.0


def limited(asked: Split) -> Limited:
    """What finds limits of all rows for a group, or for two: the columns that tell them."""
    return _clustered(asked) if asked.case.cluster else _drawn(asked)


def _drawn(asked: Split) -> Limited:
    """Percentiles of counts drawn anew; the error is the longer arm's, so that findings claim no more."""
    laid, level = asked.laid, asked.case.choices.level

    def drawn(g: int) -> Floats:
        generator = np.random.default_rng([asked.seed, _twins(laid.n, g), *laid.n[g].tolist()])
        return redrawn(laid.n[g].astype(np.float64), laid.can, generator)

    def found(groups: Groups, estimate: Floats) -> Columns:
        low, high = limits(_estimate(asked, *(drawn(g) for g in groups)), estimate, level)
        se = np.maximum(estimate - low, high - estimate) / deviate(level)
        return [
            {"low": a, "high": b, "se": s, "df": np.inf, "transform": "identity", "note": ""}
            if b - a > TINY else {"note": FLAT}
            for a, b, s in zip(low.tolist(), high.tolist(), se.tolist(), strict=True)
        ]  # fmt: skip

    return found


def _twins(n: Any, g: int) -> int:
    """How many groups before this one have the same counts: draws hang on counts, not on names."""
    return int((n[:g] == n[g]).all(axis=1).sum())


def _clustered(asked: Split) -> Limited:
    """A jackknife that leaves out a cluster at a time."""
    people, level = by_cluster(asked.case, asked.laid), asked.case.choices.level
    far = 1.0 if asked.on == "flag" else float(len(asked.case.roles["decision"].order) - 1)

    def read(*tables: Any) -> Read:
        sides = [table[..., 0].astype(np.float64) for table in tables]
        value = _estimate(asked, *sides)
        return value, np.stack(
            [np.broadcast_to(s.sum(axis=-1)[..., None], value.shape) for s in sides]
        )

    def found(groups: Groups, estimate: Floats) -> Columns:
        left = over_clusters(people, groups, read, Limits(edges=(-far, far)), level)
        told = (left.low, left.high, left.se, left.df, left.clusters, left.note)
        names = ("low", "high", "se", "df", "clusters", "note")
        rows = zip(*(np.broadcast_to(x, estimate.shape).tolist() for x in told), strict=True)
        return [dict(zip(names, row, strict=True)) | {"transform": "identity"} for row in rows]

    return found


def lines_of(asked: Split, groups: Groups, limited: Limited) -> list[dict[str, Any]]:
    """The numbers of all rows for a group, or for a group and its reference."""
    none = {"low": np.nan, "high": np.nan}
    rows, sizes = tuple(asked.laid.rows), [int(asked.laid.n[g].sum()) for g in groups]
    if len(groups) > 1 and groups[0] == groups[1]:
        return [none | {"estimate": 0.0, "note": SELF} for _ in rows]
    if not all(sizes):
        return [
            none | {"estimate": np.nan, "note": NOBODY_THERE if sizes[0] else NOBODY} for _ in rows
        ]
    estimate = _estimate(asked, *(asked.laid.n[g].astype(np.float64) for g in groups))
    found = zip(rows, estimate.tolist(), limited(groups, estimate), strict=True)
    return [_told(asked.laid, row, groups, none | {"estimate": x} | told) for row, x, told in found]


def _told(laid: Laid, row: Row, groups: Groups, found: dict[str, Any]) -> dict[str, Any]:
    """One row, and a note where it rests on nobody: with limits only where advice was there to move from."""
    _, part, cause = row
    if part.among is None:
        return found
    held = [int(laid.n[g][part.among].sum()) for g in groups]
    if not any(held) or (cause == RATE and not all(held)):
        why = ONE_SIDED if any(held) else NO_ADVICE
        return {"estimate": found["estimate"], "low": np.nan, "high": np.nan, "note": why}
    if any(laid.n[g][part.worth != 0].sum() for g in groups):
        return found
    if cause == COMPOSITION:
        found |= {"low": np.nan, "high": np.nan, "se": np.nan, "note": NOT_MOVED + NO_LIMITS}
    return found | {"note": found["note"] or NOT_MOVED}
