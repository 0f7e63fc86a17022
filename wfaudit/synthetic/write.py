"""Write a population: people in one folder, chunk by chunk; the truth beside that folder, never in it."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from wfaudit.errors import AuditError
from wfaudit.synthetic.dice import Dice, chunks

Draw = Callable[[Dice], pd.DataFrame]
FEWEST = 1_000


def write(folder: str | Path, draw: Draw, *, n: int, seed: int, truth: Mapping[str, Any]) -> Path:
    """Write ``people.parquet`` into a folder, and ``<folder>.truth.json`` beside it.

    One chunk is in memory at a time. The file appears whole or not at all. Returns its path.
    """
    if n < FEWEST:
        raise AuditError(f"A population has {FEWEST:,} people or more; {n:,} were asked for.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    target, partial = folder / "people.parquet", folder / ".people.parquet.partial"
    writer: pq.ParquetWriter | None = None
    try:
        for dice in tqdm(
            chunks(seed, n), desc="inventing people", delay=2, disable=None, leave=False
        ):
            table = pa.Table.from_pandas(draw(dice), preserve_index=False)
            writer = writer or pq.ParquetWriter(partial, table.schema.remove_metadata())
            writer.write_table(table.cast(writer.schema))
    finally:
        if writer is not None:
            writer.close()
    partial.replace(target)
    planted = {"invented": True, "people": n, "seed": seed, **truth}
    beside = folder.parent / f"{folder.name}.truth.json"
    beside.write_text(json.dumps(planted, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return target


def fingerprint(path: str | Path) -> str:
    """A hash of the values of a Parquet file: the same wherever the same people were drawn.

    Values are hashed as text (floats to six figures), not the bytes of the file, which depend on
    the writer's version.
    """
    digest = hashlib.sha256()
    for batch in pq.ParquetFile(path).iter_batches(50_000):
        for name in batch.schema.names:
            column: Any = batch.column(name).to_pandas()
            if pd.api.types.is_float_dtype(column.dtype):
                column = column.map("{:.6f}".format)
            digest.update(name.encode() + b"\x1e" + "\x1f".join(column.astype(str)).encode())
    return digest.hexdigest()
