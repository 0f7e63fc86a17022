"""Builds people.parquet: 20,000 invented job seekers with fifty inputs, a score and what was done with it.

Where skops is installed, the model that gave the score is written beside it, as model.skops.
"""

from functools import partial
from importlib.util import find_spec
from pathlib import Path

from wfaudit.synthetic import truth, write
from wfaudit.synthetic.asta import INPUTS, POPULATION, model

TRUTH = truth(
    POPULATION.mechanisms,
    POPULATION.planted,
    missing={
        i.name: [share / 1e6 for share in i.missing] for i in INPUTS if i.missing[0] != i.missing[1]
    },
    without_effect=[i.name for i in INPUTS if not i.effect],
)


def make(folder: Path) -> None:
    """Write people.parquet and model.skops into a folder, and the truth beside it."""
    draw = partial(POPULATION.draw, on=POPULATION.planted)
    write(folder, draw, n=20_000, seed=1, truth=TRUTH)
    if find_spec("skops"):
        from skops.io import dump

        dump(model(), folder / "model.skops")


if __name__ == "__main__":
    make(Path(__file__).parent)
