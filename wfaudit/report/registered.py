"""The register of a model's variables, as a report shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Registered:
    """Each input with its cells in words under ``heads``, how to read them, and the numbers unrounded."""

    heads: Sequence[str]
    lines: Sequence[tuple[str, Sequence[str]]]
    notes: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
