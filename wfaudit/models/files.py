"""Model files: read by what their name ends in, looked at before they are opened, their fingerprint told."""

from __future__ import annotations

import hashlib
import io
import pickle
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from wfaudit.errors import AuditError, listed, not_one_of, shown
from wfaudit.models import files_onnx, files_tables, zipped
from wfaudit.models.face import Model, Unit
from wfaudit.models.given import of
from wfaudit.models.trees import need

KINDS = {
    ".skops": "skops file",
    ".onnx": "ONNX file",
    ".json": "table of weights",
    ".csv": "table of weights",
    ".toml": "table of weights",
    ".joblib": "pickle",
    ".pkl": "pickle",
    ".pickle": "pickle",
}
OLD = "a model written by another version of its library, as its library warns: its predictions may differ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the caller says of a file: how it is to be read, and what of it is trusted."""

    trust: tuple[str, ...] = ()
    allow_pickle: bool = False
    inputs: tuple[str, ...] | None = None
    unit: Unit | None = None
    name: str = ""
    people: pd.DataFrame | None = None


Reader: TypeAlias = Callable[[bytes, Path, Told], Model]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opened:
    """A model that was read from a file, and which file that was."""

    model: Model
    kind: str
    sha256: str


def read(  # noqa: PLR0913 - each is said of another kind of file
    path: str | Path, people: pd.DataFrame | None = None, *, trust: Collection[str] = (),
    allow_pickle: bool = False, inputs: Sequence[str] | None = None, unit: Unit | None = None,
    name: str = "",
) -> Model:  # fmt: skip
    """A model from a file: .skops, .onnx, a table of weights (.json, .csv, .toml), or an allowed pickle.

    ``people`` are rows of inputs, by which coded columns are put down to inputs. ``trust`` names the types
    in a skops file that may be made; ``allow_pickle`` opens a pickle, which can run any code; ``inputs``
    names, in the order of training, the columns of a model that was saved without names; ``unit`` says what
    the score is where the file doesn't.
    """
    told = Told(
        trust=tuple(trust), allow_pickle=allow_pickle, unit=unit, name=name, people=people,
        inputs=None if inputs is None else tuple(inputs),
    )  # fmt: skip
    return opened(path, told).model


def opened(path: str | Path, told: Told) -> Opened:
    """Read a model file as the caller says; its fingerprint is of the very bytes that were opened."""
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in KINDS:
        raise not_one_of("kind of model file", ending or path.name, KINDS)
    if KINDS[ending] == "pickle" and not told.allow_pickle:
        raise _no_pickle(path)
    raw = _bytes(path)
    sha256 = hashlib.sha256(raw).hexdigest()
    model = READERS[KINDS[ending]](raw, path, told)
    if told.unit and told.unit != model.unit:
        model = replace(model, unit=told.unit)
    note = f"Read from {shown(path.name)} ({KINDS[ending]}, sha256 {sha256})."
    return Opened(
        model=replace(model, notes=(*model.notes, note)), kind=KINDS[ending], sha256=sha256
    )


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size <= zipped.MOST:
            return path.read_bytes()
    except (OSError, ValueError) as problem:
        what = "You may not read the" if isinstance(problem, PermissionError) else "There is no"
        raise AuditError(
            f"{what} model file {shown(path.name)}. Give the path of a file that ends in {listed(KINDS)}."
        ) from None
    raise AuditError(
        f"{shown(path.name)} was not opened: it has {size:,} bytes, and a model file may have "
        f"{zipped.MOST:,}. "
        "Give its predictions as a function instead."
    )


def _no_pickle(path: Path) -> AuditError:
    return AuditError(
        f"{shown(path.name)} is a pickle, which can run any code once it is opened, and was left alone. "
        "Save the model with skops.io.dump or as ONNX, or give its scores as a column; if you trust "
        "whoever wrote the file, say allow_pickle = true, and the report will say so too."
    )


# --- what each kind of file needs


def _skops(raw: bytes, path: Path, told: Told) -> Model:
    zipped.refuse_bomb(raw, path.name)
    try:
        import skops.io as sio
    except ModuleNotFoundError as lacking:
        raise need(str(lacking.name), f"Opening {shown(path.name)}", "models") from None

    def load() -> Any:
        unknown = [one for one in sio.get_untrusted_types(data=raw) if one not in told.trust]
        if unknown:
            raise AuditError(
                f"{shown(path.name)} was not opened: it asks for {listed(unknown)}, which skops does not "
                "know to be safe. Look at them; those you trust, name: trust = […]."
            )
        return sio.loads(raw, trusted=list(told.trust))

    return _made(load, path, told)


def _pickled(raw: bytes, path: Path, told: Told) -> Model:
    def load() -> Any:
        if path.suffix.lower() != ".joblib":
            return pickle.loads(raw)
        try:
            import joblib
        except ModuleNotFoundError as lacking:
            raise need(str(lacking.name), f"Opening {shown(path.name)}") from None
        return joblib.load(io.BytesIO(raw))

    model = _made(load, path, told)
    said = (
        f"{shown(path.name)} is a pickle, which can run any code when it is opened; this audit opened it "
        "because its caller said allow_pickle."
    )
    return replace(model, notes=(*model.notes, said))


def _made(load: Callable[[], Any], path: Path, told: Told) -> Model:
    """What a file holds as a model; warnings on the way become a note, other trouble one line."""
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            given = load()
    except AuditError:
        raise
    except Exception as problem:  # noqa: BLE001 - a file may make its library raise anything
        raise AuditError(
            f"{shown(path.name)} could not be opened ({type(problem).__name__}). Check that it is whole, "
            "and that the library that wrote it is installed in the same version."
        ) from None
    model = of(given, told.people, inputs=told.inputs, name=told.name, unit=told.unit)
    old = any(issubclass(one.category, UserWarning) for one in warned)
    return (
        replace(model, notes=(*model.notes, f"{shown(path.name)} holds {OLD}.")) if old else model
    )


def _onnx(raw: bytes, path: Path, told: Told) -> Model:
    return files_onnx.model(raw, path.name, told.inputs, told.name or path.stem)


def _weights(raw: bytes, path: Path, told: Told) -> Model:
    return files_tables.model(raw, path.name, told.unit, told.name or path.stem)


READERS: Mapping[str, Reader] = {
    "skops file": _skops,
    "ONNX file": _onnx,
    "table of weights": _weights,
    "pickle": _pickled,
}
