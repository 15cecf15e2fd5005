"""Bias per protected attribute: the four-fifths rule and equal opportunity, with 95 % intervals.

The impact ratio compares how often the favourable action was proposed in the least and the most favoured group (EEOC
Uniform Guidelines, 29 CFR 1607.4 D); its interval is Katz's on the log ratio (Katz et al. 1978). Equal opportunity
compares the same among those for whom it was right (Hardt et al. 2016). Groups below `GROUP_MIN` rows are left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GROUP_MIN = 30
FLOOR = 0.8
_Z = 1.959964


@dataclass
class Tally:
    """One group: rows, favourably proposed ones; the same among those for whom the favourable action was right."""

    rows: int = 0
    favoured: int = 0
    deserving: int = 0
    deserving_favoured: int = 0

    def add(self, favoured: bool, deserving: bool) -> None:
        self.rows += 1
        self.favoured += favoured
        self.deserving += deserving
        self.deserving_favoured += favoured and deserving


def bias(attribute: str, groups: Mapping[str, Tally]) -> dict[str, Any]:
    """The figures of one attribute. `refuses` when even the upper bound of the impact ratio is below four fifths."""
    ratio = _ratio({name: (each.favoured, each.rows) for name, each in groups.items()})
    chances = _ratio({name: (each.deserving_favoured, each.deserving) for name, each in groups.items()})
    upper: float | None = ratio["interval"][1] if ratio else None
    return {
        "attribute": attribute,
        "groups": {name: {"rows": each.rows, "favoured": each.favoured} for name, each in sorted(groups.items())},
        "impact_ratio": ratio and ratio["ratio"],
        "impact_interval": ratio and ratio["interval"],
        "lowest": ratio and ratio["lowest"],
        "equal_opportunity_gap": chances and chances["gap"],
        "refuses": upper is not None and upper < FLOOR,
    }


def _ratio(counts: Mapping[str, tuple[int, int]]) -> dict[str, Any] | None:
    """The lowest rate over the highest; None where there are no two groups or nothing is favoured."""
    large = {name: pair for name, pair in counts.items() if pair[1] >= GROUP_MIN}
    if len(large) < 2 or not any(favoured for favoured, _ in large.values()):
        return None
    by_rate = sorted(large, key=lambda name: large[name][0] / large[name][1])
    (low, of_low), (high, of_high) = large[by_rate[0]], large[by_rate[-1]]
    ratio, gap = (low / of_low) / (high / of_high), high / of_high - low / of_low
    # Half a case more keeps the logarithm of an empty group finite.
    spread = _Z * math.sqrt(max(0.0, 1 / (low + 0.5) - 1 / (of_low + 0.5) + 1 / (high + 0.5) - 1 / (of_high + 0.5)))
    middle = ((low + 0.5) / (of_low + 0.5)) / ((high + 0.5) / (of_high + 0.5))
    interval = [round(middle * math.exp(-spread), 4), round(middle * math.exp(spread), 4)]
    return {"ratio": round(ratio, 4), "gap": round(gap, 4), "interval": interval, "lowest": by_rate[0]}
