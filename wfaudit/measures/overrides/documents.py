"""What is written down: how long and of what kind reasons are, how old the documentation, by channel.

A reason is told by its length and, where there are a few labels, by its label; free text is never read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, cast

import ibis
import numpy as np
from numpy.typing import NDArray

from wfaudit.case import Case, decode
from wfaudit.counts.cells import memo, states
from wfaudit.measures.asked import Compare, everywhere, refused, require, same_column
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.gathered import (
    Gathered,
    Ints,
    Keys,
    among_all,
    amounts,
    amounts_of,
    gather,
    laid,
)
from wfaudit.measures.labelled import MOST_LABELS, label_axis, labels_of
from wfaudit.measures.made import By
from wfaudit.measures.overrides.question import Question
from wfaudit.result import Result
from wfaudit.sources import fetch

Bools = NDArray[np.bool_]
MOST_KINDS, LONGEST, FEWEST = 12, 60, 5  # labels, letters of one, people with one
OTHER = "another reason"
STATES = ("tier", "flagged", "decision", "shown", "opened")
LENGTH = Told(
    measure="mean_reason_length",
    says="Mean length in characters of the reasons written for decisions that differ from the advice",
    sentence="The mean length of a written reason is {mine} characters for {group} and {theirs} for "
    "{reference}",
    unit="number", judged=False, of="mean",
)  # fmt: skip
KIND = Told(
    measure="reason_share",
    says="Share of each reason, among decisions that differ from the advice and have a reason written down",
    among="who got a decision other than the advice and a written reason",
    does="got the reason “{at}”", at_name="reason",
)  # fmt: skip
AGE = Told(
    measure="age_of_documentation",
    says="Mean days since what is known of {people} was last written down, on the day of the decision; "
    "without those documented only afterwards",
    sentence="What is known of {group} is {mine} days old on average when it is decided; of {reference}, "
    "{theirs} days",
    unit="number", judged=False, of="mean",
)  # fmt: skip
LATE = Told(
    measure="late_documentation_rate",
    says="Share of {people} of whom the documentation is dated after the decision",
    does="were documented only after the decision",
)  # fmt: skip
AGES = replace(
    AGE, measure="age_of_documentation_by_channel", says=f"{AGE.says}, by channel", at_name="channel",
    sentence="What is known of {group} is {mine} days old on average when it is decided ({at}); of "
    "{reference}, {theirs} days",
)  # fmt: skip
CHANNELS = Told(
    measure="override_by_channel_rate",
    says="Share for whom the decision differs from the advice, of {people} {saw}, by channel",
    among="{saw}, seen by the channel “{at}”", does="got a decision other than the advice",
    at_name="channel",
)  # fmt: skip


def reason_length(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Mean characters of a written reason, among overrides that have one."""
    case = case.by_deciders
    require(LENGTH.measure, _lacks_reason(case))
    keys = case.keys(by)
    written: Any = _text(case).length().nullif(0)
    found = gather(case, keys, _states(case), amounts("reason", written))
    _, differs = overridden(case, found)
    columns = amounts_of(found, "reason") * differs[:, None]
    return tell(case, LENGTH, laid(case, keys, found, columns), compare=compare)


def reason_shares(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Share of each reason among overrides with one; only where reasons are a few short labels.

    A label written for fewer than five people is told as another reason.
    """
    case = case.by_deciders
    require(KIND.measure, _lacks_kinds(case))
    keys = case.keys(by)
    found = gather(case, keys, {**_states(case), "reason": _text(case).nullif("")})
    _, differs = overridden(case, found)
    at, labels = _kinds(found, differs)
    return tell(
        case,
        KIND,
        among_all(laid(case, keys, found, found.n[:, None], labels, at)),
        compare=compare,
    )


def documentation_age(
    case: Case, *, by: By = None, compare: Compare = False, channel: bool = False
) -> Result:
    """Mean days since the documentation that the decision rests on; by channel too, where asked."""
    case = case.by_deciders
    told = AGES if channel else AGE
    require(told.measure, _lacks_channel(case) if channel else _lacks_days(case))
    keys = case.keys(by)
    found = _ages(case, keys, channel)
    at, labels = label_axis(case, "channel", found) if channel else (None, [""])
    return tell(
        case, told, laid(case, keys, found, amounts_of(found, "age"), labels, at), compare=compare
    )


def late_documentation(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Share documented only after the decision, by group."""
    case = case.by_deciders
    require(LATE.measure, _lacks_days(case))
    keys = case.keys(by)
    found = _ages(case, keys, "channel" in case.roles)
    return tell(
        case, LATE, laid(case, keys, found, found.columns("dated", "late")), compare=compare
    )


def override_by_channel(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Share of decisions that differ from the advice, by phone, by video, in person."""
    case = case.by_deciders
    require(CHANNELS.measure, _lacks_override_channel(case))
    keys = case.keys(by)
    found = gather(case, keys, {**_states(case), "channel": _channel(case)})
    held, differs = overridden(case, found)
    at, labels = label_axis(case, "channel", found)
    columns = np.stack([found.n * held, found.n * differs], axis=-1)
    return tell(case, CHANNELS, laid(case, keys, found, columns, labels, at), compare=compare)


# --- what cells say


def _states(case: Case) -> dict[str, Any]:
    """The columns that tell an override."""
    return {name: case.columns[name] for name in STATES if name in case.columns}


def overridden(case: Case, found: Gathered) -> tuple[Bools, Bools]:
    """Of each cell whether a decision was held against advice that was seen, and whether it differs."""
    raw = {name: found.axes[name] for name in STATES if name in found.axes}
    plain = replace(case, rules=())  # rules ask for columns that were not counted
    state, table = states(plain, raw, found.n.astype(np.int64))
    both = table[["decision", "advice"]].notna().all(axis=1)
    held: Any = (table["saw"].fillna(False).astype(bool) & both).to_numpy(dtype=bool)
    differs: Any = (table["decision"] != table["advice"]).fillna(False).to_numpy(dtype=bool)
    return held[state], (held & differs)[state]


def _text(case: Case) -> Any:
    """The reason without blanks around it; the empty text where none is written."""
    reason: Any = case.known(case.roles["reason"].column)
    return reason.cast("string").strip().fill_null("")


def _channel(case: Case) -> Any:
    return case.known(case.roles["channel"].column)


def _kinds(found: Gathered, differs: Bools) -> tuple[Ints, list[str]]:
    """The label of each cell's reason; below 0 where there is none, or no override."""
    at, values = found.axes["reason"]
    people = np.bincount(at, found.n * differs, minlength=len(values))
    names = [decode.text_of(value) for value in values]
    kept = [bool(name) and n >= FEWEST for name, n in zip(names, people.tolist(), strict=True)]
    labels = sorted(str(name) for name, keep in zip(names, kept, strict=True) if keep)
    place = [
        -1 if not name else labels.index(name) if keep else len(labels)
        for name, keep in zip(names, kept, strict=True)
    ]
    label = np.where(differs, np.array(place, dtype=np.int64)[at], -1)
    return label, [*labels, *([OTHER] if (label == len(labels)).any() else [])]


def _ages(case: Case, keys: Keys, channel: bool) -> Gathered:
    """Days between documentation and decision: their sums where not below 0, and how many are."""
    decided = "decided_on" if "decided_on" in case.roles else "date"
    day, before = (case.day(case.roles[role]) for role in (decided, "documented_on"))
    days: Any = cast(Any, day).delta(before, unit="day")
    late: Any = days < 0
    age = ibis.ifelse(late, ibis.null("int64"), days)
    sums = {**amounts("age", age), "dated": days.notnull().sum(), "late": late.sum()}
    return gather(case, keys, {"channel": _channel(case)} if channel else {}, sums)


def _reasons(case: Case) -> tuple[int, int]:
    """How many different reasons are written, and how many characters the longest has."""
    done = memo(case, "reasons")
    if () not in done:
        text = _text(case).nullif("")
        asked = case.source.table.aggregate(n=text.nunique(), longest=text.length().max())
        answer = fetch(case.source, asked).to_pylist()[0]
        done[()] = (int(answer["n"]), int(answer["longest"] or 0))
    return done[()]


# --- questions


def _lacks_override(case: Case) -> str:
    return refused(case, "decision") or case.lacks(("decision",))


def _lacks_reason(case: Case) -> str:
    return refused(case, "reason") or _lacks_override(case)


def _lacks_kinds(case: Case) -> str:
    if why := _lacks_reason(case):
        return why
    kinds, longest = _reasons(case)
    if not kinds:
        return "no reason is written down"
    few = kinds <= MOST_KINDS and longest <= LONGEST
    return (
        ""
        if few
        else f"reasons are not told by a few labels (up to {MOST_KINDS}), so only their length is told"
    )


def _lacks_days(case: Case) -> str:
    if why := refused(case, "documented_on"):
        return why
    dated = {"decided_on", "date"} & set(case.roles)
    return "" if dated else "the case declares no decided_on and no date"


def _few_channels(case: Case) -> str:
    if why := refused(case, "channel"):
        return why
    return (
        ""
        if labels_of(case, "channel") <= MOST_LABELS
        else f"channel has more than {MOST_LABELS} labels"
    )


def _lacks_channel(case: Case) -> str:
    return _lacks_days(case) or _few_channels(case)


def _lacks_override_channel(case: Case) -> str:
    return _few_channels(case) or _lacks_override(case)


def _by_channel(tell_one: Any, case: Case) -> Iterator[Result]:
    return everywhere(case, partial(tell_one, case), apart=same_column(case, "channel"))


def _plainly(tell_one: Any, case: Case) -> Iterable[Result]:
    return everywhere(case, partial(tell_one, case))


QUESTIONS: dict[str, Question] = {
    told.measure: Question(says=told.says, lacks=lacks, ask=partial(how, tell_one))
    for told, lacks, how, tell_one in (
        (LENGTH, _lacks_reason, _plainly, reason_length),
        (KIND, _lacks_kinds, _plainly, reason_shares),
        (AGE, _lacks_days, _plainly, documentation_age),
        (AGES, _lacks_channel, _by_channel, partial(documentation_age, channel=True)),
        (LATE, _lacks_days, _plainly, late_documentation),
        (CHANNELS, _lacks_override_channel, _by_channel, override_by_channel),
    )
}
