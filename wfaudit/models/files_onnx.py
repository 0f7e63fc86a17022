"""ONNX files as models: inputs by name, one score a person; nothing outside the file is ever read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from wfaudit.errors import AuditError, listed, rows, shown
from wfaudit.models import protobuf
from wfaudit.models.face import Floats, Model, Unit
from wfaudit.models.trees import need

NUMBERS = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}
TEXT = "tensor(string)"
CHANCES = ("seq(map(int64,tensor(float)))", "seq(map(string,tensor(float)))")
# operators that come with the runtime; any other needs a library of its own
DOMAINS = (
    "",
    "ai.onnx",
    "ai.onnx.ml",
    "ai.onnx.training",
    "ai.onnx.preview.training",
    "com.microsoft",
)
Feed: TypeAlias = Callable[[pd.DataFrame], dict[str, Any]]
Read: TypeAlias = Callable[[Any], Floats]


def model(raw: bytes, file: str, inputs: Sequence[str] | None, name: str) -> Model:
    """The model that an ONNX file holds.

    Either each of its inputs is an input of the model, by name; or one table of numbers, whose columns
    ``inputs`` names in the order of training. Its score is the chance of the second of two classes, or a
    number.
    """
    session = _session(raw, file)
    there = session.get_inputs()
    names, feed = _inputs(there, file, None if inputs is None else tuple(inputs))
    output, unit, read = _output(session.get_outputs(), file)

    def scored(people: pd.DataFrame) -> Floats:
        return read(session.run([output], feed(people))[0])

    texts = frozenset(one.name for one in there if one.type == TEXT and one.name in names)
    return Model(name=name, inputs=names, scored=scored, unit=unit, texts=texts)


def _session(raw: bytes, file: str) -> Any:
    _refuse(protobuf.look(raw, file), file)
    try:
        import onnxruntime as ort
    except ModuleNotFoundError as lacking:
        raise need(str(lacking.name), f"Opening {shown(file)}", "models") from None
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # the runtime's own log may repeat what it was given
    try:
        return ort.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
    except Exception as problem:  # noqa: BLE001 - the runtime raises kinds of its own
        raise AuditError(
            f"{shown(file)} could not be opened ({type(problem).__name__}). Check that it is a whole ONNX "
            "file, of a version that this onnxruntime reads."
        ) from None


def _refuse(seen: protobuf.Seen, file: str) -> None:
    """Nothing beside the file is opened: no weights, no libraries."""
    if seen.outside:
        raise AuditError(
            f"{shown(file)} was not opened: it keeps {seen.outside:,} of its tables of weights in other "
            "files, which are not read. Save it as one file."
        )
    if own := sorted(set(seen.domains) - set(DOMAINS)):
        raise AuditError(
            f"{shown(file)} was not opened: it asks for operators of {listed(own)}, which need a library of "
            "their own. Libraries are not loaded; save the model with standard operators."
        )


# --- inputs


def _inputs(
    there: Sequence[Any], file: str, inputs: tuple[str, ...] | None
) -> tuple[tuple[str, ...], Feed]:
    names = tuple(str(one.name) for one in there)
    if unknown := [one.name for one in there if one.type not in (*NUMBERS, TEXT)]:
        raise AuditError(
            f"{shown(file)}: the inputs {listed(unknown)} are neither numbers nor texts. It has: "
            f"{_kinds(there)}."
        )
    if len(there) == 1 and (inputs is not None or _width(there[0]) != 1):
        return _table(there[0], file, inputs)
    wide = [one.name for one in there if _width(one) not in (1, None)]
    if wide or not there:
        raise AuditError(
            f"{shown(file)}: the inputs {listed(wide)} have several columns each, so no declared input is "
            f"theirs. It has: {_kinds(there)}. Save the model with one input a column, or with one table."
        )
    if inputs is not None and set(inputs) != set(names):
        raise AuditError(
            f"{shown(file)} asks for {listed(names)}; {listed(inputs)} were given as its inputs. Leave "
            "inputs out: the model knows them."
        )

    def feed(people: pd.DataFrame) -> dict[str, Any]:
        return {one.name: _cells(people, [one.name], one, file) for one in there}

    return names, feed


def _table(one: Any, file: str, inputs: tuple[str, ...] | None) -> tuple[tuple[str, ...], Feed]:
    """A single table of columns, which only the caller can name."""
    width = _width(one)
    if inputs is None:
        many = f"{width} columns" if width else "columns"
        raise AuditError(
            f"{shown(file)} takes one table, {shown(one.name)}, of {many} without names, which can't be "
            "held against "
            'people by position. Name its inputs in the order of training: inputs = ["age", …].'
        )
    if len(set(inputs)) != len(inputs) or width not in (None, len(inputs)):
        raise AuditError(
            f"{shown(file)} takes {width} columns, and {len(set(inputs))} inputs were named. Name each once."
        )
    return inputs, lambda people: {one.name: _cells(people, inputs, one, file)}


def _width(one: Any) -> int | None:
    """How many columns an input has; None where the file leaves it open."""
    shape: list[Any] = list(one.shape or ())
    if len(shape) < 2:
        return 1
    width: Any = shape[1]
    return width if isinstance(width, int) else None


def _kinds(there: Sequence[Any]) -> str:
    return ", ".join(
        f"{shown(one.name)} ({one.type}, {_width(one) or 'any'} columns)" for one in there
    )


def _cells(people: pd.DataFrame, names: Sequence[str], one: Any, file: str) -> Any:
    """Cells as the model takes them; stops where an input is of another kind, or may not be missing."""
    shape = (len(people), len(names)) if len(one.shape or ()) > 1 else (len(people),)
    cells = people.loc[:, list(names)]
    if one.type == TEXT:
        if numbers := [name for name in names if pd.api.types.is_numeric_dtype(cells[name])]:
            raise _other_kind(file, numbers, "numbers", "texts")
        gone = cells.isna()
        _refuse_missing(file, gone)
        return cells.to_numpy(dtype=object).reshape(shape)
    if texts := [name for name in names if not pd.api.types.is_numeric_dtype(cells[name])]:
        raise _other_kind(file, texts, "text", "numbers")
    if NUMBERS[one.type] not in (np.float32, np.float64):
        _refuse_missing(file, cells.isna())
    return cells.to_numpy(dtype=np.float64).astype(NUMBERS[one.type]).reshape(shape)


def _other_kind(file: str, names: Sequence[str], given: str, wanted: str) -> AuditError:
    return AuditError(
        f"{shown(file)} takes {wanted} in {listed(names)}, and {given} was given. Check the inputs' "
        "columns, or what "
        'stands for missing in them: [inputs."<name>"] missing = […].'
    )


def _refuse_missing(file: str, gone: pd.DataFrame) -> None:
    found: Any = gone.to_numpy(dtype=bool)
    lacking = [
        str(name) for name, some in zip(gone.columns, found.any(axis=0), strict=True) if some
    ]
    if lacking:
        many = int(found.any(axis=1).sum())
        raise AuditError(
            f"{shown(file)} has no place for a missing value in {listed(lacking)}, and it is missing in "
            f"{rows(many)} of {len(gone):,}. Declare what the model takes for missing, or leave these "
            "people out."
        )


# --- the score


def _output(there: Sequence[Any], file: str) -> tuple[str, Unit, Read]:
    """Which output is the score: chances of two classes, else the one output of numbers."""
    maps = [one for one in there if one.type in CHANCES]
    numbers = [one for one in there if one.type in ("tensor(float)", "tensor(double)")]
    if len(maps) == 1:
        return maps[0].name, "probability", lambda found: _second(found, file)
    chances = [one for one in numbers if _width(one) == 2 and len(one.shape or ()) == 2]
    if len(chances) == 1:
        return chances[0].name, "probability", lambda found: np.asarray(found, np.float64)[:, 1]
    if len(numbers) == 1 and _width(numbers[0]) in (1, None):
        return numbers[0].name, "number", lambda found: _single(found, file)
    raise AuditError(
        f"{shown(file)} has no output that is one score a person. It has: {_kinds(there)}. Save the model "
        "with the chances of two classes, or with one number."
    )


def _single(found: Any, file: str) -> Floats:
    values = np.asarray(found, dtype=np.float64)
    if values.ndim == 2 and values.shape[1] == 2:  # the file leaves it open: chances of two classes
        return values[:, 1]
    if values.size != len(values):
        raise _classes(values.shape[1], file)
    return values.reshape(-1)


def _second(found: Sequence[Mapping[Any, float]], file: str) -> Floats:
    """The chance of the second class, in the order of their names, as scikit-learn orders them."""
    classes = sorted(found[0]) if len(found) else []
    if len(found) and len(classes) != 2:
        raise _classes(len(classes), file)
    return np.array([one[classes[1]] for one in found], dtype=np.float64)


def _classes(n: int, file: str) -> AuditError:
    return AuditError(
        f"{shown(file)} gives {n} numbers a person, so no single score. Give a function of the chance that "
        "the audit is about."
    )
