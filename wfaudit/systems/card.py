"""A system's card in Markdown: what it asks and answers, whence, and what to doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wfaudit.systems.inputs import Levels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wfaudit.systems.inputs import Input
    from wfaudit.systems.system import System


def card(system: System) -> str:
    """Write the card: score, tiers, source, doubts, inputs.

    >>> from wfaudit.systems import load
    >>> card(load("jsci")).splitlines()[0]
    '# JSCI (Australia, 2011)'
    """
    parts = [
        f"# {system.name}\n\n{system.says} Tiers: {', '.join(system.order)}.",
        f"## Whence?\n\n{system.source}",
        _listed("What was invented here?", system.invented),
        _listed("What was never published, or not read?", system.not_published),
        _listed("What is known to be wrong with it?", system.known_wrong),
        f"## What does it ask?\n\n{_table(system.asked)}",
    ]
    return "\n\n".join(parts) + "\n"


def _listed(title: str, lines: Sequence[str]) -> str:
    return f"## {title}\n\n" + "\n".join(f"- {line}" for line in lines)


def _table(asked: Sequence[Input]) -> str:
    head = "| input | meaning | name in the source | answers | basis |\n|---|---|---|---|---|"
    return "\n".join([head, *map(_line, asked)])


def _line(one: Input) -> str:
    answers = "; ".join(one.levels) if isinstance(one, Levels) else f"{one.low:g} to {one.high:g}"
    return f"| `{one.name}` | {one.says} | {one.published_as or 'none'} | {answers} | {one.basis} |"
