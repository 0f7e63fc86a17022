"""Published profiling systems as models that run: every number cited, every invention named.

Each module holds one system as a frozen value, `SYSTEM`, with one face: `inputs`, `score`, `tier`,
`order`, `source`, `invented`. They are for teaching and for testing an audit against answers that
are known. None of them is the running system of an agency.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from wfaudit.errors import not_one_of

if TYPE_CHECKING:
    from wfaudit.systems.system import System

__all__ = ["SYSTEMS", "load"]

SYSTEMS = {
    "amas": "wfaudit.systems.amas",
    "star": "wfaudit.systems.star",
    "jsci": "wfaudit.systems.jsci",
    "poland": "wfaudit.systems.poland",
    "wprs": "wfaudit.systems.wprs",
    "flanders": "wfaudit.systems.flanders",
}


def load(name: str) -> System:
    """Give the system of a short name; its module is imported now, not before.

    >>> load("amas").order
    ('A', 'not A')
    """
    if name not in SYSTEMS:
        raise not_one_of("system", name, SYSTEMS)
    return import_module(SYSTEMS[name]).SYSTEM
