"""What a case asks besides: subgroups nobody declared and what the model is worth, in the audit and its report."""

import json
import re
import sys
import tomllib
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from searched import INPUTS, PLAIN, PLANTED, drawn
from test_report import Outline

import wfaudit as wf
from wfaudit import plots
from wfaudit.also import FAMILY
from wfaudit.alternatives import worth
from wfaudit.auditing import prepare
from wfaudit.cli import main
from wfaudit.errors import AuditError
from wfaudit.estimators.adjust import holm
from wfaudit.plots.lines import APART, LOOKS, spread
from wfaudit.subgroups import BY, search

MISSED, DOWN = "false_negative_rate", "override_down_rate"
BESIDES = {"search": [DOWN, MISSED], "worth": True}
DRAWN = drawn(2, 6_000, planted=True).assign(opened=True)  # every caseworker saw the advice
JUDGED_BY_NONE = {
    "auc_difference", "false_negative_rate_difference", "false_positive_rate_difference",
    "net_benefit_difference", "flag_changes", "tier_changes", "net_benefit",
}  # fmt: skip


def case_of(people=DRAWN, **more):
    """The plain population as its case file declares it, with inputs, and what is asked besides."""
    declared = tomllib.loads(PLAIN.read_text(encoding="utf-8"))
    groups = {name: declared["groups"][name] for name in ("sex", "age")}
    inputs = {name: {} for name in INPUTS}
    few = {"source": people, "groups": groups, "intersections": {}, "inputs": inputs}
    return wf.Case.from_dict({**declared, **few, "also": BESIDES, **more})


def scored(people=900, **columns):
    """Job seekers with a score that is their risk, flagged from 0.5 on, and a weeks-without-work."""
    draw = np.random.default_rng(4)
    risk = draw.beta(1.5, 2.5, people)
    frame = pd.DataFrame({"score": risk.round(3), "outcome": draw.random(people) < risk})
    frame["weeks"] = (100 * risk).round() + draw.integers(0, 30, people)
    frame["sex"] = draw.choice(["women", "men"], people)
    return frame.assign(**columns)


def missed_by_the_harbour(people):
    """Every third job seeker lives by the harbour and gets a low score, every other one a right one."""
    found = scored(people)
    found["area"] = np.where(found.index % 3 == 0, "harbour", "hill")
    found["score"] = np.where(found["outcome"], 0.9, 0.1)
    found.loc[found["area"] == "harbour", "score"] = 0.2
    return found


def scored_case(people=None, roles=None, **more):
    """Their case: flagged at a declared cut-off, everything asked besides."""
    score = {"column": "score", "resolution": 0.001, "probability": True}
    told = {
        "score": score,
        "flagged": {"score_at_least": 0.5},
        "outcome": "outcome",
        **(roles or {}),
    }
    return wf.Case.from_dict({
        "source": scored() if people is None else people, "roles": told, "inputs": {"weeks": {}},
        "groups": {"sex": {"reference": "men"}}, "tolerance": {"default": {"gap": 0.05}},
        "also": {"search": [MISSED], "worth": True}, **more,
    })  # fmt: skip


@pytest.fixture(scope="module")
def audited():
    """The audit of people among whom a group nobody declared is moved down."""
    return wf.audit(case_of())


@pytest.fixture(scope="module")
def written(audited, tmp_path_factory):
    """Its report: the page and the plain data."""
    return audited.report(tmp_path_factory.mktemp("also") / "out").parent


@pytest.fixture(scope="module")
def page(written):
    """The words of the page, in one line."""
    text = Outline((written / "report.html").read_text(encoding="utf-8")).text
    return " ".join(" ".join(text).split())


@pytest.fixture(scope="module")
def numbers(written):
    """The plain data of the report."""
    return json.loads((written / "results.json").read_text(encoding="utf-8"))


# --- the declaration


def test_what_is_asked_besides_is_declared_in_the_case_and_nothing_is_unless_declared():
    choices = case_of(also={"search": [DOWN, MISSED, DOWN]}).choices
    assert (choices.search, choices.worth) == ((DOWN, MISSED), False)
    bare = case_of(also={}).choices
    assert (bare.search, bare.worth) == ((), False)


@pytest.mark.parametrize(
    ("also", "says"),
    [
        ({"search": MISSED}, "Key 'search' in also must be a list of texts"),
        ({"search": [1]}, "Key 'search' in also must be a list of texts"),
        ({"worth": "yes"}, "Key 'worth' in also must be true or false"),
        ({"serach": [MISSED]}, "No key in also called 'serach'. Did you mean 'search'?"),
        (["worth"], "Key 'also' in a case file must be a table of keys"),
    ],
)
def test_a_wrong_declaration_is_told_in_one_line_before_anything_is_read(also, says):
    with pytest.raises(AuditError) as stop:
        case_of(also=also)
    assert says in str(stop.value)
    assert "\n" not in str(stop.value)


@pytest.mark.parametrize("verb", [prepare, wf.audit])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("false_negativ_rate", "Did you mean 'false_negative_rate'?"),
        ("tier_share", "No measure in also.search called 'tier_share'"),
        ("auc", "No measure in also.search called 'auc'"),
    ],
)
def test_a_rate_that_there_is_not_or_that_is_asked_for_each_tier_stops_at_the_door(
    verb, name, says
):
    with pytest.raises(AuditError) as stop:
        verb(case_of(also={"search": [name]}))
    assert says in str(stop.value)


def test_a_case_says_beforehand_which_of_it_can_be_answered():
    able = wf.can(case_of()).set_index("measure")
    assert able.loc[[f"search by {DOWN}", f"search by {MISSED}", "worth"], "possible"].all()
    assert able.loc[f"search by {DOWN}", "says"].startswith("Subgroups nobody declared. Share ")
    none = wf.can(case_of(also={}))["measure"]
    assert not [name for name in none if name.startswith(("search", "worth"))]


COUNTS = {
    "source": pd.DataFrame({"sex": ["women", "men"], "flag": [1, 0], "n": [40, 50]}),
    "roles": {"flagged": "flag", "count": "n"}, "groups": {"sex": {}},
}  # fmt: skip
WEIGHTED = {"outcome": "outcome", "flagged": {"score_at_least": 0.5}, "weight": "weight"}


@pytest.mark.parametrize(
    ("case", "whys"),
    [
        (
            lambda: scored_case(inputs={}),
            {f"search by {MISSED}": "There is nothing to search among. Declare the inputs"},
        ),
        (
            lambda: wf.Case.from_dict({**COUNTS, "also": {"search": ["selection_rate"], "worth": True}}),
            {
                "search by selection_rate": "A case of counts holds no people",
                "worth": "worth needs people, one row each; this case holds published counts.",
            },
        ),
        (
            lambda: scored_case(scored(weight=1.5), roles=WEIGHTED),
            {
                f"search by {MISSED}": "search is not offered for weighted samples",
                "worth": "worth is not offered for weighted samples",
            },
        ),
        (
            lambda: wf.Case.from_dict({
                "source": scored(), "roles": {"flagged": "outcome"}, "inputs": {"weeks": {}},
                "also": {"search": [MISSED], "worth": True},
            }),
            {
                f"search by {MISSED}": "false_negative_rate needs outcome, which this case does not",
                "worth": "worth needs an outcome that is yes or no",
            },
        ),
    ],
)  # fmt: skip
def test_what_a_case_can_not_carry_is_listed_with_its_reason_and_nothing_else_stops(case, whys):
    done, able = wf.audit(case()), wf.can(case()).set_index("measure")
    listed = {u.measure: u.why for u in done.cannot_test}
    for name, why in whys.items():
        assert listed[name].startswith(why)
        assert able.loc[name, "why"] == listed[name]
        assert not able.loc[name, "possible"]
    assert done.results


def test_without_sliceline_the_search_is_listed_and_the_rest_is_audited(monkeypatch):
    monkeypatch.setitem(sys.modules, "sliceline.slicefinder", None)
    done = wf.audit(scored_case())
    (why,) = [u.why for u in done.cannot_test if u.measure == f"search by {MISSED}"]
    assert "pip install 'wfaudit[search]'" in why
    assert done.also.searches == ()
    assert done.also.worth is not None


@pytest.mark.parametrize(
    "people",
    [
        scored(2),
        scored(40),
        scored(400, outcome=None),
        scored(400, outcome=True),
        scored(400, weeks=7),
    ],
    ids=[
        "two people",
        "forty people",
        "no outcome known",
        "all had it",
        "an input that is the same",
    ],
)
def test_too_few_people_or_nothing_that_differs_is_no_reason_to_stop(people, tmp_path):
    done = wf.audit(scored_case(people, groups={}))
    (found,) = done.also.searches
    assert len(found.result.table) == 0
    text = done.report(tmp_path / "out").read_text(encoding="utf-8")
    assert "Nothing stood out in the half that was searched" in text
    assert ">nan" not in text.lower()


# --- the audit


def test_a_group_nobody_declared_is_raised_by_the_audit_as_the_search_itself_finds_it(audited):
    alone = search(case_of(), DOWN)
    (result,) = [r for r in audited.results if r.by == (BY,) and r.measure == DOWN]
    pd.testing.assert_frame_equal(result.table, alone.result.table)
    pd.testing.assert_frame_equal(result.evidence, alone.result.evidence)
    (found,) = [f for f in audited.findings if f.group == PLANTED and f.measure == DOWN]
    assert (found.answer, found.by, found.reference) == ("raised", BY, "the rest")
    assert found.says.startswith("Of 100 people in the subgroup “age: under 30, area: harbour”")


def test_the_guesses_of_all_searches_are_one_family_adjusted_by_holm(audited):
    guesses = [f for f in audited.findings if f.by == BY]
    assert {f.measure for f in guesses} == {DOWN, MISSED}
    assert {f.family for f in guesses} == {FAMILY}
    np.testing.assert_allclose(
        [f.p_adjusted for f in guesses], holm(np.array([f.p for f in guesses]))
    )


def test_what_is_asked_besides_costs_no_declared_comparison_anything(audited):
    declared = {"confirm": [DOWN], "confirm_with": "BH"}
    both, without = (wf.audit(case_of(also=a, families=declared)) for a in (BESIDES, {}))
    told = [f for f in both.findings if f.by != BY]
    assert [f.says for f in told] == [f.says for f in without.findings]
    assert [f.p_adjusted for f in told] == [f.p_adjusted for f in without.findings]
    found, here = ([f for f in a.findings if f.by == BY] for a in (both, audited))
    assert [(f.family, f.p_adjusted) for f in found] == [(f.family, f.p_adjusted) for f in here]


def test_the_comparisons_with_doing_without_are_results_of_the_audit_and_are_not_judged(audited):
    alone = worth(case_of())
    mine = [r for r in audited.results if r.measure in JUDGED_BY_NONE]
    assert [r.measure for r in mine] == [r.measure for r in alone.results]
    for one, other in zip(mine, alone.results, strict=True):
        pd.testing.assert_frame_equal(one.table, other.table)
    assert not JUDGED_BY_NONE & {f.measure for f in audited.findings}
    listed = {u.measure: u.why for u in audited.cannot_test}
    for what, why in alone.cannot:
        assert listed[f"worth, {what}"] == why
    assert listed["worth, the previous version"] == "the case declares no previous_score"


def test_a_case_that_asks_nothing_besides_is_audited_as_before(tmp_path):
    done = wf.audit(scored_case(also={}))
    assert (done.also.searches, done.also.worth, done.also.results) == ((), None, ())
    folder = done.report(tmp_path / "out").parent
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "Groups nobody declared" not in text
    assert "Was it worth it?" not in text
    kept = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert "also" not in kept
    assert kept["case"]["also"] == {"search": [], "worth": False}


def test_the_order_of_rows_has_no_say_in_any_number_or_word(tmp_path):
    people = scored(1_200)
    files = [
        wf.audit(scored_case(frame)).report(tmp_path / name).parent / "results.json"
        for name, frame in (("one", people), ("other", people.iloc[::-1].reset_index(drop=True)))
    ]
    assert files[0].read_bytes() == files[1].read_bytes()
    kept = json.loads(files[0].read_text(encoding="utf-8"))
    assert kept["also"]["worth"]["sentences"]


def test_a_case_file_with_it_runs_from_the_command_line(tmp_path, capsys):
    scored().to_csv(tmp_path / "people.csv", index=False)
    (tmp_path / "case.toml").write_text(
        'name = "Job seekers"\nsource = "people.csv"\n[roles]\noutcome = "outcome"\n'
        'score = { column = "score", resolution = 0.001, probability = true }\n'
        "flagged = { score_at_least = 0.5 }\n[groups.sex]\n"
        f'[also]\nsearch = ["{MISSED}"]\nworth = true\n[inputs.weeks]\n',
        encoding="utf-8",
    )
    assert main(["check", str(tmp_path / "case.toml")]) == 0
    told = capsys.readouterr().out
    assert f"yes  search by {MISSED}" in told
    assert "yes  worth" in told
    assert main(["run", str(tmp_path / "case.toml"), "--out", str(tmp_path / "out")]) == 0
    assert "Was it worth it?" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_the_packaged_cases_that_ask_besides_are_answered():
    for name, measure in (("flanders", "false_positive_rate"), ("jobs", MISSED)):
        case = wf.load(name)
        assert (case.choices.search, case.choices.worth) == ((measure,), True)
        able = wf.can(case).set_index("measure")
        assert able.loc[[f"search by {measure}", "worth"], "possible"].all()


# --- the report


def test_the_page_tells_every_guess_in_words_with_its_numbers_and_whom_it_overlaps(audited, page):
    assert (
        "In one half every subgroup was looked at, and the worst were written down as guesses"
        in page
    )
    assert "each guess was counted once in the other half, at which nobody had looked" in page
    for found in audited.also.searches:
        assert found.result.interval in page  # how many were searched, and among how many people
        answers = [
            f.answer for f in audited.findings if f.measure == found.result.measure and f.by == BY
        ]
        assert f"{answers.count('raised')} of {len(answers)} guesses confirmed" in page
        for row in found.result.table.to_dict("records"):
            span = f"{100 * row['low']:+.2f} to {100 * row['high']:+.2f}"
            assert re.search(rf"{re.escape(row['group'])} {row['n']:,} .*?{re.escape(span)}", page)
        assert found.beside
        for beside in found.beside.values():
            assert f"Whom it overlaps: {beside}." in page
    for finding in audited.findings:
        assert finding.says in page


def test_the_rates_beside_each_other_on_the_page_are_those_counted(audited, page):
    found = audited.also.searches[0].result
    at = found.table["group"].tolist().index(PLANTED)
    k, n, k_rest, n_rest = found.evidence.loc[at, ["k", "n", "k_reference", "n_reference"]]
    told = f"{PLANTED} {n:,} {100 * k / n:.2f} % {n_rest:,} {100 * k_rest / n_rest:.2f} %"
    assert told in page


def test_the_page_tells_what_the_model_is_worth(audited, page):
    found = audited.also.worth
    for line in (*found.notes, *found.sentences):
        assert line.rstrip(".") in page
    for rule in found.rules:
        assert rule[1:] in page
    for what, why in found.cannot:
        assert f"{what[1:]}: {why}." in page.replace("_", " ") or f"{what[1:]}: {why}." in page
    assert "outcome: were without work after 26 weeks" in page
    table = found.curve.set_index(["flagging", "threshold"])
    for threshold in (0.3, 0.65):
        row = table.loc[("the model", threshold)]
        assert f"{row['estimate']:.4f} ({row['low']:.4f} to {row['high']:.4f})" in page


def test_every_number_and_word_of_it_is_in_the_plain_data(audited, numbers):
    kept = numbers["also"]
    assert [one["measure"] for one in kept["search"]] == [DOWN, MISSED]
    for one, found in zip(kept["search"], audited.also.searches, strict=True):
        assert one["searched"] == found.searched > 300
        assert one["beside"] == found.beside
    found = audited.also.worth
    assert kept["worth"]["rules"] == list(found.rules)
    assert kept["worth"]["cut"] == found.cut == 0.65
    assert len(kept["worth"]["conclusions"]) == len(found.conclusions)
    assert numbers["case"]["also"] == BESIDES
    by = [row["by"] for r in numbers["results"] for row in r["rows"]]
    assert by.count(BY) == sum(len(s.result.table) for s in audited.also.searches)
    assert {r["measure"] for r in numbers["results"]} >= JUDGED_BY_NONE


def test_the_sections_of_the_measures_do_not_tell_it_again(written):
    text = (written / "report.html").read_text(encoding="utf-8")
    outline = Outline(text)
    ids = [attrs["id"] for _, attrs in outline.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert not JUDGED_BY_NONE & set(ids)
    assert "None declared" not in text
    before, after = text.split('<h2 id="undeclared">')
    own = before[before.index(f'<h2 id="{DOWN}">') :]
    assert PLANTED not in own
    assert PLANTED in after


def test_the_added_parts_are_readable_by_all(written):
    outline = Outline((written / "report.html").read_text(encoding="utf-8"))
    assert (outline.broken, outline.open) == ([], [])
    assert not {"script", "iframe", "object", "link", "form"} & {tag for tag, _ in outline.tags}
    assert len(outline.all("caption")) == len(outline.all("table"))
    assert all(th.get("scope") in ("col", "row") for th in outline.all("th"))
    wide = [div for div in outline.all("div") if div.get("class") == "wide"]
    assert len(wide) == len(outline.all("table"))
    assert all((d["role"], d["tabindex"]) == ("region", "0") and d["aria-label"] for d in wide)
    (curve,) = [img for img in outline.all("img") if img["alt"].startswith("Line chart")]
    assert "At the declared cut-off 0.65: the model 0." in curve["alt"]
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_names_and_values_that_try_to_break_the_page_are_told_as_text(tmp_path):
    people = missed_by_the_harbour(1_200)
    bad = {"harbour": "</td><script>x</script>", "hill": "a\u202eb & co"}
    people["<i>area</i>"] = people["area"].map(bad)
    case = scored_case(
        people, inputs={"<i>area</i>": {}}, name="<b>n</b>", words={"outcome": "<u>lost</u>"},
        roles={"outcomes": {"<s>later</s>": "outcome"}},
    )  # fmt: skip
    done = wf.audit(case)
    assert len(done.also.searches[0].result.table)
    text = done.report(tmp_path / "out").read_text(encoding="utf-8")
    assert "&lt;i&gt;area&lt;/i&gt;: &lt;/td&gt;&lt;script&gt;" in text
    for raw in ("<i>", "<script", "<b>n", "<u>", "<s>", "\u202e"):
        assert raw not in text
    outline = Outline(text)
    assert (outline.broken, outline.open) == ([], [])


def test_no_cell_of_a_person_is_in_any_file_but_the_levels_a_subgroup_is_told_by(tmp_path):
    n = 1_200
    people = missed_by_the_harbour(n).assign(
        name=[f"CANARY-{at}" for at in range(n)], office=[f"CANARY-{at % 40}" for at in range(n)],
        street=[f"CANARY-{at}" for at in range(n)], salary=[91_919_000_000 + at for at in range(n)],
    )  # fmt: skip
    inputs = {"street": {}, "area": {}, "weeks": {}}
    roles = {"person": "name", "cluster": "office", "minutes": "salary"}
    done = wf.audit(scored_case(people, roles=roles, inputs=inputs))
    told = " ".join(done.also.searches[0].result.table["group"])
    assert "area: harbour" in told
    folder = done.report(tmp_path / "out").parent
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert "CANARY" not in text
        assert "91919" not in text
    assert "CANARY" not in repr(done) + repr(done.also.worth) + repr(done.also.searches[0])


def test_without_a_tolerance_no_guess_is_called_confirmed(tmp_path):
    done = wf.audit(scored_case(missed_by_the_harbour(1_200), inputs={"area": {}}, tolerance={}))
    assert done.also.searches[0].result.table["group"].tolist() == ["area: harbour"]
    text = done.report(tmp_path / "out").read_text(encoding="utf-8")
    assert "No tolerance is declared for this measure, so no guess can be confirmed." in text
    assert "guesses confirmed" not in text


def test_definitions_of_the_outcome_stand_side_by_side_each_with_its_curve(tmp_path):
    draw = np.random.default_rng(9)
    people = scored(1_500, later=draw.random(1_500) < 0.2)
    done = wf.audit(scored_case(people, roles={"outcomes": {"a year, at 3": "later"}}))
    found = done.also.worth
    assert list(dict.fromkeys(found.curve["outcome"])) == ["outcome", "a year, at 3"]
    text = done.report(tmp_path / "out").read_text(encoding="utf-8")
    outline = Outline(text)
    assert len([img for img in outline.all("img") if img["alt"].startswith("Line chart")]) == 2
    assert "outcome: “a year, at 3”" in text
    assert "the same" in text


# --- the curve


def test_a_line_stands_where_its_table_says_and_nobodys_at_nought():
    found = worth(scored_case())
    (ax,) = found.plot().axes
    drawn_lines = {
        line.get_label(): line for line in ax.lines if line.get_transform() == ax.transData
    }
    for name, rows in found.curve.groupby("flagging"):
        line = drawn_lines[name]
        assert list(line.get_xdata()) == rows["threshold"].tolist()
        assert list(line.get_ydata()) == rows["estimate"].tolist()
    assert set(drawn_lines["nobody"].get_ydata()) == {0.0}
    (cut,) = [line for line in ax.lines if list(line.get_xdata()) == [0.5, 0.5]]
    assert list(cut.get_ydata()) == [0, 1]  # from bottom to top
    assert any(text.get_text() == "declared cut-off 0.5" for text in ax.texts)


def test_intervals_are_shaded_as_the_table_has_them():
    found = worth(scored_case())
    (ax,) = found.plot().axes
    model = found.curve[found.curve["flagging"] == "the model"]
    shaded = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert shaded.min() == pytest.approx(model["low"].min())
    assert shaded.max() == pytest.approx(model["high"].max())


def test_lines_differ_in_dash_and_marker_and_each_bears_its_name():
    assert len({str(dash) for _, dash, _ in LOOKS}) == len(LOOKS)
    assert len({marker for _, _, marker in LOOKS}) == len(LOOKS)
    (ax,) = worth(scored_case()).plot().axes
    words = {text.get_text() for text in ax.texts}
    assert {"the model", "one variable", "nobody", "↓ everybody"} <= words
    looks = {(str(line._unscaled_dash_pattern), line.get_marker()) for line in ax.lines if line.get_label()[0] != "_"}  # fmt: skip
    assert len(looks) == len({line.get_label() for line in ax.lines if line.get_label()[0] != "_"})


def test_the_text_alternative_tells_who_is_on_top_where_and_the_numbers_at_the_cut():
    at = [0.2, 0.5]
    frame = pd.DataFrame({
        "flagging": ["the model"] * 2 + ["everybody"] * 2, "threshold": at * 2,
        "estimate": [0.2, 0.1, 0.3, -0.2], "low": [0.1, 0.05, 0.2, -0.3], "high": [0.3, 0.15, 0.4, -0.1],
    })  # fmt: skip
    assert plots.describe_curve(frame, title="Net benefit.", cut=0.5) == (
        "Line chart of net benefit per person against the threshold. Net benefit. Highest: everybody at 0.2; "
        "the model at 0.5. At the declared cut-off 0.5: the model 0.100 (0.050 to 0.150); everybody -0.200 "
        "(-0.300 to -0.100); nobody 0."
    )
    none = frame.assign(estimate=np.nan, low=np.nan, high=np.nan)
    assert plots.describe_curve(none).endswith("There is no number to draw; the table says why.")
    assert plots.curve(none).get_ylim()[0] < 0 < plots.curve(none).get_ylim()[1]


def test_what_falls_far_below_nought_does_not_flatten_the_rest():
    at = np.arange(1, 20) / 20
    lines = {"the model": 0.3 - 0.3 * at, "everybody": 0.4 - 20 * at**4}
    frame = pd.concat([
        pd.DataFrame({"flagging": name, "threshold": at, "estimate": y, "low": y - 0.01, "high": y + 0.01})
        for name, y in lines.items()
    ])  # fmt: skip
    bottom, top = plots.curve(frame).get_ylim()
    assert -0.2 < bottom < 0 < 0.4 < top
    deep = frame.assign(estimate=lambda f: f["estimate"] - 0.5, low=np.nan, high=np.nan)
    assert plots.curve(deep).get_ylim()[0] < -0.48  # nothing above 0: all down to one below


def test_the_same_numbers_give_the_same_picture():
    found = worth(scored_case())
    assert found.plot().svg() == found.plot().svg()
    assert found.plot().alt in found.plot()._repr_html_()


def test_a_curve_is_drawn_for_the_outcome_named_and_only_where_there_is_one():
    people = scored(later=[at % 5 == 0 for at in range(900)])
    found = worth(scored_case(people, roles={"outcomes": {"later": "later"}}))
    assert found.plot("later").axes[0].get_title(loc="left").endswith("later")
    with pytest.raises(AuditError, match=r"No outcome with a net benefit called 'latr'\. Did you"):
        found.plot("latr")
    none = worth(scored_case(roles={"score": {"column": "score", "resolution": 0.001}}))
    with pytest.raises(
        AuditError, match="no net benefit to draw: the case declares no score that is"
    ):
        none.plot()


def test_every_line_of_the_curve_is_about_the_same_people():
    people = scored(1_000)
    people.loc[people.index % 4 == 0, "score"] = np.nan
    score = {"column": "score", "resolution": 0.001, "probability": True, "missing": "group"}
    found = worth(scored_case(people, roles={"score": score}, inputs={}))
    assert set(found.curve["n"]) == {750}
    assert "The net benefit leaves out 250 who have no score." in found.notes
    everybody = found.curve[found.curve["flagging"] == "everybody"].set_index("threshold")
    known = people.loc[people["score"].notna(), "outcome"]
    assert everybody.loc[0.5, "estimate"] == pytest.approx(2 * known.mean() - 1)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 3)), min_size=1, max_size=8))
def test_labels_at_the_ends_never_overlap_and_none_is_below_the_picture(labels):
    labels = sorted(labels, key=lambda label: -label[0])
    heights, wide = [h for h, _ in labels], [w for _, w in labels]
    placed = spread(heights, wide)
    room = [APART * (a + b) / 2 for a, b in pairwise(wide)]
    gaps = -np.diff(placed)
    assert (gaps >= np.array(room) - 1e-9).all()
    assert min(placed) >= -1e-9
    apart = -np.diff(heights)
    if (apart >= np.array(room)).all():  # nothing to move
        np.testing.assert_allclose(placed, heights, atol=1e-9)


def test_a_long_name_in_a_picture_is_cut_short_and_its_n_never_is():
    frame = pd.DataFrame({
        "measure": "m", "by": BY, "group": ["months employed " * 8], "reference": "the rest", "at": "",
        "n": [1234], "n_reference": 9, "estimate": 0.5, "low": 0.2, "high": 0.8, "note": "",
    })  # fmt: skip
    words = [text.get_text() for text in plots.intervals(frame).texts]
    (label,) = [word for word in words if word.startswith("months employed")]
    assert label.endswith("…  n = 1,234")
    assert len(label) <= plots.MOST_LETTERS


def test_the_page_of_contracts_tells_how_it_is_declared_and_what_comes_of_it():
    text = (PLAIN.parent.parent.parent / "docs" / "contracts.md").read_text(encoding="utf-8")
    assert "| `[also]` |" in text
    assert f'by` "{BY}"' in text
    assert f"`{FAMILY}`" in text
    assert all(f"`{measure}`" in text for measure in JUDGED_BY_NONE)
