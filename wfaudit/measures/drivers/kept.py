"""Attributions person by person, in Parquet files of the auditor's own folder and nowhere else.

One file a batch, whole or not there at all; what an interrupted run has finished is used by the next one, if
source, model, background and way are the same. Without a folder nothing is written.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.util import hash_pandas_object

from wfaudit.attributions import Attributed, Background, Way
from wfaudit.batches import Batch
from wfaudit.case import Case
from wfaudit.errors import AuditError, shown

PERSON = "person"
EXTRA = ("predicted", "left")


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """Where attributions of single people are kept; nowhere, if there is no folder."""

    folder: Path | None = None

    def others(self, case: Case) -> Mapping[str, Any]:
        """What a file also says of each person: who it is, where the case declares that."""
        return {PERSON: case.columns[PERSON]} if self.folder and PERSON in case.roles else {}

    def of(self, batch: Batch, way: Way) -> Attributed:
        """A batch's attributions: from its file if there is one, else worked out, and written."""
        if self.folder is None:
            return way.of(batch.inputs, batch.start)
        path = self.folder / f"part-{batch.start:012d}.parquet"
        if path.is_file():
            return _read(path, way, batch)
        found = way.of(batch.inputs, batch.start)
        _write(path, way, batch, found)
        return found


def kept(case: Case, way: Way, behind: Background, folder: str | Path | None) -> Kept:
    """A place for these attributions and no others: named by what they hang on."""
    if folder is None:
        return Kept()
    first = way.model.score(behind.rows.iloc[:1000])
    told = [
        *map(str, case.source.hashes),
        case.source.name,
        way.says,
        way.scale,
        way.unit,
        repr((way.base, way.spread, way.seed)),  # tells cut-offs and draws apart
        *way.model.inputs,
    ]
    seen = sha256("\n".join(told).encode() + first.tobytes() + _bytes(behind)).hexdigest()[:16]
    place = Path(folder) / f"attributions-{seen}"
    try:
        for each in (place.parent, place):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as problem:
        raise AuditError(
            f"The folder {shown(Path(folder).name)} for attributions of single people can't be made "
            f"({problem.strerror}). Name one that you may write to."
        ) from None
    return Kept(place)


def _bytes(behind: Background) -> bytes:
    """The background's rows as numbers, to tell it from another."""
    hashed: Any = hash_pandas_object
    return hashed(behind.rows, index=False).to_numpy().tobytes()


def _write(path: Path, way: Way, batch: Batch, found: Attributed) -> None:
    columns: dict[str, Any] = {}
    if PERSON in batch.others:
        at, values = batch.others[PERSON]
        columns[PERSON] = np.array([None if v is None else str(v) for v in values], dtype=object)[
            at
        ]
    columns |= dict(zip(way.model.inputs, found.values.T, strict=True))
    columns |= {"predicted": found.predicted, "left": found.left}
    if found.error is not None and found.size is not None:
        columns |= {
            f"error of {n}": e for n, e in zip(way.model.inputs, found.error.T, strict=True)
        }
        columns |= {f"size of {n}": s for n, s in zip(way.model.inputs, found.size.T, strict=True)}
    partial = path.with_suffix(".partial")
    with os.fdopen(os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        pq.write_table(pa.table(columns), file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _read(path: Path, way: Way, batch: Batch) -> Attributed:
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError):
        raise _broken(path) from None
    if table.num_rows != batch.rows:
        raise _broken(path)
    stacked = {
        kind: np.column_stack([table[f"{kind}{n}"].to_numpy() for n in way.model.inputs])
        for kind in ("", "error of ", "size of ")
        if f"{kind}{way.model.inputs[0]}" in table.column_names
    }
    predicted, left = (table[name].to_numpy() for name in EXTRA)
    return Attributed(
        stacked[""], predicted, left, stacked.get("error of "), stacked.get("size of ")
    )


def _broken(path: Path) -> AuditError:
    return AuditError(
        f"{shown(path.name)} among the kept attributions is damaged or belongs to other rows. Delete its "
        f"folder {shown(path.parent.name)} and run again."
    )
