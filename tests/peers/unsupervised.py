"""Our search beside Algorithm Audit's unsupervised-bias-detection, on the same invented people.

The peer wants numpy below 2, so it can't stand in the project's lock. In an environment of its own:

    python -m venv peer && peer/bin/pip install '.[search]' unsupervised-bias-detection 'pyarrow<23'
    PYTHONPATH=tests peer/bin/python tests/peers/unsupervised.py

Both get the same halves and the same levels of the same inputs, no group. The peer clusters people so that
clusters differ in how often they are moved down (Misztal-Radecka and Indurkhya 2021); its clusters are then
counted in the half kept for confirming, by the same interval and Holm's method, as our subgroups are.
"""

import sys
from datetime import date
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
from searched import INPUTS, bare, drawn, young_by_the_harbour, young_without_a_car

from wfaudit.estimators import intervals
from wfaudit.estimators.adjust import holm
from wfaudit.halves import halves
from wfaudit.measures.rate import RATES
from wfaudit.measures.tally import masks
from wfaudit.subgroups import slices
from wfaudit.subgroups.levels import cut

PEOPLE, PLANTED_RUNS = 6_000, 10
FEW, NULL_RUNS = 1_200, 100
WIDEST = 10  # of the peer's splits, as we keep ten subgroups
MEANT = {
    "2 in 100, those under 30 who live by the harbour": young_by_the_harbour,
    "14 in 100, those under 30 who have no car": young_without_a_car,
}
STATES = ["tier", "decision", "advice"]
PACKAGES = ("unsupervised-bias-detection", "kmodes", "sliceline", "scikit-learn", "numpy", "pandas")


class Half(NamedTuple):
    codes: np.ndarray
    down: np.ndarray
    meant: np.ndarray


def both(seed, n, planted):
    """Levels, who was moved down, who is meant by what is planted: in the one half and in the other."""
    names = [f"input {name}" for name in INPUTS]
    parts = halves(bare(drawn(seed, n, planted)), [*names, *STATES], seed=seed)
    cuts = [cut(name, parts[0][name]) for name in names]
    found = []
    for rows in parts:
        down, asked = masks(rows[STATES], RATES["override_down_rate"], 0)
        plain = rows.rename(columns=lambda name: name.removeprefix("input "))
        meant = planted(plain) if planted else np.zeros(len(rows), dtype=bool)
        codes = np.column_stack([c.codes(rows[name]) for name, c in zip(names, cuts, strict=True)])
        found.append(Half(codes[asked], down[asked], meant[asked]))
    return found


def ours(one, other, _):
    """Who is in each subgroup that our search guesses."""
    guesses = slices.look(one.codes, one.down, 2, 10).subgroups
    return [slices.members(other.codes, guess) for guess in guesses]


def modes(one, other, seed):
    """Who is in each cluster that the peer finds among the levels, by k-modes."""
    from unsupervised_bias_detection.cluster import BiasAwareHierarchicalKModes

    return clusters(BiasAwareHierarchicalKModes, one, one.codes, other.codes, seed)


def means(one, other, seed):
    """The same by k-means, with a column of 0 and 1 for each level."""
    from unsupervised_bias_detection.cluster import BiasAwareHierarchicalKMeans

    wide = [np.hstack([codes[:, [i]] == np.unique(one.codes[:, i]) for i in range(codes.shape[1])])
            for codes in (one.codes, other.codes)]  # fmt: skip
    return clusters(
        BiasAwareHierarchicalKMeans, one, *[table.astype(float) for table in wide], seed
    )


def clusters(method, one, train, kept, seed):
    least = max(slices.FEWEST, int(slices.FEWEST_SHARE * len(train)))
    peer = method(WIDEST, least, random_state=seed)
    peer.fit(train, (~one.down).astype(float))  # to the peer, a low number is what harms
    at = peer.predict(kept)
    return [at == cluster for cluster in range(peer.n_clusters_)]


def confirmed(groups, down, gap):
    """The groups moved down more, or less, often than the rest, beyond a gap, by Holm's method."""
    groups = [who for who in groups if 0 < who.sum() < len(down)]
    if not groups:
        return []
    counts = [(down[who].sum(), who.sum(), down[~who].sum(), (~who).sum()) for who in groups]
    k, n, k_ref, n_ref = np.array(counts).T
    p = np.minimum(
        intervals.newcombe_p(k, n, k_ref, n_ref, gap)[0],
        intervals.newcombe_p(k, n, k_ref, n_ref, -gap)[1],
    )
    return [who for who, adjusted in zip(groups, holm(p), strict=True) if adjusted <= 0.025]


def told(way, meant, seed):
    """Of the confirmed group that is moved down most often: how many are meant, how many of those it has."""
    one, other = both(seed, PEOPLE, meant)
    found = confirmed(way(one, other, seed), other.down, 0.02)
    most = max(found, key=lambda who: other.down[who].mean(), default=None)
    if most is None:
        return "nothing confirmed"
    inside, rate = other.meant[most], other.down[most].mean()
    return (
        f"{len(found)} confirmed; most often moved down: {most.sum():4d} people, {rate:4.0%} of them; "
        f"{inside.mean():4.0%} are those meant, who are {inside.sum() / other.meant.sum():4.0%} in it"
    )


def null(way):
    """In how many populations without any difference something is confirmed, against no tolerance."""
    halved = (both(seed, FEW, None) for seed in range(NULL_RUNS))
    found = [
        confirmed(way(one, other, seed), other.down, 1e-9)
        for seed, (one, other) in enumerate(halved)
    ]
    return sum(map(bool, found))


def main():
    say = sys.stdout.write
    say("PYTHONPATH=tests peer/bin/python tests/peers/unsupervised.py\n")
    say(f"{date.today().isoformat()}, Python {sys.version.split()[0]}, ")
    say(", ".join(f"{name} {version(name)}" for name in PACKAGES) + "\n")
    ways = {"ours": ours, "peer, k-modes": modes, "peer, k-means": means}
    for who, meant in MEANT.items():
        say(f"\nPlanted, {PEOPLE:,} people: of {who}, 80 in 100 are moved down a tier.\n")
        for name, way in ways.items():
            for seed in range(PLANTED_RUNS):
                say(f"{name}, seed {seed}: {told(way, meant, seed)}\n")
    say(f"\nNothing planted: {FEW:,} people, {NULL_RUNS} populations, no tolerance.\n")
    for name, way in ways.items():
        say(f"{name}: something is confirmed in {null(way)} of {NULL_RUNS}\n")


if __name__ == "__main__":
    main()
