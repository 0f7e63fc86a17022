"""What each key of a case file may hold: one table of kinds, one check, one way to say it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from numbers import Integral, Real
from typing import Any

from wfaudit.errors import AuditError, not_one_of, shown

Keys = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: what it is called, how it is written, and whether a value is one."""

    says: str
    such_as: str
    fits: Callable[[object], bool]


def _number(value: Any) -> bool:
    return isinstance(value, Real) and value is not True and value is not False and isfinite(value)


def _label(value: object) -> bool:
    return isinstance(value, str | date | bool | Real)


def _all(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list | tuple) and all(map(fits, value))


def _text(value: object) -> bool:
    return isinstance(value, str)


def _day(value: object) -> bool:
    try:
        return isinstance(value, date) or bool(date.fromisoformat(str(value)))
    except ValueError:
        return False


ANY = Kind("anything", "", lambda _: True)
TEXT = Kind("a text", '"…"', _text)
COLUMN = Kind("the name of a column", '"…"', _text)
LABEL = Kind("a label", '"high"', _label)
LABELS = Kind("a list of labels", '["low", "high"]', _all(_label))
TEXTS = Kind("a list of texts", '["…"]', _all(_text))
SETS = Kind("a list of lists of groups", '[["sex", "origin"]]', _all(_all(_text)))
NUMBER = Kind("a finite number", "0.5", _number)
NUMBERS = Kind("a list of finite numbers", "[25, 50]", _all(_number))
WHOLE = Kind("a whole number", "10", lambda value: isinstance(value, Integral) and _number(value))
YES_OR_NO = Kind("true or false", "true", lambda value: isinstance(value, bool))
DAY = Kind("a day", "2026-01-31", _day)
TABLE = Kind("a table of keys", "{ … }", lambda value: isinstance(value, Mapping))


def checked(where: str, given: object, kinds: Mapping[str, Kind]) -> Keys:
    """The keys of one table of a case file; stops at a key that is unknown or of another kind.

    >>> checked("source", {"delimitr": ";"}, {"path": TEXT, "delimiter": TEXT})
    Traceback (most recent call last):
    wfaudit.errors.AuditError: No key in source called 'delimitr'. Did you mean 'delimiter'? ...
    """
    if not isinstance(given, Mapping):
        told = f" ({', '.join(kinds)})" if kinds else ""
        start = where[:1].upper() + where[1:]
        raise AuditError(f"{start} must be a table of keys{told}; {_called(given)} was given.")
    for key, value in given.items():
        if key not in kinds:
            raise not_one_of(f"key in {where}", key, kinds)
        if not kinds[key].fits(value):
            kind, called = kinds[key], _called(value)
            other = " of other things" if called == "a list" and "list" in kind.says else ""
            raise AuditError(
                f"Key {shown(key)} in {where} must be {kind.says}, such as {key} = {kind.such_as}; "
                f"{called}{other} was given."
            )
    return given


def _called(value: object) -> str:
    """What a case file calls a value of this type, without the value."""
    names: tuple[tuple[Any, str], ...] = (
        (bool, "true or false"), (str, "a text"), (Integral, "a whole number"), (Real, "another number"),
        (list | tuple, "a list"), (Mapping, "a table"), (date, "a day"),
    )  # fmt: skip
    return next((name for kind, name in names if isinstance(value, kind)), type(value).__name__)
