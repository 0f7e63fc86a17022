"""Pictures: the numbers are where they should be, and nothing depends on colour or on luck."""

import pandas as pd
import pytest

import wfaudit as wf
from wfaudit import plots


@pytest.fixture
def result(make_case):
    case = make_case(
        {"groups": {"office": {"levels": ["a", "b", "c"], "reference": "b"}}},
        office=["a"] * 40 + ["b"] * 50, flagged=[True] * 10 + [False] * 60 + [True] * 20,
    )  # fmt: skip
    return wf.rates(case, "selection_rate", by="office")


def test_dots_stand_at_the_estimates_and_lines_span_the_intervals(result):
    (ax,) = result.plot().axes
    table = result.to_frame()
    dots = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    spans = [list(line.get_xdata()) for line in ax.lines if line.get_linewidth() == 2.4]
    assert dots == table["estimate"].dropna().tolist()
    assert spans == table[["low", "high"]].dropna().to_numpy().tolist()


def test_every_group_is_labelled_with_its_n_and_a_group_without_a_number_says_why(result):
    words = [t.get_text().strip() for t in result.plot().axes[0].texts]
    assert {"a  n = 40", "b  n = 50", "c  n = 0", "nobody to count"} <= set(words)


def test_a_figure_knows_its_text_alternative(result):
    alt = result.plot().alt
    assert "a (n = 40): 25.0 %, interval 14.2 % to 40.2 %" in alt
    assert alt in result.plot()._repr_html_()


def test_the_same_numbers_give_the_same_bytes(result):
    assert result.plot().svg() == result.plot().svg()


def test_ratios_shade_the_declared_tolerance_on_a_log_axis(make_case):
    case = make_case(
        {"tolerance": {"default": {"ratio": 0.8}}},
        sex=["a"] * 50 + ["b"] * 50,
        flagged=[1] * 20 + [0] * 55 + [1] * 25,
    )
    (ax,) = wf.ratios(case, "selection_rate", by="sex", reference="b").plot().axes
    assert ax.get_xscale() == "log"
    (band,) = ax.patches
    assert (band.get_x(), round(band.get_x() + band.get_width(), 12)) == (0.8, 1.25)


def test_small_multiples_draw_one_panel_a_measure(people):
    names = ("selection_rate", "base_rate", "accuracy")
    panels = [(n, wf.rates(people, n, by="sex").to_frame()) for n in names]
    axes = plots.multiples(panels)
    assert [ax.get_title(loc="left") for ax in axes] == list(names)


def test_a_label_that_would_break_a_picture_is_drawn_as_plain_text():
    frame = pd.DataFrame({
        "measure": "m", "by": "g", "group": ["$\\frac{$", "nul\x00", "😀" * 90], "reference": None, "at": None,
        "n": 5, "n_reference": None, "estimate": 0.5, "low": 0.2, "high": 0.8, "note": "",
    })  # fmt: skip
    figure = plots.Figure((plots.intervals(frame),), plots.describe(frame))
    assert "\x00" not in figure.svg()
    words = [t.get_text() for t in figure.axes[0].texts]
    assert any(word.startswith("$\\frac{$") for word in words)
    assert all(len(w) <= plots.MOST_LETTERS for w in words)


def test_a_long_chart_is_told_by_its_ends(make_case):
    levels = [f"office {i:02d}" for i in range(20)]
    case = make_case(office=levels * 10, flagged=[i % 20 < 3 for i in range(200)])
    alt = wf.rates(case, "selection_rate", by="office").plot().alt
    assert "20 groups; the lowest and the highest: " in alt


def test_bounds_are_drawn_without_a_dot(make_case):
    case = make_case(sex=["w", "w", "m", None], flagged=[1, 0, 1, 1])
    (ax,) = wf.bounds(case, "selection_rate", by="sex").plot().axes
    assert not [line for line in ax.lines if line.get_marker() == "o"]
    assert [line for line in ax.lines if line.get_marker() == "|"]
