"""The face that all systems share: what they refuse, how they say it, and what stays put."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from wfaudit.errors import AuditError
from wfaudit.systems import SYSTEMS, amas, load, poland, star, wprs
from wfaudit.systems.card import card
from wfaudit.systems.inputs import Levels

EVERY = amas.every_profile()
VERDICTS = ("unfair", "biased", "discriminat", "privileged", "debias")


def drawn(name, n=60, seed=3):
    """Some people a system can score, drawn at random."""
    rng = np.random.default_rng(seed)
    if name == "amas":
        return EVERY.iloc[rng.integers(0, len(EVERY), n)].reset_index(drop=True)
    columns = {
        one.name: rng.choice(one.levels, n)
        if isinstance(one, Levels)
        else rng.integers(int(one.low), int(one.high) + 1, n)
        for one in load(name).asked
    }
    return pd.DataFrame(columns)


every_system = pytest.mark.parametrize("name", SYSTEMS)
every_strict_system = pytest.mark.parametrize(
    "name", [name for name in SYSTEMS if load(name).incomplete == "refused"]
)


@every_system
def test_a_system_says_whence_it_is_and_what_was_invented_and_what_is_wrong_with_it(name):
    system = load(name)
    for words in (system.invented, system.not_published, system.known_wrong):
        assert words
        assert all(line.endswith(".") for line in words)
    assert system.source
    text = card(system)
    assert all(line in text for line in (*system.invented, *system.known_wrong, system.source))
    assert all(f"| `{one}` |" in text for one in system.inputs)
    assert not [word for word in VERDICTS if word in text.lower()]


@every_system
def test_an_invented_input_bears_no_published_name(name):
    for one in load(name).asked:
        assert one.basis in ("published", "partly published", "invented")
        assert one.says
        if one.basis == "published":
            assert one.published_as
    assert list(load(name).inputs) == [one.name for one in load(name).asked]


@every_system
def test_scores_and_tiers_keep_the_index_even_one_with_repeated_labels(name):
    people = drawn(name).set_index(pd.Index([f"p{i}" for i in range(60)], name="person"))
    system = load(name)
    assert system.score(people).index.equals(people.index)
    assert system.tier(people).index.equals(people.index)
    assert set(system.tier(people).dropna()) <= set(system.order)
    if name != "wprs":
        twice = people.set_axis(["same"] * 60)
        assert system.tier(twice).tolist()[:5] == system.tier(people).tolist()[:5]


@every_system
def test_the_order_of_rows_and_of_columns_changes_nothing(name):
    people, system = drawn(name), load(name)
    turned = people.sample(frac=1, random_state=5)[list(people.columns)[::-1]]
    assert list(system.checked(turned)) == list(system.inputs)
    pd.testing.assert_series_equal(system.score(turned).sort_index(), system.score(people))
    pd.testing.assert_series_equal(system.tier(turned).sort_index(), system.tier(people))


@every_system
def test_one_row_at_a_time_gives_the_scores_of_all_at_once(name):
    people, system = drawn(name, 25), load(name)
    alone = [system.score(people.iloc[[i]]).iloc[0] for i in range(25)]
    np.testing.assert_allclose(alone, system.score(people), rtol=1e-14)


@every_system
def test_nobody_gets_no_score_and_no_error(name):
    system = load(name)
    nobody = drawn(name).iloc[:0]
    assert len(system.score(nobody)) == len(system.tier(nobody)) == 0
    bare = pd.DataFrame(columns=list(system.inputs))
    assert len(system.score(bare)) == len(system.tier(bare)) == 0


@every_system
def test_the_people_given_are_left_as_they_were(name):
    people = drawn(name)
    before = people.copy(deep=True)
    load(name).score(people)
    load(name).tier(people)
    pd.testing.assert_frame_equal(people, before)


@every_strict_system
@pytest.mark.parametrize("gap", [None, np.nan, pd.NA])
def test_a_missing_answer_is_refused_with_its_rows_and_never_guessed(name, gap):
    system = load(name)
    for one in system.asked:
        people = drawn(name)
        people[one.name] = people[one.name].astype(object)
        people.loc[[4, 9], one.name] = gap
        with pytest.raises(AuditError) as told:
            system.score(people)
        said = str(told.value)
        assert f"In 2 rows (counted from 0, the first: 4, 9) '{one.name}' is missing." in said


def test_only_the_flanders_like_system_gives_people_with_gaps_no_result_instead_of_an_error():
    lenient = [name for name in SYSTEMS if load(name).incomplete != "refused"]
    assert lenient == ["flanders"]


@every_system
def test_an_unknown_answer_is_refused_by_name_and_row_with_what_there_is_and_is_not_shown(name):
    system = load(name)
    for one in system.asked:
        people = drawn(name)
        if isinstance(one, Levels):
            people.loc[[1, 2, 30], one.name] = "Anna Berger"
            there = f"There are: {', '.join(map(repr, one.levels))}."
        else:
            people.loc[[1, 2, 30], one.name] = 4711
            there = f"Whole numbers from {one.low} to {one.high} exist."
        with pytest.raises(AuditError) as told:
            system.tier(people)
        said = str(told.value)
        assert f"In 3 rows (counted from 0, the first: 1, 2, 30) '{one.name}' holds" in said
        assert there in said
        assert "Berger" not in said
        assert "4711" not in said


@every_system
def test_a_column_that_lacks_or_is_too_many_is_named(name):
    system, people = load(name), drawn(name)
    first = next(iter(system.inputs))
    with pytest.raises(AuditError, match=rf"also needs '{first}'. There are: {first}, "):
        system.score(people.drop(columns=first))
    with pytest.raises(AuditError, match=r"does not ask for 'shoe_size'. There are: "):
        system.score(people.assign(shoe_size=42))
    with pytest.raises(AuditError, match="an input twice"):
        system.score(pd.concat([people, people[[first]]], axis=1))


@every_system
def test_what_is_no_data_frame_is_refused_in_words(name):
    with pytest.raises(AuditError, match=r"takes a pandas data frame.*a dict was given"):
        load(name).score({"age": [40]})


@pytest.mark.parametrize("kind", ["category", "string", object])
def test_text_may_come_as_objects_strings_or_categories(kind):
    people = drawn("amas")
    expected = amas.SYSTEM.score(people)
    pd.testing.assert_series_equal(amas.SYSTEM.score(people.astype(kind)), expected)


@pytest.mark.parametrize("kind", ["int8", "Int64", "float64", "Float64"])
def test_numbers_may_come_in_any_kind_of_number(kind):
    people = drawn("star").assign(age=40, months_employed=2)
    typed = people.astype({"age": kind, "months_employed": kind})
    assert star.SYSTEM.tier(typed).equals(star.SYSTEM.tier(people))
    points = drawn("poland")
    assert poland.SYSTEM.tier(points.astype(kind)).equals(poland.SYSTEM.tier(points))


@every_system
def test_inputs_are_not_a_handle_on_the_system(name):
    system = load(name)
    system.inputs.clear()
    assert len(system.inputs) == len(system.asked)


def test_a_cell_that_holds_a_list_is_refused_like_any_unknown_level():
    people = drawn("amas", 3).astype(object)
    people.at[1, "age"] = ["under 30"]
    with pytest.raises(AuditError, match=r"In 1 row .* first: 1\) 'age' holds an unknown level"):
        amas.SYSTEM.score(people)


def test_levels_given_as_numbers_are_refused_with_what_to_do():
    people = drawn("amas")
    with pytest.raises(AuditError, match=r"In 60 rows .* 'region' .* turn it into text"):
        amas.SYSTEM.score(people.assign(region=2))
    with pytest.raises(AuditError, match=r"'care' .* turn it into text"):
        amas.SYSTEM.score(people.assign(care=False))


@pytest.mark.parametrize("column", [["40"] * 60, [True] * 60, [1 + 2j] * 60])
def test_what_is_not_a_number_is_refused_as_one(column):
    with pytest.raises(AuditError, match=r"'age' does not hold numbers. Numbers from 1 to 120"):
        star.SYSTEM.score(drawn("star").assign(age=column))


@pytest.mark.parametrize("number", [0, -1, 121, 40.5, np.inf, -np.inf])
def test_a_number_out_of_range_or_broken_is_refused(number):
    people = drawn("star").astype({"age": float})
    people.loc[7, "age"] = number
    with pytest.raises(AuditError, match=r"In 1 row \(counted from 0, the first: 7\) 'age'"):
        star.SYSTEM.tier(people)


def test_a_name_that_is_no_system_gets_a_guess_and_the_list():
    with pytest.raises(AuditError, match=r"No system called 'amass'. Did you mean 'amas'"):
        load("amass")
    with pytest.raises(AuditError, match=r"No input called 'gander'. Did you mean 'gender'"):
        amas.profile(gander="female")
    with pytest.raises(AuditError, match=r"No input called 'orgin'. Did you mean 'origin'"):
        star.person(orgin="Danish")


def test_a_system_is_a_value_that_cannot_be_changed_and_can_be_sent_to_another_process():
    with pytest.raises(AttributeError):
        amas.SYSTEM.name = "mine"
    people = drawn("wprs")
    copy = pickle.loads(pickle.dumps(wprs.referring(3)))
    pd.testing.assert_series_equal(copy.tier(people), wprs.referring(3).tier(people))


def test_systems_load_late_and_without_the_database_or_the_drawing_library():
    code = (
        "import sys, wfaudit.systems as s\n"
        "assert 'wfaudit.systems.amas' not in sys.modules and 'pandas' not in sys.modules\n"
        "[s.load(name) for name in s.SYSTEMS]\n"
        "heavy = {'ibis', 'duckdb', 'matplotlib', 'sklearn', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
