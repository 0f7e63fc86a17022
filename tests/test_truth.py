"""What was planted is found, and nothing else is raised; with nothing planted, nothing is."""

import json
from functools import partial

import pandas as pd
import pytest
from redrawn import comparisons, drawn_apart, raised

import wfaudit as wf
from wfaudit.counts import count
from wfaudit.findings import review
from wfaudit.synthetic import Dice, chunks, fingerprint, plain, write

PEOPLE = 6_000
DECLARED = {
    "roles": {
        "tier": {"column": "tier", "order": ["low", "medium", "high"]},
        "flagged": {"tier_at_least": "high"},
        "decision": {"column": "decision", "order": ["low", "medium", "high"]},
        "outcome": "outcome",
    },
    "groups": {"sex": {"reference": "men"}, "origin": {"reference": "native"}, "age": {"reference": "30 to 49"}},
    "intersections": {"sets": [["sex", "origin"]]},
    "tolerance": {
        "default": {"gap": 0.05},
        **{m: {"gap": 0.02} for m in ("override_rate", "override_up_rate", "override_down_rate")},
    },
}  # fmt: skip


def case_with(*mechanisms, seed=0, n=PEOPLE):
    people = plain(Dice(seed=seed, chunk=0, n=n), mechanisms)
    return wf.Case.from_dict({"source": people, **DECLARED})


WIDE = ("sex", "origin", "age")


def share_of_alarms(people, draws, seed):
    case = case_with(n=people)
    wide, drawn = drawn_apart(case, WIDE, draws, seed)
    return raised(case, comparisons(case, wide, drawn)).any(axis=0).mean()


@pytest.mark.parametrize("people", [150, 600, 6_000])
def test_the_null_population_raises_an_alarm_in_no_more_than_its_nominal_share_of_2000_draws(
    people,
):
    share = share_of_alarms(people, 2_000, seed=2)
    print(f"alarms in {share:.4f} of 2,000 draws of {people:,} people")  # noqa: T201
    assert share <= 0.05


@pytest.mark.parametrize("mechanism", [(), ("proxy",)])
def test_many_draws_at_once_are_judged_as_the_engine_judges_one(mechanism):
    case = case_with(*mechanism)
    wide = count(case, WIDE)
    asked = comparisons(case, wide, wide.n[None])
    here = {
        (c.measure, c.by, c.at, c.group)
        for c, yes in zip(asked, raised(case, asked), strict=True)
        if yes[0]
    }
    measures = dict.fromkeys(c.measure for c in asked)
    by = dict.fromkeys(c.by for c in asked)
    engine = review([
        verb(case, m, by=tuple(b.split(" & "))) for m in measures for b in by for verb in (wf.rates, wf.gaps)
    ])  # fmt: skip
    assert len(engine) == len(asked)
    assert here == {(f.measure, f.by, f.at, f.group) for f in engine if f.answer == "raised"}
    assert bool(here) == bool(mechanism)


# the populations themselves


def test_the_same_seed_gives_the_same_values_and_another_seed_others(tmp_path):
    one, again, other = (
        write(tmp_path / name, plain, n=3_000, seed=seed, truth={})
        for name, seed in (("a", 5), ("b", 5), ("c", 6))
    )
    assert fingerprint(one) == fingerprint(again) != fingerprint(other)


def test_the_values_of_a_seed_are_the_same_on_every_machine(tmp_path):
    path = write(tmp_path / "a", plain, n=2_000, seed=1, truth={})
    assert fingerprint(path)[:16] == "9b8b071b3e2044ac"


def test_the_first_people_are_the_same_whatever_the_size():
    few, many = plain(chunks(9, 1_500)[0]), plain(chunks(9, 60_000)[0])
    pd.testing.assert_frame_equal(few, many.iloc[:1_500])


def test_a_mechanism_changes_only_what_it_touches():
    without, with_it = plain(Dice(1, 0, 2_000)), plain(Dice(1, 0, 2_000), ["missing by group"])
    changed = [c for c in without if not without[c].equals(with_it[c])]
    assert changed == ["tier", "decision"]


def test_the_truth_stands_beside_the_audited_folder_and_not_in_it(tmp_path):
    path = write(
        tmp_path / "town",
        partial(plain, on=["proxy"]),
        n=1_000,
        seed=1,
        truth={"planted": ["proxy"]},
    )
    assert [p.name for p in path.parent.iterdir()] == ["people.parquet"]
    truth = json.loads((tmp_path / "town.truth.json").read_text(encoding="utf-8"))
    assert truth["planted"] == ["proxy"]
    assert truth["invented"] is True


def test_an_unknown_mechanism_offers_the_nearest_and_a_tiny_population_is_refused(tmp_path):
    with pytest.raises(wf.AuditError, match="Did you mean 'label bias'"):
        plain(Dice(1, 0, 10), ["label bia"])
    with pytest.raises(wf.AuditError, match="1,000 people or more; 10 were asked for"):
        write(tmp_path / "x", plain, n=10, seed=1, truth={})
    assert list(tmp_path.iterdir()) == []
