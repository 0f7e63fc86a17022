"""Effort by group and by predicted ease: counted by hand, held to laws, to R, and to what was planted."""

import io
import json
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t, ttest_ind

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.estimators import concentration as along
from wfaudit.estimators import means
from wfaudit.estimators.concentration import Held, index, index_without_each
from wfaudit.estimators.means import Amounts
from wfaudit.findings import review
from wfaudit.measures.overrides import effort
from wfaudit.measures.overrides.concentrated import concentration
from wfaudit.measures.overrides.effort import QUESTIONS, effort_by_fifth, mean_effort, top_to_bottom
from wfaudit.measures.overrides.first_contact import waits
from wfaudit.synthetic import Dice
from wfaudit.synthetic.populations import population

HERE = Path(__file__).parent
R = json.loads((HERE / "oracles" / "concentration.json").read_text(encoding="utf-8"))["values"]
# "-" is not recorded; days until somebody spoke to the person, and whether that was seen
SERVED = """
who sex   ease tier talks minutes spent paid days seen
1   women 0.05 far  1     10      100   0    40   yes
2   women 0.10 far  1     20      200   0    60   no
3   men   0.15 far  0     0       100   0    20   no
4   men   0.20 far  2     20      200   900  35   yes
5   women 0.25 far  1     15      100   0    10   yes
6   women 0.30 far  1     15      100   800  25   yes
7   men   0.35 far  2     25      300   0    40   yes
8   men   0.40 far  2     25      100   0    5    yes
9   women 0.45 near 2     30      200   700  10   yes
10  women 0.50 near 2     20      100   0    15   yes
11  men   0.55 near 3     30      200   0    20   yes
12  men   0.60 near 3     40      100   600  5    yes
13  women 0.65 near 3     30      300   600  30   yes
14  women 0.70 near -     -       100   0    5    yes
15  men   0.75 near 4     40      200   500  5    yes
16  men   0.80 near 4     50      100   0    10   yes
17  women 0.85 near 3     35      300   400  20   no
18  women 0.90 near 4     45      200   400  10   yes
19  men   0.95 near 5     60      300   400  15   yes
20  men   1.00 near 5     50      200   0    5    yes
"""
DECLARED = {
    "missing": ["-"],
    "roles": {
        "score": {"column": "ease", "resolution": 0.01}, "contacts": "talks", "minutes": "minutes",
        "tier": {"column": "tier", "order": ["far", "near"]}, "spending": "spent", "payment": "paid",
        "first_contact": {"time": "days", "observed": "seen", "horizons": [14, 30]},
    },
    "groups": {"sex": {"reference": "men"}},
    "tolerance": {"default": {"gap": 0.05}},
}  # fmt: skip


def served(times=1, **more):
    """The twenty people, each standing for several who are alike."""
    people = pd.read_csv(io.StringIO(SERVED), sep=r"\s+", dtype=str)
    people = pd.concat([people] * times, ignore_index=True)
    people["office"] = [f"o{i % 10}" for i in range(len(people))]
    return wf.Case.from_dict({**DECLARED, **more, "source": people})


def frame(result):
    return result.to_frame().set_index(["at", "group"])


def numbers(column, sex=None):
    """What the rows hold of a column, for brute force."""
    people = pd.read_csv(io.StringIO(SERVED), sep=r"\s+", na_values="-")
    mine = people if sex is None else people[people["sex"] == sex]
    return mine[["ease", column]].dropna().to_numpy().T


# --- means


def test_mean_contacts_are_what_a_reader_adds_up_by_hand():
    found = frame(mean_effort(served(), "contacts", by="sex"))
    assert found.loc[("", "women"), "n"] == 9  # one of ten is not recorded
    assert found.loc[("", "women"), "note"] == "9 with an amount: fewer than 10, no interval"
    five = frame(mean_effort(served(times=5), "contacts", by="sex"))
    assert five.loc[("", "women"), ["n", "estimate"]].tolist() == [45, 18 / 9]
    assert five.loc[("", "men"), ["n", "estimate"]].tolist() == [50, 30 / 10]


def test_a_gap_of_means_and_its_interval_are_those_of_welch():
    result = mean_effort(served(times=3), "minutes", by="sex", compare=True)
    row = frame(result).loc[("", "women")]
    women, men = (np.tile(numbers("minutes", sex)[1], 3) for sex in ("women", "men"))
    told = ttest_ind(women, men, equal_var=False).confidence_interval(0.95)
    assert row["estimate"] == pytest.approx(women.mean() - men.mean(), abs=1e-12)
    assert (row["low"], row["high"]) == pytest.approx((told.low, told.high), rel=1e-12)
    assert frame(result).loc[("", "men"), "note"] == "compared with itself"


def test_means_and_their_difference_equal_r():
    sides = {
        name: Amounts(*np.array([len(x), np.sum(x), np.sum(np.square(x)), len(x)], float))
        for name, x in R["means"]["amounts"].items()
    }
    found = {name: means.mean(side) for name, side in sides.items()}
    for name, limits in R["means"]["alone"].items():
        assert [found[name].low, found[name].high] == pytest.approx(limits, rel=1e-12)
    gap = means.difference(found["women"], found["men"])
    assert [gap.low, gap.high] == pytest.approx(R["means"]["gap"], rel=1e-11)
    assert gap.df == pytest.approx(R["means"]["df"], rel=1e-12)


def test_a_mean_of_amounts_that_are_all_the_same_has_no_interval_of_width_zero():
    found = means.mean(Amounts.of([20, 20 * 0.1, 20 * 0.1**2, 20]))
    assert found.note == "nothing varies: no interval"
    assert np.isnan(found.low)


def test_the_rest_is_everybody_else_whose_group_is_recorded():
    people = pd.DataFrame(
        {"town": ["a", "b", "c", None] * 12, "talks": [1, 2, 4, 9, 3, 2, 6, 9] * 6}
    )
    case = wf.Case.from_dict(
        {
            "source": people,
            "roles": {"contacts": "talks"},
            "groups": {"town": {"reference": "the rest"}},
        }
    )
    found = frame(mean_effort(case, "contacts", by="town", compare=True))
    assert found.loc[("", "a"), "estimate"] == (1 + 3) / 2 - (2 + 4 + 2 + 6) / 4
    assert found.loc[("", "a"), "n_reference"] == 24
    highest = frame(mean_effort(case, "contacts", by="town", compare="the highest"))
    assert highest.loc[("", "c"), "note"] == "compared with itself"
    assert highest.loc[("", "a"), "estimate"] == 2 - 5


# --- along the score


def rows_index(score, amount):
    """The index from the rows themselves: 2 cov(amount, middle rank) / mean, two loops over people."""
    n = len(score)
    rank = [(np.sum(score < s) + np.sum(score == s) / 2) / n for s in score]
    return 2 * np.mean((amount - np.mean(amount)) * (np.array(rank) - 0.5)) / np.mean(amount)


def gridded(score, amount):
    """The sums that an index is found from, at each place of a score."""
    grid, at = np.unique(score, return_inverse=True)
    return Amounts(
        *(
            np.bincount(at, x, len(grid))
            for x in (np.ones(len(at)), amount, np.square(amount), amount != 0)
        )
    )


def test_equal_effort_has_an_index_of_zero():
    found = index(gridded(np.arange(40), np.full(40, 3.0)))
    assert abs(found.estimate) < 1e-15
    assert found.note == "nothing varies: no interval"


@pytest.mark.parametrize("n", [2, 5, 20])
def test_an_index_is_one_less_one_nth_where_the_first_of_n_has_all_the_effort(n):
    top = np.where(np.arange(n) == n - 1, 7.0, 0.0)
    assert index(gridded(np.arange(n), top)).estimate == pytest.approx(1 - 1 / n, abs=1e-15)
    assert index(gridded(-np.arange(n), top)).estimate == pytest.approx(1 / n - 1, abs=1e-15)


@pytest.mark.parametrize("name", R["index"])
def test_an_index_and_its_variance_equal_r(name, monkeypatch):
    monkeypatch.setattr(along, "FEWEST", 1)
    told = R["index"][name]
    found = index(gridded(np.array(told["score"]), np.array(told["amount"], float)))
    assert found.estimate == pytest.approx(told["index"], rel=1e-12)
    assert found.estimate == pytest.approx(told["regression"], rel=1e-12)
    assert found.se**2 == pytest.approx(told["variance"], rel=1e-11)
    assert found.se**2 == pytest.approx(told["infinitesimal"], rel=1e-3)


pairs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50)), min_size=3, max_size=30).filter(
    lambda found: sum(a for _, a in found) > 0 and len({s for s, _ in found}) > 1
)


@given(pairs, st.integers(2, 5))
@settings(max_examples=60, deadline=None)
def test_an_index_is_that_of_the_rows_turns_with_the_score_and_knows_no_currency(people, times):
    score, amount = np.array(people, float).T
    found = index(gridded(score, amount)).estimate
    assert found == pytest.approx(rows_index(score, amount), abs=1e-12)
    assert -1 <= found <= 1
    assert index(gridded(-score, amount)).estimate == pytest.approx(-found, abs=1e-12)
    assert index(gridded(score, 7.5 * amount)).estimate == pytest.approx(found, abs=1e-12)
    repeated = gridded(np.tile(score, times), np.tile(amount, times))
    assert index(repeated).estimate == pytest.approx(found, abs=1e-12)


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 6), st.integers(1, 9)), min_size=6, max_size=40
    )
)
@settings(max_examples=60, deadline=None)
def test_an_index_without_each_cluster_is_that_of_the_other_rows(people):
    cluster, score, amount = np.array(people).T
    cells = {}
    for c, s, a in people:
        n, total = cells.get((c, s), (0, 0))
        cells[(c, s)] = (n + 1, total + a)
    at = np.array(sorted(cells)).T
    n, total = np.array([cells[place] for place in sorted(cells)], float).T
    held = Held(at[0], at[1], n, total, 5)
    whole = [np.bincount(score, x, 7) for x in (np.ones(len(score)), amount)]
    each, left = index_without_each(*whole, held)
    for c in range(5):
        others = cluster != c
        assert left[c] == others.sum()
        if others.any():
            assert each[c] == pytest.approx(rows_index(score[others], amount[others]), abs=1e-12)


@pytest.mark.parametrize(
    ("people", "least", "draw"),
    [
        (30, 0.93, lambda rng, ease: rng.integers(10, 51, ease.shape)),
        (60, 0.93, lambda rng, ease: rng.integers(0, 5, ease.shape) + np.floor(4 * ease)),
        (100, 0.93, lambda rng, ease: 2000.0 * (rng.random(ease.shape) < 0.1 + 0.8 * ease)),
        (300, 0.93, lambda rng, ease: rng.lognormal(ease, 1)),
    ],
    ids=["minutes", "creamed contacts", "one fee", "log-normal spending"],
)
def test_limits_of_an_index_hold_the_truth_in_93_of_100_studies(people, least, draw):
    rng = np.random.default_rng(5)

    def found(shape):
        ease = np.floor(50 * rng.random(shape)) / 50
        amount, at = draw(rng, ease), np.rint(50 * ease).astype(int)
        sums = np.zeros((4, shape[0], 50))
        worth = (1, amount, np.square(amount), amount != 0)
        for one, x in zip(sums, worth, strict=True):
            np.add.at(one, (np.arange(shape[0])[:, None], at), x)
        return index(Amounts(*sums))

    truth = found((1, 2_000_000)).estimate[0]
    studies = found((3_000, people))
    told = np.isfinite(studies.low)
    inside = (studies.low <= truth) & (truth <= studies.high)
    assert told.mean() > 0.95
    assert inside[told].mean() >= least


def test_the_index_of_a_case_is_that_of_its_rows_by_kind_of_effort_and_by_group():
    found = frame(concentration(served(times=5), by="sex"))
    for at, column in (("contacts", "talks"), ("minutes", "minutes"), ("spending", "spent")):
        for sex in ("women", "men"):
            assert found.loc[(at, sex), "estimate"] == pytest.approx(
                rows_index(*numbers(column, sex))
            )
    assert found.loc[("contacts", "women"), "n"] == 45
    gaps = frame(concentration(served(times=5), by="sex", compare=True))
    apart = [rows_index(*numbers("minutes", sex)) for sex in ("women", "men")]
    assert gaps.loc[("minutes", "women"), "estimate"] == pytest.approx(apart[0] - apart[1])


def test_everybodys_index_is_held_against_an_even_spread_and_told_in_one_sentence():
    case = served(times=20)
    results = [concentration(case), concentration(case, compare=True)]
    found = {f.at: f for f in review(results)}
    assert found["contacts"].answer == "raised"
    assert found["contacts"].says.startswith(
        "The concentration index of contacts along the score, for everyone compared with an even spread: "
        "0.296 higher, 95 % interval 0.275 to 0.317 (n = 380 and 380). Raised"
    )
    assert found["contacts"].reference == "an even spread"
    assert rows_index(*numbers("talks")) == pytest.approx(45 / 152)


def test_a_fifth_holds_four_of_twenty_people_and_is_the_same_for_women_and_men():
    found = frame(effort_by_fifth(served(times=6), by="sex"))
    assert found.loc[("minutes, lowest fifth", "women"), ["n", "estimate"]].tolist() == [12, 15.0]
    assert found.loc[("contacts, lowest fifth", "women"), "note"] == "nothing varies: no interval"
    five = frame(effort_by_fifth(served(times=10)))
    assert five.loc[("minutes, lowest fifth", "everyone"), "estimate"] == (10 + 20 + 0 + 20) / 4
    assert five.loc[("minutes, highest fifth", "everyone"), "estimate"] == (35 + 45 + 60 + 50) / 4
    assert five["n"].groupby(level="at").sum()["spending, middle fifth"] == 40


def test_the_highest_fifth_gets_so_many_times_what_the_lowest_gets():
    found = frame(top_to_bottom(served(times=10)))
    assert found.loc[("minutes", "everyone"), "estimate"] == pytest.approx(190 / 50)
    assert found.loc[("contacts", "everyone"), "estimate"] == pytest.approx(17 / 4)
    row = found.loc[("minutes", "everyone")]
    low, high = (np.tile(x, 10) for x in ([10, 20, 0, 20], [35, 45, 60, 50]))
    parts = [np.var(x, ddof=1) / 40 / np.mean(x) ** 2 for x in (low, high)]
    df = sum(parts) ** 2 / sum(p**2 / 39 for p in parts)
    arm = t.ppf(0.975, df) * np.sqrt(sum(parts))
    assert np.log([row["low"], row["high"]]) == pytest.approx(np.log(3.8) + np.array([-arm, arm]))


def test_people_with_the_same_score_stay_in_one_fifth_and_an_empty_fifth_keeps_its_row():
    people = pd.DataFrame({"ease": [0.1] * 60 + [0.9] * 40, "talks": [1, 2] * 50})
    declared = {"roles": {"score": "ease", "contacts": "talks"}}
    found = frame(effort_by_fifth(wf.Case.from_dict({"source": people, **declared})))
    assert found["n"].tolist() == [0, 60, 0, 0, 40]
    assert found["note"].tolist()[0] == "nobody to count"


# --- over clusters


def brute(read, clusters, people):
    """A jackknife over clusters by leaving each out in a loop: the standard error."""
    full = read(people)
    each = np.array([read(people[clusters != c]) for c in np.unique(clusters)])
    g = len(each)
    return full, np.sqrt((g - 1) / g * np.square(each - full).sum())


@pytest.mark.parametrize("measure", ["mean", "index", "gap of means", "gap of indices"])
def test_clustered_effort_has_the_jackknife_of_leaving_each_office_out_in_a_loop(measure):
    rng = np.random.default_rng(3)
    n = 240
    office = rng.integers(0, 12, n)
    ease = rng.integers(1, 20, n) / 20
    talks = rng.integers(0, 5, n) + office % 3
    sex = np.where(rng.random(n) < 0.5, "women", "men")
    people = pd.DataFrame({"office": office, "ease": ease, "talks": talks, "sex": sex})
    declared = {
        "roles": {
            "cluster": "office",
            "contacts": "talks",
            "score": {"column": "ease", "resolution": 0.01},
        },
        "groups": {"sex": {"reference": "men"}},
    }
    case = wf.Case.from_dict({"source": people, **declared})
    gap = measure.startswith("gap")
    how = (
        concentration if "ind" in measure else lambda case, **k: mean_effort(case, "contacts", **k)
    )
    result = how(case, by="sex", compare=gap)
    row = result.to_frame()["group"].tolist().index("women")

    def one(rows, who):
        mine = rows[rows["sex"] == who]
        if "ind" in measure:
            return rows_index(mine["ease"].to_numpy(), mine["talks"].to_numpy())
        return mine["talks"].mean()

    def read(rows):
        return one(rows, "women") - (one(rows, "men") if gap else 0)

    value, se = brute(read, people["office"].to_numpy(), people)
    assert result.table["estimate"][row] == pytest.approx(value, abs=1e-12)
    assert result.evidence["se"][row] == pytest.approx(se, rel=1e-9)
    assert result.evidence["clusters"][row] == 12


# --- time to first contact


def kept_waiting(people, horizon):
    """Kaplan and Meier's share by the rows: one factor for each day on which somebody was spoken to."""
    share = 1.0
    for day in sorted(set(people["days"])):
        if day <= horizon:
            at_risk = (people["days"] >= day).sum()
            spoken = ((people["days"] == day) & (people["seen"] == "yes")).sum()
            share *= 1 - spoken / at_risk
    return share


def test_the_share_not_yet_spoken_to_is_the_product_a_reader_makes_by_hand():
    people = pd.read_csv(io.StringIO(SERVED), sep=r"\s+", na_values="-")
    found = frame(waits(served(times=10)))
    far, near = (people[people["tier"] == tier] for tier in ("far", "near"))
    # eight far from work: one spoken to on day 5, one on day 10, then six wait
    assert found.loc[("at 14", "far"), "estimate"] == pytest.approx(6 / 8)
    # of six, one stops being followed on day 20, one of five is spoken to on day 25
    assert found.loc[("at 30", "far"), "estimate"] == pytest.approx(6 / 8 * 4 / 5)
    for at in (14, 30):
        for name, tier in (("far", far), ("near", near)):
            row = found.loc[(f"at {at}", name)]
            if not row["note"]:
                assert row["estimate"] == pytest.approx(kept_waiting(tier, at))
    by_sex = frame(waits(served(times=10), by="sex"))
    women = far[far["sex"] == "women"]
    assert by_sex.loc[("advised “far”, at 30", "women"), "estimate"] == pytest.approx(
        kept_waiting(women, 30)
    )


def test_tiers_are_held_against_the_one_of_lowest_need():
    risk = waits(served(times=10), compare=True).to_frame()
    assert set(risk["reference"]) == {"near"}
    roles = DECLARED["roles"] | {"flagged": {"tier_at_least": "near"}, "flag_is": "help"}
    helped = waits(served(times=10, roles=roles), compare=True).to_frame()
    assert set(helped["reference"]) == {"far"}
    named = waits(served(times=10), compare="far").to_frame()
    assert set(named["reference"]) == {"far"}


def test_waits_over_clusters_have_the_jackknife_of_leaving_each_office_out_in_a_loop():
    people = pd.read_csv(io.StringIO(SERVED), sep=r"\s+", na_values="-")
    people = pd.concat([people] * 6, ignore_index=True)
    people["office"] = [f"o{i * 7 % 9}" for i in range(len(people))]
    roles = DECLARED["roles"] | {"cluster": "office"}
    case = wf.Case.from_dict(
        {**DECLARED, "roles": roles, "source": people.astype(str).replace("nan", "-")}
    )
    result = waits(case, compare=True)
    row = result.to_frame().query("at == 'at 14' and group == 'far'").index[0]

    def read(rows):
        return np.subtract(
            *(kept_waiting(rows[rows["tier"] == tier], 14) for tier in ("far", "near"))
        )

    value, se = brute(read, people["office"].to_numpy(), people)
    assert result.table["estimate"][row] == pytest.approx(value, abs=1e-12)
    assert result.evidence["se"][row] == pytest.approx(se, rel=1e-9)


# --- what a case can't be asked


def test_what_is_not_declared_is_said_and_not_guessed():
    case = wf.Case.from_dict(
        {
            "source": pd.DataFrame({"sex": ["a", "b"] * 9, "m": range(18)}),
            "roles": {"minutes": "m"},
            "groups": {"sex": {}},
        }
    )
    assert QUESTIONS["mean_minutes"].lacks(case) == ""
    assert QUESTIONS["mean_payment"].lacks(case) == "the case declares no payment"
    assert QUESTIONS["concentration_of_effort"].lacks(case) == "the case declares no score"
    assert QUESTIONS["concentration_of_payment"].lacks(case) == "the case declares no payment"
    assert QUESTIONS["effort_by_fifth"].lacks(case) == "the case declares no score"
    assert "first_contact" in QUESTIONS["time_to_first_contact"].lacks(case)
    with pytest.raises(AuditError, match="declares no reference"):
        mean_effort(case, "minutes", by="sex", compare=True)
    with pytest.raises(AuditError, match="No kind of effort called 'minute'"):
        mean_effort(case, "minute")
    with pytest.raises(AuditError, match="A comparison needs groups"):
        concentration(served(), compare="men")
    with pytest.raises(AuditError, match="No group of sex is called 'man'"):
        mean_effort(served(), "minutes", by="sex", compare="man")


def test_weighted_rows_and_published_tables_are_refused():
    case = served(roles=DECLARED["roles"] | {"weight": "spent"})
    why = {name: question.lacks(case) for name, question in QUESTIONS.items()}
    assert set(why.values()) == {
        "it would take every row as one, and rows are declared to weigh more"
    }
    published = wf.load("ll144/selection")
    assert {q.lacks(published) for q in QUESTIONS.values()} == {
        "a published table holds no single people"
    }


def test_every_row_has_a_number_with_its_interval_or_a_reason():
    for case in (
        served(),
        served(times=4),
        served(times=4, roles=DECLARED["roles"] | {"cluster": "office"}),
    ):
        for question in QUESTIONS.values():
            for result in question.ask(case):
                table = result.to_frame()
                told = table["estimate"].notna() & (table["note"] == "")
                assert (table.loc[told, "high"] > table.loc[told, "low"]).all()
                assert (table.loc[~told, "note"] != "").all()
                assert (table["measure"] == result.measure).all()


# --- what was planted


def invented(name, on, seed, n=6_000, **tolerance):
    """A population's case on fresh people, asked for the shares not yet spoken to after 30 and 90 days."""
    text = (HERE.parent / "datasets" / name / "case.toml").read_text(encoding="utf-8")
    declared = tomllib.loads(text)
    if "first_contact" in declared["roles"]:
        declared["roles"]["first_contact"]["horizons"] = [30, 90]
    declared["tolerance"] |= tolerance
    people = population(name).draw(Dice(seed=seed, chunk=0, n=n), on)
    return wf.Case.from_dict({**declared, "source": people})


def raised(questions, case):
    """What is raised by some questions: measure, group and the second axis."""
    results = [result for name in questions for result in effort.QUESTIONS[name].ask(case)]
    return {(f.measure, f.by, f.group, f.at) for f in review(results) if f.answer == "raised"}


@pytest.mark.parametrize(
    ("name", "planted", "what"),
    [
        ("routing", "parking", ("time_to_first_contact", "tier", "caseworker", "at 90")),
        ("routing", "creaming", ("concentration_of_effort", "everyone", "everyone", "contacts")),
        (
            "providers",
            "spending follows ease",
            ("concentration_of_effort", "everyone", "everyone", "spending"),
        ),
        (
            "providers",
            "payments follow ease",
            ("concentration_of_payment", "everyone", "everyone", "payment"),
        ),
    ],
)
def test_parking_and_creaming_are_found_where_they_were_planted(name, planted, what):
    found = [raised([what[0]], invented(name, [planted], seed)) for seed in range(5)]
    assert sum(what in one for one in found) >= 4


@pytest.mark.parametrize("name", ["routing", "providers"])
def test_no_effort_is_raised_where_nothing_was_planted(name):
    for seed in range(3):
        case = invented(name, [], seed)
        can = [name for name, question in QUESTIONS.items() if not question.lacks(case)]
        assert len(can) >= 6
        assert raised(can, case) == set()


def test_the_order_of_the_rows_changes_no_figure():
    rng = np.random.default_rng(7)
    people = pd.DataFrame({
        "ease": rng.integers(0, 100, 3_000) / 100, "spent": rng.integers(0, 10_000, 3_000) / 7,
        "sex": rng.choice(["women", "men"], 3_000), "office": rng.integers(0, 30, 3_000),
    })  # fmt: skip
    roles = {"score": {"column": "ease", "resolution": 0.01}, "spending": "spent"}
    declared = {"roles": roles, "groups": {"sex": {"reference": "men"}}}
    for more in ({}, {"cluster": "office"}):
        tables = []
        for seed in (1, 2):
            shuffled = people.sample(frac=1, random_state=seed)
            case = wf.Case.from_dict({**declared, "roles": roles | more, "source": shuffled})
            tables.append([
                result.to_frame()
                for result in (
                    mean_effort(case, "spending", by="sex", compare=True),
                    concentration(case, by="sex"),
                    effort_by_fifth(case, by="sex"),
                )
            ])  # fmt: skip
        for one, other in zip(*tables, strict=True):
            pd.testing.assert_frame_equal(one, other, check_exact=True)
