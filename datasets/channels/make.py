"""Builds people.parquet: 20,000 invented consultations by phone, by video and in person."""

from functools import partial
from pathlib import Path

from wfaudit.synthetic import truth, write
from wfaudit.synthetic.channels import PLANTED, POPULATION

FOLLOWS = "People aged 50 and over are seen by phone more often, so what is planted by phone reaches them more often."


def make(folder: Path) -> None:
    """Write people.parquet into a folder, and the truth beside it."""
    planted = POPULATION.planted
    draw = partial(POPULATION.draw, on=planted)
    write(folder, draw, n=20_000, seed=1, truth=truth(PLANTED, planted, follows=FOLLOWS))


if __name__ == "__main__":
    make(Path(__file__).parent)
