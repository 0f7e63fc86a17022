"""A run that is killed midway leaves finished parts, which the next run uses; sums come out the same to the byte."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.measures import drivers
from wfaudit.measures.drivers import folded
from wfaudit.models import function

INPUTS = ["age", "weeks", "jobs"]
SIZE, ROWS = 100, 1_000  # people a part, people
RUN = """
import sys, time
from pathlib import Path
import numpy as np
sys.path.insert(0, {tests!r})
import test_attributions_kept as here
slow, folder = float(sys.argv[1]), Path(sys.argv[2])
here.gap(folder, slow)
"""


def invented():
    draw = np.random.default_rng(0)
    people = pd.DataFrame({name: draw.integers(0, 4, ROWS).astype(float) for name in INPUTS})
    return people.assign(sex=draw.choice(["women", "men"], ROWS), number=np.arange(ROWS))


def model(calls, slow=0.0):
    """A model that writes down how many people it was asked about, and takes its time."""

    def scored(people):
        with calls.open("a") as file:
            file.write(f"{len(people)}\n")
        time.sleep(slow)
        return people["age"] * people["weeks"] + people["jobs"]

    return function(scored, INPUTS)


def gap(folder, slow=0.0):
    """The gap between women and men, in parts of a hundred people."""
    folded.BATCH = SIZE
    declared = {
        "source": invented(),
        "roles": {"person": "number"},
        "groups": {"sex": {"reference": "men"}},
        "inputs": {name: {} for name in INPUTS},
    }
    asked = model(folder / "calls.txt", slow)
    case = wf.Case.from_dict(declared)
    found = drivers.gap(case, asked, by="sex", keep=folder / "kept", progress=True)
    return found, drivers.attributed(case, asked, by="sex", keep=folder / "kept")


def asked_about(folder):
    return sum(int(line) for line in (folder / "calls.txt").read_text().split())


@pytest.fixture(autouse=True)
def parts_as_they_were():
    before = folded.BATCH
    yield
    folded.BATCH = before


def killed(folder, after=3):
    """Start a run in a process of its own and kill it (-9) once some parts are finished."""
    code = RUN.format(tests=str(Path(__file__).parent))
    env = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parent.parent),
        "PYTHONWARNINGS": "ignore",
    }
    run = subprocess.Popen(
        [sys.executable, "-c", code, "0.05", str(folder)],
        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + 240
    while len(parts(folder)) < after and run.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    assert run.poll() is None, "the run ended before it was killed"
    run.send_signal(signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL


def parts(folder):
    return sorted(folder.glob("kept/attributions-*/part-*.parquet"))


def test_a_run_killed_midway_leaves_parts_that_the_next_run_uses(tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    first, sums = gap(whole)
    alone = asked_about(whole)
    killed(cut)
    done = parts(cut)
    assert 3 <= len(done) < ROWS // SIZE
    for path in done:  # finished parts are readable
        table = pq.read_table(path)
        assert table.num_rows == SIZE
        assert table.column_names == ["person", *INPUTS, "predicted", "left"]
    before = {path: path.stat().st_mtime_ns for path in done}
    (cut / "calls.txt").unlink()
    again, resumed = gap(cut)
    assert {path: path.stat().st_mtime_ns for path in done} == before  # used as they are
    a_part = (alone - asked_about(cut)) / len(done)
    assert a_part >= SIZE  # each part saves asking about at least its own people
    assert len(parts(cut)) == ROWS // SIZE
    pd.testing.assert_frame_equal(again.to_frame(), first.to_frame(), check_exact=True)
    assert resumed.whole.tobytes() == sums.whole.tobytes()
    assert all(resumed.values[key].tobytes() == sums.values[key].tobytes() for key in sums.values)


def test_what_was_half_written_is_not_taken_for_finished(tmp_path):
    first, _ = gap(tmp_path)
    path = parts(tmp_path)[4]
    half = path.with_suffix(".partial")
    half.write_bytes(path.read_bytes()[:100])
    path.unlink()
    again, _ = gap(tmp_path)
    assert len(parts(tmp_path)) == ROWS // SIZE
    assert not half.exists()
    pd.testing.assert_frame_equal(again.to_frame(), first.to_frame(), check_exact=True)


def test_a_damaged_part_is_named_and_never_used(tmp_path):
    gap(tmp_path)
    path = parts(tmp_path)[2]
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(
        AuditError, match=r"part-000000000200\.parquet.* is damaged .* Delete its folder"
    ):
        gap(tmp_path)


def test_only_the_auditor_may_read_the_folder_and_its_files(tmp_path):
    gap(tmp_path)
    folders = [tmp_path / "kept", *(tmp_path / "kept").iterdir()]
    assert {stat.S_IMODE(one.stat().st_mode) for one in folders} == {0o700}
    assert {stat.S_IMODE(one.stat().st_mode) for one in parts(tmp_path)} == {0o600}


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folded.BATCH = SIZE
    case = wf.Case.from_dict(
        {
            "source": invented(),
            "groups": {"sex": {"reference": "men"}},
            "inputs": {n: {} for n in INPUTS},
        }
    )
    drivers.gap(case, function(lambda p: p["age"], INPUTS), by="sex")
    assert not list(tmp_path.iterdir())


def test_other_draws_are_not_taken_for_these(tmp_path):
    """Sampled attributions hang on their seed: a folder of one seed is not used for another."""
    names = [f"x{at}" for at in range(11)]
    draw = np.random.default_rng(1)
    people = pd.DataFrame(draw.normal(size=(60, 11)), columns=names).assign(sex=["w", "m"] * 30)
    case = wf.Case.from_dict(
        {"source": people, "groups": {"sex": {"reference": "m"}}, "inputs": {n: {} for n in names}}
    )
    asked = function(lambda p: p["x0"] * p["x1"] + p["x2"] ** 2, names)
    totals = [
        drivers.attributed(case, asked, by="sex", seed=seed, keep=tmp_path).whole.tobytes()
        for seed in (0, 1)
    ]
    assert totals[0] != totals[1]
    assert len(list(tmp_path.iterdir())) == 2
