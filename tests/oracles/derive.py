"""Derive the reference values beside this file again, with R, and compare them with the frozen ones.

    python tests/oracles/derive.py                 every *.R; 1 if any value has drifted
    python tests/oracles/derive.py --freeze auc    write auc.json from auc.R

A script prints one JSON object of values. Its frozen file adds the version of R and of the packages
it loads. Numbers may differ by 1e-12 of themselves, text not at all. Files without a script, such as
those copied from papers, are left alone. Without Rscript nothing can be derived: 2, and a line.
"""

import argparse
import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CLOSE = 1e-12
FEW = 5  # drifted values printed for each script


class Failed(Exception):
    """A script or a package that R could not run."""


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--freeze", metavar="NAME", help="write NAME.json from NAME.R")
    asked = parser.parse_args(argv)
    if shutil.which("Rscript") is None:
        say("Rscript is not installed: no reference value can be derived again.")
        return 2
    if asked.freeze:
        return freeze(HERE / f"{asked.freeze.removesuffix('.R')}.R")
    scripts = sorted(HERE.glob("*.R"))
    return int(any([*map(drifted, scripts), *map(orphan, sorted(HERE.glob("*.json")))]))


def say(line):
    sys.stdout.write(line + "\n")


def freeze(script):
    """Write the file of one script."""
    try:
        found = derived(script)
    except Failed as why:
        say(f"{script.name}: {why}")
        return 1
    script.with_suffix(".json").write_text(shown(found) + "\n", encoding="utf-8")
    say(f"{script.stem}.json: {count(found['values'])} values frozen")
    return 0


def shown(value, depth=0):
    """JSON with a line for each key, and lists on one line."""
    if not isinstance(value, dict):
        return json.dumps(value)
    pad = " " * (depth + 1)
    inside = [f"{pad}{json.dumps(k)}: {shown(v, depth + 1)}" for k, v in value.items()]
    return "{\n" + ",\n".join(inside) + f"\n{pad[1:]}}}"


def drifted(script):
    """Whether a script gives other values than those frozen; says which."""
    frozen = script.with_suffix(".json")
    try:
        old = json.loads(frozen.read_text(encoding="utf-8"))
        new = derived(script)
    except (Failed, FileNotFoundError, json.JSONDecodeError) as why:
        say(f"{script.name}: {why}")
        return True
    for what in ("R", "packages"):
        if old.get(what) != new[what]:
            say(f"{script.name}: frozen with {old.get(what)}, derived with {new[what]}")
    found = list(differences(old["values"], new["values"]))
    for line in found[:FEW]:
        say(f"{script.name}: {line}")
    say(f"{script.name}: {count(old['values'])} values, {len(found)} drifted")
    return bool(found)


def orphan(frozen):
    """Whether a frozen file names a script that isn't there."""
    script = json.loads(frozen.read_text(encoding="utf-8"))["script"]
    gone = script.endswith(".R") and not (HERE / script).exists()
    if gone:
        say(f"{frozen.name}: its script {script} is gone")
    return gone


def derived(script):
    """What would be frozen now: the values of a script, and the versions they come from."""
    code = script.read_text(encoding="utf-8")
    packages = dict.fromkeys(re.findall(r"\blibrary\((\w+)\)|\b([A-Za-z]\w*)::", code))
    names = [one or other for one, other in packages]
    ask = "".join(
        f"cat('{name}', as.character(packageVersion('{name}')), '\\n');" for name in names
    )
    lines = r("-e", f"cat('R', as.character(getRversion()), '\\n');{ask}").split("\n")
    versions = dict(line.split() for line in lines if line)
    values = json.loads(r(str(script)))
    return {"script": script.name, "R": versions.pop("R"), "packages": versions, "values": values}


def r(*arguments):
    """What R prints."""
    environment = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    command = ["Rscript", "--vanilla", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise Failed(f"R failed: {done.stderr.strip()[-300:]}")
    return done.stdout


def differences(old, new, at=""):
    """A line for each place where two values differ.

    >>> list(differences({"a": [1, 2]}, {"a": [1, 2 + 1e-13]}))
    []
    >>> list(differences({"a": [1, 2], "b": "x"}, {"a": [1, 3], "b": "y"}))
    ['/a/1: frozen 2, derived 3', '/b: frozen x, derived y']
    >>> list(differences({"a": 1}, {"c": [1]}))
    ['/a: frozen 1, derived nothing', '/c: frozen nothing, derived [1]']
    """
    if isinstance(old, list) and isinstance(new, list):
        old, new = dict(enumerate(old)), dict(enumerate(new))
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            yield from differences(old.get(key, "nothing"), new.get(key, "nothing"), f"{at}/{key}")
    elif not same(old, new):
        yield f"{at}: frozen {old}, derived {new}"


def same(old, new):
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (old, new))
    return math.isclose(old, new, rel_tol=CLOSE) if numbers else old == new


def count(value):
    """How many single values there are in one.

    >>> count({"a": [1, 2], "b": {"c": 3}})
    3
    """
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(map(count, inside)) if isinstance(value, dict | list) else 1


if __name__ == "__main__":
    sys.exit(main())
