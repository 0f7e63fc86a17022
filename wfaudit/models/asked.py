"""A predictor that is slow, far away or unreliable: asked in batches, with a time-out, each profile once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
import pandas as pd

from wfaudit.errors import AuditError, shown
from wfaudit.models.face import Floats, Model, Unit
from wfaudit.models.given import function

ONCE = (
    "The predictor was asked once about each profile and its answers remembered, so whether it says the same "
    "of the same person again was not looked at."
)


def batched(  # noqa: PLR0913 - each says something else of the predictor
    ask: Callable[[pd.DataFrame], Any], inputs: Sequence[str], *, size: int = 1_000, timeout: float = 60.0,
    retries: int = 2, name: str = "", unit: Unit | None = None, gaps: bool = False,
) -> Model:  # fmt: skip
    """A model out of a predictor that takes its time: ``size`` profiles at once, ``timeout`` seconds.

    A batch that is not answered in time, or raises, is asked ``retries`` times more; then an AuditError
    says how many people were answered. Their answers stay, so that asking again goes on from there.

    >>> model = batched(lambda people: people["age"] / 100, ["age"], size=2, unit="probability")
    >>> model.score(pd.DataFrame({"age": [30.0, 50.0, 30.0]})).tolist()
    [0.3, 0.5, 0.3]
    """
    if size < 1 or retries < 0 or not timeout > 0:
        raise AuditError(
            "A batched predictor needs size of 1 or more, timeout above 0 (seconds), retries of 0 or more."
        )
    told = name or getattr(ask, "__name__", type(ask).__name__)
    asker = _Asker(ask, told, size, timeout, retries)
    return function(asker, inputs, name=told, unit=unit, gaps=gaps, notes=(ONCE,))


@dataclass(slots=True, eq=False)
class _Asker:
    """Asks about profiles it has not asked about yet; remembers answers by what a profile hashes to."""

    ask: Callable[[pd.DataFrame], Any]
    name: str
    size: int
    timeout: float
    retries: int
    known: dict[bytes, float] = field(default_factory=dict[bytes, float])

    def __call__(self, people: pd.DataFrame) -> Floats:
        """One score a person, in their order."""
        marks = _marks(people)
        first = {
            mark: at for at, mark in reversed(list(enumerate(marks))) if mark not in self.known
        }
        rows = sorted(first.values())
        for start in range(0, len(rows), self.size):
            chosen = rows[start : start + self.size]
            found, why = self._answered(people.iloc[chosen].reset_index(drop=True))
            if why:
                raise self._gave_up(marks, len(chosen), why)
            for at, score in zip(chosen, found, strict=True):
                self.known[marks[at]] = float(score)
        return np.array([self.known[mark] for mark in marks], dtype=np.float64)

    def _answered(self, profiles: pd.DataFrame) -> tuple[Floats, str]:
        """A batch's scores, or why there are none after all tries."""
        why = ""
        for _ in range(1 + self.retries):
            given, why = _within(self.ask, profiles, self.timeout)
            if not why:
                found = np.asarray(given, dtype=np.float64)
                if found.shape == (len(profiles),):
                    return found, ""
                why = f"gave an answer of shape {found.shape}"
        return np.empty(0), why

    def _gave_up(self, marks: Sequence[bytes], asked: int, why: str) -> AuditError:
        answered = sum(mark in self.known for mark in marks)
        times = "once" if self.retries == 0 else f"{1 + self.retries} times"
        return AuditError(
            f"{shown(self.name)}, asked {times} about {asked:,} profiles, {why}; {answered:,} of "
            f"{len(marks):,} people "
            "were answered before, and their answers are remembered. Ask again, with a longer timeout or a "
            "smaller size."
        )


def _marks(people: pd.DataFrame) -> list[bytes]:
    """What each profile hashes to: the same inputs, the same mark; missing is missing in whichever way."""
    columns = [_written(people[name]) for name in people.columns]
    lines = ("\x1f".join(cells) for cells in zip(*columns, strict=True))
    return [blake2b(line.encode(), digest_size=16).digest() for line in lines]


def _written(column: Any) -> list[str]:
    gone = column.isna().to_numpy()
    return ["" if lost else repr(cell) for cell, lost in zip(column.tolist(), gone, strict=True)]


def _within(
    ask: Callable[[pd.DataFrame], Any], profiles: pd.DataFrame, timeout: float
) -> tuple[Any, str]:
    """An answer, or what happened instead; a call that doesn't end is left behind, and stops nothing."""
    back: SimpleQueue[tuple[Any, str]] = SimpleQueue()

    def call() -> None:
        try:
            back.put((ask(profiles), ""))
        except Exception as problem:  # noqa: BLE001 - a predictor may raise anything
            back.put((None, f"stopped ({type(problem).__name__})"))

    threading.Thread(target=call, daemon=True).start()
    try:
        return back.get(timeout=timeout)
    except Empty:
        return None, f"did not answer within {timeout:g} seconds"
