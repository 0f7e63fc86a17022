"""The same text with another name or in other words: by hand, planted, without an effect, at the door."""

import logging
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wfaudit as wf
from wfaudit import texts
from wfaudit.errors import AuditError
from wfaudit.swaps import lists
from wfaudit.texts import variants

NAMES = {"black": [f"Lakisha{i}" for i in range(9)], "white": [f"Emily{i}" for i in range(9)]}
TEXTS = [f"I am {{name}}, text {t}." for t in range(12)]
AGAINST = [f"job {q}" for q in range(6)]


def noise(text, other, seed=0):
    """A number that hangs on a text, a job and a seed alone, the same in every process."""
    return np.random.default_rng([seed, *map(ord, text + other)]).normal()


def planted(loss, *, by_name=0.02, seed=0):
    """A matcher with a score of its own for every text without its name, less a loss for one group's names."""

    def score(asked, against):
        found = np.empty((len(asked), len(against)))
        for i, text in enumerate(asked):
            name, rest = text[5:].split(",", 1)
            own = by_name * noise(name, "", seed) - loss * ("Lakisha" in name)
            found[i] = [0.1 * noise(rest, other, seed) + own for other in against]
        return found

    return score


def gap(found, measure="name_swap_score", group="black"):
    table = found.measure(measure).table
    return table[table["group"] == group].iloc[0]


# --- by hand


def test_by_hand_two_groups_of_nine_names_in_one_text():
    # the score is the number in the name, 0 to 8, and one more for Lakisha; the text is taken as given
    found = wf.swap(
        lambda asked, against: [[int(t[-2]) + ("Lakisha" in t) for _ in against] for t in asked],
        ["I am {name}."], ["nurse"], NAMES, reference="white",
    )  # fmt: skip
    row = gap(found)
    assert (row["estimate"], row["n"], row["n_reference"]) == (1, 9, 9)
    # variance of 0..8 is 7.5, of each mean 7.5 / 9; 16 degrees of freedom: t .975 is 2.1199
    half = 2.119905 * (2 * 7.5 / 9) ** 0.5
    assert (row["low"], row["high"]) == pytest.approx((1 - half, 1 + half), abs=1e-5)
    assert "1 texts are taken as given" in found.measure("name_swap_score").interval


def test_by_hand_which_lists_change():
    # one job, top 1 of two texts: a Lakisha of even number falls behind, nobody else does
    names = {"black": NAMES["black"][:8], "white": NAMES["white"][:8]}

    def score(asked, against):
        low = [("Lakisha" in t and int(t.split(",")[0][-1]) % 2 == 0) for t in asked]
        first = ["text 0" in t for t in asked]
        return [[f - 2.0 * b for _ in against] for f, b in zip(first, low, strict=True)]

    found = wf.swap(score, TEXTS[:2], ["job"], names, reference="white", top=1)
    alone = found.measure("name_swap_top_changes", compared=False).table.set_index("group")
    # four of eight Lakishas lose the first place that every Emily keeps; no Emily differs from another
    assert alone.loc["black", "estimate"] == 0.5
    assert (alone.loc["white", "estimate"], alone.loc["white", "note"]) == (
        0,
        "nothing varies: no interval",
    )
    row = gap(found, "name_swap_top_changes")
    assert row["estimate"] == 0.5
    # leaving out one of four that change: 3/7, one of four that don't: 4/7; Emilys change nothing
    se = (15 / 16 * 8 * (1 / 14) ** 2) ** 0.5
    assert row["high"] - row["estimate"] == pytest.approx(2.446912 * se, abs=1e-5)  # t, 6 df


def test_by_hand_a_text_reworded_loses_what_its_words_are_worth():
    # length as the score: the variant cuts 1, 2, …, 12 characters
    written = [chr(97 + i) * 20 for i in range(12)]
    cut = {"shorter": [text[: 19 - i] for i, text in enumerate(written)]}
    found = wf.reword(lambda t, a: [[len(x) for _ in a] for x in t], written, ["job"], cut)
    row = gap(found, "reworded_score", "shorter")
    # mean of 1 to 12 is 6.5, their variance 13
    half = 2.200985 * (13 / 12) ** 0.5
    assert (row["estimate"], row["low"]) == pytest.approx((-6.5, -6.5 - half), abs=1e-5)


# --- laws


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), n=st.integers(1, 12), own=st.booleans())
def test_a_matcher_that_ignores_names_gives_exactly_no_difference(seed, n, own):
    ignores = planted(0, by_name=0, seed=seed)
    against = [f"job {q}" for q in range(n)]
    found = wf.swap(ignores, TEXTS[:n], against, NAMES, reference="white", own=own, top=3)
    for result in found.results:
        if result.kind == "gap":
            assert result.table["estimate"].tolist() == [0, 0]
            assert set(result.table["note"]) == {
                "nothing varies: no interval",
                "compared with itself",
            }


@settings(deadline=None, max_examples=15)
@given(order=st.permutations(range(12)), seed=st.integers(0, 1000))
def test_the_order_of_texts_and_of_names_changes_nothing(order, seed):
    score = planted(0.05, seed=seed)
    one = wf.swap(score, TEXTS, AGAINST, NAMES, reference="white", top=3)
    turned = {group: names[::-1] for group, names in NAMES.items()}
    other = wf.swap(
        score, [TEXTS[i] for i in order], AGAINST[::-1], turned, reference="white", top=3
    )
    for mine, theirs in zip(one.results, other.results, strict=True):
        for column in ("estimate", "low", "high"):
            assert mine.table[column].tolist() == pytest.approx(
                theirs.table[column].tolist(), abs=1e-9, nan_ok=True
            )


@settings(deadline=None, max_examples=40)
@given(
    scores=st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=2, max_size=7),
    top=st.integers(1, 7),
)
def test_chances_to_stand_in_the_top_add_up_to_its_places(scores, top):
    # nothing changed: every list has as many in its top as it has places, ties by lot
    cells = np.array(scores, dtype=float)
    found = lists.in_top(cells, cells, top)
    assert found.sum(axis=0) == pytest.approx(min(top, len(cells)))


@settings(deadline=None, max_examples=40)
@given(
    pool=st.lists(st.integers(0, 3), min_size=1, max_size=6), mine=st.integers(0, 3),
    at=st.integers(0, 5), top=st.integers(1, 4),
)  # fmt: skip
def test_the_chance_to_stand_in_the_top_is_that_of_drawing_lots_among_ties(pool, mine, at, top):
    at %= len(pool)
    scores = np.array(pool, dtype=float)
    scores[at] = mine
    others = [p for i, p in enumerate(pool) if i != at]
    above, tied = sum(o > mine for o in others), sum(o == mine for o in others)
    expected = np.mean([above + place < top for place in range(tied + 1)])
    found = lists.in_top(scores[:, None], np.array(pool, dtype=float)[:, None], top)
    assert found[at, 0] == pytest.approx(expected)


# --- what is planted, and what isn't


def test_five_hundredths_taken_from_one_groups_names_are_found():
    answers = []
    for seed in range(20):
        found = wf.swap(
            planted(0.05, seed=seed), TEXTS, AGAINST, NAMES, reference="white", tolerance=0.005
        )
        row = gap(found)
        answers.append(found.findings[0].answer)
        assert row["low"] < row["estimate"] < row["high"]
    assert answers.count("raised") >= 16


def test_where_names_differ_but_groups_do_not_limits_leave_out_nothing_beyond_their_level():
    # 300 draws of names, texts and scores; standard error .013 at .05
    out = 0
    for seed in range(300):
        row = gap(wf.swap(planted(0, seed=seed), TEXTS, AGAINST[:1], NAMES, reference="white"))
        out += not row["low"] <= 0 <= row["high"]
    assert out / 300 <= 0.05 + 3 * 0.013


def test_words_that_cost_nothing_leave_out_nothing_beyond_the_level_and_words_that_cost_are_found():
    written = [f"text number {i}" for i in range(20)]
    out, hit = 0, 0
    for seed in range(300):
        free, dear = (
            wf.reword(
                lambda asked, against, seed=seed, cost=cost: [
                    [noise(text, other, seed) - cost * text.endswith("!") for other in against]
                    for text in asked
                ],
                written, ["job"], {"shouted": lambda text: f"{text}!"},
            ) for cost in (0.0, 2.0)
        )  # fmt: skip
        row = gap(free, "reworded_score", "shouted")
        out += not row["low"] <= 0 <= row["high"]
        hit += gap(dear, "reworded_score", "shouted")["high"] < 0
    assert out / 300 <= 0.05 + 3 * 0.013
    assert hit / 300 >= 0.95


def test_a_finding_says_who_scores_what_and_by_how_much():
    found = wf.swap(planted(0.3), TEXTS, AGAINST, NAMES, reference="white", tolerance=0.01)
    (finding,) = found.findings
    assert finding.answer == "raised"
    assert finding.says.startswith("The same texts with names of black score ")
    assert "Raised: beyond the declared tolerance (0.01)." in finding.says
    both = {"name_swap_score": 0.01, "name_swap_top_share": 0.05}
    more = wf.swap(planted(0.3), TEXTS, AGAINST, NAMES, reference="white", tolerance=both)
    assert [f.measure for f in more.findings] == ["name_swap_score", "name_swap_top_share"]


# --- a real model


def test_the_real_model_scores_a_cv_by_the_name_in_it_and_tf_idf_does_not():
    names = texts.bertrand_mullainathan()
    names = {group: names[group] for group in ("Black women", "White men")}
    jobs = texts.occupations().entries[:4]
    cvs = [f"My name is {{name}}. I have worked as a {job.label}." for job in jobs]
    vacancies = [job.description for job in jobs]
    found = wf.swap(
        texts.embedding(), cvs, vacancies, names, reference="White men", own=True, top=1
    )
    row = gap(found, group="Black women")
    assert row["low"] < row["estimate"] < row["high"]
    assert "the 4 texts are taken as given" in found.measure("name_swap_score").interval
    ignores = wf.swap(
        texts.tfidf(vacancies), cvs, vacancies, names, reference="White men", own=True
    )
    assert gap(ignores, group="Black women")["estimate"] == 0


# --- what is wrong is refused, and no text is shown


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"texts": ["no slot, my secret"]}, r"1 of 1 text have no \{name\}|1 of 1 texts have no"),
        ({"texts": []}, "texts is empty"),
        ({"texts": ["I am {name}", "  "]}, "1 of 2 texts are empty"),
        ({"texts": "I am {name}, a secret"}, "must be a list of texts; str was given"),
        ({"texts": ["I am {name}", None]}, "must be a list of texts"),
        ({"texts": ["{name}" + "x" * 1_000_001]}, "longer than 1,000,000 characters"),
        ({"against": []}, "against is empty"),
        ({"own": True}, "12 texts and 6 of against were given"),
        ({"top": 0}, "from 1 on; 0 was given"),
        ({"names": {"white": ["A"]}}, "two groups of names or more"),
        ({"names": {"white": ["A"], "black": []}}, "an empty name or none"),
        (
            {"names": {"white": ["A"], "black": ["A"]}},
            "1 name stands in more than one|1 names stand in more",
        ),
        ({"names": {"white": "Ann", "black": ["B"]}}, "are one text"),
        ({"names": {"white": ["A"], "black": [None]}}, "an empty name or none"),
        ({"reference": "whit"}, "Did you mean 'white'"),
        ({"tolerance": {"name_swap": 0.1}}, "Did you mean 'name_swap_"),
        ({"tolerance": 2.0}, "A tolerance lies between 0 and 1"),
        ({"level": 0.2}, "level must lie between"),
    ],
)
def test_what_can_not_be_asked_is_refused_in_one_line_without_a_word_of_the_texts(change, says):
    asked = {"texts": TEXTS, "against": AGAINST, "names": NAMES, "reference": "white", **change}
    with pytest.raises(AuditError, match=says) as problem:
        wf.swap(planted(0), asked.pop("texts"), asked.pop("against"), asked.pop("names"), **asked)
    assert "secret" not in str(problem.value)
    assert "\n" not in str(problem.value)


def test_too_many_scores_are_refused_before_any_is_asked_for(monkeypatch):
    monkeypatch.setattr("wfaudit.swaps.names.MOST", 100)
    with pytest.raises(AuditError, match="make 1,296 scores; up to 100 are held"):
        wf.swap(planted(0), TEXTS, AGAINST, NAMES, reference="white")


def test_a_variant_with_too_few_texts_or_none_is_refused():
    for given_variants, says in (
        ({"a": ["x"]}, "has 1 texts for 2"),
        ({}, "No variants were given"),
    ):
        with pytest.raises(AuditError, match=says):
            wf.reword(lambda t, a: [[1.0] * len(a)] * len(t), ["x", "y"], ["z"], given_variants)


def test_a_variant_that_stops_is_told_of_without_a_word_of_the_texts():
    with pytest.raises(AuditError, match=r"The variant 'odd' stopped .* \(KeyError\)") as problem:
        wf.reword(planted(0), ["I am X, secret"], ["job"], {"odd": lambda text: {}[text]})
    assert "secret" not in str(problem.value)


def test_texts_that_stand_twice_are_counted_once_and_it_is_said():
    once = wf.swap(planted(0.1), TEXTS, AGAINST, NAMES, reference="white")
    twice = wf.swap(planted(0.1), [*TEXTS, *TEXTS[:3]], AGAINST, NAMES, reference="white")
    assert "3 of 15 texts repeat others and were left out" in twice.notes
    assert gap(twice).equals(gap(once))


def test_a_variant_that_has_a_place_in_no_text_is_a_row_with_a_note():
    found = wf.reword(
        planted(0), [f"I am X, {i}." for i in range(12)], AGAINST, {"never": lambda _: None}
    )
    row = gap(found, "reworded_score", "never")
    assert (row["n"], row["note"]) == (0, "the variant has a place in no text")
    assert np.isnan(row["estimate"])
    assert "'never' has a place in 0 of 12 texts" in found.notes


def test_few_names_tell_no_number_and_few_texts_no_lists():
    few = {group: names[:5] for group, names in NAMES.items()}
    found = wf.swap(planted(0.1), TEXTS[:5], AGAINST, few, reference="white")
    row = gap(found)
    assert row["note"] == "5 names: fewer than 8, no interval"
    assert np.isnan(row["estimate"])
    assert "5 texts: all of them stand in the top 10, so lists can't change" in found.notes
    assert {result.measure for result in found.results} == {"name_swap_score"}


def test_cut_texts_are_told_and_no_text_stands_in_what_is_shown_or_logged(caplog):
    caplog.set_level(logging.DEBUG)
    long = [f"I am {{name}}. confidential{i} " + "word " * 150 for i in range(2)]
    names = {group: some[:8] for group, some in NAMES.items()}
    found = wf.swap(texts.embedding(), long, ["a job"], names, reference="white")
    assert "32 of 32 texts were cut after 128 tokens" in found.notes
    shown = [repr(found), found._repr_html_(), str(found.results), caplog.text]
    shown += [result._repr_html_() for result in found.results]
    assert not any("confidential" in each or "Lakisha1" in each for each in shown)
    assert b"confidential" not in pickle.dumps([r.table for r in found.results])


def test_every_variant_in_english_can_be_asked_for_at_once():
    cvs = [
        f"I have worked as a {job.label}. I am punctual."
        for job in texts.occupations().entries[:12]
    ]
    found = wf.reword(texts.tfidf(cvs), cvs, cvs, own=True, top=3)
    assert set(found.measure("reworded_score").table["group"]) == set(variants.ENGLISH)
