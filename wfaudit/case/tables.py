"""Pairs and the tables beside them: who and what the two sides of a pair are, and what may not fit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wfaudit.case import keys
from wfaudit.case.decode import Quality
from wfaudit.case.keys import Keys, Kind, checked
from wfaudit.case.roles import Group, Role
from wfaudit.errors import AuditError, not_one_of, rows, shown
from wfaudit.sources import Reading, Side, Source, beside, fetch, open_source, parted

if TYPE_CHECKING:
    from wfaudit.case.case import Case

SIDES = ("query", "item")
MANY_PAIRS = 5_000_000  # beyond which lists are looked at a part at a time
TABLE: dict[str, Kind] = {
    "path": keys.ANY,
    "key": keys.COLUMN,
    "role": keys.TEXT,
    **dict.fromkeys(("delimiter", "decimal", "encoding", "table"), keys.TEXT),
}
COLUMNS = Kind("a column or a list of columns", '"people.budget"', lambda v: bool(_names(v)))
CONSTRAINT: dict[str, Kind] = {
    "item": COLUMNS,
    "query": COLUMNS,
    "is": keys.TEXT,
    "mode": keys.COLUMN,
    "speeds": keys.TABLE,
    "most": keys.NUMBER,
}
ALL = "all"  # what every constraint together is called
WAYS = {">=": 1, "<=": 1, "==": 1, "covers": 2, "within": 2}  # and how many columns a side may have


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """What must hold for a pair to be feasible: columns of both sides, and how they compare.

    ``within`` compares two places, each a latitude and a longitude: ``most`` minutes by the person's
    ``mode``, at the declared ``speeds`` in kilometres an hour.
    """

    name: str
    item: tuple[str, ...]
    query: tuple[str, ...]
    way: str
    mode: str = ""
    speeds: tuple[tuple[str, float], ...] = ()
    most: float = 0.0

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the constraint reads."""
        return (*self.item, *self.query, *((self.mode,) if self.mode else ()))


def _names(given: object) -> tuple[str, ...]:
    several = (given,) if isinstance(given, str) else given
    if isinstance(several, list | tuple) and all(isinstance(name, str) for name in several):
        return tuple(several)
    return ()


def read_constraints(declared: Keys) -> tuple[Constraint, ...]:
    """Check the declared constraints of a case of pairs."""
    return tuple(_constraint(name, given) for name, given in declared.items())


def _constraint(name: str, given: object) -> Constraint:
    if name == ALL:
        raise AuditError(f"A constraint can't be called {ALL!r}: that is all of them. Rename it.")
    told = checked(f"constraint {name}", given, CONSTRAINT)
    for key in ("item", "query", "is"):
        if key not in told:
            raise AuditError(
                f"Constraint {shown(name)} lacks {key}. Write item, query and is, such as "
                'item = "people.budget", query = "vacancies.cost", is = ">=".'
            )
    way = told["is"]
    if way not in WAYS:
        raise not_one_of(f"way to compare in constraint {name}", way, WAYS)
    speeds = told.get("speeds", {})
    checked(f"speeds of constraint {name}", speeds, dict.fromkeys(speeds, keys.NUMBER))
    found = Constraint(
        name=name, item=_names(told["item"]), query=_names(told["query"]), way=way,
        mode=told.get("mode", ""), speeds=tuple((m, float(v)) for m, v in speeds.items()),
        most=float(told.get("most", 0)),
    )  # fmt: skip
    _sound(found)
    return found


def _sound(one: Constraint) -> None:
    widths = {len(one.item), len(one.query)}
    if max(widths) > WAYS[one.way] or len(widths) > 1 or (one.way == "within" and widths != {2}):
        raise AuditError(
            f"Constraint {shown(one.name)} compares {len(one.item)} with {len(one.query)} columns by "
            f"{one.way!r}. Numbers and sets take one column a side; an interval (from, to) or a place "
            "(latitude, longitude) takes two."
        )
    travel = bool(one.mode), bool(one.speeds), one.most > 0
    if any(travel) != all(travel) or all(travel) != (one.way == "within"):
        raise AuditError(
            f'Constraint {shown(one.name)}: is = "within" needs mode, speeds and most, and nothing else '
            "takes them: how a person travels, how fast in km/h, how many minutes at most."
        )
    if slow := [mode for mode, speed in one.speeds if not speed > 0]:
        raise AuditError(
            f"Constraint {shown(one.name)}: the speed of {shown(slow[0])} must be above zero."
        )


# --- opening


def with_tables(
    main: Source,
    declared: Keys,
    roles: Mapping[str, Role],
    wanted: Iterable[str],
    base: Path | None,
) -> tuple[Source, tuple[Side, ...]]:
    """Open the tables beside the pairs and join them, lazily, by the roles they describe."""
    sides = [_side(name, given, roles, list(wanted), base) for name, given in declared.items()]
    on = [side.on for side in sides]
    if len(set(on)) < len(on):
        raise AuditError("Two tables describe the same role. Give each role one table.")
    return beside(main, sides), tuple(sides)


def _side(
    name: str, given: object, roles: Mapping[str, Role], wanted: list[str], base: Path | None
) -> Side:
    told = checked(f"table {name}", given, TABLE)
    for key in ("path", "key", "role"):
        if key not in told:
            raise AuditError(
                f'Table {shown(name)} lacks {key}. Write path = "people.parquet", key = "person", '
                'role = "item".'
            )
    if "." in name or not name.strip():
        raise AuditError(
            f"A table can't be called {shown(name)}: columns are told as table.column."
        )
    if told["role"] not in SIDES:
        raise not_one_of(f"side of a pair in table {name}", told["role"], SIDES)
    if told["role"] not in roles:
        raise AuditError(
            f"Table {shown(name)} describes {told['role']}, which is no declared role."
        )
    columns = [c.partition(".")[2] for c in wanted if c.startswith(f"{name}.")]
    how = Reading(
        **{k: told[k] for k in ("delimiter", "decimal", "encoding", "table") if k in told}
    )
    target = told["path"]
    if isinstance(target, str | Path):
        target = base / target if base and not Path(target).is_absolute() else Path(target)
    source = open_source(target, list(dict.fromkeys([told["key"], *columns])), how)
    return Side(name=name, key=told["key"], on=roles[told["role"]].column, source=source)


def consistent_pairs(
    roles: Mapping[str, Role],
    tables: Keys,
    groups: Iterable[Group],
    constraints: Iterable[Constraint],
) -> None:
    """Refuse a case of pairs that is one by halves."""
    _two_sides(roles)
    for lean in ("rank", "relevance"):
        if lean in roles and "query" not in roles:
            raise AuditError(f"The role {lean} belongs to a pair: declare query and item too.")
    if tables and "query" not in roles:
        raise AuditError("Tables stand beside pairs: declare the roles query and item too.")
    if constraints and "query" not in roles:
        raise AuditError(
            "Constraints hold between the sides of a pair: declare query and item too."
        )
    for told in (
        *(g.column for g in groups if g.table),
        *(c for one in constraints for c in one.columns),
    ):
        table = told.partition(".")[0]
        if "." in told and table not in tables:
            raise not_one_of("table", table, tables)


def _two_sides(roles: Mapping[str, Role]) -> None:
    query, item = (roles.get(side) for side in SIDES)
    if (query is None) != (item is None):
        raise AuditError("A case of pairs needs both roles: query, whose list it is, and item.")
    if query and item and query.column == item.column:
        raise AuditError(
            f"Roles query and item both name column {shown(query.column)}. Name whose list it is with one, "
            "and who stands in it with the other."
        )


# --- at the door


def look_beside(case: "Case") -> list[Quality]:
    """Count what doesn't join: double keys stop, what is in one table only is told."""
    found = [note for side in case.sides for note in _joined(case, side)]
    return [*found, *_repeated(case)] if "query" in case.roles else found


def _joined(case: "Case", side: Side) -> list[Quality]:
    theirs: Any = side.source.table
    key: Any = theirs[side.key]
    mine: Any = case.source.table[f"{side.name}.{side.key}"]
    held = _one(
        side.source, theirs, rows=theirs.count(), keys=key.nunique(), lost=key.isnull().sum()
    )
    if bad := held["lost"] or held["rows"] - held["keys"]:
        what = "is missing" if held["lost"] else "stands once more"
        raise AuditError(
            f"Table {side.name} ({shown(side.source.name)}), column {shown(side.key)}: in {rows(bad)} the "
            f"key {what}, so a pair would be joined to several or to none. Keep one row a key."
        )
    pairs = _one(case.source, case.source.table, lost=mine.isnull().sum(), met=mine.nunique())
    if not pairs["met"]:
        raise AuditError(
            f"Table {side.name} ({shown(side.source.name)}), column {shown(side.key)}: none of its "
            f"{held['keys']:,} keys stands in {shown(side.on)} of {shown(case.source.name)}. Check that both "
            "name the same, written the same way."
        )
    found: list[Quality] = []
    if lost := pairs["lost"]:
        says = f"In {rows(lost)} {side.on} stands in no row of {side.name}."
        found.append(Quality("pair without entry", says, side.on, lost))
    if alone := held["keys"] - pairs["met"]:
        says = f"{rows(alone)} of table {side.name} stand in no pair."
        found.append(Quality("in no pair", says, side.on, alone))
    return found


def _repeated(case: "Case") -> list[Quality]:
    query, item = (case.known(case.roles[side].column) for side in SIDES)
    pairs: Any = case.source.table.select(query=query, item=item)
    lost: Any = pairs.query.isnull() | pairs.item.isnull()
    seen = _one(case.source, pairs, n=pairs.count(), lost=lost.sum())
    if seen["lost"]:
        raise AuditError(
            f"{shown(case.source.name)}: in {rows(seen['lost'])} a side of the pair is missing. Complete "
            "the columns of query and item, or leave these rows out."
        )
    again = seen["n"]
    for part in parted(pairs, pairs.query, seen["n"], MANY_PAIRS):
        distinct = part.distinct()
        again -= _one(case.source, distinct, n=distinct.count())["n"]
    if not again:
        return []
    says = f"In {rows(again)} a pair stands once more."
    return [Quality("pair repeats", says, case.roles["item"].column, again)]


def _one(source: Source, table: Any, **asked: Any) -> dict[str, int]:
    """One row of counts."""
    found = fetch(source, table.aggregate(**asked)).to_pylist()[0]
    return {name: int(n or 0) for name, n in found.items()}
