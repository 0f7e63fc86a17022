"""The files of a run: they appear whole or not at all, and an earlier report of ours is replaced."""

import hashlib
import json
import math
import os
import platform
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import pandas as pd

from wfaudit import __version__
from wfaudit.errors import AuditError, shown
from wfaudit.report.also import also_json
from wfaudit.report.page import Facts, Run, page
from wfaudit.result import Moved, Result

FORMAT = "wfaudit report 1"
LIBRARIES = ("duckdb", "ibis-framework", "numpy", "pandas", "scipy", "matplotlib")


def write(folder: str | Path, run: Run, *, progress: bool = False) -> Path:
    """Write the four files of a run into ``folder``; returns the path of report.html."""
    folder = Path(folder)
    free_for_us(folder)
    files = {
        "results.json": _json(results_json(run)),
        "findings.json": _json([asdict(f) for f in run.findings]),
        "report.html": page(run, progress=progress),
    }
    files["manifest.json"] = _json(_manifest(run.facts, files))
    _appear(folder, files)
    return folder / "report.html"


def free_for_us(folder: Path) -> None:
    """Refuse a folder that holds anything but an earlier report of ours."""
    if _inside_a_file(folder):
        raise AuditError(
            f"{shown(folder.name)} would lie inside a file. Name a folder for the report."
        )
    if not folder.exists():
        return
    if not folder.is_dir():
        raise AuditError(f"{shown(folder.name)} is a file. Name a folder for the report.")
    there = sorted(p.name for p in folder.iterdir())
    if there and not _ours(folder, there):
        raise AuditError(
            f"Folder {shown(folder.name)} holds something else and was left alone "
            f"(things in it: {len(there)}); nothing was written. Name a new or empty folder, or one "
            "with an earlier report."
        )


def results_json(run: Run) -> dict[str, Any]:
    """The numbers of a run as plain data: unrounded, unknown is null."""
    facts, choices = run.facts, run.choices
    also = also_json(run.searched, run.weighed, run.law)
    law = {"ll144": choices.ll144} if choices.ll144 is not None else {}
    return {
        "case": {
            "name": choices.name,
            "about": choices.about,
            "source": facts.source,
            "evidence": facts.evidence,
            "rows": facts.rows,
            "people": facts.people,
            "level": choices.level,
            "flag_is": choices.flag_is,
            "tolerance": {m: asdict(t) for m, t in choices.tolerances}
            | ({"default": asdict(choices.default)} if choices.default else {}),
            "families": {
                "confirm": list(choices.confirm),
                "confirm_with": choices.confirm_with,
                "screen_with": choices.screen_with,
            },
            "also": {
                "search": list(choices.search),
                "worth": choices.worth,
                **law,
            },
            "roles": dict(facts.roles),
            "groups": [dict(g) for g in facts.groups],
            "model": dict(facts.model) or None,
        },
        "results": [_result(r) for r in run.results],
        "cannot_test": [dict(line) for line in run.cannot_test],
        "data_quality": [dict(line) for line in run.data_quality],
        **({"also": also} if also else {}),
        **({"register": list(run.register.rows)} if run.register else {}),
        **({"model": _model(run.moved)} if run.moved else {}),
    }


def _model(moved: Moved) -> dict[str, Any]:
    return {
        "name": moved.name, "kind": moved.kind, "inputs": moved.inputs, "notes": moved.notes,
    }  # fmt: skip


def _result(result: Result) -> dict[str, Any]:
    return {
        "measure": result.measure,
        "kind": result.kind,
        "definition": result.definition,
        "interval": result.interval,
        "level": result.level,
        "at": {"name": result.at_name, "values": list(result.at_values)},
        "rows": result.table.to_dict("records"),
        "evidence": result.evidence.to_dict("records"),
    }


def _json(value: Any) -> str:
    return json.dumps(_known(value), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _known(value: Any) -> Any:
    """Plain values for JSON; whatever is not known is null."""
    if isinstance(value, Mapping):
        return {str(k): _known(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_known(v) for v in value]
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return cast(Any, value).item() if hasattr(value, "item") else value


def _manifest(facts: Facts, files: Mapping[str, str]) -> dict[str, Any]:
    """What made these files, from what, when: the only place with a time of day."""
    return {
        "format": FORMAT,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "wfaudit": __version__,
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "case_file": {"name": facts.file, "sha256": facts.file_hash},
        "source": [{"name": name, "sha256": sha} for name, sha in facts.hashes],
        "model": {k: facts.model[k] for k in ("name", "kind", "file", "sha256")}
        if facts.model
        else None,
        "files": {
            name: hashlib.sha256(text.encode()).hexdigest() for name, text in sorted(files.items())
        },
    }


def _ours(folder: Path, there: list[str]) -> bool:
    """Whether a folder holds a report of ours and nothing else."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return manifest["format"] == FORMAT and set(there) == {*manifest["files"], "manifest.json"}
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _inside_a_file(folder: Path) -> bool:
    return any(p.is_file() for p in folder.absolute().parents)


def _unwritten(folder: Path, problem: OSError) -> AuditError:
    return AuditError(
        f"The report could not be written to {shown(folder.name)} ({problem.strerror}); nothing was "
        "left there. Make room, get leave to write, or choose another folder."
    )


def _appear(folder: Path, files: Mapping[str, str]) -> None:
    """Write beside the target, force to disk, then rename: never half a report."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as problem:
        raise _unwritten(folder, problem) from None
    try:
        fresh = work / "new"
        fresh.mkdir(mode=0o755)
        for name, text in files.items():
            with (fresh / name).open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        if folder.exists():
            folder.rename(work / "old")
        fresh.rename(folder)
    except OSError as problem:
        if (work / "old").exists() and not folder.exists():
            (work / "old").rename(folder)
        raise _unwritten(folder, problem) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
