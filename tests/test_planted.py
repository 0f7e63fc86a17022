"""For every invented population: what was planted is found, nothing else is raised, nothing where nothing is."""

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import wfaudit as wf
from wfaudit.errors import AuditError
from wfaudit.findings import review
from wfaudit.measures import MATCHING, QUESTIONS, STATISTICS
from wfaudit.synthetic import Dice
from wfaudit.synthetic.populations import POPULATIONS, population

DATASETS = Path(__file__).parent.parent / "datasets"
FOUND = [(name, planted) for name in POPULATIONS for planted in population(name).mechanisms]
# how often each is found: at once for two that a case plants, for all with the longer tests
POWER = [
    pytest.param(
        name, planted, seeds,
        marks=() if seeds == 5 and planted in population(name).planted[:2] else pytest.mark.long,
    )
    for name, planted in FOUND
    for seeds in (5, 40)
]  # fmt: skip

# whether anything else is raised: at once for all that a case plants, for the others with the longer tests
ALONE = [
    pytest.param(n, planted, marks=() if planted in population(n).planted else pytest.mark.long)
    for n, planted in FOUND
]  # fmt: skip


def case_of(name, on, seed, n=6_000):
    """The case of a population as its case file declares it, on people drawn for this test."""
    text = (DATASETS / name / "case.toml").read_text(encoding="utf-8")
    declared = tomllib.loads(text)
    drawn = population(name).draw(Dice(seed=seed, chunk=0, n=n), on)
    if isinstance(drawn, pd.DataFrame):
        return wf.Case.from_dict({**declared, "source": drawn})
    tables = {
        table: {**keys, "path": drawn[Path(keys["path"]).stem]}
        for table, keys in declared["tables"].items()
    }
    first = Path(declared["source"]["path"]).stem
    return wf.Case.from_dict({**declared, "tables": tables, "source": drawn[first]})


@pytest.mark.parametrize(("name", "planted", "seeds"), POWER)
def test_a_planted_mechanism_is_raised_in_at_least_four_of_five_populations(name, planted, seeds):
    mechanism, answers, gaps, visible = population(name).mechanisms[planted], [], [], []
    for seed in range(seeds):
        case = case_of(name, [planted], seed, mechanism.people)
        found = review(asked(case, mechanism.finds, mechanism.by))
        where = (mechanism.by, mechanism.group, mechanism.at)
        (finding,) = [f for f in found if (f.by, f.group, f.at) == where]
        answers.append(finding.answer)
        gaps.append(beyond(finding))
        visible.append(finding.smallest_visible)
    assert answers.count("raised") / seeds >= 0.8
    assert np.mean(gaps) > np.mean([abs(v) for v in visible]) or finding.scale == "ratio"


def asked(case, measure, by):
    """What a measure says by a group; a question of the whole case is asked as a whole."""
    whole = {**QUESTIONS, **MATCHING}
    if measure in whole:
        return list(whole[measure].ask(case))
    alone = wf.values if measure in STATISTICS else wf.rates
    return [verb(case, measure, by=by) for verb in (alone, ratio_or_gap(case, measure))]


def ratio_or_gap(case, measure):
    tolerance = case.choices.tolerance(measure)
    return wf.ratios if tolerance and tolerance.scale == "ratio" else wf.gaps


def beyond(finding):
    """The largest disparity among the rows behind a finding."""
    return max(abs(row["estimate"]) for row in finding.rows)


@pytest.mark.parametrize(("name", "planted"), ALONE)
def test_nothing_is_raised_that_the_truth_does_not_list(name, planted):
    mechanism = population(name).mechanisms[planted]
    found = wf.audit(case_of(name, [planted], 101, mechanism.people)).findings
    raised = {(f.measure, f.by) for f in found if f.answer == "raised"}
    listed = {mechanism.finds, *mechanism.moves}
    assert raised
    assert all(m in listed and mechanism.by in by.split(" & ") for m, by in raised), raised


@pytest.mark.parametrize("seeds", [1, pytest.param(8, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", POPULATIONS)
def test_nothing_is_raised_where_nothing_was_planted(name, seeds):
    for seed in range(seeds):
        findings = wf.audit(case_of(name, [], seed)).findings
        assert findings
        assert [f.says for f in findings if f.answer == "raised"] == []


@pytest.mark.parametrize("name", POPULATIONS)
def test_a_mechanism_that_is_not_there_offers_the_nearest(name):
    draw, mechanisms = population(name).draw, population(name).mechanisms
    wrong = next(iter(mechanisms))[:-1]
    with pytest.raises(AuditError, match="Did you mean"):
        draw(Dice(seed=1, chunk=0, n=10), [wrong])


def test_at_least_ten_mechanisms_can_be_switched_on_one_by_one():
    assert sum(len(population(name).mechanisms) for name in POPULATIONS) >= 10
