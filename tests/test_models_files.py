"""Model files: what is opened says the same as what was saved; what can't be trusted is refused in one line."""

import hashlib
import io
import json
import pickle
import subprocess
import sys
import zipfile

import joblib
import numpy as np
import onnx
import pandas as pd
import pytest
import skops.io
from skl2onnx import convert_sklearn, to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from wfaudit.errors import AuditError, NotThere
from wfaudit.models import Additive, Trees, files, read

DICE = np.random.default_rng(5)
PEOPLE = pd.DataFrame({
    "age": DICE.integers(18, 66, 200) * 1.0, "months": DICE.integers(0, 37, 200) * 1.0,
    "education": DICE.choice(["primary", "higher"], 200),
})  # fmt: skip
LATE = (PEOPLE["age"] / 60 - PEOPLE["months"] / 30 + DICE.random(200) > 0.9).to_numpy()
NUMBERS = PEOPLE[["age", "months"]]
BOOSTED = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"


class Planted:
    """What a pickle makes run: a mark on the disk."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return open, (self.mark, "w")


def refused(path, **how):
    """The message of a file that is not opened: one line."""
    with pytest.raises(AuditError) as told:
        read(path, **how)
    assert "\n" not in str(told.value)
    return str(told.value)


@pytest.fixture
def logistic():
    return LogisticRegression(max_iter=500).fit(NUMBERS, LATE)


# skops -----------------------------------------------------------------------------------------


def test_a_pipeline_in_a_skops_file_says_the_same_and_is_still_known_as_a_sum(tmp_path):
    codes = make_column_transformer((OneHotEncoder(), ["education"]), remainder="passthrough")
    pipe = make_pipeline(codes, LogisticRegression(max_iter=500)).fit(PEOPLE, LATE)
    skops.io.dump(pipe, tmp_path / "model.skops")
    model = read(tmp_path / "model.skops", PEOPLE)
    np.testing.assert_array_equal(model.score(PEOPLE), pipe.predict_proba(PEOPLE)[:, 1])
    assert isinstance(model.structure, Additive)
    sha256 = hashlib.sha256((tmp_path / "model.skops").read_bytes()).hexdigest()
    assert model.notes == (f"Read from 'model.skops' (skops file, sha256 {sha256}).",)


def test_types_that_skops_does_not_know_are_listed_and_refused_unless_trusted(tmp_path):
    trees = HistGradientBoostingClassifier(max_iter=5).fit(NUMBERS, LATE)
    skops.io.dump(trees, tmp_path / "model.skops")
    told = refused(tmp_path / "model.skops")
    assert told.startswith(f"'model.skops' was not opened: it asks for '{BOOSTED}'")
    assert "trust = […]" in told
    model = read(tmp_path / "model.skops", NUMBERS, trust=[BOOSTED])
    np.testing.assert_array_equal(model.score(NUMBERS), trees.predict_proba(NUMBERS)[:, 1])
    assert isinstance(model.structure, Trees)


def bomb(path, name="schema.json", fill=b" "):
    """About 400 kB that say they hold 400 MB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, fill * 400_000_000)


@pytest.mark.parametrize("name", ["schema.json", "0.npy"])
def test_a_zip_bomb_is_refused_by_what_it_declares_and_takes_no_memory(tmp_path, name):
    bomb(tmp_path / "bomb.skops", name)
    size = (tmp_path / "bomb.skops").stat().st_size
    assert size < 420_000
    code = (
        "import resource, sys\nimport skops.io\nfrom wfaudit.models import read\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n    read(sys.argv[1])\nexcept ValueError as told:\n    print(told)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "bomb.skops")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told, grown = done.stdout.splitlines()
    assert told.startswith(
        f"'bomb.skops' was not opened: its {size:,} bytes say they hold 400,000,000"
    )
    assert int(grown) < 50_000  # kilobytes; it took 972 MB when opened without looking


def test_a_bomb_within_a_table_within_a_file_is_found_too(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("data.npy", bytes(50_000_000))
    with zipfile.ZipFile(tmp_path / "bomb.skops", "w") as file:
        file.writestr("schema.json", "{}")
        file.writestr("0.npz", inner.getvalue())
    assert "was not opened" in refused(tmp_path / "bomb.skops")


def test_an_endless_plan_is_refused_though_nothing_is_packed(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.skops", "w") as file:
        file.writestr("schema.json", b" " * 65_000_000)
    assert "the plan in it has 65,000,000 bytes" in refused(tmp_path / "model.skops")


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04torn", b"{}"])
def test_a_torn_file_is_told_in_one_line(tmp_path, raw):
    (tmp_path / "model.skops").write_bytes(raw)
    assert refused(tmp_path / "model.skops").startswith("'model.skops' is not the zip file")


def test_a_zip_that_holds_no_model_is_told_in_one_line(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.skops", "w") as file:
        file.writestr("SECRET-7777", "SECRET-7777")
    told = refused(tmp_path / "model.skops")
    assert told.startswith("'model.skops' could not be opened (KeyError)")
    assert "SECRET" not in told


def test_without_skops_what_to_install_is_named(tmp_path, logistic, monkeypatch):
    skops.io.dump(logistic, tmp_path / "model.skops")
    monkeypatch.setitem(sys.modules, "skops.io", None)
    with pytest.raises(
        NotThere, match=r"needs 'skops.io', which is not installed.*wfaudit\[models\]"
    ):
        read(tmp_path / "model.skops")


# Pickles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["model.joblib", "model.pkl", "model.pickle"])
def test_a_pickle_is_left_alone_unless_the_caller_says_so_and_then_the_notes_say_so_too(
    tmp_path, logistic, name
):
    path = tmp_path / name
    joblib.dump(logistic, path) if name.endswith("b") else path.write_bytes(pickle.dumps(logistic))
    told = refused(path)
    assert told.startswith(f"'{name}' is a pickle, which can run any code once it is opened")
    assert "allow_pickle = true" in told
    model = read(path, allow_pickle=True)
    np.testing.assert_array_equal(model.score(NUMBERS), logistic.predict_proba(NUMBERS)[:, 1])
    assert "can run any code" in model.notes[0]
    assert "sha256" in model.notes[1]


def test_a_pickle_that_is_refused_runs_nothing(tmp_path):
    mark = tmp_path / "mark"
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(Planted(str(mark))))
    refused(tmp_path / "model.pkl")
    assert not mark.exists()


# ONNX ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zipmap", [True, False])
def test_a_table_of_numbers_in_an_onnx_file_is_asked_by_the_names_that_are_given(
    tmp_path, logistic, zipmap
):
    options = {LogisticRegression: {"zipmap": zipmap}}
    made = to_onnx(logistic, NUMBERS.to_numpy(np.float32), options=options)
    (tmp_path / "model.onnx").write_bytes(made.SerializeToString())
    model = read(tmp_path / "model.onnx", inputs=["age", "months"])
    turned = PEOPLE[["months", "education", "age"]]
    np.testing.assert_allclose(
        model.score(turned), logistic.predict_proba(NUMBERS)[:, 1], atol=1e-6
    )
    assert model.unit == "probability"
    assert model.notes[0].startswith("Read from 'model.onnx' (ONNX file, sha256 ")
    told = refused(tmp_path / "model.onnx")
    assert "of 2 columns without names, which can't be held against people by position" in told
    told = refused(tmp_path / "model.onnx", inputs=["age", "months", "education"])
    assert told.startswith("'model.onnx' takes 2 columns, and 3 inputs were named")


def named_onnx(path):
    """A pipeline of numbers and texts, one named input each."""
    codes = make_column_transformer((OneHotEncoder(), ["education"]), remainder="passthrough")
    pipe = make_pipeline(codes, RandomForestClassifier(5, max_depth=3, random_state=0))
    pipe.fit(PEOPLE, LATE)
    kinds = [(n, FloatTensorType([None, 1])) for n in ("age", "months")]
    made = convert_sklearn(pipe, initial_types=[*kinds, ("education", StringTensorType([None, 1]))])
    path.write_bytes(made.SerializeToString())
    return pipe


def test_named_inputs_of_an_onnx_file_are_matched_by_name(tmp_path):
    pipe = named_onnx(tmp_path / "model.onnx")
    model = read(tmp_path / "model.onnx")
    assert set(model.inputs) == {"age", "months", "education"}
    assert model.texts == {"education"}
    turned = PEOPLE[["education", "months", "age"]]
    np.testing.assert_allclose(model.score(turned), pipe.predict_proba(PEOPLE)[:, 1], atol=1e-6)
    told = refused(tmp_path / "model.onnx", inputs=["age", "weeks", "education"])
    assert "asks for 'age', 'months', 'education'; 'age', 'weeks', 'education' were given" in told


def test_an_onnx_file_given_text_for_a_number_says_so_and_shows_no_cell(tmp_path):
    named_onnx(tmp_path / "model.onnx")
    model = read(tmp_path / "model.onnx")
    with pytest.raises(AuditError) as told:
        model.score(PEOPLE.assign(age="SECRET-7777"))
    assert "takes numbers in 'age', and text was given" in str(told.value)
    assert "SECRET" not in str(told.value)
    with pytest.raises(
        AuditError, match=r"no place for a missing value in 'education'.*3 rows of 200"
    ):
        model.score(PEOPLE.assign(education=["primary"] * 197 + [None] * 3))


def test_a_number_in_an_onnx_file_is_a_number_unless_its_unit_is_said(tmp_path):
    line = LinearRegression().fit(NUMBERS, LATE * 1.0)
    made = to_onnx(line, NUMBERS.to_numpy(np.float32))
    (tmp_path / "model.onnx").write_bytes(made.SerializeToString())
    model = read(tmp_path / "model.onnx", inputs=["age", "months"])
    assert model.unit == "number"
    np.testing.assert_allclose(model.score(NUMBERS), line.predict(NUMBERS), atol=1e-6)
    chance = read(tmp_path / "model.onnx", inputs=["age", "months"], unit="probability")
    with pytest.raises(AuditError, match="lie outside 0 to 1"):
        chance.score(NUMBERS)


def test_three_classes_in_an_onnx_file_are_no_single_score(tmp_path):
    three = LogisticRegression(max_iter=900).fit(NUMBERS, np.arange(200) % 3)
    for zipmap in (True, False):
        options = {LogisticRegression: {"zipmap": zipmap}}
        made = to_onnx(three, NUMBERS.to_numpy(np.float32), options=options)
        (tmp_path / "model.onnx").write_bytes(made.SerializeToString())
        with pytest.raises(AuditError, match=r"3 numbers a person|has no output that is one score"):
            read(tmp_path / "model.onnx", inputs=["age", "months"]).score(NUMBERS)


def test_an_onnx_file_that_keeps_its_weights_elsewhere_is_refused_before_it_is_opened(tmp_path):
    secret = tmp_path / "secret.bin"
    secret.write_bytes(np.arange(2, dtype=np.float32).tobytes())
    weights = onnx.TensorProto(
        name="w", data_type=onnx.TensorProto.FLOAT, dims=[2],
        data_location=onnx.TensorProto.EXTERNAL,
    )  # fmt: skip
    weights.external_data.add(key="location", value="../secret.bin")
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Mul", ["x", "w"], ["y"])], "g",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, 2])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [None, 2])], [weights],
    )  # fmt: skip
    (tmp_path / "model.onnx").write_bytes(onnx.helper.make_model(graph).SerializeToString())
    told = refused(tmp_path / "model.onnx", inputs=["age", "months"])
    assert "it keeps 1 of its tables of weights in other files, which are not read" in told


def test_an_onnx_file_that_asks_for_operators_of_its_own_is_refused(tmp_path):
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Steal", ["x"], ["y"], domain="evil.ops")], "g",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, 2])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [None, 1])],
    )  # fmt: skip
    (tmp_path / "model.onnx").write_bytes(onnx.helper.make_model(graph).SerializeToString())
    told = refused(tmp_path / "model.onnx", inputs=["age", "months"])
    assert "it asks for operators of 'evil.ops', which need a library of their own" in told


@pytest.mark.parametrize("raw", [b"", b"\x00no", b"not an onnx file at all", b"\x08\x07"])
def test_what_is_no_onnx_file_is_told_in_one_line(tmp_path, raw):
    (tmp_path / "model.onnx").write_bytes(raw)
    assert refused(tmp_path / "model.onnx").startswith("'model.onnx' ")


# Tables of weights -----------------------------------------------------------------------------

WEIGHTS = {
    "intercept": 0.1,
    "coefficients": {"education": {"primary": 0.5, "higher": 0.0}, "age": -0.01},
}
TOML = "intercept = 0.1\n[coefficients]\nage = -0.01\neducation = { primary = 0.5, higher = 0 }\n"
CSV = "input,level,weight\nintercept,,0.1\neducation,primary,0.5\neducation,higher,0\nage,,-0.01\n"


@pytest.mark.parametrize(
    ("name", "text"), [("w.json", json.dumps(WEIGHTS)), ("w.toml", TOML), ("w.csv", CSV)]
)
def test_a_table_of_coefficients_is_a_logistic_function(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    model = read(tmp_path / name, unit="probability")
    raw = 0.1 + 0.5 * (PEOPLE["education"] == "primary") - 0.01 * PEOPLE["age"]
    np.testing.assert_allclose(model.score(PEOPLE), 1 / (1 + np.exp(-raw)), atol=1e-12)
    assert isinstance(model.structure, Additive)


def test_a_table_of_points_is_their_sum(tmp_path):
    (tmp_path / "w.csv").write_text(CSV, encoding="utf-8")
    model = read(tmp_path / "w.csv", unit="points")
    raw = 0.1 + 0.5 * (PEOPLE["education"] == "primary") - 0.01 * PEOPLE["age"]
    np.testing.assert_allclose(model.score(PEOPLE), raw, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("w.csv", CSV, "doesn't say what its weights add up to"),
        ("w.json", '{"points": {"age": 1, "age": 2}}', "a key stands twice"),
        ("w.json", '{"points": {"age": NaN}}', "a weight of 'age' is no finite number"),
        ("w.json", '{"point": {"age": 1}}', "Did you mean 'points'?"),
        ("w.json", '{"points": {"a": 1}, "coefficients": {"a": 1}}', "and one of them"),
        ("w.json", "[1]", "must hold keys"),
        ("w.toml", "points = ", "can't be read as what its name ends in (TOMLDecodeError)"),
    ],
)
def test_a_table_that_says_two_things_or_none_is_refused(tmp_path, name, text, why):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert why in refused(tmp_path / name)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("age,,2\n", "'age' has this level twice"),
        ("age,old,2\n", "both with a level and without"),
        ("work,,SECRET-7777\n", "line 6: the weight of 'work' is no number"),
    ],
)
def test_a_line_of_a_table_that_can_t_be_is_told_by_its_number(tmp_path, line, why):
    (tmp_path / "w.csv").write_text(CSV + line, encoding="utf-8")
    told = refused(tmp_path / "w.csv", unit="points")
    assert why in told
    assert "SECRET" not in told


# Files at all ----------------------------------------------------------------------------------


def test_a_file_of_no_known_kind_is_told_what_kinds_there_are(tmp_path):
    (tmp_path / "model.h5").write_bytes(b"x")
    assert "No kind of model file called '.h5'" in refused(tmp_path / "model.h5")


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert refused(tmp_path / "gone.skops").startswith("There is no model file 'gone.skops'.")


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    (tmp_path / "w.json").write_text(json.dumps(WEIGHTS), encoding="utf-8")
    monkeypatch.setattr(files.zipped, "MOST", 10)
    assert "and a model file may have 10" in refused(tmp_path / "w.json")
