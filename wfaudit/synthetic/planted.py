"""What was planted in invented people: in words, how large, what an audit must therefore find."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from wfaudit.errors import not_one_of
from wfaudit.synthetic.dice import Dice


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """Something planted: in words, how large, where an audit must find it, what else it moves.

    ``finds`` is the measure that must be raised, ``by`` the attribute, ``group`` its level and
    ``at`` the tier or move, where there are several;
    ``moves`` are the measures it may raise besides, by the same attribute; ``people`` how many it
    takes to find it in four of five populations.
    """

    says: str
    size: float
    by: str = ""
    group: str = ""
    at: str = ""
    finds: str = ""
    moves: tuple[str, ...] = ()
    people: int = 6_000


Mechanisms = Mapping[str, Mechanism]
Drawn = pd.DataFrame | Mapping[str, pd.DataFrame]  # one table of people, or several by name


def switched(on: Iterable[str], mechanisms: Mechanisms) -> frozenset[str]:
    """The mechanisms that are switched on; stops at one that is not there.

    >>> switched(["proxy"], {"proxy": Mechanism(says="...", size=0.2)})
    frozenset({'proxy'})
    """
    on = frozenset(on)
    for name in sorted(on - frozenset(mechanisms)):
        raise not_one_of("mechanism", name, mechanisms)
    return on


def truth(mechanisms: Mechanisms, on: Iterable[str] = (), **more: Any) -> dict[str, Any]:
    """What ``truth.json`` holds: each mechanism planted, its size, what an audit must find.

    >>> truth({"proxy": Mechanism(says="...", size=0.2)})["says"]
    'No disparity of any kind: an audit must raise nothing beyond its nominal rate.'
    """
    on = list(on)
    planted = [
        {"name": name, **asdict(one)}
        for name, one in mechanisms.items()
        if name in switched(on, mechanisms)
    ]
    says = (
        "What is planted is listed; nothing else differs between groups."
        if planted
        else "No disparity of any kind: an audit must raise nothing beyond its nominal rate."
    )
    return {"planted": planted, "says": says, **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Invented people of one kind: how a chunk is drawn, what can be planted, what its case plants."""

    draw: Callable[[Dice, Iterable[str]], Drawn]
    mechanisms: Mechanisms
    planted: tuple[str, ...] = ()
