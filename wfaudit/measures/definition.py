"""What a rate is: a share of people, told in a sentence and two predicates over states.

``count`` and ``among`` are written with what pandas and Ibis share, so that the same definition
runs on counts here and in SQL on the rows in a test. A predicate that meets an unknown is not
counted. ``{people}``, ``{flagged}``, ``{outcome}``, ``{no_outcome}`` are the case's own words,
``{saw}`` says whose decisions are held against the advice, ``{edited}`` whose tiers before and after
edits of their inputs are held against each other.
"""

from dataclasses import dataclass
from typing import Literal

from ibis.common.deferred import Deferred

Axis = Literal["tier", "advice", "rule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share of people: how many of those ``among`` also ``count``.

    ``tiers`` says for which places of the ``axis`` it is asked one by one (None: it is asked once): the
    tiers, the advice (tiers, or yes and no), or the rules that a case declares.
    """

    says: str
    needs: tuple[str, ...]
    count: Deferred
    among: Deferred
    who: str = ""
    does: str = ""
    tiers: slice | None = None
    axis: Axis = "tier"
