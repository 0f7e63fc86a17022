"""A question about what people decide: asked of a case whose clusters are those who decide."""

from dataclasses import dataclass

from wfaudit.measures import question


@dataclass(frozen=True, kw_only=True)
class Question(question.Question):
    """A question of a case whose clusters are those who decide.

    But where it is ``of_units``: of those who decide, or of offices, themselves.
    """

    of_units: bool = False

    def __post_init__(self) -> None:
        """Ask the case with those who decide as its clusters."""
        lacks, ask = self.lacks, self.ask
        if not self.of_units:
            object.__setattr__(self, "lacks", lambda case: lacks(case.by_deciders))
            object.__setattr__(self, "ask", lambda case: ask(case.by_deciders))
