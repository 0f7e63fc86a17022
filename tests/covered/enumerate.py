"""How often each interval holds the truth, by going through every table there is: `make coverage`.

    python tests/covered/enumerate.py

writes docs/coverage.csv (one row a cell), reports/coverage.png and the tables of docs/intervals.md.

No lots are drawn and nothing is cut off: a cell is two groups of given size and true share (or one), its tables
are all counts either group can show (251,001 for 500 against 500), and its coverage is the summed chance of those
whose interval holds the truth. The largest array has 2 MB.
"""

import sys
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.stats import binom

from wfaudit.estimators import intervals

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "coverage.csv"
PAGE = ROOT / "docs" / "intervals.md"
PICTURE = ROOT / "reports" / "coverage.png"

LEVEL = 0.95
FLOOR = 0.925  # for gaps, in groups of 20 or more where few are expected
BAND = 0.94, 0.965  # for gaps, in groups of 20 or more where 3 or more are expected on every side
SIZES = (5, 10, 20, 50, 100, 500)
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
PAIRS = tuple(product(SIZES, SIZES))
FINE_SIZES = (*SIZES, 2000)
FINE_SHARES = tuple(k / 400 for k in range(2, 201))  # .005 to .5
CELL = ["n", "p", "n_ref", "p_ref"]
ONE = {"wilson": "Wilson", "clopper_pearson": "Clopper-Pearson"}
GAPS = {"newcombe": "Newcombe", "miettinen_nurminen": "Miettinen-Nurminen"}
TWO = {**GAPS, "ratio_score": "Ratio, score"}
REGIONS = {
    "enough": "20 or more in each group; in each, 3 or more expected to count and 3 or more not to",
    "few cases": "20 or more in each group; fewer than 3 expected on a side",
    "small": "fewer than 20 in a group",
}


# The grid -------------------------------------------------------------------------------------


def one_share(sizes=FINE_SIZES, shares=FINE_SHARES):
    """A row for each size and true share of one group."""
    truth = np.array(shares)
    rows = []
    for n in sizes:
        chance = np.array([chances(n, p) for p in shares])
        held = {name: covered_share(name, n, chance, truth) for name in ONE}
        rows.append(pd.DataFrame({"n": n, "p": truth, **held}))
    return pd.concat(rows, ignore_index=True)


def covered_share(name, n, chance, truth):
    low, high = getattr(intervals, name)(np.arange(n + 1), n, LEVEL)
    inside = (low <= truth[:, None]) & (truth[:, None] <= high)
    return (chance * inside).sum(axis=1)


def two_shares(sizes=PAIRS):
    """A row for each pair of sizes and of true shares; no_ratio is the chance that there is none."""
    rows = []
    for n, n_ref in sizes:
        counts = np.arange(n + 1.0)[:, None], n, np.arange(n_ref + 1.0), n_ref
        spans = {name: getattr(intervals, name)(*counts, LEVEL) for name in TWO}
        for p, p_ref in product(SHARES, SHARES):
            arms = chances(n, p), chances(n_ref, p_ref)
            held = {name: covered_pair(name, spans[name], arms, p, p_ref) for name in TWO}
            none = chances(n, p)[0] * chances(n_ref, p_ref)[0]
            held["ratio_score"] /= 1 - none
            rows.append({"n": n, "p": p, "n_ref": n_ref, "p_ref": p_ref, **held, "no_ratio": none})
    return pd.DataFrame(rows)


def covered_pair(name, span, arms, p, p_ref):
    truth = p - p_ref if name in GAPS else p / p_ref
    inside = (span[0] <= truth) & (truth <= span[1])
    return arms[0] @ inside.astype(float) @ arms[1]


@cache
def chances(n, p):
    return binom.pmf(np.arange(n + 1), n, p)


def whole():
    """The whole table, as committed: one group first, then two."""
    cells = pd.concat([one_share(), two_shares()], ignore_index=True)
    cells["n_ref"] = cells["n_ref"].astype("Int64")
    return cells[[*CELL, *ONE, *TWO, "no_ratio"]].round(6)


def written(cells):
    """The table as text: true shares as they are said, chances to six decimals."""
    said = {name: cells[name].map("{:g}".format, "ignore") for name in ("p", "p_ref")}
    text = cells.drop(columns=CELL).map("{:.6f}".format, "ignore")
    return pd.concat([cells[["n"]], said["p"], cells["n_ref"], said["p_ref"], text], axis=1)


def committed():
    """The table as it stands in docs/coverage.csv."""
    return pd.read_csv(TABLE, dtype={"n_ref": "Int64"})


# What is said of it ---------------------------------------------------------------------------


def pairs(cells):
    """The rows of two groups."""
    return cells[cells["n_ref"].notna()]


def singles(cells):
    """The rows of one group."""
    return cells[cells["n_ref"].isna()]


def expected(cells):
    """The fewest people expected on any side: counted or not, in either group."""
    sides = [cells["n"] * cells["p"], cells["n"] * (1 - cells["p"])]
    if cells["n_ref"].notna().any():
        n_ref = cells["n_ref"].astype(float)
        sides += [n_ref * cells["p_ref"], n_ref * (1 - cells["p_ref"])]
    return np.min(sides, axis=0)


def region(cells):
    """Which of REGIONS each row of two groups is in."""
    large = np.minimum(cells["n"], cells["n_ref"].astype(int)) >= 20
    enough = expected(cells) >= 3 - 1e-9
    return np.select([large & enough, large], ["enough", "few cases"], "small")


def tables(cells):
    """The Markdown tables of the page, by the name of the place they stand in."""
    return {
        "coverage of one share": share_table(cells),
        "coverage of two": pair_table(cells),
        "ratios under": ratios_under(cells),
    }


def share_table(cells):
    lines = ["| people | " + " | ".join(f"{said}: lowest | mean" for said in ONE.values()) + " |"]
    lines += ["|---|" + "---|---|" * len(ONE)]
    for n, some in singles(cells).groupby("n"):
        found = [told(some[name].min(), some[name].mean()) for name in ONE]
        lines.append(f"| {n:,} | {' | '.join(found)} |")
    return "\n".join(lines)


def pair_table(cells):
    lines = ["| interval | where | cells | lowest | at | mean | highest |", "|---" * 7 + "|"]
    two = pairs(cells)
    for name, said in TWO.items():
        for where, some in two.groupby(region(two)):
            at = some.loc[some[name].idxmin()]
            place = f"{short(at['p'])} of {at['n']:.0f}, {short(at['p_ref'])} of {at['n_ref']:.0f}"
            spread = some[name].min(), some[name].mean(), some[name].max()
            low, rest = told(spread[0]), told(*spread[1:])
            row = (said, REGIONS[where], f"{len(some):,}", low, place, rest)
            lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def ratios_under(cells):
    two = pairs(cells)
    low = two[region(two) == "few cases"]["ratio_score"]
    return (
        f"A ratio has no such floor: {(low < FLOOR).sum()} of the {len(low)} cells with fewer than 3 expected lie "
        f"under {told(FLOOR)}, the lowest at {told(low.min())}."
    )


def told(*values):
    """Chances with three digits, as cells of a row.

    >>> told(0.94311, 0.99991)
    '.943 | 1.000'
    """
    return " | ".join(f"{value:.3f}".removeprefix("0") for value in values)


def short(share):
    return f"{share:g}".removeprefix("0")


def filled(page, parts):
    """A page with each part set between its marks.

    >>> filled("a <!-- x --> old <!-- end --> b", {"x": "new"})
    'a <!-- x -->\\nnew\\n<!-- end --> b'
    """
    for name, text in parts.items():
        before, mark, rest = page.partition(f"<!-- {name} -->")
        if not mark:
            raise ValueError(f"The page has no place called {name!r}.")
        page = f"{before}{mark}\n{text}\n<!-- end -->{rest.partition('<!-- end -->')[2]}"
    return page


# The picture ----------------------------------------------------------------------------------


def picture(cells):
    """A panel an interval: each dot a cell, by the fewest people expected on any side."""
    figure = Figure(figsize=(9, 8.2), layout="constrained")
    axes = figure.subplots(3, 2, sharex=True, sharey=True).ravel()
    for ax, (name, said) in zip(axes, {**ONE, **TWO}.items(), strict=False):
        panel(ax, singles(cells) if name in ONE else half(pairs(cells)), name)
        ax.set_title(said, loc="left")
    key(axes[-1])
    axes[-3].tick_params(labelbottom=True)
    figure.supxlabel("people expected on the smallest side (counted or not, in either group)")
    figure.supylabel("chance that a 95 % interval holds the truth")
    return figure


def half(two):
    """Swapping the groups changes nothing, so one of the two is drawn."""
    n_ref = two["n_ref"].astype(int)
    return two[(two["n"] < n_ref) | ((two["n"] == n_ref) & (two["p"] <= two["p_ref"]))]


def panel(ax, cells, name):
    sizes = np.minimum(cells["n"], cells["n_ref"].fillna(10**9).astype(int))
    few = (sizes < 20).to_numpy()
    x, y = expected(cells), cells[name].to_numpy()
    ax.axhline(LEVEL, color="black", lw=1)
    if name in TWO:
        ax.plot(
            [3, 600, 600, 3, 3],
            [*BAND[:1] * 2, *BAND[1:] * 2, BAND[0]],
            color="black",
            lw=1,
            ls="--",
        )
    ax.plot(x[few], y[few], **MARKS["small"])
    ax.plot(x[~few], y[~few], **MARKS["large"])
    ax.set(xscale="log", ylim=(0.8, 1.005))
    ax.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])


MARKS = {
    "small": {"ls": "", "marker": "x", "ms": 3.5, "mew": 0.7, "color": "#b35900", "alpha": 0.7},
    "large": {"ls": "", "marker": "o", "ms": 2.8, "mew": 0, "color": "#1f4e79", "alpha": 0.7},
}


def key(ax):
    ax.axis("off")
    lines = {
        "20 people or more (in each group)": Line2D([], [], **MARKS["large"] | {"ms": 6}),
        "fewer than 20 (in a group)": Line2D([], [], **MARKS["small"] | {"ms": 6}),
        "the level, .95": Line2D([], [], color="black", lw=1),
        "where dots of two groups must lie: .94 to .965": Line2D(
            [], [], color="black", lw=1, ls="--"
        ),
    }
    ax.legend(lines.values(), lines.keys(), loc="center", frameon=False)


def alternative(cells):
    """What the picture shows, in words."""
    two = pairs(cells)
    lows = {
        where: ", ".join(told(some[name].min()) for name in TWO)
        for where, some in two.groupby(region(two))
    }
    wilson, exact = (told(singles(cells)[name].min()) for name in ONE)
    names = ", ".join(TWO.values())
    return (
        "Five panels of dots, one an interval, over the people expected on the smallest side. From 3 people on, "
        "all dots of two groups of 20 or more lie between .94 and .965. Further left they spread, and rise to 1. "
        f"Lowest with fewer expected ({names}): {lows['few cases']}; in groups under 20: {lows['small']}. "
        f"Wilson goes down to {wilson}, Clopper-Pearson to {exact}."
    )


def main():
    """Compute everything and write the table, the picture and the page."""
    from peers import tables as peer_tables  # statsmodels and fairlearn are slow to load

    written(whole()).to_csv(TABLE, index=False, lineterminator="\n")
    cells = committed()
    picture(cells).savefig(PICTURE, dpi=110)
    parts = {**tables(cells), **peer_tables(), "picture": shown(cells)}
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), parts), encoding="utf-8")
    sys.stdout.write(f"{len(cells):,} cells\n")


def shown(cells):
    """The picture in Markdown, with its text alternative."""
    return f"![{alternative(cells)}](../reports/coverage.png)"


if __name__ == "__main__":
    main()
