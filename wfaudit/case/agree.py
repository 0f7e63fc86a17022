"""What the parts of a case need of each other, and of their columns; told from names and kinds alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from wfaudit.case.roles import DATES, NUMBERS, SLACK, Group, Role, where
from wfaudit.errors import AuditError, not_one_of, shown
from wfaudit.sources import Source

# kinds of columns that can be told apart as text
PLAIN = ("string", "numeric", "boolean", "temporal", "uuid", "null")
# roles of single people, which a case of counts can't have
OF_ONE = (
    "person", "cluster", "decided_by", "weight", "minutes", "edits", "first_tier", "audited",
)  # fmt: skip
PRINTED = ("printed_rate", "printed_ratio")


def consistent(roles: Mapping[str, Role], groups: Iterable[Group]) -> None:
    """Refuse roles that lean on a role that is not there."""
    if ("block" in roles) != ("group" in roles) or ("block" in roles and "count" not in roles):
        raise AuditError(
            "A published table of several margins needs three roles: count, block and group."
        )
    if "count" in roles:
        _consistent_counts(roles, groups)
    if printed := [name for name in PRINTED if name in roles]:
        _consistent_print(roles, printed[0])
    if "flagged" in roles:
        _consistent_flag(roles, roles["flagged"])
    tier, score = roles.get("tier"), roles.get("score")
    if "first_tier" in roles and not tier:
        raise AuditError("first_tier needs the role tier, on whose order it is read. Declare it.")
    if tier and tier.cuts and not score:
        raise AuditError("tier = { cuts = … } needs the role score. Declare it, or drop the cuts.")
    if score:
        cuts = [
            *(tier.cuts if tier else ()),
            roles["flagged"].score_at_least if "flagged" in roles else None,
        ]
        _on_grid(score, [cut for cut in cuts if cut is not None])


def _consistent_counts(roles: Mapping[str, Role], groups: Iterable[Group]) -> None:
    """Refuse what only rows of people can carry."""
    if alone := [name for name in OF_ONE if name in roles]:
        raise AuditError(
            f"A case of counts has no single people: drop the role {alone[0]}, or drop the role count."
        )
    if compared := [r.name for r in roles.values() if r.compare or r.score_at_least is not None]:
        raise AuditError(
            f"A case of counts can't compare numbers: for {compared[0]}, list the labels that mean yes "
            'and no, such as yes = ["high"], no = ["low"].'
        )
    if banded := [g for g in groups if g.bands or g.periods]:
        what = "bands" if banded[0].bands else "periods"
        raise AuditError(
            f"A case of counts is counted already: drop the {what} of group {shown(banded[0].name)}, and "
            f"have one row for each {what[:-1]}."
        )


def _consistent_print(roles: Mapping[str, Role], printed: str) -> None:
    if "count" not in roles or not ("flagged" in roles and roles["flagged"].count):
        raise AuditError(
            f"{printed} stands beside the counts of a published table. Declare them: count, and flagged = "
            '{ count = "…" }; or drop the role.'
        )


def _on_grid(score: Role, cuts: list[float]) -> None:
    """Refuse a cut between two steps of the score: it would move to one of them."""
    for cut in cuts:
        steps = cut / score.resolution
        if abs(steps - round(steps)) > SLACK:
            raise AuditError(
                f"The cut {cut:g} lies between two steps of the score, which are {score.resolution:g} "
                'wide. Declare a finer one: score = { column = "…", resolution = 0.00001 }.'
            )


def _consistent_flag(roles: Mapping[str, Role], flagged: Role) -> None:
    if flagged.tier_at_least:
        if "tier" not in roles:
            raise AuditError("flagged = { tier_at_least = … } needs the role tier. Declare it.")
        if flagged.tier_at_least not in roles["tier"].order:
            raise not_one_of("tier", flagged.tier_at_least, roles["tier"].order)
    if flagged.score_at_least is not None and "score" not in roles:
        raise AuditError("flagged = { score_at_least = … } needs the role score. Declare it.")
    if flagged.count and "count" not in roles:
        raise AuditError("flagged = { count = … } needs the role count: how many people in all.")
    if flagged.count and flagged.count == roles["count"].column:
        raise AuditError(
            "flagged = { count = … } names the column of the role count. Name another."
        )
    if flagged.count and len(set(roles) & {"tier", "decision", "outcome"}):
        raise AuditError("flagged = { count = … } stands alone: drop tier, decision and outcome.")


def check_kinds(source: Source, parts: Iterable[Role | Group]) -> None:
    """Refuse a column whose kind can't play its part: a list as a group, a day as a number."""
    for part in parts:
        columns = part.columns if isinstance(part, Role) else (part.column,)
        for column in columns:
            if column in source.table.columns:
                _check_kind(source.table[column].type(), part, where(source.name, part, column))


def _check_kind(kind: Any, part: Role | Group, where: str) -> None:
    if not any(getattr(kind, f"is_{plain}")() for plain in PLAIN):
        raise AuditError(f"{where} holds {kind}. Make it text, a number, a day or true/false.")
    role = part if isinstance(part, Role) else Role(name="")
    number = role.name in NUMBERS or role.compare or (isinstance(part, Group) and part.bands)
    if number and kind.is_temporal():
        raise AuditError(f"{where} holds {kind}, and a number is needed. Declare another column.")
    if role.name in DATES and not (kind.is_string() or kind.is_temporal() or role.format):
        raise AuditError(
            f"{where} holds {kind}, and a day is needed. Declare how it is written, for example "
            f'{role.name} = {{ column = "…", format = "%Y%m%d" }}.'
        )
