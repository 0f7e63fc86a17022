"""Where the intervals of other packages differ from ours, in numbers: the parts of docs/intervals.md about them.

`tests/covered/enumerate.py` writes them into the page; tests/test_coverage.py holds the page to them.
"""

import warnings
from importlib.metadata import version
from itertools import product

import numpy as np
from fairlearn.metrics import MetricFrame, selection_rate
from scipy.special import ndtr, ndtri
from scipy.stats import binom
from scipy.stats.contingency import relative_risk
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    tost_proportions_2indep,
)

from wfaudit.estimators.intervals import (
    miettinen_nurminen,
    miettinen_nurminen_p,
    newcombe,
    ratio_score,
    wilson,
)

SIZES = (5, 10, 20, 50, 100, 500)
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
FINE = np.arange(2, 201) / 400  # .005 to .5
Z = ndtri(0.975)
NEWCOMBES = (56, 70, 48, 80)
RANDOM = 500  # tables drawn to compare statsmodels with
DRAWS = 100  # resamples asked of fairlearn


def versions():
    """The packages compared with, as installed."""
    names = ("statsmodels", "fairlearn", "scipy")
    return "Measured with " + ", ".join(f"{name} {version(name)}" for name in names) + "."


def table(head, rows):
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


# statsmodels: the score interval of a gap ---------------------------------------------------------


def gap_score():
    """Ours, Mee's and statsmodels' limits of one table, and the p-value of the score test at each."""
    spans = {
        "Miettinen-Nurminen, wfaudit": miettinen_nurminen(*NEWCOMBES),
        "statsmodels, `method=\"score\"`": confint_proportions_2indep(*NEWCOMBES, method="score"),
    }  # fmt: skip
    rows = [(name, limits(span), *map(four, tails(span))) for name, span in spans.items()]
    rows.insert(
        1, ("Mee: the same without the factor N / (N - 1)", limits(mee(*NEWCOMBES)), "", "")
    )
    head = ["56 of 70 against 48 of 80", "limits", "p at the lower", "p at the upper"]
    return table(head, rows)


def mee(k, n, k_ref, n_ref):
    """Mee's limits: ours at the level that takes the factor out."""
    everybody = n + n_ref
    level = 1 - 2 * ndtr(-Z * np.sqrt((everybody - 1) / everybody))
    return miettinen_nurminen(k, n, k_ref, n_ref, level)


def tails(span):
    """Two-sided p-values of the score test at both limits: .05 where the limits are right."""
    low, high = span
    above = miettinen_nurminen_p(*NEWCOMBES, low)[0]
    return 2 * above, 2 * miettinen_nurminen_p(*NEWCOMBES, high)[1]


def gap_score_at_random():
    """How often statsmodels gives no answer, and how far its limits are off where it does."""
    rng = np.random.default_rng(1)
    off = [distance(*some_counts(rng)) for _ in range(RANDOM)]
    lost, off = int(np.isnan(off).sum()), np.array(off)[~np.isnan(off)]
    middle, most = np.median(off), np.quantile(off, 0.95)
    return (
        f"In {RANDOM} random tables (5 to 200 people a group, any share) it raised `ValueError` in {lost}; where it "
        f"answered, its worse limit was off by {four(middle)} in the middle case, by {three(most)} or more in one of "
        f"twenty, by {three(off.max())} at most."
    )


def some_counts(rng):
    n, n_ref = (int(x) for x in rng.integers(5, 201, 2))
    return int(rng.binomial(n, rng.uniform())), n, int(rng.binomial(n_ref, rng.uniform())), n_ref


def distance(*counts):
    try:
        with warnings.catch_warnings(action="ignore"):
            theirs = confint_proportions_2indep(*counts, method="score")
    except ValueError:
        return np.nan
    return np.abs(np.subtract(theirs, miettinen_nurminen(*counts))).max()


def equivalence():
    """The equivalence test that stands on the same error."""
    counts = 90, 200, 88, 200
    theirs = tost_proportions_2indep(*counts, -0.1, 0.1, method="score").pvalue
    above, below = miettinen_nurminen_p(*counts, -0.1)[0], miettinen_nurminen_p(*counts, 0.1)[1]
    ours = max(above, below)
    return (
        "Its equivalence test carries the error along: 90 of 200 against 88 of 200 within ten points has "
        f"p = {bound(theirs, 5)} there, {bound(ours, 5)} here."
    )


# statsmodels: the score interval of a ratio where everybody counts --------------------------------


def ratio_where_all_count():
    rows = []
    for counts in ((20, 20, 82, 270), (4, 407, 48, 48), NEWCOMBES):
        theirs = confint_proportions_2indep(*counts, method="score", compare="ratio")
        k, n, k_ref, n_ref = counts
        name = f"{k} of {n} against {k_ref} of {n_ref}"
        rows.append((name, limits(theirs, 3), limits(ratio_score(*counts), 3)))
    return table(["ratio of", "statsmodels", "wfaudit"], rows)


# fairlearn: the percentile bootstrap, and a group of one ------------------------------------------


def bootstrap():
    """Coverage of the percentile interval with endless resamples, by enumeration."""
    rows = []
    for n, p in product((20, 50, 100), (0.02, 0.05, 0.1, 0.3)):
        k = np.arange(n + 1)
        chance = binom.pmf(k, n, p)
        low, high = percentiles(k, n)
        none = chance[low == high].sum()
        low_w, high_w = wilson(k, n)
        rows.append(
            (
                n,
                two(p),
                two(held(chance, low, high, p)),
                two(none),
                two(held(chance, low_w, high_w, p)),
            )
        )
    return table(["people", "true share", "bootstrap holds it", "width 0", "Wilson holds it"], rows)


def percentiles(k, n):
    """Of the shares that resamples of k out of n show: 2.5 % and 97.5 %."""
    return binom.ppf(0.025, n, k / n) / n, binom.ppf(0.975, n, k / n) / n


def held(chance, low, high, p):
    return chance[(low <= p) & (p <= high)].sum()


def fairlearn_spans():
    """What fairlearn itself says of a group of 20 among 100 people."""
    said = [f"{two(low)} to {two(high)}" for low, high in map(resampled, (0, 1))]
    return (
        f"fairlearn itself ({DRAWS} resamples, a group of 20 among 100 people) gives {said[0]} where nobody of the 20 "
        f"is flagged and {said[1]} where one is; Wilson {limits(wilson(0, 20), 2)} and {limits(wilson(1, 20), 2)}."
    )


def resampled(k, n=20, others=80):
    frame = shares(np.r_[np.arange(n) < k, np.arange(others) < 24], n, n_boot=DRAWS,
                   ci_quantiles=[0.025, 0.975], random_state=1)  # fmt: skip
    return [one["women"] for one in frame.by_group_ci]


def shares(flags, women, **asked):
    flags = flags.astype(float)
    sex = np.where(np.arange(len(flags)) < women, "women", "men")
    return MetricFrame(
        metrics=selection_rate, y_true=flags, y_pred=flags, sensitive_features=sex, **asked
    )


def group_of_one():
    """One woman, flagged, beside a hundred men of whom thirty are."""
    flags = np.r_[True, np.arange(100) < 30]
    plain = shares(flags, 1)
    drawn = shares(flags, 1, n_boot=DRAWS, ci_quantiles=[0.025, 0.975], random_state=1)
    low, high = (one["women"] for one in drawn.by_group_ci)
    return (
        f"One woman, flagged, beside 100 men of whom 30 are: fairlearn's frame, as a dashboard shows it, says "
        f"{plain.by_group['women']:.1f} for women and a difference of {plain.difference():.1f}, with no count beside "
        f"them; its bootstrap interval for women is {low:.1f} to {high:.1f}. Here the row says n = 1 and "
        f"{limits(wilson(1, 1), 2)}, and the gap {limits(newcombe(1, 1, 30, 100), 2)}."
    )


# Wald and Katz ------------------------------------------------------------------------------------


def wald():
    """Coverage of share +- 1.96 standard errors, in one group."""
    rows = []
    for n in (*SIZES, 2000):
        k = np.arange(n + 1)
        low, high = proportion_confint(k, n, method="normal")
        found = [held(binom.pmf(k, n, p), low, high, p) for p in FINE]
        rows.append((f"{n:,}", three(min(found)), three(np.mean(found))))
    return table(["people", "Wald: lowest", "mean"], rows)


def wald_and_katz():
    """Their coverage over the same cells of two groups as ours."""
    gap, ratio, none = (np.array(x) for x in zip(*map(textbook, *grid()), strict=True))
    small = np.minimum(*np.array(grid())[[0, 2]]) < 20
    rows = []
    for name, held_by, lost in (("Wald, gap", gap, none * 0), ("Katz, ratio", ratio, none)):
        for where, some in (("20 or more in each group", ~small), ("fewer than 20 in one", small)):
            found = held_by[some].min(), held_by[some].mean(), lost[some].max()
            rows.append((name, where, *map(three, found)))
    head = ["interval", "where", "lowest", "mean", "no interval, at most"]
    return table(head, rows)


def grid():
    return tuple(zip(*product(SIZES, SHARES, SIZES, SHARES), strict=True))


def textbook(n, p, n_ref, p_ref):
    """Coverage of Wald's gap, of Katz's ratio where it has one, and the chance that it hasn't."""
    k, k_ref = np.arange(n + 1.0)[:, None], np.arange(n_ref + 1.0)
    chance = binom.pmf(k, n, p) * binom.pmf(k_ref, n_ref, p_ref)
    q, q_ref = k / n, k_ref / n_ref
    arm = Z * np.sqrt(q * (1 - q) / n + q_ref * (1 - q_ref) / n_ref)
    gap = chance[np.abs(q - q_ref - (p - p_ref)) <= arm].sum()
    some = (k > 0) & (k_ref > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        arm = Z * np.sqrt(1 / k - 1 / n + 1 / k_ref - 1 / n_ref)
        inside = np.abs(np.log(q / q_ref) - np.log(p / p_ref)) <= arm
    none = chance[~some].sum()
    return gap, chance[some & inside].sum() / (1 - none), none


def zeros():
    """What each says of a ratio without cases on a side."""
    rows = []
    for counts in ((0, 10, 3, 10), (3, 10, 0, 10), (0, 10, 0, 10)):
        k, n, k_ref, n_ref = counts
        with warnings.catch_warnings(action="ignore"):
            theirs = relative_risk(*counts).confidence_interval(0.95)
        name = f"{k} of {n} against {k_ref} of {n_ref}"
        rows.append((name, limits(theirs, 2), katz(*counts), limits(ratio_score(*counts), 2)))
    return table(["ratio of", "scipy", "statsmodels, `method=\"log\"`", "wfaudit"], rows)  # fmt: skip


def katz(*counts):
    try:
        return limits(confint_proportions_2indep(*counts, compare="ratio", method="log"), 2)
    except ZeroDivisionError as why:
        return f"`{type(why).__name__}`"


# Numbers in words ---------------------------------------------------------------------------------


def limits(span, digits=4):
    """Two limits in words.

    >>> limits((0.05, float("inf")), 2), limits((float("nan"), 1), 1)
    ('.05 to infinity', 'none to 1.0')
    >>> limits((float("nan"), float("nan")))
    'none'
    """
    low, high = (bound(x, digits) for x in span)
    return "none" if low == high == "none" else f"{low} to {high}"


def bound(x, digits):
    if not np.isfinite(x):
        return "none" if np.isnan(x) else "infinity"
    return f"{x:.{digits}f}".replace("0.", ".", 1) if abs(x) < 1 else f"{x:.{digits}f}"


def four(x):
    return bound(x, 4)


def three(x):
    return bound(x, 3)


def two(x):
    return bound(x, 2)


PARTS = {
    "versions": versions,
    "gap score": gap_score,
    "gap score at random": gap_score_at_random,
    "equivalence": equivalence,
    "ratio where all count": ratio_where_all_count,
    "bootstrap": bootstrap,
    "fairlearn": fairlearn_spans,
    "group of one": group_of_one,
    "wald": wald,
    "wald and katz": wald_and_katz,
    "zeros": zeros,
}


def tables():
    """Every part of the page, by the name of its place."""
    return {name: part() for name, part in PARTS.items()}
