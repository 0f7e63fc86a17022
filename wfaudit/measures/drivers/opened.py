"""The model that a case names under [model]: opened once, with what a report says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from wfaudit import systems
from wfaudit.batches import batches, rows_of
from wfaudit.case import Case
from wfaudit.counts.cells import memo
from wfaudit.errors import AuditError, NotThere, shown
from wfaudit.models import Model, Told, complement, opened, weighed

LOOKED_AT = 5_000  # rows by which coded columns are put down to inputs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """The model of a case: what kind it is, which file; or why there is none to ask."""

    model: Model | None = None
    kind: str = ""
    file: str = ""
    sha256: str = ""
    why: str = ""


def declared(case: Case) -> Found:
    """What the case names under ``[model]``, opened when first asked for.

    Raises AuditError where the file is refused; what is not installed or not built yet is told in ``why``.

    >>> import pandas as pd
    >>> told = {"points": {"work": {"yes": 0, "no": 4}}, "name": "Four points"}
    >>> people = pd.DataFrame({"flag": [0, 1], "work": ["yes", "no"]})
    >>> parts = {"source": people, "roles": {"flagged": "flag"}, "inputs": {"work": {}}, "model": told}
    >>> declared(Case.from_dict(parts)).model
    Model 'Four points': 1 inputs, a points, exact attributions
    """
    done = memo(case, "declared model")
    if () not in done:
        done[()] = _found(case)
    return done[()]


def model_for(case: Case, given: Any) -> Any:
    """The model to ask: as given, else as the case names it, else none."""
    return given if given is not None else declared(case).model


def _found(case: Case) -> Found:
    if case.model is None or case.evidence == "counts" or not case.inputs:
        return Found()
    try:
        found = _opened(case, case.model)
    except NotThere as lacking:
        return Found(why=str(lacking))
    model = found.model
    if model is not None and "name" in case.model:
        model = replace(model, name=case.model["name"])
    if model is not None and case.model.get("complement"):
        model = complement(model)
    return replace(found, model=model)


def _opened(case: Case, keys: Mapping[str, Any]) -> Found:
    if "system" in keys:
        model = systems.load(keys["system"]).model()
        return Found(model=_in_unit(model, keys), kind="published system")
    if "path" in keys:
        return _from_file(case, keys["path"], keys)
    kept = {key: keys[key] for key in ("coefficients", "points", "intercept") if key in keys}
    model = weighed(kept, case.file or "weights of the case", keys.get("unit"))
    return Found(model=model, kind="weights in the case file")


def _in_unit(model: Model, keys: Mapping[str, Any]) -> Model:
    return replace(model, unit=keys["unit"]) if "unit" in keys else model


def _from_file(case: Case, path: Path, keys: Mapping[str, Any]) -> Found:
    if "made_by" in keys and not path.exists():
        raise NotThere(
            f"There is no model file {shown(path.name)} yet. It is built by {shown(keys['made_by'])}, "
            "where what it needs is installed: pip install 'wfaudit[drivers,models]'."
        )
    told = Told(
        trust=tuple(keys.get("trust", ())), allow_pickle=keys.get("allow_pickle", False),
        inputs=tuple(keys["inputs"]) if "inputs" in keys else None, unit=keys.get("unit"),
        people=some_people(case),
    )  # fmt: skip
    found = opened(path, told)
    return Found(model=found.model, kind=found.kind, file=path.name, sha256=found.sha256)


def some_people(case: Case) -> pd.DataFrame:
    """The first rows of all inputs, by name and, where that is no other's name, by column too."""
    rows_of(case)
    names = [name for name, _ in case.inputs]
    if not names:
        raise AuditError(
            'The case declares no inputs, so no model can be asked about its people. Add [inputs."<name>"] '
            "with its column."
        )
    first = next(batches(case, names, size=LOOKED_AT)).inputs
    aliases = {
        spec["column"]: first[name] for name, spec in case.inputs if spec["column"] not in names
    }
    return first.assign(**aliases)
