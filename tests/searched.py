"""Invented people for the tests of the search: no difference between groups, or one nobody declared."""

import tomllib
from pathlib import Path

import numpy as np

import wfaudit as wf
from wfaudit.findings import review
from wfaudit.subgroups import search
from wfaudit.synthetic import Dice
from wfaudit.synthetic.plain import TIERS, plain

PLAIN = Path(__file__).parent.parent / "datasets" / "plain" / "case.toml"
INPUTS = (
    "age",
    "area",
    "months employed",
    "weeks on benefits",
    "earlier cases",
    "car",
    "education",
)
PLANTED = "age: under 30, area: harbour"
ROLES = {
    "tier": {"column": "tier", "order": list(TIERS)},
    "decision": {"column": "decision", "order": list(TIERS)},
}


def drawn(seed, n, planted=False):
    """The plain population with a few inputs more, drawn apart from everything.

    Planted: of 100 people under 30 who live by the harbour (about 2 in 100), 80 are moved down a tier; or
    of others, where a function says who.
    """
    dice = Dice(seed=seed, chunk=0, n=n)
    people = plain(dice)
    people["months employed"] = dice.number("months employed", 0, 36)
    people["weeks on benefits"] = dice.number("weeks on benefits", 0, 156)
    people["earlier cases"] = dice.number("earlier cases", 0, 6)
    people["car"] = dice.yes("car", 500_000)
    education = dice.pick("education", (10, 40, 30, 20))
    people["education"] = np.array(["none", "primary", "upper", "higher"])[education]
    if planted:
        at = people["tier"].map({tier: i for i, tier in enumerate(TIERS)}).to_numpy()
        lower = np.array(TIERS)[np.maximum(at - 1, 0)]
        who = planted if callable(planted) else young_by_the_harbour
        moved = who(people) & dice.yes("moved down", 800_000)
        people["decision"] = np.where(moved, lower, people["decision"])
    return people


def young_by_the_harbour(people):
    """Who is meant by what is planted."""
    return ((people["age"] == "under 30") & (people["area"] == "harbour")).to_numpy()


def young_without_a_car(people):
    """Others something may be planted for: about 14 in 100."""
    return ((people["age"] == "under 30") & ~people["car"].isin([True, "True"])).to_numpy()


def as_declared(people, **more):
    """A case as the file of the plain population declares it, with inputs; nothing of who saw the advice."""
    declared = tomllib.loads(PLAIN.read_text(encoding="utf-8"))
    declared["roles"].pop("opened")
    inputs = {name: {} for name in INPUTS}
    return wf.Case.from_dict({**declared, "source": people, "inputs": inputs, **more})


def bare(people, gap=0.02, **more):
    """A case without any group: tier, decision, inputs, a tolerance."""
    declared = {
        "source": people[[*INPUTS, "tier", "decision"]], "roles": ROLES,
        "inputs": {name: {} for name in INPUTS}, "tolerance": {"default": {"gap": gap}},
    }  # fmt: skip
    return wf.Case.from_dict({**declared, **more})


def raised(case, measure="override_down_rate", **how):
    """The subgroups that are found and confirmed, in words."""
    found = review([search(case, measure, **how).result])
    return [finding.group for finding in found if finding.answer == "raised"]
