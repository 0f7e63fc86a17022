"""The cases that come with wfaudit: list them, load one in a line."""

import hashlib
import importlib.util
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wfaudit import __version__
from wfaudit.case import Case, read_case
from wfaudit.errors import AuditError, not_one_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One case of the catalogue."""

    name: str
    path: Path
    keys: dict[str, Any]
    card: dict[str, Any]


def load(name: str) -> Case:
    """One of the cases that come with wfaudit, ready to measure.

    Data that must be built (from a package or invented) are built once into a cache folder:
    ``WFAUDIT_CACHE``, else ``~/.cache/wfaudit``. Raises AuditError naming the nearest case.

    >>> import wfaudit as wf
    >>> wf.load("ll144/selection").evidence
    'counts'
    """
    entries = {e.name: e for e in _entries()}
    if name not in entries:
        raise not_one_of("case", name, entries)
    entry = entries[name]
    source = entry.keys.get("source")
    if isinstance(source, dict) and (script := source.get("made_by")):
        return read_case(
            entry.path, source={**source, "path": _built(entry, script, source["path"])}
        )
    return read_case(entry.path)


def datasets() -> pd.DataFrame:
    """Every case that comes with wfaudit: name, evidence level, people, real or invented, title.

    >>> import wfaudit as wf
    >>> "callbacks" in set(wf.datasets()["name"])
    True
    """
    lines = [
        {
            "name": e.name,
            "evidence": _evidence(e.keys),
            "people": _people(e),
            "data": "real" if e.card.get("real") else "invented",
            "title": str(e.keys.get("name", "")),
            "licence": str(e.card.get("licence", "")),
        }
        for e in _entries()
    ]
    return pd.DataFrame(lines)


def _entries() -> list[Entry]:
    root = _root()
    found: list[Entry] = []
    for folder in sorted(p for p in root.iterdir() if (p / "card.md").exists()):
        files = sorted(folder.glob("*.toml"))
        for file in files:
            name = folder.name if file.stem == "case" else f"{folder.name}/{file.stem}"
            keys = tomllib.loads(file.read_text(encoding="utf-8"))
            found.append(Entry(name, file, keys, _card(folder / "card.md")))
    return found


def _root() -> Path:
    """The folder of cases: inside the installed package, or beside it in a checkout."""
    here = Path(__file__).parent
    return here / "_datasets" if (here / "_datasets").is_dir() else here.parent / "datasets"


def _card(path: Path) -> dict[str, Any]:
    head = path.read_text(encoding="utf-8").split("+++")
    return tomllib.loads(head[1]) if len(head) > 2 else {}


def _evidence(keys: dict[str, Any]) -> str:
    roles = keys.get("roles", {})
    return "counts" if "count" in roles else "outcomes" if "outcome" in roles else "log"


def _people(entry: Entry) -> int:
    """How many people a case is about: its widest published table, else what its card says."""
    if _evidence(entry.keys) != "counts":
        return int(entry.card.get("people", 0))
    return max(int(block.least.sum()) for block in read_case(entry.path).blocks)


def _inventing() -> list[Path]:
    """The modules that invent people: what they make changes when they do."""
    here = Path(__file__).parent
    return sorted([*here.glob("synthetic/*.py"), *here.glob("systems/*.py")])


def _built(entry: Entry, script: str, file: str) -> Path:
    """The data of a case, built into the cache if they are not there yet."""
    base = os.environ.get("WFAUDIT_CACHE") or str(Path.home() / ".cache" / "wfaudit")
    maker = entry.path.parent / script
    inventing = b"".join(f.read_bytes() for f in (maker, *_inventing()))
    with_model = "path" in entry.keys.get("model", {}) and importlib.util.find_spec("skops")
    made = hashlib.sha256(inventing + b"and its model" * bool(with_model)).hexdigest()[:12]
    folder = Path(base) / f"{entry.name.replace('/', '-')}-{__version__}-{made}"
    if not (folder / file).exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        spec = importlib.util.spec_from_file_location(f"make_{entry.path.parent.name}", maker)
        if spec is None or spec.loader is None:
            raise AuditError(f"The case {entry.name} can't be built: {script} is missing.")
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
            module.make(folder)
        except ModuleNotFoundError as lacking:
            raise AuditError(
                f"The case {entry.name} is built with {lacking.name!r}, which is not installed. "
                "Install the extra: pip install 'wfaudit[data]'."
            ) from None
    return folder / file
