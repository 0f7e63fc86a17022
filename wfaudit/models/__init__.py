"""Models under audit, behind one face: predict from the declared inputs, by name, and tell what is exact."""

from wfaudit.models.asked import batched
from wfaudit.models.checked import STEADY, steady
from wfaudit.models.coded import as_frame
from wfaudit.models.face import Additive, Floats, Ints, Model, Structure, Trees, Unit, logistic
from wfaudit.models.files import Opened, Told, opened, read
from wfaudit.models.files_tables import weighed
from wfaudit.models.given import function, of
from wfaudit.models.ruled import Ask, answer, at_least, isin, rules
from wfaudit.models.sums import coefficients, points
from wfaudit.models.trees import grow
from wfaudit.models.turned import complement

__all__ = [
    "STEADY",
    "Additive",
    "Ask",
    "Floats",
    "Ints",
    "Model",
    "Opened",
    "Structure",
    "Told",
    "Trees",
    "Unit",
    "answer",
    "as_frame",
    "at_least",
    "batched",
    "coefficients",
    "complement",
    "function",
    "grow",
    "isin",
    "logistic",
    "of",
    "opened",
    "points",
    "read",
    "rules",
    "steady",
    "weighed",
]
