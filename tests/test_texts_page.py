"""The page on texts is held to what its own example gives, and to its simulations."""

import re
from pathlib import Path

import pytest
from covered.texts import SIZES, covered

PAGE = (Path(__file__).parent.parent / "docs" / "texts.md").read_text(encoding="utf-8")
SEEN = (
    # what stands on the page: whose result, measure, group
    ("model", "name_swap_score", "White women"), ("model", "name_swap_score", "Black women"),
    ("model", "name_swap_score", "Black men"), ("model", "name_swap_top_changes", "Black women"),
    ("baseline", "name_swap_score", "Black women"), ("words", "reworded_score", "another label"),
    ("titles", "reworded_score", "women's titles"),
)  # fmt: skip


def block(name):
    return PAGE.split(f"<!-- {name} -->\n")[1].split("<!-- end -->")[0].strip().splitlines()


@pytest.fixture(scope="module")
def ran():
    """The example of the page, run as it stands there."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    scope = {}
    exec(code, scope)
    return scope


def lines(scope):
    """The table of what was seen: each comparison with its limits, and its note where there are none."""
    found = [
        "| result | measure | group | against | difference | 95 % limits |",
        "|---|---|---|---|---|---|",
    ]
    for name, measure, group in SEEN:
        table = scope[name].measure(measure).table.set_index("group").loc[group]
        limits = table["note"] or f"{table['low']:.3f} to {table['high']:.3f}"
        found.append(
            f"| `{name}` | `{measure}` | {group} | {table['reference']} | {table['estimate']:.3f} | {limits} |"
        )
    return found


def numbers(line):
    return [float(x) for x in re.findall(r"-?\d+\.\d+", line)]


def test_the_figures_of_the_page_are_those_of_its_example(ran):
    for told, expected in zip(block("seen"), lines(ran), strict=True):
        assert re.sub(r"-?\d+\.\d+", "x", told) == re.sub(r"-?\d+\.\d+", "x", expected)
        assert numbers(told) == pytest.approx(numbers(expected), abs=0.002)


def test_the_real_model_is_told_what_its_limits_allow_and_no_more(ran):
    women = ran["model"].measure("name_swap_score").table.set_index("group").loc["Black women"]
    finding = next(f for f in ran["model"].findings if f.group == "Black women")
    assert (finding.answer == "raised") == (women["high"] < -0.01 or women["low"] > 0.01)


def test_a_line_of_the_coverage_table_is_what_the_simulation_gives():
    line = next(x for x in block("names and texts") if x.startswith("| both | 9 | 8 |"))
    assert (9, 8) in SIZES
    assert numbers(line.replace("| .", "| 0.")) == pytest.approx(
        covered("both", (9, 8), 4_000), abs=6e-4
    )


def test_every_limit_of_the_package_on_the_page_holds_at_least_nine_in_ten():
    held = [numbers(x.replace("| .", "| 0."))[0] for x in block("names and texts")[2:]]
    assert len(held) == 20
    assert min(held) >= 0.94
    assert (
        min(min(numbers(x.replace("| .", "| 0."))[-3:]) for x in block("lists that change")[2:])
        >= 0.9
    )
