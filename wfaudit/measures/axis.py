"""For which places of its axis a rate is asked: tiers, kinds of advice, rules; once if it has none."""

from wfaudit.case import Case
from wfaudit.measures.definition import Rate

Asked = tuple[tuple[int, str], ...]


def asked(case: Case, rate: Rate) -> Asked:
    """Each place and its label; one place without a label where a rate is asked once.

    >>> import wfaudit as wf
    >>> from wfaudit.measures.rate import RATES
    >>> asked(wf.load("plain"), RATES["moved_down_rate"])
    ((1, 'medium'), (2, 'high'))
    """
    if rate.tiers is None:
        return ((0, ""),)
    return tuple(enumerate(_labels(case, rate)))[rate.tiers]


def _labels(case: Case, rate: Rate) -> tuple[str, ...]:
    if rate.axis == "rule":
        return tuple(rule.name for rule in case.rules)
    if rate.axis == "advice" and not case.roles["decision"].order:
        flagged = case.choices.words.flagged
        return f"not {flagged}", flagged
    return case.roles["tier"].order


def at_name(rate: Rate) -> str:
    """What the places are called; nothing where a rate is asked once."""
    return "" if rate.tiers is None else rate.axis
