"""Builds people.parquet: 20,000 invented job seekers in four streams of help, and who was moved how far."""

from functools import partial
from pathlib import Path

from wfaudit.synthetic import truth, write
from wfaudit.synthetic.streams import PLANTED, POPULATION, streams

ON = POPULATION.planted


def make(folder: Path) -> None:
    """Write people.parquet into a folder, and the truth beside it."""
    write(folder, partial(streams, on=ON), n=20_000, seed=1, truth=truth(PLANTED, ON))


if __name__ == "__main__":
    make(Path(__file__).parent)
