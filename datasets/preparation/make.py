"""Builds people.parquet: 20,000 invented meetings prepared with a form, the advice shown by lot."""

from functools import partial
from pathlib import Path

from wfaudit.synthetic import truth, write
from wfaudit.synthetic.preparation import PLANTED, POPULATION

FOLLOWS = "In the office that opens less advice fewer decisions are pulled to it: more of them differ from the advice."


def make(folder: Path) -> None:
    """Write people.parquet into a folder, and the truth beside it."""
    planted = POPULATION.planted
    draw = partial(POPULATION.draw, on=planted)
    write(folder, draw, n=20_000, seed=1, truth=truth(PLANTED, planted, follows=FOLLOWS))


if __name__ == "__main__":
    make(Path(__file__).parent)
