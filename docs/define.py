"""Writes docs/definitions.md: every measure, what it says, what it needs, its interval. Run by `make definitions`."""

from dataclasses import asdict
from pathlib import Path

from wfaudit.choices import Words
from wfaudit.measures import DRIVERS, MATCHING, MOVES, QUESTIONS, RATES, SAYS, STATISTICS, TIERS
from wfaudit.measures.verb_rows import JACKKNIFE, KINDS

PAGE = Path(__file__).parent / "definitions.md"
HEAD = """# Definitions

Every measure by the field's name for it, in words, with what a case must declare for it. The words in braces are the case's own
(`[words]`). This page is written by `make definitions` from the code that measures; a test holds the two to each other.

Rates are shares of people; of each, `wf.gaps` and `wf.ratios` give the comparison with a reference. Where people come in clusters, all
intervals are a {jackknife} instead. What each interval is, with its source and measured coverage: [intervals.md](intervals.md).
"""
ALONG = {
    "score": "score, outcome",
    "time": "outcome with time, observed and horizons",
    "states": "decision on the scale of the advice",
}


def page():
    """The page as text."""
    slots = {name: f"{{{name}}}" for name in asdict(Words())}
    parts = [HEAD.replace("{jackknife}", JACKKNIFE)]
    parts.append(_table("Rates", ["measure", "says", "needs"], [
        [f"`{name}`", rate.says.format(**slots), ", ".join(rate.needs)] for name, rate in RATES.items()
    ]))  # fmt: skip
    parts.append(f"Intervals: {KINDS['rate']}; {KINDS['gap']}; {KINDS['ratio']}.\n")
    rows = [
        [
            f"`{name}`",
            one.says.format(**slots),
            _needs(one),
            f"{one.interval}; difference: {one.gap}",
        ]
        for name, one in STATISTICS.items()
    ]
    parts.append(_table("Other values", ["measure", "says", "needs", "interval"], rows))
    others = [[f"`{TIERS}`", SAYS.format(**slots), "tier of three or more levels"]]
    others += [
        [
            f"`{name}`",
            says.format(**slots),
            "person, period, state" + (", spell" if "spell" in name else ""),
        ]
        for name, says in MOVES.items()
    ]
    parts.append(_table("Ordered tiers and moves", ["measure", "says", "needs"], others))
    asked = [[f"`{name}`", one.says.format(**slots)] for name, one in QUESTIONS.items()]
    parts.append(
        _table(
            "What people do with the advice, asked of the whole case", ["measure", "says"], asked
        )
    )
    matched = [[f"`{name}`", one.says.format(**slots)] for name, one in MATCHING.items()]
    parts.append(
        _table(
            "Who is shown to whom, asked of the lists of a case of pairs",
            ["measure", "says"],
            matched,
        )
    )
    moved = [[f"`{name}`", one.says.format(**slots)] for name, one in DRIVERS.items()]
    parts.append(
        _table("What moves the score, asked of a case and its model", ["measure", "says"], moved)
    )
    return "\n".join(parts)


def _needs(one):
    return ALONG[one.along] + (" (the score a probability)" if one.probability else "")


def _table(title, head, rows):
    lines = [f"## {title}", "", f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
