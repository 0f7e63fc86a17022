"""Texts as they are written and in other words: paired scores, and places in lists."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from wfaudit.errors import AuditError
from wfaudit.estimators import means
from wfaudit.estimators.means import Amounts, Mean
from wfaudit.result import Result
from wfaudit.swaps import lists
from wfaudit.swaps.asked import Floats, Setting
from wfaudit.swaps.told import Swapped, Words, cut, line, result
from wfaudit.texts.matchers import answered
from wfaudit.texts.variants import Variant

BY, WRITTEN = "wording", "as written"
Rewritten: TypeAlias = Variant | Callable[[str], str | None] | Sequence[str | None]
ROUNDING = 1e-9  # differences of scores that are none
NOWHERE = "the variant has a place in no text"
INTERVAL = "t interval of paired differences over texts"
FEW = "fewer than 10 texts whose number changes: no interval"
SCORE = Words(
    measure="reworded_score",
    says="Mean score of texts in other words, held against the same texts as they are written",
    sentence="Texts rewritten ({group}) score otherwise than {reference}",
)


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """A variant's numbers and those of the same texts as written, one a text that it has a place in."""

    scores: tuple[Floats, Floats]
    tops: tuple[Floats, Floats]  # texts by lists
    placed: tuple[Floats, Floats]  # how often in the top: of its own list, or of all


def reworded(asked: Setting, variants: Mapping[str, Rewritten]) -> Swapped:
    """All that rewording tells: scores, how often a text stands in the top, how often that changes."""
    if not variants:
        raise AuditError(
            "No variants were given. Give one at least, such as wfaudit.texts.ENGLISH."
        )
    base = asked.scores(asked.texts)
    found: dict[str, Paired] = {}
    notes: tuple[str, ...] = asked.notes + asked.told(asked.texts)
    for name, variant in variants.items():
        at, texts = _rewritten(asked, name, variant)
        if len(at) < len(asked.texts):
            notes += (f"{name!r} has a place in {len(at):,} of {len(asked.texts):,} texts",)
        notes += tuple(f"{name}: {note}" for note in asked.told(texts))
        found[name] = _paired(asked, base, at, texts)
    ranked = len(asked.texts) > asked.top
    if not ranked:
        notes += (
            f"{len(asked.texts):,} texts: all of them stand in the top {asked.top}, so lists can't change",
        )
    return Swapped(tuple(_results(asked, found, ranked=ranked)), notes)


def _rewritten(asked: Setting, name: str, variant: Rewritten) -> tuple[list[int], list[str]]:
    if isinstance(variant, Variant) or callable(variant):
        of: Any = variant.of if isinstance(variant, Variant) else variant
        each: list[Any] = [answered(of, f"The variant {name!r}", 1, text) for text in asked.texts]
    else:
        each = list(variant)
        if len(each) != len(asked.texts):
            raise AuditError(
                f"The variant {name!r} has {len(each):,} texts for {len(asked.texts):,}. Give one for each "
                "(of texts that stand twice, one), and None where it has no place."
            )
    at = [i for i, text in enumerate(each) if text is not None and text.strip()]
    return at, [each[i] for i in at]


def _paired(asked: Setting, base: Floats, at: list[int], texts: list[str]) -> Paired:
    """Only the text in question is reworded; all others are as written."""
    changed = base.copy()
    if at:
        changed[at] = asked.scores(texts)
    mine, theirs = (asked.kept(cells)[at] for cells in (changed, base))
    tops = [lists.in_top(cells, base, asked.top) for cells in (changed, base)]
    top, was = (cells[at] for cells in tops)
    placed, before = (asked.kept(cells)[at] for cells in tops)
    return Paired((mine, theirs), (top, was), (placed, before))


def _results(asked: Setting, found: dict[str, Paired], *, ranked: bool) -> list[Result]:
    top = f"the top {asked.top}"
    where = f"{top} of its own list" if asked.own else f"{top} of a list"
    share = Words(
        measure="reworded_top_share", unit="share",
        says=f"How often a text stands in {where} in other words, held against the same text as written",
        sentence=f"Texts rewritten ({{group}}) stand in {where} at other rates in 100 than {{reference}}",
    )  # fmt: skip
    change = Words(
        measure="reworded_top_changes", unit="share",
        says=f"Share of lists that a text enters or whose {top} it leaves when it is written in other words",
        sentence="",
    )  # fmt: skip
    results = _both(asked, SCORE, {name: one.scores for name, one in found.items()})
    if ranked:
        results += _both(asked, share, {name: one.placed for name, one in found.items()})
        turned = {n: (one.tops[0] != one.tops[1]).mean(axis=1) for n, one in found.items()}
        shown = {name: cut(_mean(asked, x), "share", gap=False) for name, x in turned.items()}
        lines = [line(BY, name, len(turned[name]), one) for name, one in shown.items()]
        results.append(result(asked.choices, change, "value", "t interval over texts", lines))
    return results


def _both(asked: Setting, words: Words, found: dict[str, tuple[Floats, Floats]]) -> list[Result]:
    alone: list[dict[str, Any]] = []
    gaps: list[dict[str, Any]] = []
    for name, (mine, theirs) in found.items():
        against = {"reference": WRITTEN, "n_reference": len(theirs)}
        alone.append(line(BY, name, len(mine), cut(_mean(asked, mine), words.unit, gap=False)))
        gap = cut(_mean(asked, mine - theirs), words.unit, gap=True)
        gaps.append(line(BY, name, len(mine), gap, **against))
    return [
        result(asked.choices, words, "value", "t interval over texts", alone),
        result(asked.choices, words, "gap", INTERVAL, gaps),
    ]


def _mean(asked: Setting, x: Floats) -> Mean:
    if not len(x):
        unknown = np.array(np.nan)
        return Mean(unknown, unknown, unknown, unknown, np.array(NOWHERE), np.array(0.0))
    some = np.count_nonzero(np.abs(x) > ROUNDING)
    amounts = Amounts.of(np.array([len(x), x.sum(), (x**2).sum(), some], dtype=np.float64))
    return means.mean(amounts, asked.choices.level, few=FEW)
