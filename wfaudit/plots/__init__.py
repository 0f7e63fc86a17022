"""Pictures of result tables. A frame in, an Axes out; nothing is computed or decided here.

Never colour alone: markers and dashes differ in shape, every row or line carries its label, and each
figure knows its text alternative. Drawn without pyplot, so nothing is shown or kept by itself.
"""

from wfaudit.plots.curves import curve, describe_curve
from wfaudit.plots.dots import describe, intervals, multiples
from wfaudit.plots.effects import describe_effects, effects
from wfaudit.plots.figure import MOST_LETTERS, Figure
from wfaudit.plots.heat import Names, describe_heat, heat
from wfaudit.plots.own import cells, own
from wfaudit.plots.ranked import describe_ranked, ranked

__all__ = [
    "MOST_LETTERS",
    "Figure",
    "Names",
    "cells",
    "curve",
    "describe",
    "describe_curve",
    "describe_effects",
    "describe_heat",
    "describe_ranked",
    "effects",
    "heat",
    "intervals",
    "multiples",
    "own",
    "ranked",
]
