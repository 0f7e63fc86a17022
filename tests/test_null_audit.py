"""The null audit: with the truth at the tolerance, or with no disparity, how often is something said?

Thousands of redrawn tables, judged in arrays by the engine's own functions (``redrawn``).
"""

import numpy as np
import pandas as pd
import pytest
from redrawn import clear, comparisons, raised

import wfaudit as wf
from wfaudit.counts import count
from wfaudit.estimators.needed import power_gap

DRAWS = 2_000
SIZES = {"a": 3_000, "b": 2_000, "c": 1_000, "d": 500, "e": 250, "f": 120}


def case_of_six_groups(tolerance=0.05):
    """Six groups of unequal size, compared with the first; half are flagged so that both states exist."""
    people = pd.DataFrame({"group": np.repeat(list(SIZES), list(SIZES.values()))})
    people["flagged"] = np.arange(len(people)) % 2 == 0
    return wf.Case.from_dict(
        {
            "source": people,
            "roles": {"flagged": "flagged"},
            "groups": {"group": {"reference": "a"}},
            "tolerance": {"default": {"gap": tolerance}},
        }
    )


def redrawn_with(case, base, gap, seed):
    """Draws in which every group but the first is flagged more often by ``gap``."""
    wide = count(case, ("group",))
    flagged = wide.states["flagged"].to_numpy(dtype=bool)
    rng = np.random.default_rng(seed)
    share = np.array([base if g == ("a",) else base + gap for g in wide.groups])
    sizes = wide.n.sum(axis=1)
    k = rng.binomial(sizes, share, size=(DRAWS, len(sizes)))
    drawn = np.where(flagged, k[:, :, None], (sizes - k)[:, :, None])
    return comparisons(case, wide, drawn)


@pytest.mark.parametrize("base", [0.05, 0.15, 0.40])
def test_with_the_truth_at_the_tolerance_little_is_raised_and_little_is_called_clear(base):
    case = case_of_six_groups()
    asked = redrawn_with(case, base, gap=0.05, seed=11)
    assert len(asked) == 5
    any_raised = raised(case, asked).any(axis=0).mean()
    each_clear = clear(case, asked).mean(axis=1)
    print(f"base {base}: raised {any_raised:.4f}, clear at most {each_clear.max():.4f}")  # noqa: T201
    assert any_raised <= 0.05
    assert each_clear.max() <= 0.05 + 3 * np.sqrt(
        0.05 * 0.95 / DRAWS
    )  # 5 % and the error of 2,000 draws


@pytest.mark.parametrize("base", [0.05, 0.15, 0.40])
def test_with_no_disparity_hardly_anything_is_raised_and_large_groups_are_called_clear(base):
    case = case_of_six_groups()
    asked = redrawn_with(case, base, gap=0.0, seed=12)
    any_raised = raised(case, asked).any(axis=0).mean()
    found = dict(zip([c.group for c in asked], clear(case, asked).mean(axis=1), strict=True))
    print(f"base {base}: raised {any_raised:.4f}, clear {found}")  # noqa: T201
    assert any_raised <= 0.02
    assert found["b"] > 0.9
    assert found["f"] < 0.6


@pytest.mark.parametrize("base", [0.05, 0.15, 0.40])
@pytest.mark.parametrize("n", [120, 500, 2_000])
def test_at_the_tolerance_the_exact_chances_stay_within_their_nominal_ones(base, n):
    found = power_gap(n, base + 0.05, 3_000, base, 0.05)
    assert float(found.raised) <= 0.0315  # nominal .025, one-sided
    assert float(found.clear) <= 0.0505  # nominal .05


def test_a_disparity_twice_the_tolerance_is_raised_in_the_large_groups():
    case = case_of_six_groups()
    asked = redrawn_with(case, 0.15, gap=0.10, seed=13)
    found = dict(zip([c.group for c in asked], raised(case, asked).mean(axis=1), strict=True))
    assert found["b"] > 0.9
    assert found["f"] < 0.5
