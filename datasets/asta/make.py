"""Builds people.parquet: 20,000 invented job seekers with fifty inputs, a score and what was done with it."""

from functools import partial
from pathlib import Path

from wfaudit.synthetic import truth, write
from wfaudit.synthetic.asta import INPUTS, POPULATION

TRUTH = truth(
    POPULATION.mechanisms,
    POPULATION.planted,
    missing={
        i.name: [share / 1e6 for share in i.missing] for i in INPUTS if i.missing[0] != i.missing[1]
    },
    without_effect=[i.name for i in INPUTS if not i.effect],
)


def make(folder: Path) -> None:
    """Write people.parquet into a folder, and the truth beside it."""
    draw = partial(POPULATION.draw, on=POPULATION.planted)
    write(folder, draw, n=20_000, seed=1, truth=TRUTH)


if __name__ == "__main__":
    make(Path(__file__).parent)
