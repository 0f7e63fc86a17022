"""One child process a job, two at a time, each in a copy of the project of its own."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mutants.mutate import Mutant
from mutants.report import Outcome

FEW, AT_ONCE = 20, 2
BYTES = 2**30  # a mutant that asks for more memory fails its test
SETTINGS = "_hypothesis_internal_use_settings"
CLOCKS = {"perf_counter", "process_time", "monotonic"}
ELSEWHERE = 70  # our own exit code: the tests imported another copy of the package


@dataclass(frozen=True, slots=True)
class Job:
    """Tests to run in a copy of the project: of a mutant, or unchanged where there is none."""

    tests: tuple[str, ...]
    limit: float
    mutant: Mutant | None = None
    again: bool = False


class Calm:
    """Leaves out tests that read a clock; makes Hypothesis repeatable and bounded.

    On the second look only the laws that were cut short are asked, now in full.
    """

    def __init__(self, examples: int, again: bool) -> None:
        self.examples, self.again = examples, again

    def pytest_collection_modifyitems(self, items: list) -> None:
        import hypothesis as h

        kept = [item for item in items if not _reads_a_clock(item)]
        items[:] = [i for i in kept if not self.again or _examples(i) > self.examples]
        for test in {_function(item) for item in items if _examples(item)}:
            asked = getattr(test, SETTINGS)
            most = asked.max_examples if self.again else min(asked.max_examples, self.examples)
            calm = h.settings(
                asked,
                max_examples=most,
                phases=(h.Phase.explicit, h.Phase.generate),
                suppress_health_check=list(h.HealthCheck),
                derandomize=True,
                database=None,
                deadline=None,
            )
            setattr(test, SETTINGS, calm)


def _function(item: object) -> object:
    test = getattr(item, "obj", None)
    return getattr(test, "__func__", test)


def _examples(item: object) -> int:
    return getattr(getattr(_function(item), SETTINGS, None), "max_examples", 0)


def _reads_a_clock(item: object) -> bool:
    return bool(CLOCKS & set(getattr(getattr(_function(item), "__code__", None), "co_names", ())))


def child(job: Job, tree: Path) -> int:
    """Run the tests of a job in a tree; never returns to the caller's code."""
    os.setsid()
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CPU, (int(job.limit), int(job.limit) + 1))
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))
    log = os.open(tree / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(tree)
    sys.path.insert(0, str(tree))
    sys.dont_write_bytecode = job.mutant is not None
    options = "-x -q --tb=no --no-header --assert=plain -ra -p no:cacheprovider -p no:xdist"
    options += " --doctest-modules --import-mode=importlib -c pyproject.toml --rootdir ."
    import pytest

    code = int(
        pytest.main([*options.split(), "-m", "not long", *job.tests], [Calm(FEW, job.again)])
    )
    ours = [m for n, m in sys.modules.items() if n.split(".")[0] == "wfaudit"]
    strange = [m for m in ours if not str(getattr(m, "__file__", tree)).startswith(str(tree))]
    sys.stdout.flush()
    return ELSEWHERE if strange and job.mutant is None else code


def start(job: Job, tree: Path) -> int:
    """Make the mutant and fork; the child's process number."""
    if job.mutant:
        path = tree / job.mutant.file
        path.write_text(job.mutant.into(path.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.flush()
    if pid := os.fork():
        return pid
    code = 3
    try:
        code = child(job, tree)
    finally:
        os._exit(code)


def race(jobs: deque[Job], trees: dict[Path, Path]) -> Iterator[tuple[Job, Outcome]]:
    """Outcomes as they come in; the receiver may put more jobs in the queue."""
    running: dict[int, tuple[Job, Path, float]] = {}
    free = list(trees)
    while jobs or running:
        while jobs and free:
            job, tree = jobs.popleft(), free.pop()
            running[start(job, tree)] = job, tree, time.monotonic()
        for pid, (job, tree, began) in list(running.items()):
            done, status, usage = os.wait4(pid, os.WNOHANG)
            if not done:
                if time.monotonic() - began > 10 * job.limit:
                    os.killpg(pid, signal.SIGKILL)
                continue
            del running[pid]
            free.append(tree)
            if job.mutant:
                shutil.copy2(trees[tree] / job.mutant.file, tree / job.mutant.file)
            log = (tree / "log.txt").read_text(encoding="utf-8", errors="replace")
            yield job, _outcome(status, log, usage.ru_utime + usage.ru_stime)
        time.sleep(0.02)


def _outcome(status: int, log: str, seconds: float) -> Outcome:
    code = os.waitstatus_to_exitcode(status)
    first = re.search(r"^(?:FAILED|ERROR) (?:\S*/)?(\S+)", log, re.M)
    by = first[1] if first else ""
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return Outcome("out of time", by, seconds)
    if code == ELSEWHERE:
        raise RuntimeError("the tests imported another copy of the package")
    named = {0: "survived", 1: "killed", 2: "killed", 4: "killed", 5: "no test"}
    return Outcome(named.get(code, "broke off"), by, seconds)


def copies(root: Path, place: Path) -> dict[Path, Path]:
    """As many copies of the project as run at once, each with the one it is put right from."""
    leave = shutil.ignore_patterns("__pycache__", "*.parquet", ".hypothesis", "build")
    still = place / "still"
    for name in ("wfaudit", "tests", "datasets"):
        if (root / name).exists():
            shutil.copytree(root / name, still / name, ignore=leave)
    shutil.copy2(root / "pyproject.toml", still)
    trees = [place / f"copy{i}" for i in range(AT_ONCE)]
    return {shutil.copytree(still, tree): still for tree in trees}
