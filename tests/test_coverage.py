"""The committed coverage is what the intervals do, keeps what is promised, and stands on the page as it is."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent


def loaded(name):
    """A script of tests/covered, as a module."""
    path = ROOT / "tests" / "covered" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"coverage_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


whole, peers = loaded("enumerate"), loaded("peers")
CELLS = whole.committed()
ONE, TWO = whole.singles(CELLS), whole.pairs(CELLS)
PLACE = whole.region(TWO)
PAGE = (ROOT / "docs" / "intervals.md").read_text(encoding="utf-8")


# The table ------------------------------------------------------------------------------------


def same(fresh, methods):
    """Hold fresh cells to the committed ones."""
    keys, kept = (["n", "p"], ONE) if "wilson" in methods else (whole.CELL, TWO)
    found = fresh.merge(kept[[*keys, *methods]], on=keys, suffixes=("", "_kept"))
    assert len(found) == len(fresh) == len(kept)
    for name in methods:
        np.testing.assert_allclose(found[name].round(6), found[f"{name}_kept"], rtol=0, atol=1e-9)


def test_the_table_of_one_share_is_what_the_intervals_do():
    same(whole.one_share(), list(whole.ONE))


def test_the_table_of_two_groups_is_what_the_intervals_do():
    same(whole.two_shares(), [*whole.TWO, "no_ratio"])


def test_the_table_holds_every_cell_once():
    assert len(ONE) == len(whole.FINE_SIZES) * len(whole.FINE_SHARES)
    assert len(TWO) == (len(whole.SIZES) * len(whole.SHARES)) ** 2
    assert not CELLS.duplicated(whole.CELL).any()
    assert ONE[list(whole.ONE)].notna().all(axis=None)
    assert TWO[[*whole.TWO, "no_ratio"]].notna().all(axis=None)


def test_swapping_the_groups_leaves_the_coverage_as_it_is():
    swapped = TWO.rename(columns={"n": "n_ref", "n_ref": "n", "p": "p_ref", "p_ref": "p"})
    both = TWO.astype({"n_ref": int}).merge(swapped.astype({"n": int}), on=whole.CELL)
    assert len(both) == len(TWO)
    for name in whole.TWO:
        np.testing.assert_allclose(both[f"{name}_x"], both[f"{name}_y"], rtol=0, atol=1.1e-6)


def test_a_hand_count_of_coverage_agrees():
    """Of 5 people with a share of .01 each, nobody counts with .951: Wilson holds .01 there and nowhere else."""
    row = ONE[(ONE["n"] == 5) & (ONE["p"] == 0.01)].iloc[0]
    assert row["wilson"] == pytest.approx(0.99**5, abs=5e-7)
    both = TWO[(TWO[["n", "n_ref"]] == 5).all(axis=1) & (TWO[["p", "p_ref"]] == 0.01).all(axis=1)]
    assert both["no_ratio"].item() == pytest.approx(0.99**10, abs=5e-7)


# What is promised -----------------------------------------------------------------------------


@pytest.mark.parametrize("interval", whole.TWO)
def test_where_three_are_expected_on_every_side_of_two_groups_of_twenty_coverage_is_near_the_level(
    interval,
):
    some = TWO[PLACE == "enough"][interval]
    assert len(some) == 361
    assert whole.BAND == (0.94, 0.965)
    assert some.between(*whole.BAND).all(), TWO.loc[some.index[~some.between(*whole.BAND)]]


@pytest.mark.parametrize("interval", whole.GAPS)
def test_in_groups_of_twenty_where_few_are_expected_a_gap_keeps_its_floor(interval):
    some = TWO[PLACE == "few cases"][interval]
    assert len(some) == 423
    assert whole.FLOOR == 0.925
    assert (some >= whole.FLOOR).all(), TWO.loc[some.index[some < whole.FLOOR]]


FLOORS = {10: 0.838, 20: 0.860, 50: 0.911, 100: 0.910, 500: 0.939, 2000: 0.941}


@pytest.mark.parametrize("n", FLOORS)
def test_wilson_is_near_the_level_on_average_and_keeps_its_floor(n):
    some = ONE[ONE["n"] == n]["wilson"]
    assert 0.945 <= some.mean() <= 0.965
    assert round(some.min(), 3) >= FLOORS[n]


def test_clopper_pearson_never_misses_more_often_than_it_says():
    assert ONE["clopper_pearson"].min() >= 0.95


# The page -------------------------------------------------------------------------------------


def part(name):
    """What stands at a place of the page."""
    rest = PAGE.partition(f"<!-- {name} -->\n")[2]
    assert rest, name
    return rest.partition("\n<!-- end -->")[0]


def test_the_page_says_of_the_table_what_the_table_says():
    for name, text in whole.tables(CELLS).items():
        assert part(name) == text


@pytest.mark.parametrize("name", peers.PARTS)
def test_the_page_says_of_other_packages_what_they_do(name):
    assert part(name) == peers.PARTS[name]()


def test_a_place_that_is_not_on_the_page_is_told():
    with pytest.raises(ValueError, match="no place called 'nowhere'"):
        whole.filled(PAGE, {"nowhere": "text"})


def test_the_picture_has_a_panel_an_interval_and_a_text_alternative_on_the_page():
    figure = whole.picture(CELLS)
    named = [ax.get_title(loc="left") for ax in figure.axes]
    assert [name for name in named if name] == [*whole.ONE.values(), *whole.TWO.values()]
    assert {mark["marker"] for mark in whole.MARKS.values()} == {"o", "x"}  # not by colour alone
    assert part("picture") == whole.shown(CELLS)
    assert (ROOT / "reports" / "coverage.png").read_bytes().startswith(b"\x89PNG")


def test_the_picture_draws_each_cell_or_its_mirror_image():
    drawn = whole.half(TWO)
    assert len(drawn) == (len(TWO) + 42) // 2


# Other packages -------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize(("k", "holds"), [(0, False), (1, True), (3, True), (4, False)])
def test_fairlearn_holds_a_share_of_2_of_100_in_the_counts_in_which_endless_resamples_do(
    k, holds, monkeypatch
):
    monkeypatch.setattr(peers, "DRAWS", 500)
    for low, high in (peers.resampled(k), peers.percentiles(k, 20)):
        assert (low <= 0.02 <= high) == holds


def test_the_bootstrap_has_the_coverage_that_the_counts_which_hold_the_share_add_up_to():
    """Of 20 people with a share of .02: one, two or three who count hold it, nobody or four don't."""
    found = sum(
        np.prod(ways)
        for ways in ((20, 0.02, 0.98**19), (190, 0.02**2, 0.98**18), (1140, 0.02**3, 0.98**17))
    )
    assert f"| 20 | .02 | {found:.2f} | ".replace("0.33", ".33") in part("bootstrap")


def test_the_two_scripts_go_through_the_same_cells():
    assert (peers.SIZES, peers.SHARES) == (whole.SIZES, whole.SHARES)
    assert tuple(peers.FINE) == whole.FINE_SHARES
