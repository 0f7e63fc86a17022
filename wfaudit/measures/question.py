"""A question about a whole case: in words, why a case can't be asked it, and the results that answer it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from wfaudit.case import Case
from wfaudit.result import Result


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked (``says``), what a case lacks for it, and how it is answered, for all groups at once."""

    says: str
    lacks: Callable[[Case], str]
    ask: Callable[[Case], Iterable[Result]]
