"""Builds people.parquet: 20,000 invented people, a row for each of eight quarters: in and out of work."""

from functools import partial
from pathlib import Path

from wfaudit.synthetic import truth, write
from wfaudit.synthetic.spells import PLANTED, POPULATION


def make(folder: Path) -> None:
    """Write people.parquet into a folder, and the truth beside it."""
    planted = POPULATION.planted
    draw = partial(POPULATION.draw, on=planted)
    write(folder, draw, n=20_000, seed=1, truth=truth(PLANTED, planted))


if __name__ == "__main__":
    make(Path(__file__).parent)
