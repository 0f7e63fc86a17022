"""Impact ratios as Local Law 144 and the EEOC ask for them, by hand and against the rule's own tables."""

import json
from fractions import Fraction
from html import escape
from html.parser import HTMLParser
from io import StringIO
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.measures.matching import four_fifths, ll144
from wfaudit.measures.verbs import bounds

HISPANIC, WHITE, BLACK = "Hispanic or Latino", "White", "Black or African American"
PACIFIC, ASIAN = "Native Hawaiian or Pacific Islander", "Asian"
NATIVE, TWO = "Native American or Alaska Native", "Two or More Races"
RACES = (HISPANIC, WHITE, BLACK, PACIFIC, ASIAN, NATIVE, TWO)
# 6 RCNY 5-301 as printed: number, number selected, selection rate, impact ratio
SELECTION = {
    "sex": ["Male 1390 667 48% 1.00", "Female 1181 555 47% 0.979"],
    "race": [
        f"{HISPANIC} 408 204 50% 0.97", f"{WHITE} 797 412 52% 1.00", f"{BLACK} 390 170 44% 0.84",
        f"{PACIFIC} 119 52 44% 0.85", f"{ASIAN} 616 302 49% 0.95", f"{NATIVE} 41 18 44% 0.85",
        f"{TWO} 213 96 45% 0.87",
    ],
    "sex & race": [
        f"Male & {HISPANIC} 205 90 43.9% 0.841", f"Male & {WHITE} 412 215 52.2% 1.000",
        f"Male & {BLACK} 226 95 42.0% 0.806", f"Male & {PACIFIC} 87 37 42.5% 0.815",
        f"Male & {ASIAN} 321 167 52.0% 0.997", f"Male & {NATIVE} 24 11 45.8% 0.878",
        f"Male & {TWO} 115 52 45.2% 0.866", f"Female & {HISPANIC} 190 82 43.2% 0.827",
        f"Female & {WHITE} 385 197 51.2% 0.981", f"Female & {BLACK} 164 75 45.7% 0.876",
        f"Female & {PACIFIC} 32 15 46.9% 0.898", f"Female & {ASIAN} 295 135 45.8% 0.877",
        f"Female & {NATIVE} 17 7 41.2% 0.789", f"Female & {TWO} 98 44 44.9% 0.860",
    ],
}  # fmt: skip
# the same for scores: number, scoring rate, impact ratio (how many are above the median is not printed)
SCORING = {
    "sex": ["Male 92 54.3% 1.00", "Female 76 44.7% 0.82"],
    "race": [
        f"{HISPANIC} 28 64.2% 1.00", f"{WHITE} 40 37.5% 0.58", f"{BLACK} 32 50.0% 0.78",
        f"{PACIFIC} 8 62.5% 0.97", f"{ASIAN} 24 41.7% 0.65", f"{NATIVE} 16 62.5% 0.97",
        f"{TWO} 20 50.0% 0.78",
    ],
    "sex & race": [
        f"Male & {HISPANIC} 16 75.0% 1.00", f"Male & {WHITE} 20 35.0% 0.47", f"Male & {BLACK} 20 50.0% 0.67",
        f"Male & {PACIFIC} 4 75.0% 1.00", f"Male & {ASIAN} 12 58.3% 0.78", f"Male & {NATIVE} 8 62.5% 0.83",
        f"Male & {TWO} 12 50.0% 0.67", f"Female & {HISPANIC} 12 50.0% 0.67", f"Female & {WHITE} 20 40.0% 0.53",
        f"Female & {BLACK} 12 50.0% 0.67", f"Female & {PACIFIC} 4 50.0% 0.67", f"Female & {ASIAN} 12 25.0% 0.33",
        f"Female & {NATIVE} 8 62.5% 0.83", f"Female & {TWO} 8 50.0% 0.67",
    ],
}  # fmt: skip


def by_name(found, by):
    return found.table[found.table["by"] == by].set_index("group")


def digits(text):
    return len(text.rstrip("%").partition(".")[2])


def apart(line, numbers):
    """A printed line as its category and its numbers."""
    *name, _ = line.rsplit(" ", numbers), None
    return name[0][0], name[0][1:]


@pytest.mark.parametrize("by", SELECTION)
def test_every_cell_of_the_selection_example_is_as_printed(by):
    found = by_name(ll144(wf.load("ll144/selection")), by)
    lines = dict(apart(line, 4) for line in SELECTION[by])
    assert list(lines) == list(found.index)
    for name, (n, k, rate, ratio) in lines.items():
        row = found.loc[name]
        assert (f"{row['n']}", f"{row['k']}") == (n, k)
        assert f"{100 * row['rate']:.{digits(rate)}f}%" == rate
        assert f"{row['impact_ratio']:.{digits(ratio)}f}" == ratio


@pytest.mark.parametrize("by", SCORING)
def test_every_cell_of_the_scoring_example_is_as_printed_and_one_of_them_is_cut_and_not_rounded(by):
    found = by_name(ll144(wf.load("ll144/scoring"), scored=True), by)
    lines, cut = dict(apart(line, 3) for line in SCORING[by]), []
    assert list(lines) == list(found.index)
    for name, (n, rate, ratio) in lines.items():
        row = found.loc[name]
        assert f"{row['n']}" == n
        assert f"{row['impact_ratio']:.{digits(ratio)}f}" == ratio
        exact, unit = 100 * Fraction(int(row["k"]), int(row["n"])), Fraction(1, 10 ** digits(rate))
        printed = Fraction(rate.rstrip("%"))
        if abs(exact - printed) > unit / 2:  # not what rounding gives: then what cutting off gives
            assert printed == exact // unit * unit
            cut.append(name)
    assert cut == ([HISPANIC] if by == "race" else [])  # 18 of 28 are 64.286 %, printed 64.2 %


def test_people_of_unknown_category_are_counted_and_are_in_no_ratio():
    found = ll144(wf.load("ll144/selection"))
    assert found.unknown == {"sex": None, "race": None, "sex & race": 250}
    assert any(note.startswith("250 applicants of unknown sex or race") for note in found.notes)
    assert not found.table["group"].str.contains("not recorded").any()


# --- from people


@pytest.fixture
def applicants(make_case):
    """Twenty applicants: ten women (four selected), eight men (four), two whose sex is not known (both)."""
    sex = ["women"] * 10 + ["men"] * 8 + [None] * 2
    race = ["A", "B"] * 10
    flagged = [1, 1, 1, 1, *[0] * 6, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1]
    return make_case(sex=sex, race=race, flagged=flagged)


def test_twenty_applicants_by_hand(applicants):
    found = by_name(ll144(applicants), "sex")
    assert found.loc["women", ["n", "k"]].tolist() == [10, 4]
    assert found.loc["women", "rate"] == pytest.approx(0.4)
    assert found.loc["women", "impact_ratio"] == pytest.approx(0.4 / 0.5)
    assert not found.loc["women", "below_four_fifths"]  # exactly 0.80
    assert found.loc["women", "share"] == pytest.approx(10 / 18)
    # both of unknown sex men: 4 of 10 against 6 of 10; both women: 6 of 12 against 4 of 8
    assert found.loc["women", "lowest"] == pytest.approx(0.4 / 0.6)
    assert found.loc["women", "highest"] == pytest.approx(1.0)


def test_the_interval_beside_a_ratio_is_that_of_ratios(applicants):
    mine = by_name(ll144(applicants), "sex").loc["women", ["low", "high"]]
    theirs = wf.ratios(applicants, "selection_rate", by="sex", reference="men").to_frame()
    assert mine.tolist() == theirs.set_index("group").loc["women", ["low", "high"]].tolist()


def test_whoever_scores_exactly_the_median_is_not_above_it(make_case):
    case = make_case(
        sex=list("wwwmmmm"), race=list("ABABABA"), score=[0.1, 0.5, 0.5, 0.5, 0.7, 0.8, 0.2]
    )
    found = ll144(case)
    rows = by_name(found, "sex")
    assert rows["k"].tolist() == [2, 0]  # men 0.7 and 0.8
    assert rows.index.tolist() == ["m", "w"]
    assert any("is 0.5" in note and "3 lie on it" in note for note in found.notes)
    assert found.rate == "scoring rate"


def test_the_median_is_of_everybody_those_of_unknown_category_among_them(make_case):
    case = make_case(
        sex=["w", "w", "m", "m", None, None],
        race=list("ABABAB"),
        score=[0.1, 0.4, 0.2, 0.3, 0.9, 0.8],
    )  # all: 0.35; of known sex alone it would be 0.25
    assert by_name(ll144(case), "sex")["k"].tolist() == [0, 1]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 20), min_size=2, max_size=30))
def test_the_median_is_numpys_and_above_is_strictly_above(steps):
    scores = np.array(steps) / 100
    frame = pd.DataFrame({"sex": ["w"] * len(steps), "race": ["A"] * len(steps), "score": scores})
    groups = {"sex": {}, "race": {}}
    case = wf.Case.from_dict({"source": frame, "roles": {"score": "score"}, "groups": groups})
    k = ll144(case).table["k"].iloc[0]
    assert k == (np.array(steps) > np.median(steps)).sum()


def test_classes_are_asked_one_at_a_time():
    case = wf.Case.from_dict({
        "source": pd.DataFrame({
            "sex": ["w"] * 4 + ["m"] * 4, "race": list("ABABABAB"),
            "tier": ["low", "high", "low", "mid", "high", "high", "mid", "low"],
        }),
        "roles": {"tier": {"column": "tier", "order": ["low", "mid", "high"]}},
        "groups": {"sex": {}, "race": {}},
    })  # fmt: skip
    found = by_name(ll144(case, into="high"), "sex")
    assert found.loc["w", "impact_ratio"] == pytest.approx(0.25 / 0.5)
    with pytest.raises(AuditError, match="Did you mean 'high'"):
        ll144(case, into="hihg")
    with pytest.raises(AuditError, match="no tier"):
        ll144(wf.load("ll144/selection"), into="high")


# --- what could be if the unknown belonged anywhere


def fill_ins(known, strangers):
    """Every way in which strangers (selected or not) can belong to the groups: the ratios that follow."""
    found = []
    for where in product(range(len(known)), repeat=len(strangers)):
        k, n = (np.array(x, float) for x in zip(*known, strict=True))
        for group, yes in zip(where, strangers, strict=True):
            k[group] += yes
            n[group] += 1
        rate = k / n
        found.append(rate / rate.max() if rate.max() else np.full(len(rate), np.nan))
    return np.array(found)


cells = st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(sum)


@settings(deadline=None, max_examples=40)
@given(st.lists(cells, min_size=2, max_size=3), st.lists(st.booleans(), min_size=1, max_size=4))
def test_no_way_of_filling_in_the_unknown_gives_a_ratio_beyond_the_limits(groups, strangers):
    sex = [f"g{at}" for at, (k, rest) in enumerate(groups) for _ in range(k + rest)]
    flagged = [int(i < k) for k, rest in groups for i in range(k + rest)]
    frame = pd.DataFrame({
        "sex": [*sex, *[None] * len(strangers)], "flagged": [*flagged, *map(int, strangers)],
    })  # fmt: skip
    case = wf.Case.from_dict(
        {"source": frame, "roles": {"flagged": "flagged"}, "groups": {"sex": {}}}
    )
    found = four_fifths(case, by="sex").table
    possible = fill_ins([(k, k + rest) for k, rest in groups], strangers)
    if np.isnan(possible).any():
        return  # nobody is selected in some fill-in, and a ratio has no value there
    for at, row in enumerate(found.to_dict("records")):
        if pd.notna(row["lowest"]):
            assert row["lowest"] <= possible[:, at].min() + 1e-12
            assert row["highest"] >= possible[:, at].max() - 1e-12
            if row["lowest"] < 1:  # the selected join another, those not selected join this one
                assert row["lowest"] == pytest.approx(possible[:, at].min())


def test_where_nothing_is_unknown_no_limits_are_told(make_case):
    case = make_case(sex=list("wwmm"), flagged=[1, 0, 1, 1])
    assert bounds(case, "selection_rate", by="sex").table.empty
    assert four_fifths(case, by="sex").table[["lowest", "highest"]].isna().all().all()


# --- categories below two in a hundred


WHY = {f"Female & {NATIVE}": "seventeen people carry no ratio"}


def test_a_small_category_is_left_out_only_with_a_justification_and_is_shown_all_the_same():
    row = by_name(ll144(wf.load("ll144/selection"), left_out=WHY), "sex & race").loc[
        f"Female & {NATIVE}"
    ]
    assert row["left_out"] == "seventeen people carry no ratio"
    assert (row["n"], f"{row['impact_ratio']:.3f}") == (17, "0.789")
    assert (
        "left out of the impact ratios: seventeen"
        in ll144(wf.load("ll144/selection"), left_out=WHY).to_html()
    )


def test_whoever_is_left_out_is_nobodys_reference(make_case):
    sex = ["w"] * 60 + ["m"] * 60 + ["x"] * 2
    case = make_case(sex=sex, flagged=[1, 0] * 30 + [1, 1, 0] * 20 + [1, 1])
    whole = four_fifths(case, by="sex").table.set_index("group")
    assert set(whole["reference"]) == {"x"}
    left = four_fifths(case, by="sex", left_out={"x": "two people"}).table.set_index("group")
    assert set(left["reference"]) == {"m"}
    assert left.loc["x", "impact_ratio"] == pytest.approx(1.5)
    assert left.loc["w", "impact_ratio"] == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("left_out", "says"),
    [
        ({"Female & Martian": "few"}, "No category to leave out"),
        ({f"Female & {NATIVE}": " "}, "without a justification"),
        ({WHITE: "we would rather not"}, "30.84 % of its table"),
    ],
)
def test_a_category_is_not_left_out_without_reason_or_smallness(left_out, says):
    with pytest.raises(AuditError, match=says):
        ll144(wf.load("ll144/selection"), left_out=left_out)


# --- four fifths


def test_exactly_four_fifths_is_not_below_it():
    found = four_fifths(wf.load("eeoc"), by="race").table.set_index("group")
    assert found["impact_ratio"].round(2).to_dict() == {
        "White": 1.0, "American Indian": 0.75, "Hispanic": 0.8, "Black": 0.85,
    }  # fmt: skip
    assert found.index[found["below_four_fifths"]].tolist() == ["American Indian"]


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 60), st.integers(1, 60))
def test_below_four_fifths_is_read_in_whole_numbers(n, n_ref):
    frame = pd.DataFrame({"sex": ["w", "m"], "n": [5 * n, 5 * n_ref], "k": [4 * n, 5 * n_ref]})
    roles = {"count": "n", "flagged": {"count": "k"}}
    case = wf.Case.from_dict({"source": frame, "roles": roles, "groups": {"sex": {}}})
    assert not four_fifths(case, by="sex").table["below_four_fifths"].any()  # 4/5 whatever n
    fewer = frame.assign(k=[4 * n - 1, 5 * n_ref])
    case = wf.Case.from_dict({"source": fewer, "roles": roles, "groups": {"sex": {}}})
    assert four_fifths(case, by="sex").table["below_four_fifths"].tolist() == [True, False]


# --- the published table


class Table(HTMLParser):
    """Heads of columns and rows, and cells that carry neither."""

    def __init__(self, text):
        super().__init__()
        self.columns, self.rows, self.captions, self.bare = 0, 0, 0, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        scope = dict(attrs).get("scope")
        self.columns += scope == "col"
        self.rows += scope == "row"
        self.captions += tag == "caption"
        if tag in ("script", "link", "style"):
            self.bare.append(tag)


def test_the_page_has_a_caption_a_table_and_heads_for_every_row_and_column():
    page = Table(ll144(wf.load("ll144/selection")).to_html())
    assert page.captions == 3
    assert page.rows == 2 + 7 + 2 * 14  # both parts of a crossed category are heads
    assert not page.bare


def test_names_of_categories_are_escaped(make_case):
    text = four_fifths(make_case(sex=["<b>", "m"] * 5, flagged=[1, 0] * 5), by="sex").to_html()
    assert "<b>" not in text
    assert "&lt;b&gt;" in text


def test_the_csv_holds_every_category_unrounded():
    found = ll144(wf.load("ll144/selection"))
    back = pd.read_csv(StringIO(found.to_csv()))
    assert len(back) == 23
    assert back["impact_ratio"].iloc[1] == pytest.approx((555 / 1181) / (667 / 1390), rel=1e-15)


# --- what can't be asked


def test_a_case_without_sex_or_without_a_result_is_refused(make_case):
    with pytest.raises(AuditError, match="No group called 'sex'"):
        ll144(make_case(race=["A", "B"], flagged=[1, 0]))
    with pytest.raises(AuditError, match="needs flagged"):
        ll144(make_case(sex=["w", "m"], race=["A", "B"]))
    with pytest.raises(AuditError, match="needs score"):
        ll144(make_case(sex=["w", "m"], race=["A", "B"], flagged=[1, 0]), scored=True)


def test_where_nobody_is_selected_no_ratio_is_told(make_case):
    found = four_fifths(make_case(sex=list("wwmm"), flagged=[0] * 4), by="sex").table.set_index(
        "group"
    )
    assert np.isnan(found.loc["w", "impact_ratio"])
    assert found.loc["w", "note"]


def test_one_category_alone_is_its_own_reference(make_case):
    found = four_fifths(make_case(sex=list("www"), flagged=[0, 1, 1]), by="sex").table
    assert found["impact_ratio"].tolist() == [1.0]


def test_people_without_a_result_are_counted_and_told(make_case):
    found = four_fifths(make_case(sex=list("wwwmm"), flagged=[1, 0, None, 1, 0]), by="sex")
    assert found.table["n"].tolist() == [2, 2]
    assert any(note.startswith("1 people without a result") for note in found.notes)


def test_a_published_table_without_a_crossing_says_which_part_is_missing():
    frame = pd.DataFrame({
        "block": ["sex", "sex", "race", "race"], "group": ["w", "m", "A", "B"], "n": [10, 10, 12, 8],
        "k": [4, 5, 6, 3],
    })  # fmt: skip
    roles = {"count": "n", "block": "block", "group": "group", "flagged": {"count": "k"}}
    groups = {"sex": {}, "race": {}}
    found = ll144(wf.Case.from_dict({"source": frame, "roles": roles, "groups": groups}))
    assert set(found.table["by"]) == {"sex", "race"}
    assert any("No table crosses sex with race" in note for note in found.notes)


# --- in many lists, or over clusters


@pytest.mark.parametrize(("chosen", "reference"), [(1, "c"), (0, "a")])
def test_a_category_of_whom_all_or_none_are_selected_has_its_rate_and_may_be_the_reference(
    chosen, reference
):
    """Over clusters there is no interval for all or none; rates and ratios are counts, and stand."""
    rng = np.random.default_rng(1)
    race = np.array(list("a" * 12 + "b" * 6 + "cc"))
    rows = pd.DataFrame(
        {"job": np.repeat(np.arange(30), 20), "one": range(600), "race": np.tile(race, 30)}
    )
    chance = rows["race"].map({"a": 0.4, "b": 0.3, "c": 2.0 * chosen})
    case = wf.Case.from_dict({
        "source": rows.assign(ok=rng.random(600) < chance), "groups": {"race": {}},
        "roles": {"query": "job", "item": "one", "flagged": "ok"},
    })  # fmt: skip
    found = four_fifths(case, by="race").to_frame().set_index("group")
    k = case.source.table.to_pyarrow().to_pandas().groupby("race")["ok"].mean()
    assert found["rate"].to_dict() == pytest.approx(k.to_dict())
    assert set(found["reference"]) == {reference}
    assert found["impact_ratio"].to_dict() == pytest.approx((k / k[reference]).to_dict())
    assert found["below_four_fifths"].to_dict() == (k < 0.8 * k[reference]).to_dict()
    assert found.loc["c", "note"] or found.loc["c", "reference"] == "c"


# --- in the audit and its report


def declared(**law):
    people = pd.DataFrame(
        {"sex": ["m"] * 60 + ["w"] * 60, "race": ["a", "b", "c"] * 40, "ok": [1, 0, 1, 1] * 30}
    )
    return wf.Case.from_dict({
        "source": people, "roles": {"flagged": "ok"}, "groups": {"sex": {}, "race": {}}, "also": {"ll144": law},
    })  # fmt: skip


def test_a_case_that_declares_the_law_has_its_tables_in_the_report(tmp_path):
    audit = wf.audit(wf.load("ll144/selection"))
    page = audit.report(tmp_path / "run").read_text(encoding="utf-8")
    section = page.split('<h2 id="ll144">')[1].split("</section>")[0]
    whole = ll144(wf.load("ll144/selection"))
    assert section.count("<table>") == 3
    assert section.count('<th scope="row">') == 2 + 7 + 2 * 14
    assert all(escape(note) in section for note in whole.notes)
    for cell in ("1,390", "0.979", "0.902 to 1.062"):
        assert f"<td>{cell}</td>" in section
    told = json.loads((tmp_path / "run" / "results.json").read_text(encoding="utf-8"))["also"][
        "ll144"
    ]
    assert [row["impact_ratio"] for row in told["rows"]] == whole.table["impact_ratio"].tolist()
    assert told["interval"] == "95 % Miettinen-Nurminen interval"


def test_a_case_that_does_not_declare_the_law_has_no_such_section(tmp_path):
    page = wf.audit(wf.load("eeoc")).report(tmp_path / "run").read_text(encoding="utf-8")
    assert 'id="ll144"' not in page


def test_a_group_that_the_law_is_asked_by_and_the_case_lacks_stops():
    with pytest.raises(AuditError, match=r"No group in also.ll144 \(sex\) called 'gender'"):
        wf.audit(declared(sex="gender"))


@pytest.mark.parametrize(
    ("law", "says"),
    [
        ({"left_out": {"a": "too few"}}, "33.33 % of its table"),
        ({"left_out": {"z": "?"}}, "is called .z. .11 categories"),
    ],
)
def test_a_law_that_is_declared_wrongly_stops_the_audit(law, says):
    with pytest.raises(AuditError, match=says):
        wf.audit(declared(**law))


@pytest.mark.parametrize(
    ("law", "why"),
    [
        ({"scored": True}, "the case declares no score"),
        ({"into": "high"}, "the case declares no tier"),
    ],
)
def test_what_keeps_the_tables_from_being_made_is_listed(law, why):
    audit = wf.audit(declared(**law))
    assert [line.why for line in audit.cannot_test if line.measure == "ll144"] == [why]
    assert audit.also.law is None
