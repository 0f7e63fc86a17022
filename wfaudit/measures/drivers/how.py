"""How attributions are asked for: the words that all questions about them share."""

from pathlib import Path
from typing import TypedDict

from wfaudit.attributions.ways import Scale
from wfaudit.measures.drivers.people import Behind


class How(TypedDict, total=False):
    """What may be said of any question about attributions; each has a default.

    ``scale``: "raw" (what the model adds up: log-odds, points), "score" (what it gives) or "tier" (whether
    somebody is flagged). ``background``: "everybody", one group (``{"sex": "men"}``) or rows of one's own.
    ``draws`` and ``seed`` are for what must be sampled. ``keep`` names a folder of the auditor's own in which
    attributions of single people stay. ``progress`` shows a bar.
    """

    scale: Scale
    background: Behind
    draws: int
    seed: int
    keep: str | Path | None
    progress: bool
