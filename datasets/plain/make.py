"""Builds people.parquet: 20,000 invented people between whom nothing differs, the null population."""

from pathlib import Path

from wfaudit.synthetic import plain, write

TRUTH = {
    "planted": [],
    "says": "No disparity of any kind: an audit must raise nothing beyond its nominal rate.",
}


def make(folder: Path) -> None:
    """Write people.parquet into a folder, and the truth beside it."""
    write(folder, plain, n=20_000, seed=1, truth=TRUTH)


if __name__ == "__main__":
    make(Path(__file__).parent)
