"""Contestants in processes of their own: wall time from outside, peak memory of the child."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

Contestant = Callable[..., dict[str, float]]


def fresh(file: str, name: str, *given: str) -> dict[str, float]:
    """Run one contestant of a script in a fresh process; imports and loading included."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", file, name, *given],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {"seconds": time.perf_counter() - start} | json.loads(done.stdout)


def contest(contestants: Mapping[str, Contestant], name: str, *given: str) -> None:
    """What the fresh process does: compute, then tell what came of it and the peak of its memory."""
    told = contestants[name](*given)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(told | {"peak_mb": peak}))
