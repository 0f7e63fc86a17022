"""Real data that a package ships: told by a fingerprint before use, kept whole or not at all."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd


def keep(folder: str | Path, people: Callable[[], pd.DataFrame]) -> None:
    """Write people.parquet into a folder: whole, or not at all."""
    part = Path(folder) / f"people.{os.getpid()}.part"
    try:
        people().to_parquet(part, index=False)
        part.replace(Path(folder) / "people.parquet")
    finally:
        part.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Known:
    """What the data must be: their name in a message, how many rows, the fingerprint of some columns."""

    what: str
    rows: int
    columns: tuple[str, ...]
    fingerprint: str
    whole: bool = False  # whether these columns are read as whole numbers that may be missing

    def verified(self, raw: Any) -> Any:
        """The data as they came; RuntimeError where they are others.

        >>> known = Known("there is no a", 2, ("a",), "1538d30b7f0c2a0c")
        >>> known.verified(pd.DataFrame({"a": [1, 3]}))
        Traceback (most recent call last):
        RuntimeError: there is no a of 2 rows with these values: not the file of card.md.
        """
        if raw is None or (len(raw), self._told(raw)) != (self.rows, self.fingerprint):
            raise RuntimeError(
                f"{self.what} of {self.rows:,} rows with these values: not the file of card.md."
            )
        return raw

    def _told(self, raw: pd.DataFrame) -> str:
        columns = raw[list(self.columns)]
        columns = columns.astype("Int64") if self.whole else columns
        text = columns.to_csv(index=False, lineterminator="\n")
        return sha256(text.encode()).hexdigest()[:16]
