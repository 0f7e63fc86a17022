"""All questions of an audit about what people do with the advice, by the name of their measure."""

from wfaudit.measures.overrides import (
    adjustment,
    concentrated,
    cut_off,
    deciders,
    documents,
    drawn,
    effort,
    elsewhere,
    first_contact,
    opening,
    providers,
    reliance,
    shares,
    showing,
    splits,
    stepwise,
    uniform,
    worthwhile,
)
from wfaudit.measures.overrides.question import Question

# asked for by name only: other ways to cut what is asked already
_ASIDE = (
    "decision_rate_people_part", "decision_rate_cause_part", "mean_decision_part", "effort_by_fifth",
    "top_to_bottom_fifth_ratio", "office_share", "age_of_documentation",
)  # fmt: skip
_PARTS = (
    splits, adjustment, deciders, uniform, showing, stepwise, worthwhile, drawn, reliance, cut_off,
    elsewhere, effort, concentrated, first_contact, opening, shares, documents, providers,
)  # fmt: skip
QUESTIONS: dict[str, Question] = {
    name: question
    for part in _PARTS
    for name, question in part.QUESTIONS.items()
    if name not in _ASIDE
}
