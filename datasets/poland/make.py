"""Builds people.parquet: 20,000 invented people, answers drawn by wfaudit.synthetic, scored by the system."""

from pathlib import Path

from wfaudit.synthetic import write
from wfaudit.synthetic.profiled import POPULATIONS

TRUTH = {"planted": [], "says": "What differs between groups comes from the published model alone."}


def make(folder: Path) -> None:
    """Write people.parquet into a folder, and the truth beside it."""
    write(folder, POPULATIONS["poland"], n=20_000, seed=1, truth=TRUTH)


if __name__ == "__main__":
    make(Path(__file__).parent)
