"""The case file: every key it may not have, and every value a key may not hold, told in one line."""

from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from entrance import crowd, lay, levels, noticed, refused, text

import wfaudit as wf
from wfaudit import cli

TIERS = 'column = "tier", order = ["low", "high"]'
SCORED = 'score = "score"\n'


@pytest.fixture
def people(tmp_path):
    """Forty people with every column a case may name."""
    columns = crowd(score=[0.1, 0.7], tier=["low", "high"], work=[0, 1, 1], day=["2026-01-31"])
    (tmp_path / "people.csv").write_bytes(text(columns))
    return tmp_path


# The file itself -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"sex: men\n- SECRET-7777", "Expected '=' after a key"),
        (b"sex,flag\nSECRET-7777,1\n", "Expected '=' after a key"),
        (b'name = "a"\nname = "SECRET-7777"\n', "Cannot overwrite a value (at line 2"),
        (b'name = "kvinder \xe6"\n', "byte 16 is not UTF-8"),
    ],
)
def test_a_file_that_is_no_toml_is_told_where_it_goes_wrong(people, capsys, raw, why):
    (people / "case.toml").write_bytes(raw)
    told = refused(people / "case.toml", capsys)
    assert told.startswith(f"'case.toml' is not a TOML file: {why}")


@pytest.mark.parametrize("name", ["gone.toml", ".", "a\0b.toml", "x" * 300 + ".toml"])
def test_a_case_file_that_is_not_there_is_named(people, capsys, name):
    code = cli.main(["run", str(people / name), "--out", str(people / "report")])
    told = capsys.readouterr().err
    assert code == 2
    assert told.startswith("wfaudit: There is no case file ")
    assert told.count("\n") == 1
    assert len(told) < 300


def test_a_case_file_one_may_not_read_is_told(people, capsys, monkeypatch):
    case = lay(people, None)

    def forbidden(path):
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", forbidden)
        assert cli.main(["check", str(case)]) == 2
    assert capsys.readouterr().err.startswith(
        "wfaudit: You may not read the case file 'case.toml'."
    )


def test_a_case_file_with_the_mark_of_a_windows_editor_is_read(people, capsys):
    case = lay(people, None)
    case.write_bytes(b"\xef\xbb\xbf" + case.read_bytes())
    assert noticed(case, capsys) == {}


# Unknown keys: the nearest right one is named, at every level ------------------------------------

UNKNOWN = {
    "the top": ({"top": "tolerence = 1"}, "'tolerence'. Did you mean 'tolerance'?"),
    "source": ({"source": '{ pth = "people.csv" }'}, "'pth'. Did you mean 'path'?"),
    "roles": ({"roles": 'flaged = "flag"'}, "'flaged'. Did you mean 'flagged'?"),
    "a role": ({"roles": 'flagged = { colum = "flag" }'}, "'colum'. Did you mean 'column'?"),
    "an outcome": (
        {"roles": 'outcomes = { a = { colum = "work" } }'},
        "key in role outcomes.a called 'colum'. Did you mean 'column'?",
    ),
    "a group": ({"sex": 'referense = "men"'}, "'referense'. Did you mean 'reference'?"),
    "flag_is": ({"roles": 'flagged = "flag"\nflag_is = "hlp"'}, "'hlp'. Did you mean 'help'?"),
    "a tolerance": (
        {"more": "[tolerance]\nselection_rate = { gp = 0.1 }"},
        "key in tolerance of selection_rate called 'gp'. Did you mean 'gap'?",
    ),
    "a measure": (
        {"more": "[tolerance]\nselection_rte = { gap = 0.1 }"},
        "'selection_rte'. Did you mean 'selection_rate'?",
    ),
    "families": ({"more": "[families]\nconfrm = []"}, "'confrm'. Did you mean 'confirm'?"),
    "a family": (
        {"more": '[families]\nconfirm = ["selection_rate by sx"]'},
        "'sx'. Did you mean 'sex'?",
    ),
    "words": ({"more": '[words]\npeopel = "x"'}, "'peopel'. Did you mean 'people'?"),
    "intersections": ({"more": "[intersections]\nset = []"}, "'set'. Did you mean 'sets'?"),
    "an intersection": (
        {"more": '[intersections]\nsets = [["sex", "sx"]]'},
        "'sx'. Did you mean 'sex'?",
    ),
    "an input": (
        {"more": '[inputs.score]\nlegal = "x"'},
        "'legal'. Did you mean 'legal_basis'?",
    ),
    "suppressed": ({"top": "suppressed = { belw = 1 }"}, "'belw'. Did you mean 'below'?"),
    "a tier": (
        {"roles": f'tier = {{ {TIERS} }}\nflagged = {{ tier_at_least = "hihg" }}'},
        "'hihg'. Did you mean 'high'? There are: low, high.",
    ),
    "a column": ({"roles": 'flagged = "flg"'}, "'flg'. Did you mean 'flag'?"),
    "an input's column": ({"more": "[inputs.scor]"}, "'scor'. Did you mean 'score'?"),
    "missing scores": (
        {"roles": 'score = { column = "score", missing = "drop" }'},
        "No score.missing called 'drop'. Did you mean 'group'?",
    ),
}


@pytest.mark.parametrize("where", UNKNOWN)
def test_a_key_nobody_knows_is_answered_with_the_nearest_right_one(people, capsys, where):
    declared, told = UNKNOWN[where]
    assert told in refused(lay(people, None, **declared), capsys)


# Wrong kinds of values --------------------------------------------------------------------------

KINDS = {
    'level = "high"': "'level' in a case file must be a finite number, such as level = 0.5; a text",
    "level = nan": "'level' in a case file must be a finite number, such as level = 0.5; another number",
    "level = true": "must be a finite number, such as level = 0.5; true or false was given",
    "name = 3": "'name' in a case file must be a text",
    'missing = "NA"': "'missing' in a case file must be a list of labels",
    'missing = [["NA"]]': "such as missing = [\"low\", \"high\"]; a list of other things was given",
    "as_of = 3": "'as_of' in a case file must be a day, such as as_of = 2026-01-31; a whole number",
    'as_of = "January"': "'as_of' in a case file must be a day",
    'suppressed = "*"': "must be a table of keys, such as suppressed = { … }; a text was given",
    'suppressed = { shown_as = "*", below = 3 }': "'shown_as' in suppressed must be a list of labels",
    'suppressed = { shown_as = ["*"], below = 2.5 }': "'below' in suppressed must be a whole number",
    'suppressed = { shown_as = ["*"], below = 0 }': "where below is 1 or more",
    'suppressed = { shown_as = ["*"] }': "suppressed needs both keys",
}  # fmt: skip


@pytest.mark.parametrize("line", KINDS)
def test_a_key_at_the_top_holds_what_it_is_for(people, capsys, line):
    assert KINDS[line] in refused(lay(people, None, top=line), capsys)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('roles = ["flag"]', "Key 'roles' in a case file must be a table of keys"),
        ("groups = 3", "Key 'groups' in a case file must be a table of keys"),
        ('[groups]\nsex = "men"', "Group sex must be a table of keys (column, reference, labels"),
        ("tolerance = 3", "Key 'tolerance' in a case file must be a table of keys"),
        (
            "[groups.sex]\n[tolerance]\naccuracy = 0.1",
            "Tolerance of accuracy must be a table of keys (gap, ratio)",
        ),
        ("families = []", "Key 'families' in a case file must be a table of keys"),
        ("[inputs]\nscore = []", "Input score must be a table of keys"),
        ("", "The case declares no column at all"),
    ],
)
def test_a_table_of_the_case_is_a_table(people, capsys, body, told):
    (people / "case.toml").write_text(f'source = "people.csv"\n{body}\n', encoding="utf-8")
    assert told in refused(people / "case.toml", capsys)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("3", "Can't use a source of type int"),
        ("true", "Can't use a source of type bool"),
        ('["people.csv"]', "Can't use a source of type list"),
        ('{ delimiter = "," }', "Can't use a source of type NoneType"),
        ("{ path = 3 }", "Can't use a source of type int"),
        ('{ path = "people.csv", encoding = 3 }', "'encoding' in source must be a text"),
        ('{ path = "people.csv", delimiter = 3 }', "'delimiter' in source must be a text"),
        ('{ path = "people.csv", decimal = [","] }', "'decimal' in source must be a text"),
        ('{ path = "people.csv", table = 3 }', "'table' in source must be a text"),
        ('{ path = "gone.csv", made_by = 3 }', "'made_by' in source must be a text"),
    ],
)
def test_a_source_is_a_path_with_texts_beside_it(people, capsys, source, told):
    assert told in refused(lay(people, None, source=source), capsys)


ROLES = {
    "flagged = 3": "Role flagged must be a column's name or a table of keys",
    'flagged = ["flag"]': "Role flagged must be a column's name or a table of keys",
    'flagged = ""': "Role flagged names no column",
    "flagged = {}": "Role flagged names no column",
    "flagged = { column = 3 }": "'column' in role flagged must be the name of a column",
    'flagged = { column = ["flag"] }': "'column' in role flagged must be the name of a column",
    'flagged = { column = "flag", is = "1" }': "flagged.is = '1' can't be read. Compare with a number",
    'flagged = { column = "flag", is = [1] }': "'is' in role flagged must be a label",
    'flagged = { column = "flag", yes = ["1"] }': "Role flagged must list both",
    'flagged = { column = "flag", yes = "1", no = "0" }': "'yes' in role flagged must be a list of",
    'flagged = { column = "flag", yes = [1], no = [1] }': "has '1' as yes and as no",
    'flagged = { column = "flag", yes = [], no = ["0"] }': "flagged.yes names no label",
    'flagged = { column = "flag", is = ">= 1", yes = [1], no = [0] }': "told in two ways: is, and yes",
    f'tier = {{ {TIERS} }}\nflagged = {{ column = "flag", tier_at_least = "high" }}': (
        "Role flagged is told in two ways: column and tier_at_least. Keep one."
    ),
    'flagged = { tier_at_least = "high" }': "needs the role tier",
    "flagged = { score_at_least = 0.5 }": "needs the role score",
    SCORED
    + 'flagged = { score_at_least = "x" }': "'score_at_least' in role flagged must be a finite",
    SCORED
    + "flagged = { score_at_least = nan }": "'score_at_least' in role flagged must be a finite",
    SCORED + "flagged = { score_at_least = 0.12345 }": "The cut 0.12345 lies between two steps",
    'flagged = { count = "flag" }': "needs the role count",
    'tier = "tier"': "Role tier needs its order, lowest first",
    'tier = { column = "tier", order = "low" }': "'order' in role tier must be a list of labels",
    'tier = { column = "tier", order = [] }': "tier.order names no label",
    'tier = { column = "tier", order = ["low"] }': "Role tier needs its order, lowest first",
    'tier = { column = "tier", order = ["low", "low"] }': "names a label twice: 'low', 'low'",
    'tier = { column = "tier", order = [["low"], ["high"]] }': "a list of other things was given",
    f"{SCORED}tier = {{ {TIERS}, cuts = 0.5 }}": "'cuts' in role tier must be a list of finite numbers",
    f'{SCORED}tier = {{ {TIERS}, cuts = ["a"] }}': "'cuts' in role tier must be a list of finite num",
    f"{SCORED}tier = {{ {TIERS}, cuts = [nan] }}": "'cuts' in role tier must be a list of finite numb",
    f"{SCORED}tier = {{ {TIERS}, cuts = [0.5, 0.6] }}": "has 2 tiers, so it takes 1 cut, lowest first",
    SCORED + 'tier = { column = "tier", order = ["a", "b", "c"], cuts = [0.6, 0.5] }': (
        "has 3 tiers, so it takes 2 cuts, lowest first"
    ),
    f"tier = {{ {TIERS}, cuts = [0.5] }}": "needs the role score",
    'score = { column = "score", resolution = 0 }': "score.resolution must be above zero",
    'score = { column = "score", resolution = "fine" }': "'resolution' in role score must be a finite",
    'score = { column = "score", probability = "false" }': "'probability' in role score must be true",
    'outcomes = "work"': "Roles.outcomes must be a table of keys",
    "outcomes = { a = 3 }": "Role outcomes.a must be a column's name",
    'outcome = { time = "score" }': "Role outcome needs both where spells are censored",
    'date = { column = "day", format = 3 }': "'format' in role date must be a text",
    'date = { column = "day", format = "%d.%B" }': "The format '%d.%B' can't be read",
    'block = "sex"': "needs three roles: count, block and group",
}


@pytest.mark.parametrize("line", ROLES)
def test_a_role_holds_what_it_is_for_and_is_told_in_one_way(people, capsys, line):
    assert ROLES[line] in refused(lay(people, None, roles=line), capsys)


GROUPS = {
    "column = 3": "'column' in group sex must be the name of a column",
    'column = ["sex"]': "'column' in group sex must be the name of a column",
    'reference = ["men"]': "'reference' in group sex must be a label",
    'labels = ["men"]': "'labels' in group sex must be a table of keys",
    'labels = { men = ["male"] }': "'men' in labels of group sex must be a label",
    'labels = { men = "x", women = "x" }': "Two labels of group 'sex' read the same",
    'labels = { men = " " }': "Group 'sex' can't have the label ' '",
    'labels = { men = "the rest" }': "Group 'sex' can't have the label 'the rest'",
    'labels = { men = "not recorded" }': "declare the value missing",
    'labels = { men = "a & b" }': "Group 'sex' can't have the label 'a & b'",
    'levels = "men"': "'levels' in group sex must be a list of labels",
    'levels = ["men", "men"]': "sex.levels names a label twice",
    'column = "score"\nbands = 25': "'bands' in group sex must be a list of finite numbers",
    'column = "score"\nbands = "25"': "'bands' in group sex must be a list of finite numbers",
    'column = "score"\nbands = [inf]': "'bands' in group sex must be a list of finite numbers",
    'column = "score"\nbands = [50, 25]': "The bands of group 'sex' must rise",
    'column = "score"\nbands = [25, 25]': "The bands of group 'sex' must rise",
    'phrase = "applicants"': "The phrase of group 'sex' must hold {level}",
    "phrase = 3": "'phrase' in group sex must be a text",
}


@pytest.mark.parametrize("lines", GROUPS)
def test_a_group_holds_what_it_is_for(people, capsys, lines):
    assert GROUPS[lines] in refused(lay(people, None, sex=lines), capsys)


@pytest.mark.parametrize("name", ["everyone", "a & b", "", " "])
def test_a_group_is_not_called_what_means_something_else(people, capsys, name):
    case = lay(people, None, more=f'[groups."{name}"]\ncolumn = "tier"')
    assert f"A group can't be called '{name}'" in refused(case, capsys)


REST = {
    "[tolerance]\naccuracy = { gap = 5 }": "A tolerance lies between 0 and 1; gap = 5.0 was given",
    "[tolerance]\naccuracy = { gap = -0.1 }": "A tolerance lies between 0 and 1",
    '[tolerance]\naccuracy = { gap = "0.1" }': "'gap' in tolerance of accuracy must be a finite number",
    "[tolerance]\naccuracy = { gap = true }": "'gap' in tolerance of accuracy must be a finite number",
    "[tolerance]\naccuracy = { gap = [0.1] }": "'gap' in tolerance of accuracy must be a finite number",
    "[tolerance]\naccuracy = { gap = 0.1, ratio = 0.8 }": "is one number on one scale",
    "[tolerance]\naccuracy = {}": "is one number on one scale",
    '[intersections]\nsets = "sex"': "'sets' in intersections must be a list of lists of groups",
    '[intersections]\nsets = ["sex"]': "'sets' in intersections must be a list of lists of groups",
    '[intersections]\nsets = [["sex"]]': "An intersection crosses two or more different groups",
    '[intersections]\nsets = [["sex", "t"], ["t", "sex"]]\n[groups.t]\ncolumn = "tier"': (
        "An intersection is named twice"
    ),
    '[families]\nconfirm = "accuracy"': "'confirm' in families must be a list of texts",
    "[families]\nconfirm = [3]": "'confirm' in families must be a list of texts",
    "[words]\npeople = 3": "'people' in words must be a text",
    "[inputs.score]\ncolumn = 3": "'column' in input score must be the name of a column",
    '[inputs.score]\nspecial_category = "yes"': "'special_category' in input score must be true or",
}


@pytest.mark.parametrize("lines", REST)
def test_what_was_decided_before_looking_is_told_in_its_own_form(people, capsys, lines):
    assert REST[lines] in refused(lay(people, None, more=lines), capsys)


# What is allowed --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given", [date(2026, 1, 31), datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31", "20260131"]
)
def test_a_day_may_be_a_day_a_time_or_a_text(given):
    source = pd.DataFrame({"flag": [1, 0]})
    case = wf.Case.from_dict({"source": source, "roles": {"flagged": "flag"}, "as_of": given})
    assert case.as_of == "2026-01-31"


def test_labels_may_be_numbers_in_the_file_and_in_the_column():
    people = pd.DataFrame({"risk": [1, 2, 2], "sex": [1.0, 2.0, None]})
    roles = {"tier": {"column": "risk", "order": [1, 2]}, "flagged": {"tier_at_least": 2}}
    groups = {"sex": {"labels": {"1": "women", "2": "men"}, "reference": "men"}}
    case = wf.Case.from_dict({"source": people, "roles": roles, "groups": groups})
    assert levels(case) == ("men", "women", "not recorded")
    assert wf.rates(case, "selection_rate").to_frame().loc[0, "estimate"] == pytest.approx(2 / 3)


def test_bands_that_differ_late_in_their_figures_have_different_names():
    people = pd.DataFrame({"income": [1_000_000, 1_000_001, 1_000_002]})
    bands = {"income": {"bands": [1_000_001, 1_000_002]}}
    case = wf.Case.from_dict({"source": people, "groups": bands})
    assert levels(case, "income") == (
        "under 1000001",
        "1000001 to under 1000002",
        "1000002 and over",
    )


def test_two_horizons_of_an_outcome_are_each_checked_by_name(people, capsys):
    good = 'column = "score", is = ">= 0.5"'
    bad = 'column = "tier", is = ">= 0.5"'
    roles = f"outcomes = {{ after_a_year = {{ {bad} }}, after_two = {{ {good} }} }}"
    told = refused(lay(people, None, roles=roles), capsys)
    assert "column 'tier' (role outcomes.after_a_year): in 40 rows the text is not a number" in told


def test_check_and_run_refuse_with_the_same_line(people, capsys):
    case = lay(people, None, roles='flagged = "tier"')
    told = refused(case, capsys)
    assert cli.main(["check", str(case)]) == 2
    assert capsys.readouterr().err == f"wfaudit: {told}\n"
