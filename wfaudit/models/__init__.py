"""Models under audit, behind one face: predict from the declared inputs, by name, and tell what is exact."""

from wfaudit.models.checked import STEADY, steady
from wfaudit.models.coded import as_frame
from wfaudit.models.face import Additive, Floats, Ints, Model, Structure, Trees, Unit, logistic
from wfaudit.models.given import function, of
from wfaudit.models.ruled import Ask, answer, at_least, isin, rules
from wfaudit.models.sums import coefficients, points
from wfaudit.models.trees import grow

__all__ = [
    "STEADY",
    "Additive",
    "Ask",
    "Floats",
    "Ints",
    "Model",
    "Structure",
    "Trees",
    "Unit",
    "answer",
    "as_frame",
    "at_least",
    "coefficients",
    "function",
    "grow",
    "isin",
    "logistic",
    "of",
    "points",
    "rules",
    "steady",
]
