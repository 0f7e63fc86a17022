"""How often limits of importance and of the parts of a gap hold the truth: `make coverage`.

    python tests/covered/drivers.py

writes the tables of docs/drivers.md. People are drawn by lot with fixed seeds from a population that is known to the
last person: each input takes one of 200 values, equally likely, so the truth is summed and not drawn. The score is
x1 + x2 + x1 x2 / 2, whose Shapley values have a closed form in the background's mean values; a test holds it to
`drivers.gap`. Everybody drawn is the background, as an audit has it. Limits are the package's own.
"""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from scipy.special import ndtr, ndtri

from wfaudit.measures import compared
from wfaudit.measures.compared import Against, Told
from wfaudit.measures.gathered import Laid

PAGE = Path(__file__).parents[2] / "docs" / "drivers.md"
KINDS = ("normal", "skewed", "binary")
SIZES = (30, 100, 300, 1000)  # people in each of two groups
DRAWS, CLUSTERED = 4_000, 1_000
SEED = 20_261_130
VALUES, WITHIN, ICC, PARTS, LEVEL = 200, 10, 0.1, 400, 0.95
QUANTILES = ndtri((np.arange(VALUES) + 0.5) / VALUES)
TOLD = Told(measure="", says="", of="mean", few="few", stands=True)
GROUP, REFERENCE = 0, 1
FIGURES = (
    "importance",
    "part",
    "whole",
)  # of x1 in the group; its part of the gap; the gap of scores


# The population and its truth -------------------------------------------------------------------


def support(kind, differs=True):
    """The values of an input, equally likely, in each of the two groups."""
    shift = 0.3 if differs else 0.0
    if kind == "normal":
        return np.stack([QUANTILES + shift, QUANTILES])
    if kind == "skewed":
        return np.stack([np.exp(QUANTILES + shift), np.exp(QUANTILES)])
    ranks = np.arange(VALUES) / VALUES
    return np.stack([ranks >= 0.7 - 0.2 * differs, ranks >= 0.7]).astype(float)


def score(x1, x2):
    """What the model gives."""
    return x1 + x2 + x1 * x2 / 2


def moments(x1, x2):
    """What a background's Shapley values hang on: mean values of both inputs, and of their product."""
    return x1.mean(axis=-1), x2.mean(axis=-1), (x1 * x2).mean(axis=-1)


def first(x1, x2, behind):
    """The Shapley value of x1 against a background with these mean values."""
    m1, m2, both = behind
    return (x1 - m1) + ((x1 * m2 - both) + (x1 * x2 - x2 * m1)) / 4


def whole_population(kind, differs=True):
    """Every pair of values in each group: groups by pairs."""
    values = support(kind, differs)
    x1 = np.repeat(values, VALUES, axis=1)
    return x1, np.tile(values, (1, VALUES))


def population_moments(kind, differs=True):
    """Those of a population in which both groups are of one size."""
    x1, x2 = whole_population(kind, differs)
    return moments(x1.reshape(-1), x2.reshape(-1))


def truths(kind, behind, differs=True):
    """The three figures of the population against backgrounds with these mean values (one a draw, or one)."""
    x1, x2 = whole_population(kind, differs)
    behind = [np.atleast_1d(one) for one in behind]
    importance = np.array(
        [np.abs(first(x1[GROUP], x2[GROUP], one)).mean() for one in zip(*behind, strict=True)]
    )
    mean = [_linear(x1[g], x2[g], behind) for g in (GROUP, REFERENCE)]
    gap = score(x1[GROUP], x2[GROUP]).mean() - score(x1[REFERENCE], x2[REFERENCE]).mean()
    return np.stack([importance, mean[GROUP] - mean[REFERENCE], np.full(len(importance), gap)])


def _linear(x1, x2, behind):
    """The mean Shapley value, which is linear in the mean values of the group."""
    m1, m2, both = behind
    return (x1.mean() - m1) + ((x1.mean() * m2 - both) + ((x1 * x2).mean() - x2.mean() * m1)) / 4


# Draws ------------------------------------------------------------------------------------------


def drawn(kind, n, draws, generator, *, clustered, differs=True):
    """Both inputs of both groups: groups by draws by people; and each person's cluster."""
    values = support(kind, differs)
    if not clustered:
        at = generator.integers(0, VALUES, (2, 2, draws, n))
        return _taken(values, at[0]), _taken(values, at[1]), None
    many = 2 * n // WITHIN
    cluster = np.stack(
        [generator.permutation(np.repeat(np.arange(many), WITHIN)) for _ in range(draws)]
    )
    cluster = cluster.reshape(draws, 2, n).transpose(1, 0, 2)
    found = []
    for _ in range(2):
        shared = generator.standard_normal((draws, many))
        own = generator.standard_normal((2, draws, n))
        z = np.sqrt(ICC) * shared[np.arange(draws)[None, :, None], cluster] + np.sqrt(1 - ICC) * own
        found.append(_taken(values, np.minimum((ndtr(z) * VALUES).astype(int), VALUES - 1)))
    return *found, cluster


def _taken(values, at):
    return np.stack([values[g][at[g]] for g in (GROUP, REFERENCE)])


def sums(value, part=None):
    """(n, total, squares, how many are not zero) of people, as a result has them; by part where there are."""
    columns = np.stack([np.ones_like(value), value, value**2, (value != 0) * 1.0], axis=-1)
    if part is None:
        return columns.sum(axis=-2)
    size = value.shape[0] * PARTS
    place = (np.arange(value.shape[0])[:, None] * PARTS + part).ravel()
    each = [np.bincount(place, one.ravel(), size) for one in np.moveaxis(columns, -1, 0)]
    return np.stack(each, axis=-1).reshape(-1, PARTS, 4)


def limits(values, cluster, generator, *, gap):
    """The package's limits: of the group's mean, or of the difference from the reference; one a draw."""
    if cluster is None:
        whole = np.stack([sums(values[GROUP]), sums(values[REFERENCE])], axis=0)
        if gap:
            return compared._between(TOLD, whole[GROUP], whole[REFERENCE], LEVEL)
        return compared._alone(TOLD, whole[GROUP], LEVEL)
    dealt = generator.integers(0, PARTS, int(cluster.max()) + 1)  # whole clusters, as by their hash
    parts = np.stack([sums(values[g], dealt[cluster[g]]) for g in (GROUP, REFERENCE)])
    found = [_jackknifed(parts[:, at], gap=gap) for at in range(parts.shape[1])]
    told = {
        name: np.array([getattr(one, name)[GROUP] for one in found])
        for name in ("estimate", "low", "high")
    }
    return SimpleNamespace(**told)


def _jackknifed(parts, *, gap):
    """Limits of one draw: groups by parts by columns."""
    part, group = (at.reshape(-1) for at in np.indices((PARTS, 2)))
    each = parts.transpose(1, 0, 2).reshape(2 * PARTS, 1, 4)
    laid = Laid(
        ("sex",),
        (("women",), ("men",)),
        ("x1",),
        parts.sum(axis=1)[:, None],
        PARTS,
        (part, group, each),
    )
    against = Against(["men"] * 2, np.array([[0.0, 1.0], [0.0, 1.0]]))
    return compared.over_clusters(TOLD, laid, 0, against if gap else None, LEVEL)


def studied(kind, n, draws, *, clustered=False, differs=True, seed=SEED):
    """Limits of the three figures, and each draw's background: figures by draws by (estimate, low, high)."""
    generator = np.random.default_rng((seed, KINDS.index(kind), n, clustered, differs))
    x1, x2, cluster = drawn(kind, n, draws, generator, clustered=clustered, differs=differs)
    behind = moments(np.concatenate(list(x1), axis=-1), np.concatenate(list(x2), axis=-1))
    each = first(x1, x2, [one[:, None] for one in behind])
    importance = limits(np.abs(each), cluster, generator, gap=False)
    part = limits(each, cluster, generator, gap=True)
    base = behind[0] + behind[1] + behind[2] / 2  # the mean score of the background
    apart = score(x1, x2) - base[:, None]
    gap = limits(apart, cluster, generator, gap=True)
    found = [
        np.stack([one.estimate, one.low, one.high], axis=-1) for one in (importance, part, gap)
    ]
    return np.stack(found), behind


def held(found, truth):
    """The share of draws with limits whose limits hold the truth, for each figure; not-a-number where none has any.

    Of 30 people with yes/no inputs a draw in two thousand has none (nearly everybody is exactly at the base).
    """
    there = ~np.isnan(found[..., 1])
    inside = (found[..., 1] <= truth) & (truth <= found[..., 2])
    with np.errstate(invalid="ignore"):
        return inside.sum(axis=-1) / there.sum(axis=-1)


# The page ---------------------------------------------------------------------------------------


def cell(kind, n, *, clustered):
    """Coverage of a kind of input and a size: against the drawn background, and against the population's."""
    draws = CLUSTERED if clustered else DRAWS
    found, behind = studied(kind, n, draws, clustered=clustered)
    given = held(found, truths(kind, behind))
    everybody = held(found, truths(kind, population_moments(kind)))
    null, _ = studied(kind, n, draws, clustered=clustered, differs=False)
    excludes = 1 - held(null, np.zeros((3, 1)))
    return given, everybody, excludes


def tables():
    """The tables of the page, by the name of the place they stand in."""
    return {"apart": table(clustered=False), "in clusters": table(clustered=True)}


def table(*, clustered):
    lines = [
        "| inputs | people in each group | importance | against the population's background | part of the gap | against the "
        "population's background | gap of scores | no difference: part excludes 0 | gap excludes 0 |",
        "|---" * 9 + "|",
    ]
    for kind in KINDS:
        for n in SIZES:
            given, everybody, excludes = cell(kind, n, clustered=clustered)
            told = (
                given[0],
                everybody[0],
                given[1],
                everybody[1],
                given[2],
                excludes[1],
                excludes[2],
            )
            lines.append(f"| {kind} | {n:,} | " + " | ".join(short(one) for one in told) + " |")
    return "\n".join(lines)


def short(share):
    return "no limits" if np.isnan(share) else f"{share:.3f}".removeprefix("0")


def filled(page, parts):
    """A page with each part put between its marks."""
    for name, text in parts.items():
        start, rest = page.split(f"<!-- {name} -->\n", 1)
        page = f"{start}<!-- {name} -->\n{text}\n<!-- end -->{rest.split('<!-- end -->', 1)[1]}"
    return page


def main():
    drawn_up = tables()
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), drawn_up), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
