"""Roles: which column plays which part, and how its values are to be read. Nothing is opened here."""

from dataclasses import dataclass

from wfaudit.case import keys
from wfaudit.case.keys import Kind
from wfaudit.errors import shown

TEXT = ("column",)
NUMBER = ("column",)
DATE = ("column", "format")
YES_NO = ("column", "is", "yes", "no")
ORDERED = ("column", "order", "cuts")
SCORE = ("column", "resolution", "probability", "missing")
DECISION = (*YES_NO, "order")

# every role a case file may declare: what it is, and the keys its table may have
ROLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "person": ("one person, who may have several rows", TEXT),
    "score": ("the model's number", SCORE),
    "tier": ("the model's ordered result", ORDERED),
    "first_tier": ("the tier before inputs were edited, on the order of the tier", TEXT),
    "flagged": (
        "yes where the result changes the treatment",
        (*YES_NO, "tier_at_least", "score_at_least", "count"),
    ),
    "decision": ("what the caseworker decided", DECISION),
    "before": ("the caseworker's judgement before seeing the advice", DECISION),
    "decided_by": ("who decided", TEXT),
    "shown": ("yes where the advice, or the item, was shown", (*YES_NO, "at_random")),
    "shown_from": (
        "the day from which on a person's office shows the advice",
        (*DATE, "periods", "at_random"),
    ),
    "opened": ("yes where the advice was opened", YES_NO),
    "opened_at": ("when it was opened", DATE),
    "outcome": (
        "yes where what the model predicts came true",
        (*YES_NO, "time", "observed", "horizons"),
    ),
    "audited": (
        "yes where a lot was drawn to find out the outcome whatever was decided",
        YES_NO,
    ),
    "outcomes": ("other definitions or horizons of the outcome, by name", ()),
    "outcome_date": ("when the outcome was recorded", DATE),
    "date": ("when the model gave its result", DATE),
    "period": ("a period as text, such as a quarter", TEXT),
    "cluster": ("people who are not independent, such as an office", TEXT),
    "weight": ("how many people a row stands for in a sample", NUMBER),
    "reason": ("the reason written for a decision", TEXT),
    "channel": ("phone, video, in person", TEXT),
    "minutes": ("minutes spent", NUMBER),
    "edits": ("how often inputs were edited before the result", NUMBER),
    "office": ("office", TEXT),
    "provider": ("contracted provider", TEXT),
    "state": ("state of a person over time", TEXT),
    "previous_score": ("the score of the version before", SCORE),
    "count": ("how many people a row counts: makes the case one of counts", NUMBER),
    "decided_on": ("when the caseworker decided", DATE),
    "checked": ("yes where the check that the agency's own rule asks for took place", YES_NO),
    "overridden": ("yes where the record says that the decision departs from the advice", YES_NO),
    "followed": ("yes where the advice or the referral was followed", YES_NO),
    "prepared": ("yes where the preparation form was handed in", YES_NO),
    "answers": ("how many questions of the form were answered", NUMBER),
    "documented_on": ("when what was known of the person was last written down", DATE),
    "profile": ("the facts of a case as one text: the same text, the same facts", TEXT),
    "route": ("how a person is served: self-service, by a caseworker, by a provider", TEXT),
    "contacts": ("how often a person was spoken to", NUMBER),
    "spending": ("money spent on a person", NUMBER),
    "payment": ("money paid to a provider for a person's outcome", NUMBER),
    "first_contact": (
        "how long until somebody spoke to the person",
        ("time", "observed", "horizons"),
    ),
    "spell": ("which spell of a person a row belongs to", TEXT),
    "query": ("whose list a pair stands in: a vacancy, an employer, a person", TEXT),
    "item": ("who or what stands in the list", TEXT),
    "rank": ("place in the list, from 1", NUMBER),
    "relevance": ("how well the pair fits by a judgement that is not the model's, from 0", NUMBER),
    "scores": ("sub-scores of a pair, by name", ()),
    "clicked": ("yes where the item was clicked", YES_NO),
    "applied": ("yes where there was an application", YES_NO),
    "invited": ("yes where there was an invitation", YES_NO),
    "hired": ("yes where somebody was hired", YES_NO),
    "vendor": ("who runs the screening of this employer", ("column", "own")),
    "text": ("the text that is read by the model", TEXT),
    "wording": ("in which words the same content was written", TEXT),
    "matched": (
        "the set in which somebody was matched with others to be alike: an ad, a pair",
        TEXT,
    ),
    "block": ("which published table a row of counts belongs to", TEXT),
    "group": ("the group of a row in its block", TEXT),
    "printed_rate": ("the rate of a row as its publisher prints it", TEXT),
    "printed_ratio": ("the impact ratio of a row as its publisher prints it", TEXT),
}
NAMED = {"outcomes": "outcome", "scores": "score"}  # several by name: each is read as one of these
NUMBERS = (
    "weight", "minutes", "edits", "score", "previous_score", "answers", "contacts", "spending",
    "payment", "rank", "relevance",
)  # fmt: skip
DATES = ("date", "outcome_date", "opened_at", "decided_on", "documented_on", "shown_from")
EXACT = 2**53  # from here on a float can't be told from its neighbour
SLACK = 1e-3  # of a step of the score: what a float may be off

# what each of these keys holds
HOLDS: dict[str, Kind] = {
    **dict.fromkeys(("column", "count", "time", "observed"), keys.COLUMN),
    **dict.fromkeys(("is", "tier_at_least"), keys.LABEL),
    **dict.fromkeys(("order", "yes", "no", "own"), keys.LABELS),
    **dict.fromkeys(("resolution", "score_at_least"), keys.NUMBER),
    **dict.fromkeys(("missing", "format", "periods"), keys.TEXT),
    "cuts": keys.NUMBERS,
    "horizons": keys.NUMBERS,
    "probability": keys.YES_OR_NO,
    "at_random": keys.YES_OR_NO,
}
GROUP: dict[str, Kind] = {
    "column": keys.COLUMN,
    "reference": keys.LABEL,
    "labels": keys.TABLE,
    "levels": keys.LABELS,
    "bands": keys.NUMBERS,
    "phrase": keys.TEXT,
    "table": keys.TEXT,
    "periods": keys.TEXT,
}
STEPS = ("28 days", "month")  # periods of a roll-out in steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One role of a case; the empty value of a key means it was not declared."""

    name: str
    column: str = ""
    order: tuple[str, ...] = ()
    cuts: tuple[float, ...] = ()
    compare: tuple[str, float] | None = None
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    resolution: float = 1e-4
    probability: bool = False
    at_random: bool = False
    missing: str = "refuse"
    tier_at_least: str = ""
    score_at_least: float | None = None
    count: str = ""
    time: str = ""
    observed: str = ""
    horizons: tuple[float, ...] = ()
    format: str = ""
    periods: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Every source column this role reads."""
        return tuple(c for c in (self.column, self.count, self.time, self.observed) if c)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A declared attribute: its column, the words for its levels, whom it is compared with."""

    name: str
    column: str
    reference: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    levels: tuple[str, ...] = ()
    bands: tuple[float, ...] = ()
    phrase: str = "{level}"
    table: str = ""
    periods: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """How a published table shows a cell it hides, and the count it stays below."""

    shown_as: tuple[str, ...]
    below: int


def where(file: str, part: Role | Group, column: str = "") -> str:
    """Where a column stands and what it is for, to open a message with."""
    kind = "role" if isinstance(part, Role) else "group"
    return f"{shown(file)}, column {shown(column or part.column)} ({kind} {part.name})"
