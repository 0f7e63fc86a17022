"""Builds people.parquet: 20,000 invented people, a forest's chance of work, and whether they found work."""

from pathlib import Path

from wfaudit.synthetic import write
from wfaudit.synthetic.profiled import LACKING, POPULATIONS

TRUTH = {
    "planted": [
        {
            "says": "Files lack an input more often for people of foreign origin, and whoever's file does "
            "gets no result.",
            "finds": "no_result_rate",
            "by": "origin",
            "group": "foreign",
            "shares missing": {name: [s / 1e6 for s in shares] for name, shares in LACKING.items()},
        },
        {
            "says": "Languages, studies, wanted jobs and past spells go with origin and lower the true "
            "chance of work. Origin itself is no input and doesn't count in the chance. So fewer people "
            "of foreign origin find work, more of them are rated long, and of those who do find work more "
            "were rated long.",
            "finds": "false_positive_rate",
            "by": "origin",
            "group": "foreign",
        },
    ],
    "not planted": "Sex is drawn apart from everything. Age counts in the chance of work, above 50, and "
    "in experience.",
}


def make(folder: Path) -> None:
    """Write people.parquet into a folder, and the truth beside it."""
    write(folder, POPULATIONS["flanders"], n=20_000, seed=1, truth=TRUTH)


if __name__ == "__main__":
    make(Path(__file__).parent)
