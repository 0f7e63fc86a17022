"""Audits of thousands of redrawn populations at once: arrays over draws, the engine's own p-values.

The engine audits one case at a time. Here the same comparisons are made for many draws of the counts in one
array, with the same numeric functions and the same adjustments; a test holds the two to each other.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import false_discovery_control

from wfaudit.choices import JOIN
from wfaudit.counts import count
from wfaudit.estimators import intervals
from wfaudit.estimators.adjust import holm
from wfaudit.measures import RATES
from wfaudit.measures.axis import asked
from wfaudit.measures.tally import masks


@dataclass(frozen=True)
class Comparison:
    """One comparison of a group with its reference: how many count among how many, one a draw."""

    measure: str
    by: str
    at: str
    group: str
    k: np.ndarray
    n: np.ndarray
    k_ref: np.ndarray
    n_ref: np.ndarray


def comparisons(case, wide, drawn):
    """Every comparison an audit of ``case`` makes; ``drawn`` is draws x groups of ``wide`` x states."""
    found = []
    for keys in [(g.name,) for g in case.groups] + list(case.intersections):
        at = [wide.keys.index(key) for key in keys]
        short = [tuple(group[i] for i in at) for group in wide.groups]
        levels = count(case, keys).groups
        n = np.stack(
            [drawn[:, [s == level for s in short]].sum(axis=1) for level in levels], axis=1
        )
        reference = levels.index(tuple(case.group(k).reference for k in keys))
        for name, rate in RATES.items():
            if not set(rate.needs) <= set(case.states) or name == "outcome_unknown_rate":
                continue
            for tier, label in asked(case, rate):
                hits, among = masks(wide.states, rate, tier)
                k, m = n[:, :, hits].sum(axis=2), n[:, :, among].sum(axis=2)
                found += [
                    Comparison(name, JOIN.join(keys), label, JOIN.join(level), k[:, g], m[:, g], k[:, reference], m[:, reference])
                    for g, level in enumerate(levels)
                    if g != reference
                ]  # fmt: skip
    return found


def p_values(case, comparison):
    """One-sided p-values against the nearer limit of the tolerance, one a draw; nan where nobody is there."""
    low, high = case.choices.tolerance(comparison.measure).limits
    arms = [
        a.astype(float) for a in (comparison.k, comparison.n, comparison.k_ref, comparison.n_ref)
    ]
    p = np.minimum(intervals.newcombe_p(*arms, high)[0], intervals.newcombe_p(*arms, low)[1])
    return np.where((arms[1] > 0) & (arms[3] > 0), p, np.nan)


def raised(case, asked):
    """Which comparison is raised in which draw, after adjusting within its family: comparisons x draws."""
    p = np.array([p_values(case, one) for one in asked])
    confirm = set(case.choices.confirm)
    family = np.array([bool({c.measure, f"{c.measure} by {c.by}"} & confirm) for c in asked])
    adjusted = np.full(p.shape, np.nan)
    for method, rows in (
        (holm, np.flatnonzero(family)),
        (false_discovery_control, np.flatnonzero(~family)),
    ):
        for draw in range(p.shape[1]):
            known = rows[~np.isnan(p[rows, draw])]
            if len(known):
                adjusted[known, draw] = method(p[known, draw])
    return adjusted <= (1 - case.choices.level) / 2


def drawn_apart(case, keys, draws, seed):
    """Counts of populations in which nobody's group has to do with their state, and the table they are of."""
    wide = count(case, keys)
    shares = wide.n.sum(axis=0) / wide.n.sum()
    rng = np.random.default_rng(seed)
    sizes = np.broadcast_to(wide.n.sum(axis=1), (draws, len(wide.groups)))
    return wide, rng.multinomial(sizes, shares)


def clear(case, asked):
    """Which comparison is clear in which draw: the equivalence test, each taken alone."""
    found = []
    for one in asked:
        low, high = case.choices.tolerance(one.measure).limits
        arms = [a.astype(float) for a in (one.k, one.n, one.k_ref, one.n_ref)]
        above, below = (
            intervals.miettinen_nurminen_p(*arms, low)[0],
            intervals.miettinen_nurminen_p(*arms, high)[1],
        )
        found.append(np.maximum(above, below) <= 1 - case.choices.level)
    return np.array(found)
