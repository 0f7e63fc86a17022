"""What came of the mutants: counts, an interval, and the list of those nobody noticed."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version

from mutants.mutate import EQUIVALENT, KEYWORDS, LARGE, SEED, SMALL, Mutant

say = partial(print, flush=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: str
    by: str
    seconds: float


@dataclass(slots=True)
class Tally:
    """What has come in so far."""

    found: list[tuple[Mutant, Outcome]] = field(default_factory=list)
    cpu: float = 0.0
    second_look: int = 0

    def add(self, mutant: Mutant, got: Outcome) -> None:
        if got.verdict == "no test":
            raise RuntimeError(f"no test was run on {mutant}")
        self.found.append((mutant, got))
        by = f"  by {got.by}" if got.by else ""
        say(f"{len(self.found):4} {got.verdict:11} {got.seconds:5.1f} s  {mutant}{by}")

    def killed(self) -> int:
        return sum(got.verdict != "survived" for _, got in self.found)


def report(every: list[Mutant], tally: Tally, failing: list[str], wall: float) -> str:
    """The whole page, in Markdown."""
    low, high = _wilson(tally.killed(), len(tally.found))
    share = tally.killed() / len(tally.found)
    date = datetime.now(UTC).date().isoformat()
    used = ", ".join(f"{p} {version(p)}" for p in ("numpy", "scipy", "pytest", "hypothesis"))
    lines = [
        "# Do the tests notice a number computed wrongly?",
        "",
        f"**{tally.killed()} of {len(tally.found)} mutants killed: {share:.1%}, 95 % interval "
        f"{low:.1%} to {high:.1%}** (Wilson; a simple random sample, seed {SEED}, of the "
        f"{len(every)} mutants there are).",
        "",
        f"{date}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {used}. Took {wall / 60:.1f} minutes "
        f"({tally.cpu / 60:.1f} of CPU, {tally.cpu / len(tally.found):.1f} s a mutant); "
        f"{tally.second_look} were looked at twice. `make mutants` repeats it; run.py says how.",
        "",
        *[f"Not asked, because it fails on the code as it is: {f}\n" for f in failing],
        *_table("module", every, tally, lambda m: m.file),
        *_table("kind of change", every, tally, lambda m: m.kind),
        *_left_out(),
        "## Survivors",
        "",
        *[f"- {m} in `{m.text}`" for m in sorted(_survivors(tally), key=_place)],
    ]
    return "\n".join(lines) + "\n"


def _wilson(k: int, n: int) -> tuple[float, float]:
    from scipy.stats import binomtest  # not our own: that is what is being tested

    found = binomtest(k, n).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)


def _place(mutant: Mutant) -> tuple[str, int, int]:
    return mutant.file, mutant.line, mutant.start


def _survivors(tally: Tally) -> list[Mutant]:
    return [mutant for mutant, got in tally.found if got.verdict == "survived"]


def _table(head: str, every: list[Mutant], tally: Tally, of: Callable[[Mutant], str]) -> list[str]:
    """Drawn, killed and survived by module or by kind; out of time counts as killed."""
    there, drawn = Counter(map(of, every)), Counter(of(m) for m, _ in tally.found)
    ends = Counter((of(m), got.verdict) for m, got in tally.found)
    lines = [f"| {head} | there are | drawn | killed | of these out of time | survived |"]
    lines += ["| --- | --: | --: | --: | --: | --: |"]
    for name in sorted(there):
        survived, late = ends[name, "survived"], ends[name, "out of time"]
        killed = drawn[name] - survived
        lines += [f"| {name} | {there[name]} | {drawn[name]} | {killed} | {late} | {survived} |"]
    return [*lines, ""]


def _left_out() -> list[str]:
    lines = ["Left out, because changing them changes no number by more than rounding:", ""]
    lines += [f"- `{name}`: {why}" for name, why in EQUIVALENT.items()]
    lines += [f"- `{name}=`: {why}" for name, why in KEYWORDS.items()]
    lines += [f"- numbers nearer to 0 than {SMALL:g} (tolerances) or beyond {LARGE:g} (ceilings)"]
    lines += ["- `for _ in ...`: how often an iteration is repeated; messages, types, docstrings"]
    return [*lines, ""]
