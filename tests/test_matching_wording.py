"""Who writes in which words, and what their words cost: by hand, planted, against skills that are truly there."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from test_planted import case_of

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.findings import review
from wfaudit.measures import MATCHING
from wfaudit.measures.matching.wording import wording_loss, wording_share
from wfaudit.synthetic.skills import extract, in_standard_labels

# twenty texts: of ten by migrants seven in plain words, of ten by others two
ROWS = pd.DataFrame({
    "origin": ["migrant"] * 10 + ["native"] * 10,
    "words": ["plain"] * 7 + ["terms"] * 3 + ["plain"] * 2 + ["terms"] * 8,
    "text": [f"{w} {i}" for i, w in enumerate(["plain"] * 7 + ["terms"] * 3 + ["plain"] * 2 + ["terms"] * 8)],
})  # fmt: skip
CASE = {
    "roles": {"wording": "words", "text": "text"}, "groups": {"origin": {"reference": "native"}},
}  # fmt: skip


WORDS = {"wording": "words"}


def case(rows=ROWS, **more):
    return wf.Case.from_dict({**CASE, "source": rows, **more})


def standard(text):
    return text.replace("plain", "terms")


def knows_terms(asked):
    return [text.startswith("terms") for text in asked]


def test_by_hand_seven_in_ten_against_two_in_ten():
    found = wording_share(case(), by="origin").table.set_index(["group", "at"])
    assert found["estimate"].to_dict() == {
        ("migrant", "plain"): 0.7, ("native", "plain"): 0.2,
        ("migrant", "terms"): 0.3, ("native", "terms"): 0.8,
    }  # fmt: skip
    low, high = proportion_confint(7, 10, method="wilson")
    assert tuple(found.loc[("migrant", "plain"), ["low", "high"]]) == pytest.approx((low, high))
    gap = wording_share(case(), by="origin", compare=True).table.set_index(["group", "at"])
    assert gap.loc[("migrant", "plain"), "estimate"] == pytest.approx(0.5)


@settings(deadline=None, max_examples=20)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "y", None])), min_size=1, max_size=20
    )
)
def test_shares_of_a_group_add_up_to_one_and_what_is_not_recorded_is_a_share_too(rows):
    made = pd.DataFrame(rows, columns=["origin", "words"]).astype(object)
    if made["words"].isna().all():
        with pytest.raises(AuditError, match="no wording is recorded"):
            wording_share(case(made, roles=WORDS, groups={"origin": {}}), by="origin")
        return
    found = wording_share(case(made, roles=WORDS, groups={"origin": {}}), by="origin").table
    assert found.groupby("group")["estimate"].sum().to_numpy() == pytest.approx(1)
    assert ("not recorded" in set(found["at"])) == made["words"].isna().any()


def test_by_hand_what_their_words_cost_each_group():
    found = wording_loss(case(), knows_terms, standard, by="origin").table.set_index("group")
    assert found["estimate"].isna().sum() == 2  # seven and two texts with a loss: fewer than ten
    more = pd.concat([ROWS.assign(text=ROWS["text"] + f" {i}") for i in range(10)])
    found = wording_loss(case(more), knows_terms, standard, by="origin").table.set_index("group")
    assert found["estimate"].to_dict() == pytest.approx({"migrant": 0.7, "native": 0.2})
    loss = [1.0] * 70 + [0.0] * 30
    low, high = stats.t.interval(0.95, 99, np.mean(loss), stats.sem(loss))
    assert tuple(found.loc["migrant", ["low", "high"]]) == pytest.approx((low, high))
    gap = wording_loss(case(more), knows_terms, standard, by="origin", compare=True).table
    other = [1.0] * 20 + [0.0] * 80
    welch = stats.ttest_ind(loss, other, equal_var=False).confidence_interval(0.95)
    assert tuple(gap.iloc[0][["low", "high"]]) == pytest.approx((welch.low, welch.high))


def test_who_wrote_nothing_has_no_loss_and_is_not_counted():
    rows = ROWS.assign(text=[None, " ", *ROWS["text"][2:]])
    found = wording_loss(case(rows), knows_terms, standard, by="origin").table.set_index("group")
    assert found["n"].to_dict() == {"migrant": 8, "native": 10}


def test_a_text_is_asked_about_once_whoever_wrote_it():
    asked = []
    rows = ROWS.assign(text="the same")
    wording_loss(case(rows), lambda some: asked.extend(some) or [0] * len(some), lambda _: "x")
    assert asked == ["x", "the same"]


@pytest.mark.parametrize(
    ("score", "says"),
    [
        (lambda _: [1.0], "one number for each text"),
        (lambda asked: [np.nan] * len(asked), "no number for some"),
        (lambda asked: {}[asked[0]], r"score stopped .* \(KeyError\)"),
    ],
)
def test_a_model_that_gives_no_numbers_is_refused_without_a_word_of_the_texts(score, says):
    with pytest.raises(AuditError, match=says) as problem:
        wording_loss(case(), score, standard)
    assert "plain" not in str(problem.value)


def test_a_case_without_wording_or_with_too_many_says_so():
    with pytest.raises(AuditError, match="declares no wording"):
        wording_share(case(roles={"text": "text"}))
    with pytest.raises(AuditError, match="declares no text"):
        wording_loss(case(roles={"wording": "words"}), knows_terms, standard)
    many = pd.DataFrame({"origin": ["a"] * 60, "words": [f"w{i}" for i in range(60)]})
    assert "60 labels" in MATCHING["wording_share"].lacks(case(many, roles={"wording": "words"}))


# --- skill extraction as a model under audit


@pytest.fixture(scope="module")
def skills():
    return case_of("skills", ["keyword list", "wording by group"], seed=5, n=3_000)


def test_recall_of_skills_by_wording_equals_a_count_of_the_rows(skills):
    rows = skills.source.table.to_pyarrow().to_pandas()
    missed = 1 - rows[rows["gold"]].groupby("wording")["found"].mean()
    found = wf.rates(skills, "false_negative_rate", by="wording").table.set_index("group")
    assert found["estimate"].to_dict() == pytest.approx(missed.to_dict())
    assert missed["plain words"] > missed["standard labels"] + 0.4


def test_a_keyword_list_costs_those_who_write_in_plain_words_and_the_audit_finds_whom(skills):
    found = [*MATCHING["wording_share"].ask(skills)]
    raised = {(f.group, f.at) for f in review(found) if f.answer == "raised" and f.by == "origin"}
    assert ("migrant", "plain words") in raised

    def score(asked):
        return [bool(extract(text, all_wordings=False)) for text in asked]

    results = [
        wording_loss(skills, score, in_standard_labels, by="origin", compare=compare)
        for compare in (False, True)
    ]
    gap = results[1].table.set_index("group").loc["migrant"]
    assert gap["low"] > 0.05
    rows = skills.source.table.to_pyarrow().to_pandas()
    loss = pd.Series([
        bool(extract(in_standard_labels(t), all_wordings=False)) - bool(extract(t, all_wordings=False))
        for t in rows["text"]
    ])  # fmt: skip
    by_hand = loss.groupby(rows["origin"]).mean()
    assert gap["estimate"] == pytest.approx(by_hand["migrant"] - by_hand["native"])
    assert results[1].interval.startswith("95 % jackknife")  # six sentences are one person's


def test_an_extractor_that_knows_every_wording_costs_nobody_anything(skills):
    found = wording_loss(
        skills, lambda asked: [bool(extract(t)) for t in asked], in_standard_labels, by="origin"
    )
    assert found.table["estimate"].isna().all() or (found.table["estimate"] == 0).all()
    assert found.table["note"].ne("").all()


def test_no_text_leaves_as_a_row(skills):
    results = [*MATCHING["wording_share"].ask(skills)]
    results.append(wording_loss(skills, lambda a: [0.0] * len(a), in_standard_labels, by="origin"))
    for result in results:
        assert "I have experience" not in result.table.to_csv() + repr(result)
