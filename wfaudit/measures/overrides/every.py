"""All questions about what people do with the advice, by the name of their measure."""

from wfaudit.measures.overrides.question import Question

QUESTIONS: dict[str, Question] = {}
