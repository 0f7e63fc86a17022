"""The search: subgroups are guessed in one half of the people and counted once in the other.

Needs no protected attribute. One half is searched for subgroups in whom things go wrong, or are
overridden, more often; what is found there is a guess. Each guess is then counted once in the other
half, at which nobody had looked, so its interval is an ordinary one; all guesses are one
confirmatory family, adjusted by Holm's method where they are read.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from html import escape
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.case import Case
from wfaudit.choices import REST, Choices
from wfaudit.errors import listed
from wfaudit.estimators import clusters, intervals
from wfaudit.halves import GROUP, halves, state_names
from wfaudit.measures.made import NOBODY
from wfaudit.measures.rate import Rate
from wfaudit.measures.tally import masks
from wfaudit.measures.verb_rows import JACKKNIFE, KINDS, NO_RATIO, NOBODY_THERE
from wfaudit.result import Result, assemble
from wfaudit.subgroups import slices
from wfaudit.subgroups.asked import DEPTH, KEEP, columns_of, plain, rate_of
from wfaudit.subgroups.levels import Levels, cut
from wfaudit.subgroups.overlap import overlaps, said, shares

Bools = NDArray[np.bool_]
BY = "subgroup found by search"
NO_SPAN = (np.nan, np.nan)
HALVED = "the search took the other half of all clusters"
RIGHT = ("accuracy", "precision", "negative_predictive_value")  # low is what goes wrong


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What a search found: gaps in the half kept for confirming, overlaps, what to know.

    ``overlaps`` says of each subgroup which level of each declared group stands out most among it
    (see ``wfaudit.subgroups.overlap``); ``searched`` is how many subgroups there were to find.
    """

    result: Result
    overlaps: pd.DataFrame
    searched: int
    notes: tuple[str, ...]

    @property
    def overlapping(self) -> tuple[str, ...]:
        """For each subgroup, the declared group that stands out most among its people, in words."""
        return tuple(said(row, self.result.choices) for row in self._most)

    @property
    def beside(self) -> dict[str, str]:
        """The same by subgroup, without its name."""
        return {row["group"]: shares(row, self.result.choices) for row in self._most}

    @property
    def _most(self) -> list[dict[str, Any]]:
        return cast(Any, self.overlaps.drop_duplicates("group")).to_dict("records")

    def __repr__(self) -> str:
        """The gaps, which declared groups the subgroups overlap, what to know."""
        return "\n".join([repr(self.result), *self.overlapping, *self.notes])

    def _repr_html_(self) -> str:
        told = "".join(f"<li>{escape(line)}</li>" for line in (*self.overlapping, *self.notes))
        return f"{cast(Any, self.result)._repr_html_()}<ul>{told}</ul>"


def search(
    case: Case,
    measure: str = "false_negative_rate",
    *,
    among: Sequence[str] | None = None,
    seed: int = 0,
    depth: int = DEPTH,
    keep: int = KEEP,
) -> Search:
    """Look for subgroups with high error or override rates that nobody declared, and confirm them.

    ``among`` names the declared inputs (or groups) to tell people by, without it all inputs;
    ``depth`` says how many may be joined, ``keep`` how many subgroups go on to be confirmed. Where a
    measure is a share of what went right (accuracy, precision), low rates are looked for.

    >>> ages = np.arange(20, 70).repeat(24)
    >>> high = np.arange(1200) % np.where(ages < 30, 2, 5) == 0
    >>> case = Case.from_dict({"source": pd.DataFrame({"age": ages, "high": high}),
    ...                        "roles": {"flagged": "high"}, "inputs": {"age": {}}})
    >>> search(case, "selection_rate").result.to_frame()["group"].tolist()
    ['age under 29']
    """
    rate = rate_of(case, measure)
    names = columns_of(case, among, depth, keep)
    one, other = _halves(case, rate, names, seed)
    cuts = [cut(plain(name), one.rows[name]) for name in names]
    looked = slices.look(one.codes(names, cuts), one.hit ^ (measure in RIGHT), depth, keep)
    codes = other.codes(names, cuts)
    guesses = [_Guess(_told(s, cuts), slices.members(codes, s)) for s in looked.subgroups]
    searched = slices.possible([len(c.words) for c in cuts], depth)
    result = _Confirmed(case, measure, rate, other).result(guesses, looked.people, searched)
    notes = _notes(one, measure, looked.people, [c.name for c in cuts if len(c.words) < 2])
    groups: Any = other.rows[[f"{GROUP}{group.name}" for group in case.groups]]
    shared = overlaps([(g.told, g.inside) for g in guesses], groups.rename(columns=plain))
    return Search(result, shared, searched, notes)


# --- the two halves


@dataclass(frozen=True, slots=True, eq=False)
class _Half:
    """The people of one half who are asked, and which of them count."""

    rows: pd.DataFrame
    hit: Bools

    def codes(self, names: list[str], cuts: list[Levels]) -> NDArray[np.int64]:
        """Each person's level of each input."""
        told = zip(names, cuts, strict=True)
        return np.column_stack([levels.codes(self.rows[name]) for name, levels in told])


def _halves(case: Case, rate: Rate, names: list[str], seed: int) -> list[_Half]:
    """Both halves, with what people are told by, their declared groups, and their cluster."""
    states = list(state_names(case))
    groups = [f"{GROUP}{group.name}" for group in case.groups]
    cluster = [case.cluster] if case.cluster else []
    found: list[_Half] = []
    wanted = list(dict.fromkeys([*names, *groups, *states, *cluster]))
    for rows in cast(Any, halves(case, wanted, seed=seed)):
        hit, asked = masks(rows[states], rate, 0)
        found.append(_Half(rows[asked].reset_index(drop=True), hit[asked]))
    return found


def _told(subgroup: slices.Subgroup, cuts: list[Levels]) -> str:
    return ", ".join(cuts[at].words[level] for at, level in subgroup)


def _notes(one: _Half, measure: str, people: int, same: list[str]) -> tuple[str, ...]:
    taken = one.rows.attrs.get("note", "")
    notes = {
        f"{taken}.": taken,
        "Low rates were looked for: the measure is a share of what went right.": measure in RIGHT,
        f"Nobody of the half that is searched can be asked for {measure}.": not len(one.hit),
        f"Nothing to search by, the same for everyone: {listed(same)}.": same and len(one.hit),
        f"Of {len(one.hit):,} people {people:,} were searched, drawn by a seeded hash; all would have "
        "taken too long.": people < len(one.hit),
    }
    return tuple(note for note, so in notes.items() if so)


# --- confirming, in the other half


@dataclass(frozen=True, slots=True, eq=False)
class _Guess:
    """A subgroup in words, and who of the other half is in it."""

    told: str
    inside: Bools


@dataclass(frozen=True, slots=True, eq=False)
class _Confirmed:
    """The half kept for confirming: every guess is counted in it once."""

    case: Case
    measure: str
    rate: Rate
    half: _Half

    @property
    def kind(self) -> Literal["gap", "ratio"]:
        """The scale the measure is judged on."""
        tolerance = self.case.choices.tolerance(self.measure)
        return tolerance.scale if tolerance else "gap"

    def result(self, guesses: list[_Guess], people: int, searched: int) -> Result:
        """The guesses, each compared with everyone else who is asked."""
        rows, evidence = zip(*map(self._row, guesses), strict=True) if guesses else ((), ())
        table, proof = assemble(_columns(rows), _columns(evidence))
        words, choices = asdict(self.case.choices.words), _declared(self.case.choices, self.measure)
        return Result(
            table=table, evidence=proof, measure=self.measure, kind=self.kind,
            definition=self.rate.says.format(**words), interval=self._interval(people, searched),
            choices=choices, among=self.rate.who.format(**words),
            does=self.rate.does.format(at="{at}", **words), by=(BY,),
        )  # fmt: skip

    def _row(self, guess: _Guess) -> tuple[dict[str, Any], dict[str, Any]]:
        hit, inside = self.half.hit, guess.inside
        k, n = int((hit & inside).sum()), int(inside.sum())
        k_ref, n_ref = int(hit.sum()) - k, len(hit) - n
        note, estimate = self._estimate(k, n, k_ref, n_ref)
        (low, high), proof = self._span(guess, (k, n, k_ref, n_ref)) if not note else (NO_SPAN, {})
        row = {"measure": self.measure, "by": BY, "group": guess.told, "reference": REST, "at": ""}
        counts = {"n": n, "n_reference": n_ref}
        row |= {**counts, "estimate": estimate, "low": low, "high": high}
        return (
            row | {"note": note or proof.pop("note", "")},
            {"k": k, "k_reference": k_ref, **counts, **proof},
        )

    def _estimate(self, k: int, n: int, k_ref: int, n_ref: int) -> tuple[str, float]:
        if not n or not n_ref:
            return (NOBODY_THERE if n else NOBODY), np.nan
        if self.kind == "gap":
            return "", k / n - k_ref / n_ref
        return ("", k * n_ref / (n * k_ref)) if k_ref else (NO_RATIO, np.nan)

    def _span(self, guess: _Guess, counts: tuple[int, int, int, int]) -> tuple[Any, dict[str, Any]]:
        """The interval, and what it rests on where people come in clusters."""
        level = self.case.choices.level
        if not self.case.cluster:
            method = intervals.newcombe if self.kind == "gap" else intervals.ratio_score
            low, high = method(*counts, level)
            return (float(low), float(high)), {}
        knife = self._knife(guess.inside)
        proof = {
            name: getattr(knife, name) for name in ("se", "df", "transform", "clusters", "note")
        }
        if knife.df < clusters.FEWEST - 2:
            proof["note"] = f"{knife.note} ({HALVED})"
        return knife.interval(level), proof

    def _knife(self, inside: Bools) -> clusters.Jackknife:
        at, there = pd.factorize(self.half.rows[self.case.cluster], use_na_sentinel=False)
        sides = [
            np.bincount(at[who], minlength=len(there)).astype(float)
            for side in (inside, ~inside)
            for who in (side & self.half.hit, side)
        ]
        how = clusters.jackknife_gap if self.kind == "gap" else clusters.jackknife_ratio
        return how(*sides)

    def _interval(self, people: int, searched: int) -> str:
        name = JACKKNIFE if self.case.cluster else KINDS[self.kind]
        return (
            f"{100 * self.case.choices.level:g} % {name}, among the {len(self.half.hit):,} people kept "
            f"for confirming; {searched:,} subgroups were searched among {people:,} others"
        )


def _declared(choices: Choices, measure: str) -> Choices:
    """The choices, with the guesses as a family to confirm and words for them."""
    return replace(
        choices,
        confirm=(*choices.confirm, f"{measure} by {BY}"),
        confirm_with="Holm",
        phrases=(*choices.phrases, (BY, f"{choices.words.people} in the subgroup “{{level}}”")),
    )


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(key for row in rows for key in row)
    return {"group": []} | {name: [row.get(name) for row in rows] for name in names}
