"""Rows of rates, gaps, ratios and bounds: numbers or the reason why there is none, and what they rest on."""

from dataclasses import asdict
from typing import Any

import numpy as np

from wfaudit.choices import EVERYONE, JOIN
from wfaudit.estimators import clusters
from wfaudit.measures.axis import at_name
from wfaudit.measures.clustered import unit_of
from wfaudit.measures.made import NOBODY
from wfaudit.measures.plan import Plan
from wfaudit.measures.tally import Tally
from wfaudit.result import SELF, Kind, Result, assemble

NOBODY_THERE = "nobody to count in the reference group"
NO_RATIO = "nobody counts in the reference group, so a ratio has no value"
HIDDEN = "unknown: the published table hides cells of this group"
JACKKNIFE = "jackknife interval that leaves out one cluster at a time"
KINDS: dict[Kind, str] = {
    "rate": "Wilson score interval",
    "gap": "Newcombe hybrid score interval for a difference",
    "ratio": "Miettinen-Nurminen score interval for a ratio",
}


class Rows:
    """Gathers the rows of one result, each with the counts behind it."""

    def __init__(self, asked: Plan, kind: Kind) -> None:
        self.asked = asked
        self.kind: Kind = kind
        self.rows: list[dict[str, Any]] = []
        self.evidence: list[dict[str, Any]] = []

    def add(
        self,
        label: str,
        g: int,
        found: Tally,
        *,
        span: tuple[float, float] = (np.nan, np.nan),
        pair: tuple[int | None, str, Tally, int] | None = None,
        knife: clusters.Jackknife | None = None,
    ) -> None:
        """Add one group's row; ``pair`` is its reference, ``knife`` its interval over clusters."""
        row, evidence = self._counted(label, g, found, pair)
        note, estimate = self._value(g, found, pair)
        if note == SELF:
            span = (np.nan, np.nan)
        elif knife is not None and not note:
            span = knife.interval(self.asked.case.choices.level)
            note = knife.note
            evidence |= {
                "se": knife.se,
                "df": knife.df,
                "transform": knife.transform,
                "clusters": knife.clusters,
            }
        if note and note != SELF:
            estimate = np.nan
        if self.kind == "bounds":
            note, estimate = "best and worst case", np.nan
        elif np.isnan(estimate) or note:
            span = (np.nan, np.nan)
        self.rows.append(
            row | {"estimate": estimate, "low": span[0], "high": span[1], "note": note}
        )
        self.evidence.append(evidence)

    def _counted(
        self, label: str, g: int, found: Tally, pair: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        counts = self.asked.counts
        hidden = bool(found.hidden[g])
        row: dict[str, Any] = {
            "measure": self.asked.name,
            "by": JOIN.join(self.asked.keys) or EVERYONE,
            "group": counts.names[g],
            "at": label,
            "n": None if found.uncounted[g] else found.n[g],
        }
        evidence: dict[str, Any] = {"k": None if hidden else found.k[g], "n": row["n"]}
        if counts.people is not None:
            evidence["people"] = counts.people[g]
        if pair:
            _, name, other, at = pair
            row |= {"reference": name, "n_reference": None if other.uncounted[at] else other.n[at]}
            evidence |= {
                "k_reference": None if other.hidden[at] else other.k[at],
                "n_reference": row["n_reference"],
            }
        return row, evidence

    def _value(self, g: int, found: Tally, pair: Any) -> tuple[str, float]:
        """Why there is no estimate, or the estimate."""
        if found.hidden[g]:
            return HIDDEN, np.nan
        if found.n[g] == 0:
            return NOBODY, np.nan
        share = found.k[g] / found.n[g]
        if not pair:
            return "", float(share)
        at_group, _, other, at = pair
        if at_group == g:
            return SELF, 0.0 if self.kind == "gap" else 1.0
        if other.hidden[at]:
            return HIDDEN.replace("this group", "the reference group"), np.nan
        if other.n[at] == 0:
            return NOBODY_THERE, np.nan
        base = other.k[at] / other.n[at]
        if self.kind == "gap":
            return "", float(share - base)
        return ("", float(share / base)) if base > 0 else (NO_RATIO, np.nan)

    def result(self) -> Result:
        """The rows as a result, with what a reader needs to trust it."""
        asked, choices = self.asked, self.asked.case.choices
        table, evidence = assemble(_columns(self.rows), _columns(self.evidence))
        words = asdict(choices.words)
        tiers = [label for _, label in asked.tiers if label]
        return Result(
            table, evidence, asked.name, self.kind,
            asked.rate.says.format(**words), self._interval(), choices,
            asked.rate.who.format(at="{at}", **words), asked.rate.does.format(at="{at}", **words),
            at_name(asked.rate), tuple(tiers), asked.keys,
        )  # fmt: skip

    def _interval(self) -> str:
        if self.kind == "bounds":
            return "best and worst case over all that is not known (no sampling error)"
        percent = f"{100 * self.asked.case.choices.level:g} %"
        if self.asked.clustered is None:
            return f"{percent} {KINDS[self.kind]}"
        return f"{percent} {JACKKNIFE} ({unit_of(self.asked.case)})"


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(key for row in rows for key in row)
    return {"group": []} | {name: [row.get(name) for row in rows] for name in names}
