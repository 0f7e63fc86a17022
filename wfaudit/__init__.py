"""Audit the models that sort job seekers: read a source, declare a case, measure, read findings.

>>> import wfaudit as wf
>>> case = wf.Case.from_arrays(y_pred=[1, 0, 0, 1], sensitive_features={"sex": ["w", "w", "m", "m"]})
>>> wf.rates(case, "selection_rate", by="sex").to_frame()[["group", "n", "estimate"]]
  group  n  estimate
0     m  2       0.5
1     w  2       0.5
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wfaudit.alternatives import worth
    from wfaudit.auditing import Audit, audit, can
    from wfaudit.case import Case, read_case
    from wfaudit.catalogue import datasets, load
    from wfaudit.errors import AuditError
    from wfaudit.measures import bounds, gaps, power, rates, ratios, sweep, trend, values
    from wfaudit.measures.drivers import drivers
    from wfaudit.result import Result
    from wfaudit.subgroups import search

__version__ = "0.1.0"

# public name -> the module that holds it; loaded when first used, so that importing is quick
_HOME = {
    "Audit": "auditing",
    "AuditError": "errors",
    "Case": "case",
    "Result": "result",
    "audit": "auditing",
    "bounds": "measures",
    "can": "auditing",
    "datasets": "catalogue",
    "drivers": "measures.drivers",
    "gaps": "measures",
    "load": "catalogue",
    "power": "measures",
    "rates": "measures",
    "ratios": "measures",
    "read_case": "case",
    "reword": "swaps",
    "search": "subgroups",
    "swap": "swaps",
    "sweep": "measures",
    "trend": "measures",
    "values": "measures",
    "worth": "alternatives",
}
__all__ = [
    "Audit",
    "AuditError",
    "Case",
    "Result",
    "audit",
    "bounds",
    "can",
    "datasets",
    "drivers",
    "gaps",
    "load",
    "power",
    "rates",
    "ratios",
    "read_case",
    "search",
    "sweep",
    "trend",
    "values",
    "worth",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"wfaudit.{_HOME[name]}"), name)
    raise AttributeError(f"module 'wfaudit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
