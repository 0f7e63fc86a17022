"""What a case can be asked about people one by one, by which groups, and held against whom."""

from collections.abc import Callable, Iterator

from wfaudit.case import Case
from wfaudit.choices import HIGHEST, JOIN, REST
from wfaudit.errors import AuditError
from wfaudit.measures.gathered import Keys
from wfaudit.result import Result

PUBLISHED = "a published table holds no single people"
WEIGHED = "it would take every row as one, and rows are declared to weigh more"
Compare = bool | str


def refused(case: Case, *roles: str) -> str:
    """Why a case can't be asked about people one by one, or nothing."""
    if case.evidence == "counts":
        return PUBLISHED
    if "weight" in case.roles:
        return WEIGHED
    absent = [role for role in roles if role not in case.roles]
    return f"the case declares no {' and no '.join(absent)}" if absent else ""


def require(measure: str, why: str) -> None:
    """Stop where a case lacks something."""
    if why:
        raise AuditError(f"{measure} can't be measured: {why}.")


def everywhere(
    case: Case, tell: Callable[..., Result], *, compared: bool = True,
    apart: Callable[[str], bool] = lambda _: False,
) -> Iterator[Result]:  # fmt: skip
    """A measure for everyone and for every declared group, with the comparisons that can be made.

    Groups of which ``apart`` holds are left out, alone and crossed.
    """
    sets = [(), *[(group.name,) for group in case.groups], *case.intersections]
    left_out = {group.name for group in case.groups if apart(group.name)}
    for keys in sets:
        if not left_out & set(keys):
            yield tell(by=keys or None)
            if compared and keys and comparable(case, keys):
                yield tell(by=keys, compare=True)


def same_column(case: Case, role: str) -> Callable[[str], bool]:
    """Whether a group is read from the column of a role, so that its labels are the group's levels."""
    column = case.roles[role].column
    return lambda name: case.group(name).column == column


def comparable(case: Case, keys: Keys) -> bool:
    """Whether the references of these groups can be crossed."""
    declared = [case.group(key).reference for key in keys]
    special = {REST, HIGHEST} & set(declared)
    return all(declared) and (not special or len(set(declared)) == 1)


def chosen(case: Case, keys: Keys, compare: Compare) -> str:
    """The reference in words: as given, else as declared."""
    if not keys:
        raise AuditError("A comparison needs groups: name them with by=.")
    if isinstance(compare, str):
        return compare
    if not comparable(case, keys):
        raise AuditError(
            f"Group {JOIN.join(keys)} declares no reference that can be crossed. Say whom to compare with: "
            f'compare = "<level>", "{REST}" or "{HIGHEST}".'
        )
    declared = [case.group(key).reference for key in keys]
    return declared[0] if declared[0] in (REST, HIGHEST) else JOIN.join(declared)


def asked_first(case: Case) -> list[str]:
    """The groups with a reference, those that a declared family asks about first."""
    asked = [entry.partition(" by ")[2] for entry in case.choices.confirm]
    names = [g.name for g in case.groups if g.reference]
    return sorted(names, key=lambda name: name not in asked)
