"""Builds people.parquet: 20,000 invented people between whom nothing differs, the null population."""

from pathlib import Path

from wfaudit.synthetic import MECHANISMS, plain, truth, write


def make(folder: Path) -> None:
    """Write people.parquet into a folder, and the truth beside it."""
    write(folder, plain, n=20_000, seed=1, truth=truth(MECHANISMS))


if __name__ == "__main__":
    make(Path(__file__).parent)
