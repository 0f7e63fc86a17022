"""Builds pairs.parquet, people.parquet and vacancies.parquet: 20,000 invented people, 1,000 vacancies, the pairs ranked."""

from functools import partial
from pathlib import Path

from wfaudit.synthetic import truth, write
from wfaudit.synthetic.matching import PLANTED, POPULATION, matching


def make(folder: Path) -> None:
    """Write pairs.parquet, people.parquet and vacancies.parquet into a folder, and the truth beside it."""
    on = POPULATION.planted
    write(folder, partial(matching, on=on), n=20_000, seed=1, truth=truth(PLANTED, on))


if __name__ == "__main__":
    make(Path(__file__).parent)
