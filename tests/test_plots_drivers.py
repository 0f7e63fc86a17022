"""Pictures of what moves the score: the longest first, the parts add up, no sign and no group by colour alone."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle

import wfaudit as wf
from wfaudit import plots
from wfaudit.measures import drivers
from wfaudit.models import points
from wfaudit.plots.own import own
from wfaudit.plots.ranked import MOST_GROUPS
from wfaudit.result import Result, assemble

TABLE = {
    "work": {"yes": 0, "no": 4},
    "health": {"good": 0, "bad": 2},
    "shoes": {"small": 0, "large": 0},
}


def case_of(groups=("women", "men"), each=12, **declared):
    """A few people of each group; one in three of the first have no work, half of the others."""
    rows = [
        {"sex": group, "work": "no" if i % (3 - (at > 0)) == 0 else "yes",
         "health": "bad" if i % 4 == 0 else "good", "shoes": "large" if i % 2 else "small", "flag": i % 2}
        for at, group in enumerate(groups) for i in range(each)
    ]  # fmt: skip
    return wf.Case.from_dict({
        "source": pd.DataFrame(rows), "roles": {"flagged": "flag"}, "groups": {"sex": {"reference": groups[-1]}},
        "inputs": {name: {} for name in TABLE}, **declared,
    })  # fmt: skip


def frame(**columns):
    size = len(next(iter(columns.values())))
    rows = {
        "group": ["everyone"] * size,
        "n": [20] * size,
        "low": [np.nan] * size,
        "high": [np.nan] * size,
    }
    return pd.DataFrame(rows | {"note": [""] * size, "reference": [None] * size} | columns)


def bars(ax):
    """The bars of a picture from the top down: where each begins and ends."""
    found = [p for p in ax.patches if isinstance(p, Rectangle)]
    found.sort(key=lambda box: box.get_y())
    return [(round(box.get_x(), 9), round(box.get_x() + box.get_width(), 9)) for box in found]


def words(ax):
    return [text.get_text() for text in ax.texts]


# --- bars, the longest first


def test_the_longest_bar_stands_first_and_every_bar_begins_at_0():
    (ax,) = drivers.importance(case_of(), points(TABLE)).plot().axes
    labels = [w for w in words(ax) if w in TABLE]
    assert labels == ["work", "health", "shoes"]
    table = drivers.importance(case_of(), points(TABLE)).to_frame().set_index("at")["estimate"]
    assert bars(ax) == [(0.0, pytest.approx(table[name])) for name in labels]


def test_each_bar_bears_its_interval():
    found = drivers.importance(case_of(), points(TABLE))
    (ax,) = found.plot().axes
    spans = [tuple(line.get_xdata()) for line in ax.lines if line.get_linewidth() == 1.1]
    table = found.to_frame().dropna(subset=["low"]).sort_values("estimate", ascending=False)
    assert spans == [tuple(row) for row in table[["low", "high"]].to_numpy().tolist()]


def test_how_many_people_a_bar_is_about_stands_in_the_picture():
    one = drivers.importance(case_of(), points(TABLE)).plot().axes[0]
    assert one.get_title(loc="left").endswith("n = 24")
    several = drivers.importance(case_of(), points(TABLE), by="sex").plot().axes[0]
    told = [text.get_text() for text in several.get_legend().get_texts()]
    assert told == ["men, n = 12", "women, n = 12"]


def test_groups_differ_in_hatch_and_in_marker():
    (ax,) = drivers.importance(case_of(), points(TABLE), by="sex").plot().axes
    assert len({p.get_hatch() for p in ax.patches}) == 2
    assert (
        len({line.get_marker() for line in ax.lines if line.get_marker() not in ("None", "")}) == 2
    )


def test_beyond_fifteen_inputs_are_counted_and_not_added_up():
    many = frame(
        at=[f"input {i:02d}" for i in range(50)], estimate=[0.5 - i / 100 for i in range(50)]
    )
    ax = plots.ranked(many)
    assert len(bars(ax)) == 15
    assert "and 35 others, each at most 0.350" in words(ax)
    assert "40 more are shorter" in plots.describe_ranked(many)


def test_sixteen_inputs_are_all_drawn_for_a_line_on_one_more_would_take_as_much_room():
    few = frame(at=[f"input {i:02d}" for i in range(16)], estimate=[1.0] * 16)
    assert len(bars(plots.ranked(few))) == 16


def test_an_input_without_a_number_says_why_and_has_no_bar():
    unknown = frame(at=["age", "work"], estimate=[np.nan, 0.2])
    unknown["note"] = ["nobody to count", ""]
    ax = plots.ranked(unknown)
    assert len(bars(ax)) == 1
    assert "nobody to count" in words(ax)
    assert "age: not known (nobody to count)" in plots.describe_ranked(unknown)


def test_what_takes_away_goes_to_the_left_with_a_minus():
    ax = plots.ranked(frame(at=["age", "work"], estimate=[-0.2, 0.1]), scale="number gap")
    assert bars(ax) == [(-0.2, 0.0), (0.0, 0.1)]
    assert {"−0.200", "+0.100"} <= set(words(ax))


def test_the_whole_gap_stands_apart_below_its_parts_however_long_it_is():
    (ax,) = drivers.gap(case_of(), points(TABLE), by="sex").plot().axes
    told = [w for w in words(ax) if w in (*TABLE, "predicted score")]
    assert told[-1] == "predicted score"


def test_with_many_groups_a_result_is_a_table_of_cells():
    groups = tuple(f"group {i}" for i in range(MOST_GROUPS + 1))
    found = drivers.importance(case_of(groups), points(TABLE), by="sex")
    assert "Table with a number in every cell" in found.plot().alt
    assert len(found.plot().axes[0].patches) == len(groups) * len(TABLE)


def test_the_text_alternative_tells_the_numbers_of_the_table():
    found = drivers.importance(case_of(), points(TABLE))
    row = found.to_frame().set_index("at").loc["work"]
    assert (
        f"work: {row['estimate']:.2f} ({row['low']:.2f} to {row['high']:.2f})" in found.plot().alt
    )


def test_shares_by_input_are_ranked_too_and_the_declared_tolerance_is_shaded():
    shares = frame(at=["age", "work"], estimate=[0.02, -0.10])
    figure = own(shares, at_name="input", scale="gap", band=(-0.05, 0.05))
    (ax,) = figure.axes
    assert {"−10.0", "+2.0"} <= set(words(ax))
    assert figure.alt.index("work: −10.0") < figure.alt.index("age: +2.0")
    assert (-0.05, 0.05) in bars(ax)


def test_a_result_whose_second_axis_is_no_input_is_still_drawn_as_dots(make_case):
    case = make_case(sex=["women", "men"] * 10, flagged=[True, False] * 10)
    assert wf.rates(case, "selection_rate", by="sex").plot().alt.startswith("Chart of dots")
    empty = own(frame(at=[], estimate=[]), at_name="input", scale="number")
    assert "There is nothing to draw" in empty.alt


# --- from the reference to the group


def test_the_parts_of_a_waterfall_end_where_the_gap_does():
    found = drivers.gap(case_of(), points(TABLE), by="sex")
    drawn = bars(drivers.waterfall(found, "women").axes[0])
    gap = found.to_frame().query("group == 'women' and at == 'predicted score'")["estimate"].iloc[0]
    reached = 0.0
    for start, end in drawn[:-1]:
        assert min(abs(start - reached), abs(end - reached)) < 1e-9
        reached = end if abs(start - reached) < 1e-9 else start
    assert reached == pytest.approx(gap)
    assert sorted(drawn[-1]) == pytest.approx(sorted((0.0, gap)))


def test_beyond_the_largest_the_others_stand_together_and_nothing_is_lost():
    found = drivers.gap(case_of(), points(TABLE), by="sex")
    few = drivers.waterfall(found, "women", most=1)
    told = words(few.axes[0])
    assert any(w.startswith("2 other inputs:") and "together: no interval" in w for w in told)
    assert bars(few.axes[0])[-1] == bars(drivers.waterfall(found, "women").axes[0])[-1]


def test_a_waterfall_of_a_group_that_is_not_there_is_refused():
    found = drivers.gap(case_of(), points(TABLE), by="sex")
    with pytest.raises(
        wf.AuditError, match=r"No group in this gap called 'girls'.*There are: women"
    ):
        drivers.waterfall(found, "girls")
    with pytest.raises(wf.AuditError, match="No group in this gap"):
        drivers.waterfall(drivers.importance(case_of(), points(TABLE), by="sex"), "women")


# --- tables of cells


FLIPS = pd.DataFrame(
    [("low", "low", 30, 0.75), ("low", "high", 10, 0.25), ("high", "low", 5, 0.5), ("high", "high", 5, 0.5)],
    columns=["from", "to", "n", "estimate"],
)  # fmt: skip


def test_a_flip_matrix_has_share_and_number_in_every_cell_and_names_both_sides():
    names = plots.Names("from", "to", "tier now", "tier then")
    ax = plots.heat(FLIPS, names=names, scale="rate", counts=True)
    assert sorted(words(ax)) == ["25.0 %\n10", "50.0 %\n5", "50.0 %\n5", "75.0 %\n30"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["low", "high"]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("tier now", "tier then")
    assert "low, high: 25.0 %" in plots.describe_heat(FLIPS, names=names, scale="rate")


def test_a_result_of_moves_between_tiers_is_drawn_as_a_matrix_with_everybody_in_it():
    at = [f"{before} & {after}" for before in ("low", "high") for after in ("low", "high")]
    rows = {"measure": ["m"] * 4, "by": ["everyone"] * 4, "group": ["everyone"] * 4, "at": at, "n": [50] * 4,
            "estimate": [0.6, 0.2, 0.1, 0.1], "note": [""] * 4}  # fmt: skip
    table, evidence = assemble(rows, {"k": [30, 10, 5, 5]})
    found = Result(
        table=table, evidence=evidence, measure="m", kind="rate", definition="Where people go; as if", interval="",
        choices=case_of().choices, at_name="tier before & after",
    )  # fmt: skip
    figure = drivers.matrix(found)
    assert words(figure.axes[0]) == ["60.0 %\n30", "20.0 %\n10", "10.0 %\n5", "10.0 %\n5"]
    assert "low, high: 20.0 %" in figure.alt
    with pytest.raises(wf.AuditError, match="No group in these moves called 'women'"):
        drivers.matrix(found, "women")


def test_below_0_has_a_minus_and_hatching_and_a_cell_without_a_number_says_so():
    table = frame(at=["age", "work", "health"], estimate=[0.2, -0.1, np.nan])
    ax = plots.heat(table, scale="number gap")
    assert words(ax) == ["+0.200", "−0.100", "not known"]
    assert [bool(p.get_hatch()) for p in ax.patches] == [False, True, False]


def test_text_in_a_cell_can_be_read_on_its_darkest_colour():
    ax = plots.heat(frame(at=["age", "work"], estimate=[1.0, -1.0]), scale="number gap")
    for box in ax.patches:
        assert contrast(box.get_facecolor(), mpl.colors.to_rgb("#1A1A1A")) > 4.5


def contrast(one, other):
    light = sorted((luminance(one), luminance(other)))
    return (light[1] + 0.05) / (light[0] + 0.05)


def luminance(colour):
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


# --- curves


def curve_of(values):
    return pd.DataFrame([
        {"group": group, "at": at, "n": 50, "estimate": 0.1 * i - lean, "low": 0.1 * i - lean - 0.05,
         "high": 0.1 * i - lean + 0.05}
        for group, lean in (("women", 0.0), ("men", 0.2)) for i, at in enumerate(values)
    ])  # fmt: skip


def test_values_that_are_numbers_stand_where_they_are_and_others_one_after_another():
    ax = plots.effects(curve_of(["20", "30", "60"]), name="age")
    assert list(ax.lines[0].get_xdata()) == [20, 30, 60]
    assert ax.get_xlabel() == "age"
    other = plots.effects(curve_of(["school", "vocational", "degree"]), name="education")
    assert [t.get_text() for t in other.get_xticklabels()] == ["school", "vocational", "degree"]
    assert np.allclose(np.mean([line.get_xdata() for line in other.lines[:2]], axis=0), [0, 1, 2])


def test_lines_differ_in_dash_and_marker_and_bear_their_group_and_its_n():
    ax = plots.effects(curve_of(["20", "30", "60"]), name="age")
    drawn = ax.lines[:2]
    assert (
        len({line.get_linestyle() for line in drawn})
        == len({line.get_marker() for line in drawn})
        == 2
    )
    told = {w.replace("\N{NO-BREAK SPACE}", " ").replace("\n", " ") for w in words(ax)}
    assert {"women, n = 50", "men, n = 50"} <= told


def test_a_value_without_a_number_is_left_out_and_the_ends_are_told():
    table = curve_of(["20", "30", "60"])
    table.loc[0, ["estimate", "low", "high"]] = np.nan
    assert list(plots.effects(table).lines[0].get_xdata()) == [30, 60]
    told = plots.describe_effects(table, name="age")
    assert "women (n = 50): lowest +0.1 (+0.05 to +0.15) at 30, highest +0.2" in told


# --- all of them


@pytest.mark.parametrize("draw", [
    lambda: drivers.importance(case_of(), points(TABLE)).plot(),
    lambda: drivers.importance(case_of(), points(TABLE), by="sex").plot(),
    lambda: drivers.waterfall(drivers.gap(case_of(), points(TABLE), by="sex"), "women"),
    lambda: drivers.heat(drivers.gap(case_of(), points(TABLE), by="sex")),
])  # fmt: skip
def test_the_same_numbers_give_the_same_bytes_and_a_text_alternative(draw):
    assert draw().svg() == draw().svg()
    assert len(draw().alt) > 40
    assert draw().alt.count("nan") == 0


def test_names_that_would_break_a_picture_are_drawn_as_plain_text():
    odd = ["$\\frac{$", "nul\x00", "x" * 200]
    for draw in (plots.ranked, plots.heat):
        svg = plots.Figure((draw(frame(at=odd, estimate=[0.1, 0.2, 0.3])),), "").svg()
        assert "\x00" not in svg
