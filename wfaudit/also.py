"""What a case asks besides its measures: subgroups nobody declared, the model's worth, a law's tables."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from tqdm import tqdm

from wfaudit.alternatives import Worth, worth
from wfaudit.alternatives import check as check_worth
from wfaudit.case import Case
from wfaudit.errors import AuditError, not_one_of
from wfaudit.findings import Finding, review
from wfaudit.measures import RATES
from wfaudit.measures.matching import ImpactTable, lacks_law, ll144
from wfaudit.report import Printed, Searched, Weighed
from wfaudit.result import Result
from wfaudit.subgroups import Search, search
from wfaudit.subgroups import check as check_search

LAW = "Impact ratios as New York City's Local Law 144 asks for them"
FAMILY = "confirm what a search found (Holm)"


@dataclass(frozen=True, slots=True, eq=False)
class Also:
    """What was asked besides, answered."""

    searches: tuple[Search, ...] = ()
    worth: Worth | None = None
    law: ImpactTable | None = None

    @property
    def results(self) -> tuple[Result, ...]:
        """Every number, searches first."""
        return (*(one.result for one in self.searches), *(self.worth.results if self.worth else ()))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is said of subgroups: a family of their own, so that looking costs no declared question."""
        found = review([one.result for one in self.searches])
        return tuple(replace(one, family=FAMILY) for one in found)

    @property
    def cannot(self) -> Iterator[tuple[str, str]]:
        """What the model could not be held against, and why."""
        for what, why in self.worth.cannot if self.worth else ():
            yield f"worth, {what}", why

    @property
    def searched(self) -> tuple[Searched, ...]:
        """The searches, as a report shows them."""
        return tuple(
            Searched(result=s.result, beside=s.beside, searched=s.searched, notes=s.notes)
            for s in self.searches
        )

    @property
    def weighed(self) -> Weighed | None:
        """What the model is worth, as a report shows it."""
        one = self.worth
        return one and Weighed(
            results=one.results, rules=one.rules, sentences=one.sentences, cannot=one.cannot,
            notes=one.notes, conclusions=one.conclusions, curve=one.curve, cut=one.cut,
        )  # fmt: skip

    @property
    def printed(self) -> Printed | None:
        """The tables that a law asks for, as a report shows them."""
        one = self.law
        return one and Printed(
            title=LAW,
            tables=one.tables(),
            notes=one.notes,
            rows=one.to_frame(),
            interval=one.interval,
        )


def check_names(case: Case) -> None:
    """A search goes by one rate, a law by groups; a misspelt one stops here, before anything is counted."""
    known = [name for name, rate in RATES.items() if rate.tiers is None]
    for name in case.choices.search:
        if name not in known:
            raise not_one_of("measure in also.search", name, known)
    law = case.choices.ll144
    if law is None:
        return
    groups = [group.name for group in case.groups]
    for key in ("sex", "race"):
        if (name := law.get(key, key)) not in groups:
            raise not_one_of(f"group in also.ll144 ({key})", name, groups)


def able(case: Case) -> list[dict[str, Any]]:
    """Every question the case declares besides its measures, and why it can't be answered."""
    words = asdict(case.choices.words)
    lines = [
        (f"search by {name}", f"Subgroups nobody declared. {RATES[name].says.format(**words)}",
         _refused(check_search, case, name))
        for name in case.choices.search
    ]  # fmt: skip
    if case.choices.worth:
        said = "The model held against doing without it"
        lines.append(("worth", said, _refused(check_worth, case)))
    if case.choices.ll144 is not None:
        lines.append(("ll144", LAW, lacks_law(case, **case.choices.ll144)))
    return [
        {"measure": name, "says": says, "possible": not why, "why": why}
        for name, says, why in lines
    ]


def answer(case: Case, *, progress: bool = False) -> Also:
    """Search and compare as the case declares and its data allow."""
    names = [name for name in case.choices.search if not _refused(check_search, case, name)]
    bar = tqdm(names, desc="searching", delay=2, disable=None if progress else True, leave=False)
    found = tuple(search(case, name) for name in bar)
    weigh = case.choices.worth and not _refused(check_worth, case)
    law = case.choices.ll144
    asked = None if law is None or lacks_law(case, **law) else ll144(case, **law)
    return Also(found, worth(case) if weigh else None, asked)


def _refused(check: Callable[..., None], *given: Any) -> str:
    """Why a case can't carry a question, or nothing."""
    try:
        check(*given)
    except AuditError as problem:
        return str(problem)
    return ""
