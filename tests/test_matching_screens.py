"""The same people before many screens: who is turned down everywhere, against screens apart."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.estimators import leftout, screened
from wfaudit.findings import review
from wfaudit.measures import MATCHING
from wfaudit.measures.matching import alike_screens as screens
from wfaudit.measures.matching import screen_sums
from wfaudit.measures.matching.screened import Screens, limits
from wfaudit.synthetic import Dice
from wfaudit.synthetic.screens import POPULATION

ROLES = {"item": "person", "query": "employer", "flagged": "passed"}


def a_case(rows, *names, roles=None, groups=None, **more):
    """Applications as rows: person, employer, passed, and further columns."""
    frame = pd.DataFrame(rows, columns=["person", "employer", "passed", *names])
    declared = {"source": frame, "roles": ROLES | (roles or {}), "groups": groups or {}}
    return wf.Case.from_dict({**declared, **more})


def verdicts(rows):
    """Person, unit, door, passed."""
    person, unit, door, passed = (np.array(x) for x in zip(*rows, strict=True))
    return screened.verdicts(person, unit, door, passed, int(person.max()) + 1)


def ways_of_dealing(rows):
    """Every way of dealing each unit's verdicts anew among its people."""
    by_unit = {}
    for at, (_, unit, _, _) in enumerate(rows):
        by_unit.setdefault(unit, []).append(at)
    choices = [
        [(at, yes) for yes in combinations(at, sum(rows[i][3] for i in at))]
        for at in by_unit.values()
    ]
    for dealt in product(*choices):
        yes = {i for _, some in dealt for i in some}
        yield [(p, u, d, int(i in yes)) for i, (p, u, d, _) in enumerate(rows)]


# person, employer, door, let through: two employers of one vendor, one of its own
SMALL = [
    (0, 0, 0, 1), (0, 1, 0, 1), (1, 0, 0, 0), (1, 1, 0, 0), (1, 2, 1, 0), (2, 0, 0, 0), (2, 2, 1, 1),
    (3, 1, 0, 1), (3, 2, 1, 0),
]  # fmt: skip


# --- by hand


def test_eight_verdicts_by_hand():
    # a lets 1 of 2 through, b 1 of 2: by lot a person is turned down by both with chance 1/4
    rows = [("p", "a", 1), ("p", "b", 1), ("q", "a", 0), ("q", "b", 0)]
    values, gap = screens.against_apart(a_case(rows))
    assert values.table["group"].tolist() == ["everyone", "independent screens"]
    row = gap.table.iloc[0]
    assert (row["n"], gap.evidence["k"].iloc[0]) == (2, 1)
    assert np.isnan(row["estimate"])  # two people: no interval, so no number without one
    assert "fewer than 8" in row["note"]


def test_twenty_people_before_two_employers_by_hand():
    # both employers let the same 10 of 20 through: 10 of 20 turned down by both, by lot 1/4 of all
    rows = [(p, e, p < 10) for p in range(20) for e in "ab"]
    _, gap = screens.against_apart(a_case(rows))
    assert gap.table["estimate"].iloc[0] == pytest.approx(0.5 - 0.25)
    assert gap.evidence["k"].iloc[0] == 10
    up, down = screened.alike(verdicts([(p, "ab".index(e), 0, yes) for p, e, yes in rows])).sum(
        axis=0
    )[:2]
    assert up / down == pytest.approx(1.0)


def test_people_whom_no_job_suits_are_turned_down_everywhere_by_any_screen():
    # employers let through whoever suits and nobody else: alike in the outcome, nothing exceeds the lots
    rows = [(p, e, p < 10, p < 10) for p in range(20) for e in "ab"]
    case = a_case(rows, "suited", roles={"outcome": "suited"})
    _, gap = screens.against_apart(case)
    assert "of the same outcome" in gap.definition
    assert "of the same outcome" in gap.sentence
    asked = screens.screens(case, ())
    assert screen_sums.excess(asked.sums("rows", screen_sums.columns)[0])[0].tolist() == [0.0]


def test_relevance_stands_in_where_no_outcome_is_declared():
    rows = [(p, e, p < 10, int(p < 10)) for p in range(20) for e in "ab"]
    _, gap = screens.against_apart(a_case(rows, "fit", roles={"relevance": "fit"}))
    assert "of like relevance" in gap.definition


def test_a_vendor_is_one_door_and_each_employer_with_its_own_screen_is_another():
    rows = [
        (p, e, True, v)
        for p in range(20)
        for e, v in zip("abcd", ("V", "V", "own", "own"), strict=True)
    ]
    vendor = {"vendor": {"column": "vendor", "own": ["own"]}}
    found = screens.doors(a_case(rows, "vendor", roles=vendor))
    asked = screens.screens(a_case(rows, "vendor", roles=vendor), ())
    sums = asked.sums("rows", screen_sums.columns)[0]
    assert (sums[0, screen_sums.DOORS] / 20, sums[0, screen_sums.OPEN] / 20) == (3, 3)
    assert "do not vary" in found.table["note"].iloc[0]  # all came to three
    two = screens.screens(a_case(rows, "vendor", roles={"vendor": "vendor"}), ())
    assert two.sums("rows", screen_sums.columns)[0][0, screen_sums.DOORS] / 20 == 2


# --- enumeration: every way of dealing the verdicts


def test_the_chance_of_being_turned_down_everywhere_is_the_mean_over_all_ways_of_dealing():
    dealt = [screened.turned_down(verdicts(rows))[1] for rows in ways_of_dealing(SMALL)]
    assert len(dealt) == 3 * 3 * 3
    assert np.mean(dealt, axis=0) == pytest.approx(screened.turned_down(verdicts(SMALL))[2])


def test_lots_make_the_correlation_of_verdicts_nothing():
    dealt = [screened.alike(verdicts(rows)) for rows in ways_of_dealing(SMALL)]
    assert np.mean(dealt, axis=0)[:, [0, 2]] == pytest.approx(np.zeros((4, 2)))


def test_the_expected_entropy_is_the_mean_over_all_ways_of_dealing():
    def entropy(rows):
        x = np.bincount([p for p, *_ in rows], [yes for *_, yes in rows])
        shares = x[x > 0] / x.sum()
        return -(shares * np.log(shares)).sum()

    seen = screened.evenness(verdicts(SMALL))
    total = seen[:, 0].sum()
    assert np.log(total) - seen[:, 1].sum() / total == pytest.approx(entropy(SMALL))
    apart = np.mean([entropy(rows) for rows in ways_of_dealing(SMALL)])
    assert np.log(total) - seen[:, 2].sum() / total == pytest.approx(apart)


@st.composite
def applications(draw):
    """Up to four people before up to three employers, each pair at most once."""
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=2, max_size=8, unique=True
        )
    )
    return [(p, u, min(u, 1), draw(st.integers(0, 1))) for p, u in pairs]


@settings(deadline=None, max_examples=60)
@given(applications())
def test_whatever_the_verdicts_the_expectation_is_that_of_all_ways_of_dealing(rows):
    dealt = [screened.turned_down(verdicts(each))[1] for each in ways_of_dealing(rows)]
    assert np.mean(dealt, axis=0) == pytest.approx(screened.turned_down(verdicts(rows))[2])


@settings(deadline=None, max_examples=60)
@given(applications(), st.permutations(range(4)))
def test_whom_the_people_are_called_changes_nothing(rows, names):
    one, other = verdicts(rows), verdicts([(names[p], u, d, yes) for p, u, d, yes in rows])
    for each in (screened.alike, screened.doors, screened.evenness):
        assert each(one).sum(axis=0) == pytest.approx(each(other).sum(axis=0))


@settings(deadline=None, max_examples=60)
@given(applications())
def test_pairs_of_one_door_and_of_different_doors_are_all_pairs(rows):
    whole = screened.alike(verdicts([(p, u, 0, yes) for p, u, _, yes in rows]))
    parts = screened.alike(verdicts(rows))
    assert parts[:, 0] + parts[:, 2] == pytest.approx(whole[:, 0])
    assert parts[:, 1] + parts[:, 3] == pytest.approx(whole[:, 1])


def test_the_correlation_of_two_employers_is_pearsons():
    rng = np.random.default_rng(3)
    one, two = rng.random((2, 200)) < 0.4
    rows = [(p, e, 0, int(x[p])) for p in range(200) for e, x in ((0, one), (1, two | one))]
    up, down = screened.alike(verdicts(rows)).sum(axis=0)[:2]
    assert up / down == pytest.approx(np.corrcoef(one, two | one)[0, 1])


# --- limits


def drawn(rng, n, shared):
    """People before four of ten employers, seven of which use one verdict or none; no case behind it."""
    employer = np.argsort(rng.random((n, 10)), axis=1)[:, :4]
    luck = rng.random((n, 4))
    if shared:
        luck = np.where(employer < 7, rng.random(n)[:, None], luck)
    passed = (luck < np.linspace(0.2, 0.5, 10)[employer]).ravel() * 1.0
    door = np.where(employer < 7, 0, employer).ravel()
    found = screened.verdicts(np.repeat(np.arange(n), 4), employer.ravel(), door, passed, n)
    part, nobody = np.arange(n) % 50, np.zeros(n, dtype=np.int64)
    return Screens(None, (), ((),), nobody, found, door == 0, "", part, 50, True)


# the truth where a verdict is shared is that of 100,000 people drawn alike
@pytest.mark.parametrize(("shared", "truth"), [(False, 0.0), (True, 0.1555)])
@pytest.mark.parametrize("draws", [100, pytest.param(1_000, marks=pytest.mark.long)])
def test_limits_hold_the_excess_as_often_as_they_say(shared, truth, draws):
    rng, held = np.random.default_rng(7), 0
    for _ in range(draws):
        sums = drawn(rng, 100, shared).sums("rows", screen_sums.columns)
        found = limits(sums, screen_sums.excess, leftout.GAP, 0.95)
        held += bool(found.low[0] <= truth <= found.high[0])
    assert held / draws >= 0.90


# --- planted


def a_population(on, seed, n=6_000):
    frame = POPULATION.draw(Dice(seed=seed, chunk=0, n=n), on)
    case = wf.load("screens")
    keys = {
        "roles": {
            "cluster": "applicant", "query": "employer", "item": "applicant", "flagged": "passed",
            "outcome": "suited", "vendor": {"column": "vendor", "own": ["own screen"]},
        },
        "groups": {"sex": {"reference": "men"}, "origin": {"reference": "native"}},
        "tolerance": {"default": {"gap": 0.05}},
    }  # fmt: skip
    assert case.roles["vendor"].own == ("own screen",)
    return wf.Case.from_dict({"source": frame, **keys})


def test_a_shared_vendor_is_found_and_is_nothing_between_groups():
    case = a_population(["shared vendor"], 4)
    found = review([r for name in screens.QUESTIONS for r in MATCHING[name].ask(case)])
    raised = {(f.measure, f.by) for f in found if f.answer == "raised"}
    assert raised == {("rejected_everywhere", "everyone"), ("verdict_correlation", "everyone")}


def test_a_screen_that_marks_migrants_down_turns_them_down_everywhere_without_an_excess():
    case = a_population(["screen by origin"], 5)
    everywhere = screens.rejected_everywhere(case, by="origin", compare=True)
    excess = screens.rejected_beyond(case, by="origin", compare=True)
    rows = [r.table.set_index("group").loc["migrant"] for r in (everywhere, excess)]
    assert rows[0]["low"] > 0.05
    assert -0.05 < rows[1]["low"] < 0 < rows[1]["high"] < 0.05


def test_with_a_shared_vendor_the_same_few_people_are_let_through_and_elsewhere_they_are_not():
    _, gap = screens.evenness(a_population(["shared vendor"], 6))
    rows = gap.table.set_index("at")
    assert rows.loc["employers sharing a vendor", "high"] < -0.2
    other = rows.loc["other employers"]
    assert other["low"] < 0 < other["high"]


# --- what can't be asked, and what is defined


@pytest.mark.parametrize("name", list(screens.QUESTIONS))
def test_one_employer_alone_is_refused_with_the_reason(name):
    case = a_case([(p, "a", p % 2) for p in range(20)])
    assert MATCHING[name].lacks(case) == "nobody has a verdict of two employers"


def test_a_case_without_people_employers_or_verdicts_is_refused():
    rows = [(p, e, p < 10) for p in range(20) for e in "ab"]
    lacks = MATCHING["rejected_everywhere"].lacks
    frame = pd.DataFrame(rows, columns=["person", "employer", "passed"])
    for roles, says in (
        ({"flagged": "passed"}, "query and no item"),
        ({**ROLES, "flagged": None}, "flagged"),
    ):
        told = {name: column for name, column in roles.items() if column}
        assert says in lacks(wf.Case.from_dict({"source": frame, "roles": told, "groups": {}}))
    unknown = a_case([(p, e, None if p else True) for p in range(20) for e in "ab"])
    assert lacks(unknown) == ""  # one person is left
    ranked = a_case([(*row, 1) for row in rows], "place", roles={"rank": "place"})
    assert "no verdict of a screen" in lacks(ranked)
    assert "a burden" in lacks(a_case(rows, roles={"flag_is": "burden"}))
    with pytest.raises(AuditError, match="rejected_everywhere can't be measured"):
        screens.rejected_everywhere(wf.load("ll144/selection"))


def test_where_no_verdict_is_known_nothing_is_asked():
    rows = [(p, e, None if p else True) for p in range(20) for e in "ab"]
    frame = pd.DataFrame(rows, columns=["person", "employer", "passed"]).astype(
        {"passed": "boolean"}
    )
    frame["passed"] = pd.array([None] * 39 + [True], dtype="boolean")
    case = wf.Case.from_dict({"source": frame, "roles": ROLES, "groups": {}})
    assert MATCHING["rejected_everywhere"].lacks(case) == "nobody has a verdict of two employers"


def test_a_person_twice_at_one_employer_has_one_verdict_there():
    once = [(p, e, p < 10) for p in range(20) for e in "ab"]
    again = [*once, (0, "a", False), (15, "b", False)]
    one, other = (screens.against_apart(a_case(rows))[1].table for rows in (once, again))
    assert one["estimate"].tolist() == other["estimate"].tolist()
    through = [*once, (15, "b", True)]  # let through the second time
    assert screens.against_apart(a_case(through))[1].evidence["k"].iloc[0] == 9


def test_people_of_one_employer_are_not_asked_but_count_among_its_applicants():
    rows = [(p, e, p < 10) for p in range(20) for e in "ab"]
    alone = [(100 + p, "a", False) for p in range(20)]  # a now lets 10 of 40 through
    gap = screens.against_apart(a_case([*rows, *alone]))[1].table.iloc[0]
    assert gap["n"] == 20
    assert gap["estimate"] == pytest.approx(0.5 - 0.75 * 0.5)


def test_an_application_without_a_person_is_refused_at_the_door():
    rows = [(str(p), e, p < 10) for p in range(20) for e in "ab"]
    with pytest.raises(AuditError, match="a side of the pair is missing"):
        screens.against_apart(a_case([*rows, (None, "a", True)]))


def test_people_are_not_followed_by_a_group_of_employers():
    rows = [(p, e, p < 10, e, "w" if p % 2 else "m") for p in range(20) for e in "ab"]
    groups = {"trade": {"reference": "a"}, "sex": {"reference": "m"}}
    case = a_case(rows, "trade", "sex", groups=groups)
    with pytest.raises(AuditError, match="rows are of several groups"):
        screens.rejected_everywhere(case, by="trade")
    asked = {r.by for r in MATCHING["rejected_everywhere"].ask(case)}
    assert asked == {(), ("sex",)}


def test_where_everybody_is_let_through_there_is_a_note_and_no_number():
    values, gap = screens.against_apart(a_case([(p, e, True) for p in range(20) for e in "ab"]))
    assert values.table["estimate"].isna().all()
    assert all(values.table["note"])
    assert gap.table["note"].iloc[0]


def test_the_order_of_rows_changes_nothing():
    rng = np.random.default_rng(1)
    rows = [(p, e, bool(rng.random() < 0.5)) for p in range(40) for e in "abc"]
    one, other = (
        screens.against_apart(a_case(r))[1].table
        for r in (rows, [rows[i] for i in rng.permutation(120)])
    )
    pd.testing.assert_frame_equal(one, other)


def test_an_audit_of_screens_writes_its_report(tmp_path):
    audit = wf.audit(a_population(["shared vendor"], 4, n=400))
    page = audit.report(tmp_path / "out").read_text(encoding="utf-8")
    assert "turned down by all of them" in page
    assert "independent screens" in page
