"""The case itself: a value that knows its columns, levels and choices, and nothing of measures."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast

import ibis
import pandas as pd
from ibis.expr.types import Table, Value

from wfaudit.case.arrays import keys_from_arrays
from wfaudit.case.cells import Block, read_blocks
from wfaudit.case.door import Door, look
from wfaudit.case.file import load_keys, parts
from wfaudit.case.lists import Lists
from wfaudit.case.periods import period
from wfaudit.case.read import day, known, number
from wfaudit.case.roles import EXACT, SLACK, Group, Role, Suppressed, where
from wfaudit.case.rules import Rule
from wfaudit.case.tables import Constraint
from wfaudit.case.traces import column as trace
from wfaudit.case.traces import declared as traces
from wfaudit.case.traces import told_by
from wfaudit.choices import JOIN, Choices
from wfaudit.errors import AuditError, not_one_of
from wfaudit.sources import Side, Source, fetch

Evidence = Literal["counts", "log", "outcomes"]
# columns that people may be counted along, besides groups and states
AXES = (
    "score", "previous_score", "weight", "person", "cluster", "decided_by", "query", "period", "office",
    "channel", "provider", "route", "profile", "item", "vendor", "relevance",
    "matched",
)  # fmt: skip
WITH_SCORES = "along ('score',)"  # what was counted by score alone
COMPARE = {
    ">=": "__ge__",
    "<=": "__le__",
    ">": "__gt__",
    "<": "__lt__",
    "==": "__eq__",
    "!=": "__ne__",
}


@dataclass(frozen=True, eq=False)
class Case:
    """What is audited: people (or counts of people), the parts their columns play, the choices.

    Make one with ``read_case``, ``Case.from_dict`` or ``Case.from_arrays``.
    """

    source: Source
    roles: Mapping[str, Role]
    groups: tuple[Group, ...]
    choices: Choices
    intersections: tuple[tuple[str, ...], ...] = ()
    missing: tuple[str, ...] = ()
    suppressed: Suppressed | None = None
    inputs: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    model: Mapping[str, Any] | None = None
    sides: tuple[Side, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    lists: Lists = field(default_factory=Lists)
    rules: tuple[Rule, ...] = ()
    as_of: str = ""
    file: str = ""
    file_hash: str = ""
    counted: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        """Show the shape of the case: no row, no value."""
        roles = ", ".join(r for r in self.roles) or "none"
        groups = ", ".join(g.name for g in self.groups) or "none"
        return f"Case {self.choices.name!r} ({self.evidence}): roles {roles}; groups {groups}"

    @property
    def evidence(self) -> Evidence:
        """How much these data can carry: published counts, a decision log, or outcomes too."""
        if "count" in self.roles:
            return "counts"
        return "outcomes" if "outcome" in self.roles else "log"

    @property
    def published(self) -> bool:
        """Whether the counts are several tables, each a block of its own."""
        return "block" in self.roles

    def group(self, name: str) -> Group:
        """The declared group of this name."""
        for group in self.groups:
            if group.name == name:
                return group
        raise not_one_of("group", name, [g.name for g in self.groups])

    def keys(self, by: str | tuple[str, ...] | None) -> tuple[str, ...]:
        """Check what a caller asked to count by: nothing, a group, or groups crossed."""
        keys = () if by is None else (by,) if isinstance(by, str) else tuple(by)
        for key in keys:
            self.group(key)
        if len(set(keys)) < len(keys):
            raise AuditError(f"Groups {JOIN.join(keys)}: name each group once.")
        return keys

    def require(self, needs: tuple[str, ...], measure: str) -> None:
        """Stop before measuring if a role is not declared, or can't be held against the others."""
        absent = [state for state in needs if state not in self.states]
        if "rule" in absent:
            raise AuditError(
                f"{measure} needs a rule of the agency's own and a decision on the scale of the advice. "
                'Declare one: [rules."<name>"] when = "down", only = "checked".'
            )
        named = [role for state in absent for role in told_by(state) if role not in self.roles]
        if named:
            raise AuditError(
                f"{measure} needs {' and '.join(dict.fromkeys(named))}, which this case does not declare. "
                f'Add it under [roles], for example {named[0]} = "<column>".'
            )
        if why := self.lacks(needs):
            raise AuditError(f"{measure} can't be measured: {why}.")

    def lacks(self, needs: tuple[str, ...]) -> str:
        """Why people's states of these names are not told by the case, or nothing."""
        absent = [state for state in needs if state not in self.states]
        if not absent:
            return ""
        roles = dict.fromkeys(r for s in absent for r in told_by(s) if r not in self.roles)
        if roles:
            return f"the case declares no {' and no '.join(roles)}"
        if absent[0] == "outcome":
            return "the outcome is a time that may be censored; a rate would count it as known"
        if absent[0] == "treated" and "decision" in self.states:
            return "the flag does not follow from the tier, so no decision is the same as being flagged"
        role = "before" if absent[0] == "before" else "decision"
        if role not in self.roles:
            return f"the case declares no {role}"
        judged = "judgement before the advice" if role == "before" else role
        return f"the {judged} is on another scale than the advice"

    def unweighted(self, measure: str) -> None:
        """Stop a measure that takes every row as one where rows are declared to weigh more."""
        if "weight" in self.roles:
            raise AuditError(
                f"{measure} is not offered for weighted samples: it would take every row as one. Rates and "
                "gaps are; or drop the role weight."
            )

    @property
    def states(self) -> tuple[str, ...]:
        """The roles a person's state is made of, as far as this case declares them."""
        found = [s for s in ("tier", "flagged", "decision", "outcome") if s in self.roles]
        if "outcome" in found and not self.roles["outcome"].column:
            found.remove("outcome")
        if "decision" in found and not self.same_scale(self.roles["decision"]):
            found.remove("decision")
        if "decision" in found and self.treats:
            found.append("treated")
        told = traces(self)
        if "decision" in found and {"shown", "opened"} & set(told):
            found.append("saw")
        if "decision" in found and self.rules:
            found.append("rule")
        return (*found, *told)

    @property
    def treats(self) -> bool:
        """Whether it follows from a decision that somebody is treated as if flagged."""
        flagged = self.roles.get("flagged")
        return bool(flagged and (flagged.tier_at_least or not self.roles["decision"].order))

    def same_scale(self, decision: Role) -> bool:
        """Whether a judgement is made on the scale of the advice."""
        if decision.order:
            return "tier" in self.roles and decision.order == self.roles["tier"].order
        return "flagged" in self.roles

    @cached_property
    def door(self) -> Door:
        """What was seen when the data were checked, once: rows, people, levels, quality."""
        return look(self)

    @property
    def repeated(self) -> bool:
        """Whether some person has more than one row."""
        return self.door.people is not None and self.door.people < self.door.rows

    @property
    def cluster(self) -> str | None:
        """The role whose rows are not independent: as declared, else list or matched set, else the person."""
        declared = [role for role in ("cluster", "query", "matched") if role in self.roles]
        return declared[0] if declared else "person" if self.repeated else None

    @cached_property
    def by_deciders(self) -> "Case":
        """This case for what people decide: those who decide are its clusters, unless some are declared.

        A caseworker has habits, so the people of one caseworker are not unrelated there.
        """
        if "decided_by" not in self.roles or {"cluster", "query", "matched"} & set(self.roles):
            return self
        roles = {**self.roles, "cluster": self.roles["decided_by"]}
        # what is counted without clusters is the same people
        shared = {kind: self.counted.setdefault(kind, {}) for kind in ("counts", WITH_SCORES)}
        return self.again(roles=roles, counted=shared)

    def again(self, **changes: Any) -> "Case":
        """The same rows with some parts changed: looked at once at the door, nothing counted yet."""
        made = replace(self, **{"counted": {}, **changes})
        made.__dict__["door"] = self.door
        return made

    # --- columns, lazily

    @cached_property
    def columns(self) -> dict[str, Value]:
        """The declared columns by the names of their roles, as expressions over the source."""
        return {**self._grouped, **self._states, **self._axes}

    @property
    def _grouped(self) -> dict[str, Value]:
        there = [group for group in self.groups if group.column in self.source.table.columns]
        return {f"group {group.name}": self._banded(group) for group in there}

    @property
    def _states(self) -> dict[str, Value]:
        roles = [n for n in ("tier", "flagged", "decision", "outcome") if n in self.roles]
        states = {name: self.state(self.roles[name]) for name in roles}
        told = {name: trace(self, name) for name in traces(self)}
        return {name: state for name, state in states.items() if state is not None} | told

    @property
    def _axes(self) -> dict[str, Value]:
        columns = dict[str, Value]()
        read: Any = {
            "score": self.grid, "previous_score": self.grid, "weight": lambda role: self.number(role.column),
            "relevance": lambda role: self.number(role.column),
        }  # fmt: skip
        for name in [axis for axis in AXES if axis in self.roles]:
            role = self.roles[name]
            columns[name] = read[name](role) if name in read else self.known(role.column)
        for role in self.timed:
            columns[f"{role.name} time"] = self.number(role.time)
            columns[f"{role.name} observed"] = self.source.table[role.observed]
        return columns

    @property
    def timed(self) -> tuple[Role, ...]:
        """The outcomes told as a time and whether its end was seen."""
        return tuple(role for role in self.roles.values() if role.time)

    @cached_property
    def rows(self) -> Table:
        """The source with roles for column names; lazy, nothing is read yet."""
        return self.source.table.select(**self.columns)

    def number(self, column: str) -> Value:
        """A column as numbers: text is read with the declared decimal mark, else it is null."""
        return number(self.source.table[column], self.source.decimal, self.missing)

    def known(self, column: str) -> Value:
        """A column in which every kind of missing is null."""
        return known(self.source.table[column], self.missing)

    def day(self, role: Role) -> Value:
        """A column as days: text is read as declared, else it is null."""
        return day(self.source.table[role.column], role.format, self.missing)

    def grid(self, role: Role) -> Value:
        """A score's place on its grid: floor(score / resolution + 0.001), an integer."""
        value: Any = self.number(role.column)
        on_it = value.abs() < EXACT * role.resolution  # beyond, and at infinity, there are no steps
        value = cast(Any, ibis.ifelse(on_it, value, ibis.null("float64")))
        return (value / role.resolution + SLACK).floor().cast("int64")

    def where(self, part: Role | Group) -> str:
        """The file, the column and its part, to open a message with."""
        return where(self.source.name, part)

    def state(self, role: Role) -> Value | None:
        """The column a state is read from; None where it follows from another."""
        if role.score_at_least is not None:
            score = self.roles["score"]
            return cast(Any, self.grid(score)) >= round(role.score_at_least / score.resolution)
        if role.compare:
            how, number = role.compare
            return getattr(cast(Any, self.number(role.column)), COMPARE[how])(number)
        return self.source.table[role.column] if role.column else None

    def _period(self, group: Group) -> Value:
        """The period a date falls into; days are read as the role of the same column declares."""
        form = next((r.format for r in self.roles.values() if r.column == group.column), "")
        return period(day(self.source.table[group.column], form, self.missing), group.periods)

    def _banded(self, group: Group) -> Value:
        if group.periods:
            return self._period(group)
        column = self.source.table[group.column]
        if not group.bands:
            return column
        value = cast(Any, self.number(group.column))
        steps = [(value < edge, at) for at, edge in enumerate(group.bands)]
        return ibis.cases(*steps, (value.notnull(), len(group.bands)), else_=None)

    @cached_property
    def cells(self) -> pd.DataFrame:
        """The published cells as they stand; only for cases of counts, which hold no people."""
        return fetch(self.source, self.source.table).to_pandas(types_mapper=pd.ArrowDtype)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The published tables, parsed; only for cases of counts."""
        return read_blocks(self)

    # --- other ways in

    @classmethod
    def from_dict(cls, declared: Mapping[str, Any]) -> "Case":
        """Make a case from the keys of a case file; ``source`` may be a path or a data frame.

        >>> import pandas as pd
        >>> people = pd.DataFrame({"sex": ["women", "men"], "high": [True, False]})
        >>> Case.from_dict({"source": people, "roles": {"flagged": "high"},
        ...                 "groups": {"sex": {"reference": "men"}}})
        Case 'unnamed case' (log): roles flagged; groups sex
        """
        return cls(**parts(declared))

    @classmethod
    def from_arrays(
        cls,
        *,
        y_true: Any = None,
        y_pred: Any,
        sensitive_features: Any,
        declared: Mapping[str, Any] | None = None,
    ) -> "Case":
        """Make a case from arrays, with fairlearn's names: labels, predictions (0/1), groups.

        ``declared`` adds any other key of a case file: tolerance, level, references, words.

        >>> Case.from_arrays(y_true=[1, 0], y_pred=[1, 1], sensitive_features=["women", "men"])
        Case 'arrays' (outcomes): roles flagged, outcome; groups sensitive_feature_0
        """
        return cls.from_dict(keys_from_arrays(y_true, y_pred, sensitive_features, declared))


def read_case(path: str | Path, *, source: object = None) -> Case:
    """Read a case file and open its source, looked up beside the file; ``source`` replaces it."""
    path = Path(path)
    keys, fingerprint = load_keys(path)
    if source is not None:
        keys["source"] = source
    found = parts(keys, path.parent)
    return Case(**found, file=path.name, file_hash=fingerprint)
