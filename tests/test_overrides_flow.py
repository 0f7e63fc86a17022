"""From advice to decision to outcome: all are counted, nobody is told alone, the picture says what the table says."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_override_rates import DECLARED, MEETINGS, case_of

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.measures.overrides.flows import ANY, flow

TIERS = ["low", "medium", "high"]
PATHS = ["tier", "decision", "outcome"]
LABELS = {
    "tier": [*TIERS, "no result"], "decision": [*TIERS, "no decision"],
    "outcome": ["had the outcome", "did not have the outcome", "not recorded"],
}  # fmt: skip


def made(rows, **roles):
    people = pd.DataFrame(rows, columns=["group", "tier", "decision", "came", "who"], dtype=object)
    roles = {
        "tier": {"column": "tier", "order": TIERS}, "decision": {"column": "decision", "order": TIERS},
        "outcome": "came", **roles,
    }  # fmt: skip
    return wf.Case.from_dict(
        {"source": people, "roles": roles, "groups": {"group": {"levels": ["a", "b"]}}}
    )


def many(*paths):
    """Rows of (group, tier, decision, came) so many times over."""
    rows = [path[:4] for path in paths for _ in range(path[4])]
    return [(*row, str(at)) for at, row in enumerate(rows)]


def told(found):
    return {tuple(row[p] for p in PATHS): row["n"] for row in found.table.to_dict("records")}


# --- counts


def test_every_person_is_on_one_path_and_shares_are_of_their_group():
    rows = many(
        ("a", "high", "high", True, 7),
        ("a", "high", "low", False, 9),
        ("a", None, "low", None, 5),
        ("b", "low", None, True, 6),
    )
    found = flow(made(rows), by="group")
    assert told(found) == {
        ("high", "high", "had the outcome"): 7, ("high", "low", "did not have the outcome"): 9,
        ("no result", "low", "not recorded"): 5, ("low", "no decision", "had the outcome"): 6,
    }  # fmt: skip
    assert found.table.groupby("group")["share"].sum().tolist() == pytest.approx([1, 1])
    assert found.table["note"].tolist() == [""] * 4


def test_where_no_outcome_is_declared_the_paths_end_at_the_decision():
    found = flow(wf.load("loanapp"), by="race")
    black = found.table[found.table["group"] == "Black"]
    assert set(found.table["outcome"]) == {""}
    # 53 outside the guideline, 6 of them approved; 144 within, 17 of them rejected
    assert black["n"].tolist() == [47, 6, 17, 127]


def test_a_path_of_fewer_than_five_is_put_together_with_another_of_the_same_advice_and_decision():
    rows = many(
        ("a", "high", "high", True, 20),
        ("a", "high", "high", False, 3),
        ("a", "high", "low", True, 8),
    )
    found = flow(made(rows), by="group")
    assert told(found)["high", "high", ANY] == 23
    assert found.table["note"].str.startswith("put together").tolist() == [False, True, False]


def test_where_advice_and_decision_are_rare_decisions_are_put_together():
    rows = many(
        ("a", "high", "high", True, 20),
        ("a", "high", "low", True, 2),
        ("a", "high", "medium", True, 9),
        ("a", "low", "low", True, 30),
    )
    found = told(flow(made(rows), by="group"))
    assert found["high", "low or medium", "had the outcome"] == 11
    assert found["high", "high", "had the outcome"] == 20
    assert found["low", "low", "had the outcome"] == 30


def test_a_group_of_fewer_than_five_has_no_number():
    rows = many(("a", "high", "high", True, 4), ("b", "low", "low", True, 6))
    table = flow(made(rows), by="group").table.set_index("group")
    assert table.loc["a", "note"] == "fewer than 5"
    assert pd.isna(table.loc["a", "n"])
    nobody = flow(made(many(("b", "low", "low", True, 6))), by="group").table.set_index("group")
    assert nobody.loc["a", "note"] == "nobody to count"


cell = st.tuples(
    st.just("a"), st.sampled_from([*TIERS, None]), st.sampled_from([*TIERS, None]),
    st.sampled_from([True, False, None]), st.integers(1, 12),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(cell, min_size=1, max_size=8))
def test_nothing_of_fewer_than_five_is_shown_or_can_be_found_by_subtraction(cells):
    """What is shown are sums over parts that don't overlap; one that hides a small path hides another too."""
    rows = many(*cells)
    case = made(rows)
    shown = flow(case, by="group").table.query("group == 'a'")
    if len(rows) < 5:
        assert shown["n"].isna().all()
        return
    assert shown["n"].min() >= 5
    assert shown["n"].sum() == len(rows)
    truth = pd.DataFrame(rows, columns=["group", *PATHS, "who"]).astype(object)
    words = {True: "had the outcome", False: "did not have the outcome", None: "not recorded"}
    truth["outcome"] = [words[x] for x in truth["outcome"]]
    truth["tier"], truth["decision"] = (
        truth["tier"].fillna("no result"),
        truth["decision"].fillna("no decision"),
    )
    counted = truth.groupby(PATHS).size()
    belongs = [
        [
            at
            for at, row in enumerate(shown.to_dict("records"))
            if all(fits(row[p], path[i]) for i, p in enumerate(PATHS))
        ]
        for path in counted.index
    ]
    for at, row in enumerate(shown["n"]):
        inside = [
            n for n, places in zip(counted, belongs, strict=True) if closest(places, shown) == at
        ]
        assert sum(inside) == row
        assert len(inside) > 1 or inside[0] >= 5


def fits(shown, true):
    return shown == ANY or true in shown.split(" or ")


def closest(places, shown):
    """Of the rows a path could belong to the one that names most of it."""
    rows = shown.to_dict("records")
    return min(places, key=lambda at: tuple(rows[at][p] == ANY for p in PATHS))


def test_where_persons_have_several_rows_persons_are_counted_for_the_smallest_path():
    once = many(("a", "high", "high", True, 8), ("a", "high", "low", True, 8))
    again = [(*row[:4], "one" if row[2] == "low" else row[4]) for row in once]
    assert len(flow(made(once, person="who"), by="group").table.query("group == 'a'")) == 2
    found = flow(made(again, person="who"), by="group").table.query("group == 'a'")
    assert (found["decision"].tolist(), found["n"].tolist()) == ([ANY], [16])


def test_what_cannot_be_told_is_refused():
    roles = {k: v for k, v in DECLARED["roles"].items() if k != "decision"}
    with pytest.raises(AuditError, match="flow needs decision"):
        flow(case_of(MEETINGS, roles=roles, rules={}), by="sex")


# --- the picture


@pytest.fixture(scope="module")
def asta():
    found = flow(wf.load("asta"), by="origin")
    return found, found.plot()


def test_one_panel_a_group_and_one_key(asta):
    _, figure = asta
    assert len(figure.axes) == 3
    titles = [ax.texts[0].get_text() for ax in figure.axes]
    assert titles[0] == "people of Danish origin  n = 14,795"
    key = [text.get_text() for text in figure.axes[0].get_figure().axes[-1].texts]
    assert key == ["as advised", "moved up", "moved down", "put together, or not known"]


def test_every_band_says_its_share_and_its_n(asta):
    found, figure = asta
    rows = found.table[found.table["group"] == "Danish"]
    ways = rows.groupby(["tier", "decision"])[["n", "share"]].sum()
    words = [text.get_text() for text in figure.axes[0].texts]
    for n, share in ways.to_numpy():
        assert f"{100 * share:.1f} % (n = {int(n):,})" in words
    ends = rows.groupby(["decision", "outcome"])["n"].sum()
    assert sum(" % (n = " in word for word in words) == len(ways) + len(ends)


def test_bands_are_as_wide_as_shares_and_moves_differ_by_hatch(asta):
    _, figure = asta
    ax = figure.axes[1]
    bands = [
        p
        for p in ax.patches
        if hasattr(p.get_path(), "codes")
        and p.get_hatch() is not None
        and len(p.get_path().vertices) == 9
    ]
    height = {
        hatch: [
            p.get_path().vertices[0][1] - p.get_path().vertices[7][1]
            for p in bands
            if p.get_hatch() == hatch
        ]
        for hatch in ("/////", ".....")
    }
    rows = flow(wf.load("asta"), by="origin").table.query("group == 'non-western'")
    shares = rows.groupby(["tier", "decision"])["share"].sum()
    down = [shares["high", "medium"], shares["medium", "low"]]
    assert height["....."][0] / height["....."][1] == pytest.approx(down[0] / down[1])
    assert len(height["/////"]) == 2


def test_no_label_lies_on_another(asta):
    for figure in (
        asta[1],
        flow(wf.load("loanapp"), by="race").plot(),
        flow(wf.load("plain")).plot(),
    ):
        canvas = figure.axes[0].get_figure()
        canvas.canvas.draw()
        width = canvas.get_figwidth() * canvas.dpi
        for ax in figure.axes:
            spans = [text.get_window_extent() for text in ax.texts]
            said = [
                s for s, text in zip(spans, ax.texts, strict=True) if " % (n = " in text.get_text()
            ]
            assert all(s.x0 >= 0 and s.x1 <= width for s in spans)
            assert not any(a.overlaps(b) for i, a in enumerate(said) for b in said[i + 1 :])


def test_the_text_alternative_tells_every_band_of_every_group(asta):
    alt = asta[1].alt
    assert (
        "people of non-western origin (n = 3,421): high to high 23.4 % (n = 801); high to medium 12.3 %"
        in alt
    )
    assert alt.count(" % (n = ") == sum(
        " % (n = " in t.get_text() for ax in asta[1].axes for t in ax.texts
    )


def test_the_same_counts_give_the_same_picture(asta):
    assert asta[1].svg() == asta[0].plot().svg()


def test_a_group_without_a_number_has_a_panel_that_says_why():
    rows = many(("a", "high", "high", True, 4), ("b", "low", "low", True, 6))
    figure = flow(made(rows), by="group").plot()
    assert [t.get_text() for t in figure.axes[0].texts] == ["a  n = unknown", "fewer than 5"]
    assert "a (n = unknown): fewer than 5" in figure.alt
    assert np.isfinite(figure.axes[1].get_ylim()).all()
