"""The command line: a thin top layer. Exit 0 done, 1 raised (with --fail-on raised), 2 bad input."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from wfaudit import __version__
from wfaudit.errors import AuditError


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"wfaudit: {message}. See wfaudit --help.\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code; what goes wrong is one line on standard error."""
    given = _parser().parse_args(argv)
    try:
        return int(given.run(given))
    except AuditError as problem:
        line = " ".join(str(problem).split())
        sys.stderr.write(f"wfaudit: {line}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("wfaudit: stopped; nothing was written.\n")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="wfaudit", description="Audit the models that sort job seekers.")
    parser.add_argument("--version", action="version", version=f"wfaudit {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command", parser_class=_Parser)
    demo = _command(commands, "demo", _demo, "audit 4,870 real résumés and what employers did")
    demo.add_argument("--out", type=Path, default=Path("wfaudit-demo"), metavar="DIR")
    check = _command(commands, "check", _check, "check a case and list what it can answer")
    check.add_argument("case", type=Path, metavar="CASE.toml")
    run = _command(commands, "run", _run, "audit a case and write the report")
    run.add_argument("case", type=Path, metavar="CASE.toml")
    run.add_argument("--out", type=Path, required=True, metavar="DIR")
    _command(commands, "datasets", _datasets, "list the cases that come with wfaudit")
    for command in (demo, run):
        command.add_argument("--fail-on", choices=["raised"], help="exit 1 if anything is raised")
    return parser


def _command(commands: Any, name: str, run: Any, says: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=says, description=says)
    parser.add_argument("--json", action="store_true", help="print for a machine to read")
    parser.set_defaults(run=run)
    return parser


def _demo(given: argparse.Namespace) -> int:
    from wfaudit.catalogue import load

    return _audited(load("callbacks"), given)


def _run(given: argparse.Namespace) -> int:
    from wfaudit.case import read_case
    from wfaudit.report.files import free_for_us

    free_for_us(given.out)
    return _audited(read_case(given.case), given)


def _audited(case: Any, given: argparse.Namespace) -> int:
    from wfaudit.auditing import audit

    done = audit(case, progress=True)
    report = done.report(given.out, progress=True)
    raised = [f for f in done.findings if f.answer == "raised"]
    if given.json:
        _say_json(
            {
                "case": done.choices.name,
                "report": str(report),
                "findings": _counted(done),
                "raised": [f.says for f in raised],
            }
        )
    else:
        _say(_summary(done, report))
    return 1 if given.fail_on and raised else 0


def _counted(done: Any) -> dict[str, int]:
    answers = ("raised", "cannot tell", "clear")
    return {a: sum(f.answer == a for f in done.findings) for a in answers}


def _summary(done: Any, report: Path) -> str:
    lines = [done.choices.name, ", ".join(f"{n} {a}" for a, n in _counted(done).items()) + "."]
    lines += [f"  {f.says}" for f in done.findings if f.answer == "raised"]
    lines += [f"  Data: {q.says}" for q in done.data_quality]
    lines += [f"{len(done.cannot_test)} questions could not be tested; the report says why."]
    return "\n".join([*lines, f"Report: {report}"])


def _check(given: argparse.Namespace) -> int:
    from wfaudit.auditing import can, prepare
    from wfaudit.case import read_case

    case = read_case(given.case)
    quality = prepare(case)
    able = can(case)
    if given.json:
        _say_json(
            {
                "case": case.choices.name,
                "rows": case.door.rows,
                "evidence": case.evidence,
                "measures": able.to_dict("records"),
                "data_quality": [asdict(q) for q in quality],
            }
        )
        return 0
    _say(f"{case.choices.name}: {case.door.rows:,} rows, evidence: {case.evidence}.")
    for group in case.groups:
        n, whom = len(case.door.levels[group.name]), group.reference or "nobody"
        _say(f"  {group.name}: {n} groups, compared with {whom}")
    for line in able.to_dict("records"):
        why = f": {line['why']}" if line["why"] else ""
        _say(f"  {'yes' if line['possible'] else 'no '}  {line['measure']}{why}")
    for q in quality:
        _say(f"  data: {q.says}")
    return 0


def _datasets(given: argparse.Namespace) -> int:
    from wfaudit.catalogue import datasets

    listed = datasets()
    if given.json:
        _say_json(listed.to_dict("records"))
        return 0
    wide = max(len(name) for name in listed["name"])
    for c in listed.to_dict("records"):
        name = f"{c['name']:<{wide}}"
        _say(f"{name}  {c['evidence']:<8}  {c['people']:>7,}  {c['data']:<8}  {c['title']}")
    return 0


def _say_json(value: Any) -> None:
    _say(json.dumps(value, ensure_ascii=False))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
