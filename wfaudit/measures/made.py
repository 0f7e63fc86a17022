"""Rows to a result: the one way in which measures that are neither rates nor values are put together."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from wfaudit.case import Case
from wfaudit.result import Kind, Result, assemble

By = str | tuple[str, ...] | None  # nothing, a group, or groups crossed
Lines = Sequence[dict[str, Any]]
NOBODY = "nobody to count"
SLOTS = ("group", "reference", "mine", "theirs", "mine_more", "theirs_more", "at")


def made(
    case: Case, measure: str, kind: Kind, says: str, interval: str, lines: Lines, **more: Any
) -> Result:  # fmt: skip
    """A result from its lines, each with the columns of the table and of the evidence.

    The case's own words are put into ``says``, and into ``sentence`` if it is among ``more``.
    """
    names = dict.fromkeys(name for line in lines for name in line)
    columns = {"group": []} | {name: [line.get(name) for line in lines] for name in names}
    table, evidence = assemble(columns, {n: columns[n] for n in names if n != "estimate"})
    words: dict[str, Any] = asdict(case.choices.words)
    if "sentence" in more:
        more["sentence"] = more["sentence"].format(**words, **{s: f"{{{s}}}" for s in SLOTS})
    told = f"{100 * case.choices.level:g} % {interval}"
    return Result(table, evidence, measure, kind, says.format(**words), told, case.choices, **more)
