"""Write a population: people in one folder, chunk by chunk; the truth beside that folder, never in it."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from wfaudit.errors import AuditError
from wfaudit.synthetic.dice import Dice, chunks
from wfaudit.synthetic.planted import Drawn

Draw = Callable[[Dice], Drawn]
FEWEST = 1_000


def write(folder: str | Path, draw: Draw, *, n: int, seed: int, truth: Mapping[str, Any]) -> Path:
    """Write ``people.parquet`` into a folder (or ``<table>.parquet`` for each table that is drawn).

    ``<folder>.truth.json`` stands beside the folder, not in it. One chunk is in memory at a time;
    the files appear whole or not at all. Returns the path of the first.
    """
    if n < FEWEST:
        raise AuditError(f"A population has {FEWEST:,} people or more; {n:,} were asked for.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    writers: dict[str, pq.ParquetWriter] = {}
    try:
        for dice in tqdm(
            chunks(seed, n), desc="inventing people", delay=2, disable=None, leave=False
        ):
            for name, drawn in _tables(draw(dice)).items():
                table = pa.Table.from_pandas(drawn, preserve_index=False)
                if name not in writers:
                    schema = table.schema.remove_metadata()
                    writers[name] = pq.ParquetWriter(_partial(folder, name), schema)
                writers[name].write_table(table.cast(writers[name].schema))
    finally:
        for writer in writers.values():
            writer.close()
    written = [_partial(folder, name).replace(folder / f"{name}.parquet") for name in writers]
    planted = {"invented": True, "people": n, "seed": seed, **truth}
    beside = folder.parent / f"{folder.name}.truth.json"
    beside.write_text(json.dumps(planted, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return written[0]


def _tables(drawn: Drawn) -> Mapping[str, pd.DataFrame]:
    return {"people": drawn} if isinstance(drawn, pd.DataFrame) else drawn


def _partial(folder: Path, name: str) -> Path:
    """Where a file is written before it is whole; its own for each process that draws the same people."""
    return folder / f".{name}.{os.getpid()}.parquet.partial"


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
            texts = column.astype(object).where(column.notna(), "missing").map(str)
            digest.update(name.encode() + b"\x1e" + "\x1f".join(texts).encode())
    return digest.hexdigest()
