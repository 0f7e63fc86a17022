"""Who writes in which words, and what it costs whom that a model reads some words better than others."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from wfaudit.case import Case
from wfaudit.case.decode import text_of
from wfaudit.errors import AuditError
from wfaudit.measures.asked import Compare, everywhere, refused, require, same_column
from wfaudit.measures.compared import Told, tell
from wfaudit.measures.gathered import Floats, Gathered, among_all, gather, laid
from wfaudit.measures.labelled import MOST_LABELS, label_axis, labels_of
from wfaudit.measures.made import By
from wfaudit.measures.question import Question
from wfaudit.result import Result
from wfaudit.texts.matchers import answered

Texts = Sequence[str]
AT_A_TIME = 2_000  # texts that a model is given at a time
WRITES = Told(
    measure="wording_share", says="Share of what {people} write in each wording",
    does="wrote in the wording “{at}”", at_name="wording",
)  # fmt: skip
LOSS = Told(
    measure="wording_loss",
    says="Mean score of the same content in other words, less that of the words in which {people} wrote it: "
    "what their words cost them",
    sentence="The words of {group} cost them {mine} of the score on average; those of {reference}, {theirs}",
    unit="number", of="mean", judged=False,
)  # fmt: skip


def wording_share(case: Case, *, by: By = None, compare: Compare = False) -> Result:
    """Share of each group's texts in each wording; they add up to one.

    Alone it moves nobody's score: read it beside the errors by wording.

    >>> import pandas as pd
    >>> rows = pd.DataFrame({"sex": list("wwwmmm"), "words": ["plain", "plain", "terms"] * 2})
    >>> case = Case.from_dict({"source": rows, "roles": {"wording": "words"}, "groups": {"sex": {}}})
    >>> wording_share(case).table[["at", "n", "estimate"]].round(2).values.tolist()
    [['plain', 6, 0.67], ['terms', 6, 0.33]]
    """
    require(WRITES.measure, _lacks(case))
    keys = case.keys(by)
    found = gather(case, keys, {"wording": case.known(case.roles["wording"].column)})
    at, labels = label_axis(case, "wording", found)
    shares = among_all(laid(case, keys, found, found.n[:, None], labels, at))
    return tell(case, WRITES, shares, compare=compare)


def wording_loss(
    case: Case, score: Callable[[Texts], Any], into: Callable[[str], str | None], *, by: By = None,
    compare: Compare = False,
) -> Result:  # fmt: skip
    """What a group's own words cost it: the score of the same content in other words less that of its
    own, paired.

    ``score`` gives a number for each of some texts (an extractor: whether it finds the skill); ``into`` gives
    a text's content in the words of comparison, or nothing where it has none. Each text is asked about once,
    whoever wrote it. Who wrote none, or an empty one, has no loss; texts leave neither in results nor in
    errors.

    >>> import pandas as pd
    >>> rows = pd.DataFrame({"sex": list("wwmm"), "text": ["sums", "sums", "sums", "books"]})
    >>> case = Case.from_dict({"source": rows, "roles": {"text": "text"}, "groups": {"sex": {}}})
    >>> known = lambda texts: [text == "books" for text in texts]
    >>> wording_loss(case, known, lambda text: "books", by="sex").evidence["people"].isna().all()
    np.True_
    """
    require(LOSS.measure, refused(case, "text"))
    keys = case.keys(by)
    found = gather(case, keys, {"text": case.known(case.roles["text"].column)})
    at, values = found.axes["text"]
    loss = _losses([text_of(value) or "" for value in values], score, into)[at]
    return tell(case, LOSS, laid(case, keys, found, _sums(found, loss)), compare=compare)


def _losses(
    texts: list[str], score: Callable[[Texts], Any], into: Callable[[str], str | None]
) -> Floats:
    """One loss a text, not-a-number where there is nothing to compare."""
    there = [(i, text) for i, text in enumerate(texts) if text.strip()]
    pairs = [(i, text, answered(into, "into", 1, text)) for i, text in there]
    known = [(i, own, other) for i, own, other in pairs if other is not None and other.strip()]
    found = np.full(len(texts), np.nan)
    for start in range(0, len(known), AT_A_TIME):
        part = known[start : start + AT_A_TIME]
        at = [i for i, _, _ in part]
        found[at] = _scores(score, [o for _, _, o in part]) - _scores(
            score, [t for _, t, _ in part]
        )
    return found


def _scores(score: Callable[[Texts], Any], texts: Texts) -> Floats:
    found = np.asarray(answered(score, "score", len(texts), texts), dtype=np.float64)
    if found.shape != (len(texts),) or not np.isfinite(found).all():
        raise AuditError(
            f"score was asked about {len(texts):,} texts and gave shape {found.shape}, or no number for "
            "some. It must give one number for each text, in their order."
        )
    return found


def _sums(found: Gathered, loss: Floats) -> Floats:
    """How many have a loss, the sum, the squares, how many are not zero."""
    n = np.where(np.isnan(loss), 0.0, found.n)
    loss = np.nan_to_num(loss)
    return np.stack([n, n * loss, n * loss**2, n * (loss != 0)], axis=-1)


def _lacks(case: Case) -> str:
    if why := refused(case, "wording"):
        return why
    n = labels_of(case, "wording")
    many = f"wording has {n:,} labels, and shares are told of up to {MOST_LABELS}"
    return many if n > MOST_LABELS else "" if n else "no wording is recorded"


def _ask(case: Case) -> Iterable[Result]:
    return everywhere(case, partial(wording_share, case), apart=same_column(case, "wording"))


QUESTIONS: dict[str, Question] = {
    WRITES.measure: Question(says=WRITES.says, lacks=_lacks, ask=_ask)
}
