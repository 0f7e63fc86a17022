"""Do the tests notice when a number is computed wrongly? `make mutants`. Not a test.

Draws small changes to the numeric modules (see mutate.py), makes each in a copy of the project,
runs the tests of that module on it and counts how many changes at least one test notices.

Only a module's own tests are run: its doctests, tests/test_<module>.py, and SHARED where they
import it; never those marked long, and none that reads a clock. Hypothesis looks at FEW examples a
law; a change that gets past that is looked at again with the number each test itself asks for, so
a survivor is a change that the tests as they stand don't notice. A test that runs out of time
has noticed. What is not run could notice more: the share killed errs to the low side.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import os
import random
import sys
import tempfile
import time
from collections import deque
from dataclasses import replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from mutants.children import Job, copies, race
from mutants.mutate import SEED, Mutant, mutants_of
from mutants.report import Outcome, Tally, report

DRAWN, CPU_SECONDS = 400, 60
SHARED = ("test_inversion.py", "test_coverage.py")
NOBODY = Outcome("survived", "no test", 0.0)
say = partial(print, flush=True)


# --- what is mutated, and which tests are asked


def modules(root: Path) -> dict[str, Path]:
    """The numeric modules there are, by name."""
    files = sorted((root / "wfaudit" / "estimators").glob("*.py"))
    return {f.stem: f for f in files if f.stem != "__init__"}


def candidates(root: Path, names: dict[str, Path]) -> list[Mutant]:
    """Every mutant of these modules."""
    found = []
    for path in names.values():
        text = path.read_text(encoding="utf-8")
        found += mutants_of(text, path.relative_to(root).as_posix())
    return found


def files_asked(root: Path, name: str, names: dict[str, Path]) -> list[str]:
    """Its doctests and its tests; a module without any is asked through those that import it."""
    own = {path for p in (f"test_{name}.py", f"test_{name}_*.py") for path in _tests(root, p)}
    if not own:
        users = [n for n, path in names.items() if name in imported(path)]
        own = {path for user in users for path in _tests(root, f"test_{user}.py")}
    shared = {path for s in SHARED for path in _tests(root, s) if name in imported(path)}
    files = [names[name], *sorted(own), *sorted(shared - own)]
    return [path.relative_to(root).as_posix() for path in files]


def _tests(root: Path, pattern: str) -> list[Path]:
    return list((root / "tests").rglob(pattern))


def imported(path: Path) -> set[str]:
    """Last parts of all names and modules a file imports, wherever it does."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= {(node.module or "").split(".")[-1], *(a.name for a in node.names)}
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[-1] for a in node.names}
    return found


def load_before_forking(files: list[Path]) -> None:
    """Import once what the tests import at their head, but nothing of the project itself."""
    for path in (path for path in files if path.exists()):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            named = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            named += [node.module or "."] if isinstance(node, ast.ImportFrom) else []
            for name in named:
                top = name.split(".")[0]
                if top not in ("", "wfaudit", "mutants") and importlib.util.find_spec(top):
                    importlib.import_module(name)


# --- the whole run


def unchanged(
    tests: set[str], trees: dict[Path, Path], limit: float
) -> tuple[dict[str, float], list[str]]:
    """Seconds each file's tests take on the code as it is, and the files whose tests fail on it."""
    spent: dict[str, float] = {}
    failing: list[str] = []
    for job, got in race(deque(Job((test,), 10 * limit) for test in sorted(tests)), trees):
        verdict = {"survived": "passes", "no test": "holds no test"}.get(got.verdict, "FAILS")
        say(f"unchanged: {job.tests[0]} {verdict}, {got.seconds:.1f} s {got.by}".rstrip())
        if verdict == "passes":
            spent[job.tests[0]] = got.seconds
        elif verdict == "FAILS":
            failing.append(job.tests[0])
    return spent, failing


def sound(jobs: list[Job], trees: dict[Path, Path]) -> set[tuple[str, ...]]:
    """Of the tests these jobs run together, those that pass together on the code as it is."""
    controls = {job.tests: replace(job, mutant=None) for job in jobs if job.tests}
    ended = race(deque(controls.values()), trees)
    return {job.tests for job, got in ended if got.verdict == "survived"}


def jobs_for(
    drawn: list[Mutant], asked: dict[str, list[str]], spent: dict[str, float], limit: float
) -> list[Job]:
    """A job a mutant: the fastest tests first, and three times what they take unchanged."""
    jobs = []
    for mutant in drawn:
        tests = [test for test in asked[mutant.file] if test in spent]
        tests = [*tests[:1], *sorted(tests[1:], key=lambda test: spent[test])]
        enough = max(limit, 3 * sum(spent[test] for test in tests))
        jobs.append(Job(tuple(tests), enough, mutant))
    return jobs


def hunt(jobs: list[Job], trees: dict[Path, Path]) -> Tally:
    """Run every mutant; those that survive few examples once more with all."""
    tally, late = Tally(), []
    queue = deque(job for job in jobs if job.tests)
    for job in jobs:
        if not job.tests:
            tally.add(job.mutant, NOBODY)
    for job, got in race(queue, trees):
        tally.cpu += got.seconds
        if not job.again and got.verdict == "survived":
            queue.append(replace(job, again=True))
        elif job.again and got.verdict in ("killed", "broke off"):
            late.append((job, got))
        else:
            # No law was cut short, or the laws in full take too long: nobody has noticed.
            tally.add(job.mutant, replace(got, verdict="survived") if job.again else got)
        tally.second_look += job.again
    holds = sound([job for job, _ in late], trees)
    for job, got in late:
        tally.add(job.mutant, got if job.tests in holds else NOBODY)
    return tally


def chosen(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=DRAWN, help="how many mutants to draw")
    parser.add_argument("--module", action="append", help="only this module (may be repeated)")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--limit", type=float, default=CPU_SECONDS, help="CPU seconds a mutant")
    parser.add_argument("--list", action="store_true", help="print the mutants drawn and stop")
    parser.add_argument("--results", type=Path, help="write the report here")
    return parser.parse_args(arguments)


def main() -> int:
    """Draw, run, count, say; 1 where a test fails on the code as it is."""
    os.environ |= {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    args, began = chosen(), time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        trees = copies(args.root, Path(place))
        root = next(iter(trees.values()))
        every, drawn = draw(root, args)
        if args.list:
            say(*drawn, sep="\n")
            return 0
        tally, failing = judged(root, drawn, trees, args)
    text = report(every, tally, failing, time.monotonic() - began)
    say("\n" + text)
    if where := args.results or (whole(args) and Path(__file__).with_name("results.md")):
        where.write_text(text, encoding="utf-8")
    return int(bool(failing))


def whole(args: argparse.Namespace) -> bool:
    return not args.module and args.sample == DRAWN


def draw(root: Path, args: argparse.Namespace) -> tuple[list[Mutant], list[Mutant]]:
    """All mutants there are, and a simple random sample of them."""
    names = {n: p for n, p in modules(root).items() if not args.module or n in args.module}
    every = candidates(root, names)
    if not every:
        raise SystemExit(f"Nothing to change. There are: {', '.join(modules(root))}")
    drawn = random.Random(SEED).sample(every, min(args.sample, len(every)))
    say(f"{len(every)} mutants of {len(names)} modules, {len(drawn)} drawn with seed {SEED}")
    return every, drawn


def judged(
    root: Path, drawn: list[Mutant], trees: dict[Path, Path], args: argparse.Namespace
) -> tuple[Tally, list[str]]:
    """What came of each mutant, and the test files that could not be asked."""
    names = modules(root)
    asked = {p.relative_to(root).as_posix(): files_asked(root, n, names) for n, p in names.items()}
    wanted = {test for mutant in drawn for test in asked[mutant.file]}
    load_before_forking([root / test for test in ("tests/conftest.py", *wanted)])
    spent, failing = unchanged(wanted, trees, args.limit)
    jobs = jobs_for(drawn, asked, spent, args.limit)
    together = {job.tests for job in jobs if len(job.tests) > 1} - sound(jobs, trees)
    failing += [" with ".join(tests) for tests in sorted(together)]
    if failing and whole(args):
        raise SystemExit(f"Put right first what fails on the code as it is: {', '.join(failing)}")
    able = [replace(job, tests=()) if job.tests in together else job for job in jobs]
    return hunt(able, trees), failing


if __name__ == "__main__":
    sys.exit(main())
