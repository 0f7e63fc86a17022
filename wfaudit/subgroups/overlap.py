"""Which declared groups a subgroup overlaps, in numbers and in words."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfaudit.choices import Choices

COLUMNS = ("group", "by", "level", "n", "of_subgroup", "of_everyone", "of_level")


def overlaps(subgroups: Iterable[tuple[str, NDArray[np.bool_]]], groups: Any) -> pd.DataFrame:
    """For each subgroup and declared group the level that stands out most, the widest apart first.

    ``of_subgroup`` is the share of the subgroup that is in that level, ``of_everyone`` the share of
    everybody that is, ``of_level`` the share of the level that is in the subgroup.

    >>> groups = pd.DataFrame({"sex": ["women", "women", "men", "men"]})
    >>> found = overlaps([("under 30", np.array([True, True, True, False]))], groups)
    >>> found[["level", "n", "of_subgroup", "of_everyone", "of_level"]].round(2).values.tolist()
    [['women', 2, 0.67, 0.5, 1.0]]
    """
    found: list[dict[str, Any]] = []
    for told, inside in subgroups:
        if inside.any():
            lines: list[dict[str, Any]] = [
                {"group": told, "by": by, **_most(groups[by], inside)} for by in groups.columns
            ]
            found += sorted(lines, key=lambda line: line["of_everyone"] - line["of_subgroup"])
    return pd.DataFrame(found, columns=list(COLUMNS))


def _most(column: Any, inside: NDArray[np.bool_]) -> dict[str, Any]:
    """The level whose share among the subgroup lies highest above its share among everybody."""
    everyone = column.value_counts().sort_index()
    mine = column[inside].value_counts().reindex(everyone.index, fill_value=0)
    share, base = mine / inside.sum(), everyone / len(column)
    level = (share - base).idxmax()
    return {
        "level": level, "n": int(mine[level]), "of_subgroup": share[level],
        "of_everyone": base[level], "of_level": mine[level] / everyone[level],
    }  # fmt: skip


def said(row: dict[str, Any], choices: Choices) -> str:
    """One overlap as a sentence.

    >>> row = {"group": "under 30", "by": "sex", "level": "women", "of_subgroup": 2 / 3}
    >>> said(row | {"of_everyone": 0.5, "of_level": 1.0}, Choices())
    '“under 30”: 67 in 100 of them are women (50 in 100 of everyone); they are 100 in 100 of all women.'
    """
    return f"“{row['group']}”: {shares(row, choices)}."


def shares(row: dict[str, Any], choices: Choices) -> str:
    """How many of a subgroup are in a level, of everyone, and of the level in the subgroup."""
    of, everyone, level = (
        f"{100 * row[share]:.0f}" for share in ("of_subgroup", "of_everyone", "of_level")
    )
    who = choices.whom(row["by"], row["level"])
    return (
        f"{of} in 100 of them are {who} ({everyone} in 100 of everyone); they are {level} in 100 of "
        f"all {who}"
    )
