"""Proxies: how well inputs tell who is of a group, by hand, under no relation, and on invented people."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

import wfaudit as wf
from wfaudit.estimators import additive, foretold, hashed
from wfaudit.estimators.roc import auc
from wfaudit.measures import DRIVERS
from wfaudit.measures.drivers import dealt, importance, proxies
from wfaudit.measures.drivers.proxies import proxy_auc, proxy_auc_all_inputs, proxy_weight
from wfaudit.models import points
from wfaudit.synthetic.asta import INPUTS

DEAD = [one.name for one in INPUTS if one.effect is False]  # drawn apart from everything
counts = st.integers(0, 30)


def tables(values):
    one = st.lists(st.lists(counts, min_size=values, max_size=values), min_size=2, max_size=2)
    return st.tuples(one, one).map(lambda t: tuple(np.array(x)[:, None] for x in t))


def invented(n=2_000, seed=0, **more):
    """Women have title Ms more often; the street tells nothing; weeks at work lean a little."""
    rng = np.random.default_rng(seed)
    women = rng.random(n) < 0.5
    return pd.DataFrame({
        "id": np.arange(n), "sex": np.where(women, "women", "men"),
        "title": np.where(rng.random(n) < np.where(women, 0.9, 0.2), "Ms", "Mr"),
        "street": rng.integers(0, 40, n).astype(str), "weeks": rng.integers(0, 30, n) + 4 * women,
        "score": rng.random(n), **more,
    })  # fmt: skip


def case_of(people, inputs=("title", "street", "weeks"), **declared):
    roles = {"score": "score"} | ({"person": "id"} if "id" in people else {})
    keys = {"source": people, "roles": roles, "groups": {"sex": {"reference": "men"}}}
    return wf.Case.from_dict(keys | {"inputs": {name: {} for name in inputs}} | declared)


# --- by hand


def test_sixteen_people_are_told_apart_by_title_as_counted_by_hand():
    # half 1: women 3 Ms, 1 Mr; men 1 Ms, 3 Mr.  half 2: women 2 Ms, 2 Mr; men 1 Ms, 3 Mr.
    women, men = [[[3, 1]], [[2, 2]]], [[[1, 3]], [[1, 3]]]
    # half 2 puts Ms (2 of 3) over Mr (2 of 5): in half 1, 3·3 pairs right, 3·1 + 1·3 tied: (9 + 3) / 16
    # half 1 puts Ms (3 of 4) over Mr (1 of 4): in half 2, 2·3 pairs right, 2·1 + 2·3 tied: (6 + 4) / 16
    found = foretold.by_value(women, men)
    assert found.estimate.tolist() == [(12 / 16 + 10 / 16) / 2]
    assert found.note.tolist() == ["fewer than 10 people on one side of a fold: no interval"]


def test_an_order_that_one_half_teaches_wrongly_counts_against_the_input_in_the_other():
    women, men = [[[6, 4]], [[4, 6]]], [[[4, 6]], [[6, 4]]]  # the halves say the opposite
    # each half, in the other's order: 16 pairs right, 36 wrong, 48 tied
    assert foretold.by_value(women, men).estimate == pytest.approx([0.40])


def test_values_that_half_of_the_people_never_had_are_neither_high_nor_low():
    women, men = [[[10, 0, 10]], [[10, 10, 0]]], [[[5, 15, 0]], [[5, 15, 0]]]
    # half 1 in half 2's order (first 10 of 15 over second 10 of 25): the third value lies between, at 20 of 40
    right = 10 * 15 + 10 * 15  # who has the first or third value, over men with the second
    tied = 10 * 5
    wrong = 10 * 5  # who has the third value, under men with the first
    first = (right + tied / 2) / (right + tied + wrong)
    # half 2 in half 1's order: 10 of 15 over 0 of 15
    second = (10 * 15 + (10 * 5 + 10 * 15) / 2) / 400
    assert foretold.by_value(women, men).estimate == pytest.approx([(first + second) / 2])


def test_whom_an_input_tells_apart_without_fail_have_the_limit_of_pairs_that_are_all_right():
    found = foretold.by_value([[[20, 0]], [[20, 0]]], [[[0, 30]], [[0, 30]]])
    assert found.estimate.tolist() == found.high.tolist() == [1.0]
    assert found.low == pytest.approx([0.025 ** (1 / 40)])  # forty pairs that share nobody


# --- laws


@settings(max_examples=60, deadline=None)
@given(tables(4), st.permutations(range(4)))
def test_what_the_values_are_called_does_not_matter(table, order):
    one, other = foretold.by_value(*table), foretold.by_value(*(x[..., list(order)] for x in table))
    for name in ("estimate", "low", "high"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(tables(3))
def test_telling_women_from_men_is_telling_men_from_women(table):
    one, other = foretold.by_value(*table), foretold.by_value(*table[::-1])
    np.testing.assert_allclose(one.estimate, other.estimate, atol=1e-12)
    np.testing.assert_allclose(one.low, other.low, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(tables(3))
def test_every_interval_holds_its_estimate(table):
    found = foretold.by_value(*table)
    some = ~np.isnan(found.low)
    assert (found.low[some] <= found.estimate[some]).all()
    assert (found.estimate[some] <= found.high[some]).all()


# --- other people's numbers


def test_with_one_fold_the_area_is_that_of_mann_and_whitney_and_its_error_that_of_delong():
    rng = np.random.default_rng(3)
    event = rng.random(300) < 0.3
    score = np.round(rng.normal(size=300) + event, 1)
    found = foretold.by_score(score, event, np.zeros(300, dtype=np.int64))
    theirs = mannwhitneyu(score[event], score[~event]).statistic / (event.sum() * (~event).sum())
    assert found.estimate == pytest.approx(theirs, abs=1e-12)
    grid, at = np.unique(score, return_inverse=True)
    alone = auc(*(np.bincount(at[side], minlength=len(grid)) for side in (event, ~event)))
    se = found.se * found.estimate * (1 - found.estimate)
    assert se == pytest.approx(np.sqrt(2) * float(alone.se), rel=1e-12)


def test_people_who_are_each_a_cluster_have_nearly_the_error_of_people_apart():
    rng = np.random.default_rng(4)
    event = rng.random(2_000) < 0.4
    score, fold = rng.normal(size=2_000) + event, np.arange(2_000) % 5
    apart = foretold.by_score(score, event, fold)
    each = foretold.by_score(score, event, fold, np.arange(2_000))
    assert each.estimate == pytest.approx(float(apart.estimate), abs=1e-12)
    assert each.se == pytest.approx(float(apart.se), rel=0.01)


def test_a_sum_over_values_is_the_ridge_regression_of_scikit_learn():
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(5)
    places = np.column_stack([rng.integers(0, 4, 500), 4 + rng.integers(0, 6, 500)])
    y = rng.normal(size=(500, 2)) + places
    found = additive.learned(places, y, np.arange(500) % 5, 10)
    ones = np.zeros((500, 10))
    np.put_along_axis(ones, places, 1.0, axis=1)
    theirs = Ridge(alpha=1.0, fit_intercept=False).fit(ones, y - y.mean(axis=0))
    np.testing.assert_allclose(found.amounts, theirs.coef_.T, atol=1e-9)
    kept = np.arange(500) % 5 != 2
    fewer = Ridge(alpha=1.0, fit_intercept=False).fit(ones[kept], y[kept] - y[kept].mean(axis=0))
    expected = y[kept].mean(axis=0) + fewer.predict(ones[~kept])
    np.testing.assert_allclose(found.out_of_fold[~kept], expected, atol=1e-9)


# --- with nothing to tell


@pytest.mark.parametrize("values", [2, 10, 50])
@pytest.mark.parametrize("women", [200, 1_000])
def test_an_input_that_tells_nothing_has_one_half_on_average_and_is_rarely_said_to_tell(
    values, women
):
    rng, draws = np.random.default_rng(6), 2_000
    even = np.full(values, 1 / values)
    one, other = (
        np.stack([rng.multinomial(n // 2, even, draws) for _ in (0, 1)]) for n in (women, 1_000)
    )
    found = foretold.by_value(one, other)
    error = found.estimate.std() / np.sqrt(draws)
    assert abs(found.estimate.mean() - 0.5) < 4 * error
    assert (found.low > 0.5).mean() <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / draws)
    assert ((found.low <= 0.5) & (found.high >= 0.5)).mean() >= 0.95 - 3 * np.sqrt(
        0.05 * 0.95 / draws
    )


def test_offices_with_their_own_titles_are_taken_as_whole_and_rarely_said_to_tell():
    rng, draws, offices = np.random.default_rng(7), 1_000, 40
    titles = rng.dirichlet(np.full(5, 2.0), (draws, offices))
    women = rng.binomial(30, rng.beta(2, 4, (draws, offices)))
    one, other = rng.multinomial(women, titles), rng.multinomial(30 - women, titles)
    found = foretold.by_value_over(*(x.transpose(1, 0, 2) for x in (one, other)))
    assert abs(found.estimate.mean() - 0.5) < 4 * found.estimate.std() / np.sqrt(draws)
    assert (found.low > 0.5).mean() <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / draws)
    held = ((found.low <= 0.5) & (found.high >= 0.5)).mean()
    assert held >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / draws)


@pytest.mark.parametrize("lean", [0.3, 1.0])
def test_the_area_of_a_true_order_is_held_by_its_interval(lean):
    rng, draws, values = np.random.default_rng(8), 1_000, 50
    men = np.full(values, 1 / values)
    women = men * np.exp(lean * np.linspace(-1, 1, values))
    women /= women.sum()
    truth = float((women * (np.cumsum(men) - men / 2)).sum())
    one, other = (
        np.stack([rng.multinomial(1_700, p, draws) for _ in (0, 1)]) for p in (women, men)
    )
    found = foretold.by_value(one, other, kin=foretold.neighbours(values, values // 8))
    assert ((found.low <= truth) & (truth <= found.high)).mean() >= 0.94
    assert (found.low > 0.5).mean() > 0.99


def test_all_inputs_that_tell_nothing_have_one_half_on_average():
    rng, areas, held = np.random.default_rng(9), [], []
    for _ in range(200):
        places = rng.integers(0, 5, (400, 8)) + 5 * np.arange(8)
        event, fold = rng.random(400) < 0.3, rng.integers(0, 5, 400)
        score = additive.learned(places, event[:, None], fold, 40).out_of_fold[:, 0]
        found = foretold.by_score(score, event, fold)
        areas.append(float(found.estimate))
        held.append(found.low <= 0.5 <= found.high)
    assert abs(np.mean(areas) - 0.5) < 4 * np.std(areas) / np.sqrt(200)
    assert np.mean(held) >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 200)


# --- of a case


def test_a_title_tells_women_from_men_and_a_street_does_not():
    found = proxy_auc(case_of(invented()), by="sex")
    told = found.table[found.table["group"] == "women"].set_index("at")
    expected = 0.5 + (0.9 - 0.2) / 2
    assert told.loc["title", "low"] < expected < told.loc["title", "high"]
    assert told.loc["street", "low"] < 0.5 < told.loc["street", "high"]
    assert told.loc["weeks", "low"] > 0.5
    assert told["reference"].unique().tolist() == ["the rest"]
    assert (told["n"] + told["n_reference"] == 2_000).all()
    assert found.kind == "value"
    assert not found.judged


def test_the_order_of_rows_changes_no_figure():
    people = invented()
    one, other = (case_of(rows) for rows in (people, people.sample(frac=1, random_state=1)))
    for ask in (proxy_auc, proxy_auc_all_inputs):
        np.testing.assert_allclose(
            ask(one, by="sex").table["estimate"], ask(other, by="sex").table["estimate"], atol=1e-12
        )


def test_people_without_an_identifier_are_dealt_by_what_they_are_and_not_by_where_they_stand():
    people = invented().drop(columns="id")
    one, other = (case_of(rows) for rows in (people, people[::-1].reset_index(drop=True)))
    assert proxy_auc(one, by="sex").table.equals(proxy_auc(other, by="sex").table)


def test_people_who_come_in_batches_are_counted_as_all_at_once(monkeypatch):
    whole = dealt.counted(case_of(invented()))
    monkeypatch.setattr(dealt, "BATCH", 300)
    monkeypatch.setattr(dealt, "MOST", 500)
    case = case_of(invented(), inputs=("title", "street"))
    parts = dealt.counted(case)
    assert 400 < len(dealt.sample(case).people.row) < 600
    assert (parts.one("sex", 0) == whole.one("sex", 0)).all()
    assert "of 2,000 rows" in proxy_auc_all_inputs(case, by="sex").definition


def test_whole_persons_stay_in_one_half_and_their_repeats_widen_the_interval():
    people = pd.concat([invented(400)] * 5, ignore_index=True)
    repeated, apart = case_of(people), case_of(people.assign(id=np.arange(2_000)))
    assert repeated.cluster == "person"
    one, other = (proxy_auc(case, by="sex").table.iloc[0] for case in (repeated, apart))
    assert one["high"] - one["low"] > 1.5 * (other["high"] - other["low"])
    unit, fold = dealt.sample(repeated).people.unit, dealt.sample(repeated).people.fold()
    assert all(len(set(fold[unit == one])) == 1 for one in np.unique(unit)[:20])


def test_who_is_not_recorded_is_of_no_group_and_of_no_rest():
    people = invented()
    people.loc[:199, "sex"] = None
    found = proxy_auc(case_of(people), by="sex").table
    assert (found["n"] + found["n_reference"] == 1_800).all()
    together = proxy_auc_all_inputs(case_of(people), by="sex").table
    assert (together["n"] + together["n_reference"] == 1_800).all()
    assert "not recorded" not in {*found["group"], *together["group"]}


def test_a_level_that_nobody_has_keeps_its_row_and_a_reason():
    case = case_of(invented(), groups={"sex": {"levels": ["women", "men", "others"]}})
    for found in (proxy_auc(case, by="sex"), proxy_auc_all_inputs(case, by="sex")):
        others = found.table[found.table["group"] == "others"]
        assert others["estimate"].isna().all()
        assert (others["note"] == "nobody to compare").all()


def test_inputs_that_tell_only_together_are_found_by_trees_and_not_by_a_sum():
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 2, (2, 1_000))
    people = pd.DataFrame({"sex": np.where(a == b, "women", "men"), "a": a, "b": b, "score": 0.5})
    case = case_of(people, inputs=("a", "b"))
    boosted = proxy_auc_all_inputs(case, by="sex", learner="boosted").table
    assert boosted["estimate"].tolist() == [1.0, 1.0]
    assert proxy_auc_all_inputs(case, by="sex").table["high"].max() < 0.6
    with pytest.raises(wf.AuditError, match=r"No learner called 'boost'\. Did you mean 'boosted'"):
        proxy_auc_all_inputs(case, by="sex", learner="boost")


def test_texts_are_values_to_trees_too():
    found = proxy_auc_all_inputs(case_of(invented()), by="sex", learner="boosted").table
    assert found["low"].min() > 0.8


# --- times how much it moves the score


def test_a_weight_is_what_an_input_tells_times_what_it_moves():
    case = case_of(invented(), inputs=("title", "weeks"))
    model = points({"title": {"Ms": 0, "Mr": 4}, "weeks": 0.0}, name="points")
    alone, moved = proxy_auc(case, by="sex").table, importance(case, model).table.set_index("at")
    found = proxy_weight(case, model, by="sex")
    title = found.table[(found.table["at"] == "title") & (found.table["group"] == "women")].iloc[0]
    area = alone[(alone["at"] == "title") & (alone["group"] == "women")]["estimate"].iloc[0]
    assert title["estimate"] == pytest.approx((2 * area - 1) * moved.loc["title", "estimate"])
    assert title["low"] < title["estimate"] < title["high"]
    weeks = found.table[found.table["at"] == "weeks"]
    assert weeks["estimate"].tolist() == [0.0, 0.0]
    assert weeks["note"].tolist() == ["it moves nobody's score"] * 2
    assert "Shapley" in found.definition


def test_the_interval_of_a_weight_holds_its_truth():
    model = points({"title": {"Ms": 0, "Mr": 4}}, name="points")
    truth = 0.7 * 4 * 2 * 0.55 * 0.45  # (2 AUC - 1) times the mean distance from the mean of points
    held = []
    for seed in range(60):
        found = proxy_weight(
            case_of(invented(600, seed), inputs=("title",)), model, by="sex"
        ).table.iloc[0]
        held.append(found["low"] <= truth <= found["high"])
    assert np.mean(held) >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 60)


def test_an_input_that_a_model_does_not_ask_has_a_row_and_a_reason():
    found = proxy_weight(case_of(invented()), points({"title": {"Ms": 0, "Mr": 4}}), by="sex").table
    others = found[found["at"] != "title"]
    assert others["estimate"].isna().all()
    assert (others["note"] == "the input is not one of the model's").all()


# --- what can't be asked


def test_what_a_case_lacks_for_proxies_is_said():
    counts = wf.load("eeoc")
    assert DRIVERS["proxy_auc"].lacks(counts, None) == "a published table holds no single people"
    case = case_of(invented(), inputs=())
    assert DRIVERS["proxy_auc"].lacks(case, None) == "the case declares no inputs of the model"
    with pytest.raises(wf.AuditError, match="declares no inputs, so nothing can be learned"):
        proxy_auc(case, by="sex")
    weighted = case_of(invented(weight=2.0), roles={"weight": "weight"})
    with pytest.raises(wf.AuditError, match="not offered for weighted samples"):
        proxy_auc(weighted, by="sex")
    assert DRIVERS["proxy_weight"].lacks(case_of(invented()), None).startswith("no model was given")


def test_a_hash_of_who_somebody_is_deals_people_evenly_and_apart():
    who = hashed.rows([hashed.texts(np.arange(6_000), [f"p{i}" for i in range(6_000)])], 0)
    one, other = hashed.part(who, 2, 1), hashed.part(who, 5, 2)
    table = np.zeros((2, 5))
    np.add.at(table, (one, other), 1)
    assert (np.abs(table - 600) < 4 * np.sqrt(600)).all()


# --- planted


@pytest.fixture(scope="module")
def asta():
    return wf.load("asta")


def test_planted_proxies_of_origin_and_age_are_found(asta):
    origin = proxy_auc(asta, by="origin").table
    strong = origin[(origin["group"] == "Danish") & (origin["low"] > 0.75)]
    assert set(strong["at"]) == {"citizenship", "number of languages", "spoken Danish"}
    age = proxy_auc(asta, by="age").table
    told = age[age["at"] == "age at case start"]
    assert told["estimate"].tolist() == [1.0] * 3
    absent = origin[
        (origin["group"] == "non-western") & (origin["at"] == "municipalities with an earlier case")
    ]
    assert absent["low"].iloc[0] > 0.6  # it is missing more often


def test_inputs_drawn_apart_from_everything_are_called_no_proxies_beyond_the_nominal(asta):
    found = pd.concat([proxy_auc(asta, by=name).table for name in ("sex", "origin", "age")])
    dead = found[found["at"].isin(DEAD)]
    assert len(dead) == 80
    assert (dead["low"] > 0.5).sum() <= 6  # 2 are expected at .025; 7 or more have chance .004
    assert dead["estimate"].mean() == pytest.approx(0.5, abs=0.003)
    assert dead["estimate"].max() < 0.52


def test_all_inputs_together_tell_more_than_the_best_alone(asta):
    best = proxy_auc(asta, by="origin").table.groupby("group")["estimate"].max()
    every = proxy_auc_all_inputs(asta, by="origin").table.set_index("group")
    assert (every["low"] > best.reindex(every.index)).all()


def test_an_audit_asks_for_proxies_and_with_a_model_for_their_weight():
    done = wf.audit(case_of(invented(600)))
    asked = {result.measure for result in done.results}
    assert {proxies.AUC, proxies.TOGETHER} <= asked
    assert proxies.WEIGHT in {one.measure for one in done.cannot_test}
    assert proxies.WEIGHT in {
        r.measure
        for r in wf.audit(case_of(invented(600)), points({"title": {"Ms": 0, "Mr": 1}})).results
    }
