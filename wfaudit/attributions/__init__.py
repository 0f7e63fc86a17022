"""How much each input adds to each person's score, against a named background: Shapley values.

Takes a model and data frames; knows nothing of cases. Exact for sums and trees, sampled for all else.
"""

from wfaudit.attributions.ways import Attributed, Background, Way, background, way

__all__ = ["Attributed", "Background", "Way", "background", "way"]
