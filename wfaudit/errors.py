"""The one error users meet, and the one way to phrase it. Imports nothing of ours."""

from collections.abc import Iterable, Sized
from difflib import get_close_matches

MOST = 40  # names that a message lists


class AuditError(ValueError):
    """Something in the case, the data or the request makes the answer impossible or unsafe.

    The message is one line: what, what was given (never a cell's value), what exists, what to do.
    """


class NotThere(AuditError):
    """Something is not installed or not built yet: what needs it can't be asked, and all else can."""


def not_one_of(what: str, given: object, known: Iterable[str]) -> AuditError:
    """Name the thing, what was given, the nearest guess and what exists.

    >>> print(not_one_of("role", "tierr", ["tier", "score"]))
    No role called 'tierr'. Did you mean 'tier'? There are: tier, score.
    """
    known = list(known)
    near = get_close_matches(str(given).lower(), {k.lower(): k for k in known}, n=1)
    hint = f" Did you mean {next(k for k in known if k.lower() == near[0])!r}?" if near else ""
    more = f" and {len(known) - MOST} more" if len(known) > MOST else ""
    names = ", ".join(shown(k)[1:-1] for k in known[:MOST])
    there = f" There are: {names}{more}." if known else " There are none."
    return AuditError(f"No {what} called {shown(given)}.{hint}{there}")


def no_group(by: str, given: str, there: Sized, *others: str) -> AuditError:
    """Say that a group is not there: levels are cells, so they are counted and not listed.

    >>> print(no_group("sex", "man", ["men", "women"], "the rest"))
    No group of sex is called 'man' (2 groups were counted). Write a level, after labels, or "the rest".
    """
    besides = "".join(f', or "{other}"' for other in others)
    return AuditError(
        f"No group of {by} is called {shown(given)} ({len(there):,} groups were counted). "
        f"Write a level, after labels{besides}."
    )


def shown(name: object, most: int = 80) -> str:
    """Quote a name for a message: on one line, shortened, control characters made visible.

    >>> print(shown("risk\\ntier"))
    'risk\\ntier'
    """
    text = repr(str(name))
    return text if len(text) <= most else text[: most - 2] + "…'"


def listed(names: Iterable[str], most: int = 12) -> str:
    """List names for a message, the first dozen in full.

    >>> listed(["a", "b"])
    "'a', 'b'"
    """
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(shown(n) for n in names[:most]) + more


def rows(n: int) -> str:
    """Say how many rows, with the thousands separated.

    >>> rows(1), rows(12345)
    ('1 row', '12,345 rows')
    """
    return f"{n:,} row" if n == 1 else f"{n:,} rows"
