"""What a case file says of the model under audit: which one it is and how it is opened. Opens nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wfaudit.case import keys
from wfaudit.case.keys import Keys, Kind, checked
from wfaudit.case.roles import Group
from wfaudit.errors import AuditError, not_one_of

MODEL: dict[str, Kind] = {
    **dict.fromkeys(("system", "path", "name", "unit", "made_by"), keys.TEXT),
    **dict.fromkeys(("coefficients", "points"), keys.TABLE),
    "intercept": keys.NUMBER,
    **dict.fromkeys(("trust", "inputs"), keys.TEXTS),
    **dict.fromkeys(("allow_pickle", "complement"), keys.YES_OR_NO),
    "background": keys.ANY,
}
WAYS = ("system", "path", "coefficients", "points")
OF_A_FILE = ("trust", "allow_pickle", "inputs", "made_by")
UNITS = ("probability", "points", "number")
EVERYBODY = "everybody"


def read_model(
    given: object, groups: tuple[Group, ...], base: Path | None, beside: Path | None
) -> Keys | None:
    """The checked keys of ``[model]``, its path made whole; nothing where the case names no model.

    >>> read_model({"system": "amas"}, (), None, None)
    {'system': 'amas'}
    """
    if given is None:
        return None
    told = dict(checked("model", given, MODEL))
    ways = [way for way in WAYS if way in told]
    if len(ways) != 1:
        raise AuditError(
            f'[model] names {len(ways)} models ({", ".join(ways) or "none"}). Give one of system = "amas", '
            'path = "model.skops" (beside the case file), coefficients = { … } or points = { … }.'
        )
    if ways[0] != "path" and (odd := [key for key in OF_A_FILE if key in told]):
        raise AuditError(
            f"[model] {odd[0]} is for a model file, and {ways[0]} names none. Leave it out."
        )
    if "intercept" in told and ways[0] not in ("coefficients", "points"):
        raise AuditError("[model] intercept belongs to coefficients or points. Leave it out.")
    if told.get("unit", UNITS[0]) not in UNITS:
        raise not_one_of("unit in model", told["unit"], UNITS)
    _background(told.get("background", EVERYBODY), groups)
    if "path" in told:
        told["path"] = _found(told["path"], base, beside)
    return told


def _background(given: object, groups: tuple[Group, ...]) -> None:
    """Everybody, or the people of one level of some groups."""
    if given == EVERYBODY:
        return
    if not isinstance(given, Mapping) or not given:
        raise AuditError(
            'The background of [model] is "everybody" or the people of a group: background = { sex = "men" }.'
        )
    for name, level in given.items():
        if name not in [group.name for group in groups]:
            raise not_one_of("group in background", name, [group.name for group in groups])
        if not isinstance(level, str):
            raise AuditError(f"The background by {name} is a level of it, written as a text.")


def _found(given: str, base: Path | None, beside: Path | None) -> Path:
    """A path beside the case file; where it isn't there, beside the source."""
    there: list[Any] = [folder / given if folder else Path(given) for folder in (base, beside)]
    try:
        return next((path for path in there if path.exists()), there[0])
    except (OSError, ValueError):
        return there[0]
