"""The page on matching is held to what its own examples give, and to its simulations."""

import re
from pathlib import Path

import pytest
from covered.lists import KINDS, SIZES, covered

from wfaudit.measures import matching

PAGE = (Path(__file__).parent.parent / "docs" / "matching.md").read_text(encoding="utf-8")


def block(name):
    return PAGE.split(f"<!-- {name} -->\n")[1].split("<!-- end -->")[0].strip().splitlines()


def numbers(line):
    return [float(x) for x in re.findall(r"-?\d*\.\d+", line)]


@pytest.fixture(scope="module")
def ran():
    """The examples of the page, run as they stand there, one after another."""
    scope = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(code, scope)
    return scope


def test_the_screen_of_the_page_has_the_ratio_and_the_shares_told(ran):
    women = ran["table"].to_frame().set_index("group").loc["Female"]
    assert [round(float(women[c]), 3) for c in ("impact_ratio", "low", "high")] == [
        0.979,
        0.902,
        1.062,
    ]
    told = {row["group"]: row["estimate"] for row in ran["apart"][0].table.to_dict("records")}
    assert [round(100 * x, 1) for x in told.values()] == [24.1, 5.9]
    assert "a ratio of 0.979 (0.902 to 1.062)" in PAGE
    assert "24.1 in 100 are turned down everywhere; screens apart would turn down 5.9" in PAGE


def test_the_published_audit_of_the_page_reproduces_as_told(ran):
    assert (
        ran["checked"]
        .says[0]
        .startswith("Of 46 printed figures: 45 as printed, rounded; 1 as printed, cut off")
    )
    assert any("2,584" in line or "408" in line for line in ran["selection"].says)


def test_the_recommender_of_the_page_gives_the_figures_told(ran):
    own, gap = ran["lists"].table, ran["understood"].table
    rows = [*own.to_dict("records"), *gap[gap["group"] == "another label"].to_dict("records")]
    for line, row in zip(block("seen")[2:], rows, strict=True):
        assert row["group"] in line
        assert numbers(line) == pytest.approx([row["estimate"], row["low"], row["high"]], abs=0.004)


def test_limits_over_lists_hold_as_often_as_told():
    """One cell of the table drawn again, fewer times: within four standard errors of what is told."""
    line = next(x for x in block("coverage") if x.startswith("| all alike | 50 |"))
    told = dict(zip(("exposure", "top_share"), numbers(line)[:2], strict=True))
    again = covered("all alike", 50, 40, seed=7, asked=("exposure", "top_share"))
    for name, share in told.items():
        assert abs(again[name] - share) < 4 * (0.05 * 0.95 / 40) ** 0.5


def test_no_limits_on_the_page_hold_less_than_nine_in_ten():
    assert min(x for line in block("coverage")[2:] for x in numbers(line)) >= 0.9
    assert len(block("coverage")) == 2 + len(KINDS) * len(SIZES)


def test_limits_put_together_hold_where_lists_alone_do_not():
    lines = [numbers(line) for line in block("crossed")[2:]]
    assert len(lines) == 3
    alone, together = ([x for line in lines for x in line[at::2]] for at in (0, 1))
    assert max(alone) < 0.75
    assert min(together) >= 0.93
    assert matching.exposure.__doc__
