"""Matching, screening and recommending: who is shown to whom, and who never is."""

from wfaudit.measures.matching.alike import (
    exposure_at_relevance,
    score_at_relevance,
    stage_at_score,
    stage_share,
)
from wfaudit.measures.matching.alike_screens import (
    against_apart,
    correlation,
    doors,
    evenness,
    rejected_beyond,
    rejected_everywhere,
    shared_correlation,
)
from wfaudit.measures.matching.both_sides import coverage, mutual_top
from wfaudit.measures.matching.exposed import (
    exposure,
    exposure_per_relevance,
    mean_rank,
    tied_share,
    top_share,
)
from wfaudit.measures.matching.feasible import exposure_lost, feasible_share, lost_places
from wfaudit.measures.matching.gain import ndcg
from wfaudit.measures.matching.law import four_fifths, lacks_law, ll144
from wfaudit.measures.matching.law_table import ImpactTable
from wfaudit.measures.matching.matched_sets import favoured, favoured_difference, paired_difference
from wfaudit.measures.matching.per_outcome import exposure_per_outcome
from wfaudit.measures.matching.places import picture, place_share
from wfaudit.measures.matching.published import Checked, check_published
from wfaudit.measures.matching.several_scores import dominated, pareto_missed
from wfaudit.measures.matching.spread import exposure_gini, exposure_of_the_top
from wfaudit.measures.matching.wording import wording_loss, wording_share

__all__ = [
    "Checked",
    "ImpactTable",
    "against_apart",
    "check_published",
    "correlation",
    "coverage",
    "dominated",
    "doors",
    "evenness",
    "exposure",
    "exposure_at_relevance",
    "exposure_gini",
    "exposure_lost",
    "exposure_of_the_top",
    "exposure_per_outcome",
    "exposure_per_relevance",
    "favoured",
    "favoured_difference",
    "feasible_share",
    "four_fifths",
    "lacks_law",
    "ll144",
    "lost_places",
    "mean_rank",
    "mutual_top",
    "ndcg",
    "paired_difference",
    "pareto_missed",
    "picture",
    "place_share",
    "rejected_beyond",
    "rejected_everywhere",
    "score_at_relevance",
    "shared_correlation",
    "stage_at_score",
    "stage_share",
    "tied_share",
    "top_share",
    "wording_loss",
    "wording_share",
]
