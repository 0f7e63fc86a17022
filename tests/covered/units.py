"""How often limits about units and strata hold the truth, and how often a funnel flags without cause.

    python tests/covered/units.py

writes the tables of docs/units.md. A funnel of units that differ by chance is gone through count by count: exact.
The rest is drawn by lot with fixed seeds; the standard error of a figure from 1,000 draws is .007 or less.
"""

import re
import sys
from functools import partial
from pathlib import Path

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, ndtri
from scipy.stats import binom, f, t

from wfaudit.estimators.clusters import jackknife_gap, jackknife_rate
from wfaudit.estimators.funnel import added, extra_variance, limits, p_values, two_sided, z_scores
from wfaudit.estimators.intervals import newcombe, wilson
from wfaudit.estimators.leftout import left_out
from wfaudit.estimators.staggered import Starts, effects, places
from wfaudit.estimators.strata import (
    adjusted_gap,
    jackknife_adjusted_gap,
    same_gap,
    standardised_gap,
)
from wfaudit.estimators.tails import crowds
from wfaudit.estimators.variance import between_units

PAGE = Path(__file__).parents[2] / "docs" / "units.md"
SIZES = (5, 10, 20, 50, 100, 200, 500, 2000)
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
KINDS = ("beta", "logit-normal", "two points")
DESIGNS = ((40, 50), (200, 20))
DRAWS = 1000
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(101)


# What is drawn --------------------------------------------------------------------------------


def true_shares(kind, mean, icc, size, rng):
    """Shares of units with a mean and an intra-class correlation."""
    if icc == 0:
        return np.full(size, mean)
    spread = np.sqrt(icc * mean * (1 - mean))
    if kind == "beta":
        return rng.beta(mean * (1 / icc - 1), (1 - mean) * (1 / icc - 1), size)
    if kind == "two points":  # one unit in five counts more people than the others
        return mean + spread * np.where(rng.random(size) < 0.2, 2.0, -0.5)
    middle, sd = logit_normal(mean, spread)
    return expit(middle + sd * rng.standard_normal(size))


def logit_normal(mean, spread):
    """Middle and spread of the log odds of shares with a mean and a spread."""
    weights = WEIGHTS / WEIGHTS.sum()

    def middle(sd):
        return brentq(lambda at: weights @ expit(at + sd * NODES) - mean, -20, 20)

    def over(sd):
        return weights @ (expit(middle(sd) + sd * NODES) - mean) ** 2 - spread**2

    sd = brentq(over, 1e-3, 8)
    return middle(sd), sd


def caseloads(units, people, uneven, rng):
    """People of each unit: all alike, or the largest tenth with seven times as many as the smallest."""
    if not uneven:
        return np.full(units, people)
    return np.maximum(2, np.rint(people * rng.lognormal(-0.32, 0.8, units))).astype(int)


# What is measured -----------------------------------------------------------------------------


def false_alarms(n, p, level=0.95):
    """Chance that a unit which differs by chance alone is flagged: exact, mid-p, z, the usual limits."""
    k = np.arange(n + 1)
    units = crowds(p, np.full(n + 1, n))
    chance = binom.pmf(k, n, p)
    low, high = limits(units, level)
    flags = {
        "exact": (k <= low) | (k >= high),
        "mid-p": two_sided(*p_values(k, units, mid=True)) <= 1 - level,
        "z": np.abs(z_scores(k, units)) > ndtri((1 + level) / 2),
        "usual": (k < low) | (k > high - 1),
    }
    return {name: chance[flag].sum() for name, flag in flags.items()}


def held_by_share(kind, mean, icc, design, uneven=False, draws=DRAWS, seed=1):
    """How often limits hold the share of variance between units: ours, Smith's, those of F."""
    rng = np.random.default_rng(seed)
    held = np.zeros(3)
    for _ in range(draws):
        n = caseloads(*design, uneven, rng)
        k = rng.binomial(n, true_shares(kind, mean, icc, len(n), rng))
        found = between_units(k, n)
        spans = (found.low, found.high), smith(found.estimate, n), by_f(found, n)
        held += [low <= icc <= high for low, high in spans]
    return held / draws


def smith(share, n):
    """Share of variance give or take the standard error of Smith (1957)."""
    people, units = n.sum(), len(n)
    size = (people - (n**2).sum() / people) / (units - 1)
    cubes = (n**2).sum() - 2 * (n**3).sum() / people + (n**2).sum() ** 2 / people**2
    between = (units - 1) * (1 - share) * (1 + share * (2 * size - 1)) + share**2 * cubes
    within = (1 + share * (size - 1)) ** 2 / (people - units)
    se = (1 - share) / size * np.sqrt(2 * (within + between / (units - 1) ** 2))
    return share - ndtri(0.975) * se, share + ndtri(0.975) * se


def by_f(found, n):
    """Limits as if the ratio of mean squares had the F distribution of alike normal units."""
    people, units = n.sum(), len(n)
    size = (people - (n**2).sum() / people) / (units - 1)
    ratio = 1 + size * found.between / found.within
    ends = ratio / f.ppf([0.975, 0.025], units - 1, people - units)
    return (ends - 1) / (ends - 1 + size)


def held_within_profiles(units, profiles, people, spread, draws=DRAWS, seed=1):
    """The same where people come in profiles: log odds of a profile and of a unit add up."""
    rng = np.random.default_rng(seed)
    profile = np.linspace(-2, 0, profiles)[:, None]
    apart = expit(profile + spread * NODES)
    mean = np.average(apart, axis=1, weights=WEIGHTS)
    squares = np.average(apart**2, axis=1, weights=WEIGHTS)
    truth = (squares - mean**2).mean() / (mean - mean**2).mean()
    who, what = np.indices((units, profiles))
    held = 0
    for _ in range(draws):
        n = rng.poisson(people, (units, profiles))
        chance = expit(profile.T + spread * rng.standard_normal((units, 1)))
        found = between_units(*(x.ravel() for x in (rng.binomial(n, chance), n, who, what)))
        held += found.low <= truth <= found.high
    return held / draws


def flagged(kind, mean, icc, design, uneven=False, draws=100, seed=1):
    """Share of units outside 95 % limits: chance alone, published and our extra variance."""
    rng = np.random.default_rng(seed)
    out = np.zeros(3)
    for _ in range(draws):
        n = caseloads(*design, uneven, rng)
        k = rng.binomial(n, true_shares(kind, mean, icc, len(n), rng))
        units = crowds(k.sum() / n.sum(), n)
        spreads = (0.0, extra_variance(k, units, published=True), extra_variance(k, units))
        few_many = [p_values(k, units, added(units, spread)) for spread in spreads]
        out += [(two_sided(*p) <= 0.05).mean() for p in few_many]
    return out / draws


STRATA = {
    "5 strata of 20 and 20": (5, 20, 20),
    "5 strata of 10 and 100": (5, 10, 100),
    "20 strata of 5 and 5": (20, 5, 5),
    "20 strata of 3 and 30": (20, 3, 30),
    "100 strata of 2 and 3": (100, 2, 3),
    "10 strata of 50 and 200": (10, 50, 200),
}


def held_by_gap(strata, group, reference, share, gap, draws=DRAWS, seed=1):
    """How often limits hold the pooled gap (score, Sato, Greenland-Robins) and the standardised one.

    Last: how often the test that all strata have one gap says no, though they have.
    """
    rng = np.random.default_rng(seed)
    q = np.clip(share * np.exp(rng.normal(0, 0.5, strata)), 0.005, 0.75)
    n, n_ref = (
        np.maximum(1, np.rint(x * rng.lognormal(-0.1, 0.45, strata))) for x in (group, reference)
    )
    k = rng.binomial(n.astype(int), q + gap, (draws, strata))
    k_ref = rng.binomial(n_ref.astype(int), q, (draws, strata))
    counts = k, n, k_ref, n_ref
    found = [adjusted_gap(*counts, limits=kind) for kind in ("score", "sato", "greenland-robins")]
    found.append(standardised_gap(*counts))
    held = [np.mean((x.low <= gap) & (gap <= x.high)) for x in found]
    return [*held, np.mean(same_gap(*counts).p <= 0.05)]


def held_over_clusters(icc, within, draws=DRAWS, seed=1):
    """How often the jackknife, and the score limits that ignore clusters, hold a pooled gap of 0.

    40 caseworkers see 50 people each in five score bands; groups mix at each, or each sees one only.
    """
    rng = np.random.default_rng(seed)
    base = np.linspace(0.1, 0.5, 5)
    held = np.zeros(2)
    for _ in range(draws):
        chance = np.clip(true_shares("beta", 0.3, icc, 40, rng)[:, None] + base - 0.3, 0, 1)
        n = rng.poisson(5 if within else 10, (2, 40, 5))
        if not within:
            n[0, ::2] = n[1, 1::2] = 0
        k = rng.binomial(n, chance)
        low, high = jackknife_adjusted_gap(k[0], n[0], k[1], n[1]).interval(0.95)
        sums = adjusted_gap(*(x.sum(axis=0) for x in (k[0], n[0], k[1], n[1])))
        held += [low <= 0 <= high, sums.low <= 0 <= sums.high]
    return held / draws


def held_by_caseworkers(caseworkers, icc, within, draws=DRAWS, seed=1):
    """How often limits hold a share of .3 and a gap of 0: over caseworkers, and as if people were unrelated.

    Each caseworker has about 25 people; two groups mix at each, or each sees one group only.
    """
    rng = np.random.default_rng(seed)
    held = np.zeros(4)
    for _ in range(draws):
        chance = true_shares("beta", 0.3, icc, caseworkers, rng)
        n = caseloads(caseworkers, 25, True, rng)
        mine = rng.binomial(n, 0.5) if within else n * (np.arange(caseworkers) % 2)
        sizes = np.array([mine, n - mine])
        k = rng.binomial(sizes, chance)
        both = k.sum(axis=0), n
        one, other = np.stack([k, sizes], axis=1).astype(float)
        spans = [
            jackknife_rate(*(x.astype(float) for x in both)).interval(0.95),
            jackknife_gap(*one, *other).interval(0.95),
            wilson(*(np.array([float(x.sum())]) for x in both)),
            newcombe(*(np.array([x.sum()]) for x in (*one, *other))),
        ]
        for at, ((low, high), truth) in enumerate(zip(spans, (0.3, 0, 0.3, 0), strict=True)):
            held[at] += bool(low <= truth <= high)
    return held / draws


def held_by_roll_out(offices, waves, wander, draws=DRAWS, seed=1):
    """How often limits hold the effect of a roll-out in steps: over offices, and as if people were unrelated.

    Last: how often trends before the start are said to differ, though they differ by chance alone.
    Offices of about 30 people a period, in 8 periods, have shares of .1 to .7 with a correlation of .1;
    each wanders by ``wander`` a period, all rise by .1 together, and the advice adds .1.
    """
    rng = np.random.default_rng(seed)
    start = 1 + (np.arange(offices) % waves + 1) * 7 // (waves + 1)
    starts, on = Starts(start - 1, start), np.arange(8) >= start[:, None]
    early = slice(1, 1 + len(places(starts, 8, 12)[0]))  # places before the start
    held = np.zeros(3)
    for _ in range(draws):
        own = 0.1 + 0.6 * true_shares("beta", 0.3, 0.1, offices, rng)[:, None]
        walk = wander * rng.standard_normal((offices, 8)).cumsum(axis=1)
        n = np.maximum(1, rng.poisson(30 * rng.lognormal(-0.08, 0.4, (offices, 1)), (offices, 8)))
        chance = np.clip(own + walk + np.linspace(0, 0.1, 8) + 0.1 * on, 0, 1)
        k = rng.binomial(n, chance)
        found = effects(k, n, starts)
        told = left_out(found.full, [found.without])
        plain = 1.96 * unrelated(k, n, starts)
        far = 2 * t.sf(np.abs(told.estimate / told.se), told.df)[early]
        some = ~np.isnan(far)
        differ = some.any() and some.sum() * np.nanmin(far) <= 0.05
        held += [told.low[0] <= 0.1 <= told.high[0], abs(found.full[0][0] - 0.1) <= plain, differ]
    return held / draws


def unrelated(k, n, starts):
    """The standard error of the effect as if each office's people had nothing in common: it is linear in shares."""
    weighs, total = np.zeros(n.shape), 0.0
    for base, start in starts.cohorts(n.shape[1]):
        mine = (starts.last == base) & (starts.first == start)
        pair = n * n[:, [base]] / (n + n[:, [base]])
        for period in range(start, n.shape[1]):
            others = starts.last >= period
            if others.sum() >= 2:
                total += n[mine, period].sum()
                for side, way in ((mine, 1), (others, -1)):
                    part = (
                        way * n[mine, period].sum() * pair[side, period] / pair[side, period].sum()
                    )
                    weighs[side, period] += part
                    weighs[side, base] -= part
    share = (k + 0.5) / (n + 1)
    return np.sqrt(((weighs / total) ** 2 * share * (1 - share) / n).sum())


# What is written ------------------------------------------------------------------------------


def digits(x):
    return f"{x:.3f}".removeprefix("0")


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def funnels():
    rows = []
    for n in SIZES:
        found = [false_alarms(n, p) for p in SHARES]
        most = [max(x[name] for x in found) for name in ("exact", "mid-p", "z", "usual")]
        rows.append([f"{n:,}", *map(digits, most)])
    return table(["people", "exact", "mid-p", "z-scores", "usual interpolation"], rows)


def spread_out():
    rows = []
    for design in (*DESIGNS, (200, 500)):
        for mean, icc, uneven in (
            (0.3, 0, 0),
            (0.3, 0.02, 0),
            (0.3, 0.1, 0),
            (0.3, 0.1, 1),
            (0.05, 0.1, 0),
        ):
            found = flagged("beta", mean, icc, design, uneven)
            what = f"{design[0]} of {design[1]}" + ", uneven" * uneven
            rows.append([what, digits(mean), digits(icc), *map(digits, found)])
    return table(
        ["units", "share", "ICC", "chance alone", "as published", "`extra_variance`"], rows
    )


def shares():
    rows = []
    for design in DESIGNS:
        for mean in (0.3, 0.05):
            for icc in (0.0, 0.02, 0.1):
                found = [held_by_share(kind, mean, icc, design) for kind in KINDS]
                uneven = held_by_share("beta", mean, icc, design, uneven=True)
                ours = [x[0] for x in (*found, uneven)]
                row = [f"{design[0]} of {design[1]}", digits(mean), digits(icc)]
                rows.append([*row, *map(digits, [*ours, found[0][1], uneven[2]])])
    head = ["units", "share", "ICC", *KINDS, "beta, uneven", "Smith: beta", "F: beta, uneven"]
    return table(head, rows)


def profiles():
    rows = []
    for units, kinds, people in ((40, 10, 5), (200, 5, 4), (200, 30, 2 / 3)):
        found = [held_within_profiles(units, kinds, people, spread) for spread in (0, 0.4, 0.8)]
        rows.append([units, kinds, f"{people:.2g}", *map(digits, found)])
    spreads = [f"spread {x} in log odds" for x in (0, 0.4, 0.8)]
    return table(["units", "profiles", "people of each a unit", *spreads], rows)


def gaps():
    rows = []
    for name, sizes in STRATA.items():
        for share, gap in ((0.02, 0), (0.05, 0.1), (0.3, 0), (0.3, 0.2)):
            rows.append([name, digits(share), gap, *map(digits, held_by_gap(*sizes, share, gap))])
    return table(
        [
            "strata",
            "share",
            "gap",
            "score",
            "Sato",
            "Greenland-Robins",
            "standardised",
            "`same_gap` says no",
        ],
        rows,
    )


def clusters():
    rows = []
    for icc in (0.0, 0.1):
        for within in (True, False):
            found = held_over_clusters(icc, within)
            rows.append(
                [digits(icc), "both groups" if within else "one group", *map(digits, found)]
            )
    return table(["ICC", "a caseworker sees", "jackknife", "score, clusters ignored"], rows)


def caseworkers():
    rows = []
    for size in (20, 40, 200):
        for icc in (0.0, 0.1):
            for within in (True, False):
                found = held_by_caseworkers(size, icc, within)
                sees = "both groups" if within else "one group"
                rows.append([size, digits(icc), sees, *map(digits, found)])
    head = ["rate: jackknife", "gap: jackknife", "rate: Wilson", "gap: Newcombe"]
    return table(["caseworkers", "ICC", "a caseworker sees", *head], rows)


def roll_outs():
    rows = []
    for offices, waves in ((12, 3), (12, 4), (40, 4), (40, 8)):
        for wander in (0.0, 0.02, 0.05):
            found = held_by_roll_out(offices, waves, wander)
            rows.append([offices, waves, digits(wander), *map(digits, found)])
    return table(
        [
            "offices",
            "starting days",
            "wander a period by",
            "jackknife",
            "offices ignored",
            "trends said to differ",
        ],
        rows,
    )


TABLES = {
    "funnels": funnels,
    "spread out": spread_out,
    "shares": shares,
    "profiles": profiles,
    "gaps": gaps,
    "clusters": clusters,
    "caseworkers": caseworkers,
    "roll-outs": roll_outs,
}


def main(names):
    page = PAGE.read_text(encoding="utf-8")
    for name in names or TABLES:
        put = partial(r"\1{}\2".format, "\n" + TABLES[name]() + "\n")
        page = re.sub(rf"(<!-- {name} -->).*?(<!-- end -->)", put(), page, flags=re.S)
        sys.stdout.write(f"{name}\n")
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
