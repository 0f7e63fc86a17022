"""Labels and answers of cells that were gathered: in the words of the case, in its order."""

from collections.abc import Mapping
from typing import Any

import ibis
import numpy as np

from wfaudit.case import Case, decode
from wfaudit.choices import NOT_RECORDED
from wfaudit.counts.cells import memo
from wfaudit.measures.gathered import Gathered, Ints
from wfaudit.sources import fetch

MOST_LABELS = 50


def label_axis(case: Case, role: str, found: Gathered) -> tuple[Ints, list[str]]:
    """The label of each cell, and all labels: in the words and the order of a group on the same column."""
    at, values = found.axes[role]
    group = next((g for g in case.groups if g.column == case.roles[role].column), None)
    words: Mapping[str, str] = dict(group.labels) if group else {}
    texts = [decode.text_of(value) for value in values]
    names = [NOT_RECORDED if not text else words.get(text, text) for text in texts]
    order = case.door.levels[group.name] if group else sorted({*names} - {NOT_RECORDED})
    labels = [name for name in order if name in names and name != NOT_RECORDED]
    labels += sorted({*names} - {*labels, NOT_RECORDED})
    labels += [NOT_RECORDED] if NOT_RECORDED in names else []
    place = {name: i for i, name in enumerate(labels)}
    return np.array([place[name] for name in names], dtype=np.int64)[at], labels


def yes_no(case: Case, role: str, found: Gathered) -> Any:
    """1 where a cell says yes, 0 where no, not-a-number where it isn't known."""
    at, values = found.axes[role]
    n = np.bincount(at, found.n, minlength=len(values)).astype(np.int64)
    said = decode.yes_no(case, case.roles[role], values, n)
    return np.array([np.nan if value is None else float(value) for value in said])[at]


def labels_of(case: Case, role: str) -> int:
    """How many labels a role has; asked once."""
    done = memo(case, "labels")
    if (role,) not in done:
        labels: Any = case.known(case.roles[role].column)
        answer = fetch(case.source, case.source.table.aggregate(n=labels.nunique()))
        done[(role,)] = int(answer["n"].to_pylist()[0])
    return done[(role,)]


def answer_of(case: Case, role: str) -> Any:
    """1 where a role says yes, 0 where no, nothing where that is not known: a column of the source."""
    told = case.roles[role]
    state: Any = case.state(told)
    if told.compare:
        return state.cast("int64")
    steps = [
        (state == value, int(said)) for value, said in _answers(case, role) if said is not None
    ]
    nothing: Any = ibis.null("int64")
    return ibis.cases(*steps, else_=None) if steps else state.isnull().ifelse(nothing, nothing)


def _answers(case: Case, role: str) -> list[tuple[Any, bool | None]]:
    """What each value of a role's column means, asked once."""
    done = memo(case, "answers")
    if (role,) not in done:
        rows: Any = case.source.table
        cells = fetch(
            case.source, rows.group_by(value=case.state(case.roles[role])).agg(n=rows.count())
        )
        values, n = cells["value"].to_pylist(), cells["n"].to_numpy().astype(np.int64)
        done[(role,)] = list(
            zip(values, decode.yes_no(case, case.roles[role], values, n), strict=True)
        )
    return done[(role,)]
