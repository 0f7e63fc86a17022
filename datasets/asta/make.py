"""Builds people.parquet: 20,000 invented job seekers with fifty inputs, a score and what was done with it."""

from pathlib import Path

from wfaudit.synthetic import write
from wfaudit.synthetic.asta import INPUTS, asta

TRUTH = {
    "planted": [
        {
            "says": "Of people of non-western origin rated high whose caseworker opened the score, 15 "
            "in 100 more are moved down.",
            "measure": "override_down_rate",
            "by": "origin",
            "group": "non-western",
            "size": 0.15,
        },
        {
            "says": "Some inputs are not available more often for people of non-western origin.",
            "measure": "missing values by group",
            "by": "origin",
            "inputs": {
                i.name: [share / 1e6 for share in i.missing]
                for i in INPUTS
                if i.missing[0] != i.missing[1]
            },
        },
        {
            "says": "Caseworkers differ in how often they move people up (2 to 11 in 100) and down (2 to 13).",
            "measure": "override rate by caseworker",
        },
    ],
    "without effect": [i.name for i in INPUTS if not i.effect],
    "not planted": "Risk differs by age, health, education and work before; what differs between groups "
    "in tiers and errors follows from that and from the model.",
}


def make(folder: Path) -> None:
    """Write people.parquet into a folder, and the truth beside it."""
    write(folder, asta, n=20_000, seed=1, truth=TRUTH)


if __name__ == "__main__":
    make(Path(__file__).parent)
