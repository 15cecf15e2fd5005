"""Bias per protected attribute: the four-fifths rule and equal opportunity, with 95 % intervals.

The impact ratio compares how often the favourable action was proposed in the least and the most favoured group (EEOC
Uniform Guidelines, 29 CFR 1607.4 D); its interval is Katz's on the log ratio (Katz et al. 1978). Equal opportunity
compares the same among those for whom it was right (Hardt et al. 2016). Groups below `GROUP_MIN` rows are left out.
An attribute that is a number, such as an age, is cut into four bands of alike many rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

GROUP_MIN = 30
FLOOR = 0.8
BANDS = 4
VALUES_MAX = 12
"""A number with more values than these is cut into bands: a group for each age would be one of a few people."""

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

    def joined(self, other: Tally) -> Tally:
        """Both groups as one."""
        return Tally(
            self.rows + other.rows,
            self.favoured + other.favoured,
            self.deserving + other.deserving,
            self.deserving_favoured + other.deserving_favoured,
        )


def bias(attribute: str, groups: Mapping[str, Tally]) -> dict[str, Any]:
    """The figures of one attribute. `refuses` when even the upper bound of the impact ratio is below four fifths."""
    groups = banded(groups)
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
        "equal_opportunity_interval": chances and chances["gap_interval"],
        "refuses": upper is not None and upper < FLOOR,
    }


def banded(groups: Mapping[str, Tally]) -> Mapping[str, Tally]:
    """The groups of a number with many values as bands, such as `19-26`; other groups as they are."""
    try:
        values = sorted((float(name), name) for name in groups)
    except ValueError:
        return groups
    if len(values) <= VALUES_MAX:
        return groups
    total, seen = sum(each.rows for each in groups.values()), 0
    bands: dict[int, list[str]] = {}
    for _, name in values:
        # By the middle of its rows, so that a value with many of them does not drag its neighbours along.
        bands.setdefault(min(BANDS - 1, int((seen + groups[name].rows / 2) * BANDS / total)), []).append(name)
        seen += groups[name].rows
    return {
        f"{names[0]}-{names[-1]}": reduce(Tally.joined, (groups[name] for name in names), Tally())
        for names in bands.values()
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
    return {
        "ratio": round(ratio, 4),
        "gap": round(gap, 4),
        "interval": interval,
        "gap_interval": _difference(low, of_low, high, of_high),
        "lowest": by_rate[0],
    }


def _difference(low: int, of_low: int, high: int, of_high: int) -> list[float]:
    """The interval of the gap between two rates (Agresti and Caffo, The American Statistician 54, 2000)."""
    small, large = (low + 1) / (of_low + 2), (high + 1) / (of_high + 2)
    spread = _Z * math.sqrt(small * (1 - small) / (of_low + 2) + large * (1 - large) / (of_high + 2))
    return [round(large - small - spread, 4), round(large - small + spread, 4)]
