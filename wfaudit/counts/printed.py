"""What a publisher prints beside counts, its rates and impact ratios, held against these counts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Literal

import numpy as np

from wfaudit.case import Case, Quality, decode
from wfaudit.case.cells import Block, block_names, plain
from wfaudit.choices import EVERYONE, JOIN, NOT_RECORDED
from wfaudit.errors import AuditError, rows

Kind = Literal["rate", "impact ratio"]
ROLES: dict[Kind, str] = {"rate": "printed_rate", "impact ratio": "printed_ratio"}
ROUNDED, CUT = "as printed, rounded", "as printed, cut off and not rounded"
FROM_RATES = "as printed if worked out from the printed rates, not from the counts"
OTHER = "as printed if held against another category than the highest"
DIFFERS, HIDDEN = "not as printed", "can't be recomputed: the table does not tell these counts"
NONE = "not printed"
SMALL = Fraction(2, 100)


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as printed: its value, how many figures follow the mark, whether it is in percent."""

    value: Fraction
    digits: int
    percent: bool

    @property
    def unit(self) -> Fraction:
        """One step of the last figure."""
        return Fraction(1, 10**self.digits)

    def says(self, value: Fraction) -> str:
        """Another number with as many figures, rounded half up."""
        steps = (value / self.unit + Fraction(1, 2)).__floor__()
        whole, part = divmod(steps, 10**self.digits)
        sign = " %" if self.percent else ""
        return f"{whole}.{part:0{self.digits}d}{sign}" if self.digits else f"{whole}{sign}"

    def by(self, exact: Fraction) -> str:
        """How a number gives this print: rounded, cut off, or not at all."""
        if abs(exact - self.value) <= self.unit / 2:
            return ROUNDED
        return CUT if 0 <= exact - self.value < self.unit else DIFFERS


@dataclass(frozen=True, slots=True)
class Figure:
    """One printed figure held against the counts; ``exact`` is on the scale it is printed on."""

    by: str
    group: str
    kind: Kind
    n: int | None
    printed: Printed | None
    exact: Fraction | None
    how: str
    small: bool  # below 2 % of the people of its table


@dataclass(frozen=True, slots=True)
class Row:
    """A category of a published table: its counts (None where hidden) and what is printed beside."""

    group: tuple[str, ...]
    n: int | None
    k: int | None
    rate: Printed | None
    ratio: Printed | None

    @property
    def share(self) -> Fraction | None:
        """The rate that the counts give."""
        return Fraction(self.k, self.n) if self.n and self.k is not None else None

    @property
    def known(self) -> bool:
        """Whether its category is known."""
        return NOT_RECORDED not in self.group


def has_printed(case: Case) -> bool:
    """Whether a case declares what its publisher prints."""
    return bool(set(ROLES.values()) & set(case.roles))


def figures(case: Case) -> list[Figure]:
    """Every rate and impact ratio that is printed, or should be, held against the counts of its row."""
    return [
        figure
        for by, table in tables(case)
        for kind, role in ROLES.items()
        if role in case.roles
        for figure in _judged(by, table, kind)
    ]


def tables(case: Case) -> list[tuple[str, list[Row]]]:
    """The published tables, a row a category, with what is printed beside."""
    names, read = block_names(case), {kind: _read(case, role) for kind, role in ROLES.items()}
    found: list[tuple[str, list[Row]]] = []
    for name, block in zip(dict.fromkeys(names), case.blocks, strict=True):
        at = [i for i, each in enumerate(names) if each == name]
        rates, ratios = ([printed[i] for i in at] for printed in read.values())
        found.append((JOIN.join(block.keys) or EVERYONE, list(_rows(block, rates, ratios))))
    return found


def _rows(
    block: Block, rates: Sequence[Printed | None], ratios: Sequence[Printed | None]
) -> Iterator[Row]:
    """A row of the table is two cells of the block: how many count, and in all."""
    for i in range(block.rows):
        n = None if np.isnan(block.people[i]) else int(block.people[i])
        k = None if block.most[i] > block.least[i] else int(block.least[i])
        yield Row(block.groups[i], n, k, rates[i], ratios[i])


# --- what is printed


def _read(case: Case, role: str) -> list[Printed | None]:
    """The figures of a column, as printed; none where the cell is empty or the role not declared."""
    if role not in case.roles:
        return [None] * len(case.cells)
    texts = [decode.text_of(value) or "" for value in plain(case.cells[case.roles[role].column])]
    told = [None if text.strip() in ("", *case.missing) else text for text in texts]
    found = [None if text is None else printed(text, case.source.decimal) for text in told]
    odd = [one is None and text is not None for one, text in zip(found, told, strict=True)]
    if any(odd):
        raise AuditError(
            f"{case.where(case.roles[role])}: in {rows(sum(odd))} the printed figure is no number such as "
            '48 % or 0.979. Mend it, or declare the words for "not printed", such as missing = ["n/a"].'
        )
    if role == ROLES["rate"] and (
        over := sum(one is not None and not one.percent and one.value > 1 for one in found)
    ):
        raise AuditError(
            f"{case.where(case.roles[role])}: in {rows(over)} the printed rate is above 1 and bears no sign "
            "of percent. Write 48 % or 0.48, as it was meant."
        )
    return found


def printed(text: str, decimal: str = ".") -> Printed | None:
    """A number as printed, with or without a sign of percent; None if it is none.

    >>> printed("48 %"), printed("0.979").digits, printed("many")
    (Printed(value=Fraction(48, 1), digits=0, percent=True), 3, None)
    """
    match = re.fullmatch(rf"\s*(\d+)(?:{re.escape(decimal)}(\d+))?\s*(%?)\s*", text, re.ASCII)
    if not match:
        return None
    whole, part, percent = match[1], match[2] or "", bool(match[3])
    return Printed(Fraction(int(whole + part), 10 ** len(part)), len(part), percent)


# --- held against the counts


def highest(table: Sequence[Row]) -> Row | None:
    """The category with the highest rate by the counts."""
    known = [row for row in table if row.known and row.share is not None]
    return max(known, key=lambda row: row.share or 0, default=None)


def _judged(by: str, table: list[Row], kind: Kind) -> Iterator[Figure]:
    total = sum(row.n or 0 for row in table if row.known)
    top = highest(table)
    ones = [row for row in table if row.ratio and row.ratio.value == 1 and row.share]
    for row in table:
        told = row.rate if kind == "rate" else row.ratio
        if not row.known and told is None:
            continue
        small = row.n is not None and total > 0 and Fraction(row.n, total) < SMALL
        exact, how = _rate(row) if kind == "rate" else _ratio(row, top, ones)
        yield Figure(by, JOIN.join(row.group) or EVERYONE, kind, row.n, told, exact, how, small)


def _rate(row: Row) -> tuple[Fraction | None, str]:
    if row.share is None:
        return None, NONE if row.rate is None else HIDDEN
    if row.rate is None:
        return row.share, NONE
    exact = _scaled(row.share, row.rate)
    return exact, row.rate.by(exact)


def _ratio(row: Row, top: Row | None, ones: Sequence[Row]) -> tuple[Fraction | None, str]:
    """A ratio to the highest rate; else of printed rates; else to a category whose printed ratio is 1."""
    told = row.ratio
    if row.share is None or top is None or not top.share:
        return None, NONE if told is None else HIDDEN
    exact = row.share / top.share
    if told is None:
        return exact, NONE
    exact = _scaled(exact, told)
    if (how := told.by(exact)) == ROUNDED:
        return exact, how
    if row.rate and top.rate and top.rate.value:
        ways = {told.by(_scaled(row.rate.value / top.rate.value, told))}
        if how == DIFFERS and ways & {ROUNDED, CUT}:
            return exact, FROM_RATES
    others = [row.share / one.share for one in ones if one is not top and one.share]
    if how == DIFFERS and any(told.by(_scaled(other, told)) != DIFFERS for other in others):
        return exact, OTHER
    return exact, how


def _scaled(value: Fraction, printed: Printed) -> Fraction:
    return 100 * value if printed.percent else value


# --- what a reader must know of it


def misprints(case: Case) -> list[Quality]:
    """Where printed figures, or the rows that are printed, do not go with the counts beside them."""
    if not has_printed(case):
        return []
    return [*_differing(case), *_left_out(case), *_references(case), *_absent(case)]


def _differing(case: Case) -> Iterator[Quality]:
    for one in figures(case):
        if one.printed is None or one.exact is None or one.how in (ROUNDED, FROM_RATES):
            continue
        column, figure = case.roles[ROLES[one.kind]].column, f"{one.by}, {one.group}: {one.kind}"
        told, exact = one.printed.says(one.printed.value), one.printed.says(one.exact)
        says = f"{figure} printed {told}, from the counts {exact}"
        if one.how == CUT:
            yield Quality(
                "printed figure cut off", f"{says}: cut off, not rounded.", column, one.n or 0
            )
        else:
            yield Quality("printed figure differs", f"{says}: {one.how}.", column, one.n or 0)


def _left_out(case: Case) -> Iterator[Quality]:
    """Categories without a printed ratio: below 2 % the rule lets an auditor leave it out, else not."""
    for one in figures(case):
        if one.how == NONE and one.kind == "impact ratio":
            size = "below" if one.small else "not below"
            says = f"{one.by}, {one.group}: no impact ratio is printed, and it is {size} 2 % of its table."
            column = case.roles[ROLES[one.kind]].column
            yield Quality("impact ratio not printed", says, column, one.n or 0)


def _references(case: Case) -> Iterator[Quality]:
    for by, table in tables(case):
        ones = [row for row in table if row.known and row.ratio and row.ratio.value == 1]
        top = highest(table)
        if not ones or top is None or any(row.share == top.share for row in ones):
            continue
        names = " and ".join(JOIN.join(row.group) for row in ones)
        says = f"{by}: the impact ratio 1 is printed for {names}; the highest rate is that of "
        says += f"{JOIN.join(top.group)}."
        yield Quality(
            "reference not the highest", says, case.roles["printed_ratio"].column, len(ones)
        )


def _absent(case: Case) -> Iterator[Quality]:
    """Categories that have no row in a table, though another table, or another row, knows their levels."""
    for by, table in tables(case):
        keys = by.split(JOIN) if by != EVERYONE else []
        levels = [[x for x in case.door.levels[key] if x != NOT_RECORDED] for key in keys]
        there = {row.group for row in table}
        for group in product(*levels) if keys else ():
            if group not in there:
                says = f"{by}: there is no row for {JOIN.join(group)}."
                yield Quality("category without a row", says, case.roles["count"].column, 0)
