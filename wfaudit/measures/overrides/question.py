"""A question about a whole case: in words, why a case can't be asked it, and the results that answer it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from wfaudit.case import Case
from wfaudit.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked (``says``), what a case lacks for it, and how it is answered, for all groups at once.

    It is asked of a case whose clusters are those who decide, but where it is ``of_units``: of those who
    decide, or of offices, themselves.
    """

    says: str
    lacks: Callable[[Case], str]
    ask: Callable[[Case], Iterable[Result]]
    of_units: bool = False

    def __post_init__(self) -> None:
        """Ask the case with those who decide as its clusters."""
        lacks, ask = self.lacks, self.ask
        if not self.of_units:
            object.__setattr__(self, "lacks", lambda case: lacks(case.by_deciders))
            object.__setattr__(self, "ask", lambda case: ask(case.by_deciders))
