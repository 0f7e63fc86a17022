"""Count a case's people, from rows or from published tables, and remember it."""

from wfaudit.case import Case, Quality
from wfaudit.counts.cells import memo, state_columns
from wfaudit.counts.published import from_tables
from wfaudit.counts.rows import from_rows
from wfaudit.counts.table import Counts
from wfaudit.errors import rows


def count(case: Case, keys: tuple[str, ...]) -> Counts:
    """Count a case's people by the groups named in ``keys``, in every level there is."""
    done = memo(case, "counts")
    if keys not in done:
        done[keys] = from_tables(case, keys) if case.evidence == "counts" else from_rows(case, keys)
    return done[keys]


def unknown_states(case: Case) -> list[Quality]:
    """How many rows have no tier, flag, decision or outcome: they show in the bounds, not the rates."""
    if case.evidence == "counts":
        return []
    everyone = count(case, ())
    found: list[Quality] = []
    for name in state_columns(case):
        n = int(everyone.n[0][everyone.states[name].isna().to_numpy()].sum())
        if n:
            says = f"In {rows(n)} the {name} is not known; rates that ask for it leave these people out."
            found.append(Quality("role not recorded", says, case.roles[name].column, n))
    return found
