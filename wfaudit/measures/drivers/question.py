"""A question about a case and its model: in words, what is lacking for it, and the results that answer it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from wfaudit.case import Case
from wfaudit.measures.drivers.opened import declared
from wfaudit.result import Result

NO_MODEL = "no model was given, only what it said of these people"
NO_INPUTS = "the case declares no inputs of the model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked (``says``), what lacks for it (``lacks(case, model)``), and how it is answered.

    ``model`` is None where the audit has none.
    """

    says: str
    lacks: Callable[[Case, Any], str]
    ask: Callable[[Case, Any], Iterable[Result]]


def without_model(case: Case, model: Any) -> str:
    """Why a model can't be asked about the people of a case, or nothing."""
    if case.evidence == "counts":
        return "a published table holds no single people"
    if model is None:
        unopened = "" if case.model is None else declared(case).why or NO_INPUTS
        return unopened or NO_MODEL
    return "" if case.inputs else NO_INPUTS
