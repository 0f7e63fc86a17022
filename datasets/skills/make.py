"""Builds people.parquet: 20,000 invented people, six skills each, and what a keyword list found of them."""

from functools import partial
from pathlib import Path

from wfaudit.synthetic import truth, write
from wfaudit.synthetic.skills import PLANTED, POPULATION, skills


def make(folder: Path) -> None:
    """Write people.parquet into a folder, and the truth beside it."""
    on = POPULATION.planted
    write(folder, partial(skills, on=on), n=20_000, seed=1, truth=truth(PLANTED, on))


if __name__ == "__main__":
    make(Path(__file__).parent)
