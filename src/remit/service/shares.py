"""Which shares of decisions went which way, from what the store counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from remit.agents.records import ALONE, FINAL, Tally


def shares_of(tallies: Iterable[Tally]) -> dict[str, Any]:
    """How many there are, and which share was asked about, done alone, denied, quarantined or failed."""
    count: Counter[str] = Counter()
    for each in tallies:
        count["all"] += each.count
        if each.stage not in FINAL and not each.asked:
            continue
        count["judged"] += each.count
        count["asked"] += each.count if each.asked else 0
        count["alone"] += each.count if not each.asked and each.stage in ALONE else 0
        for stage in ("denied", "quarantined", "failed"):
            count[stage] += each.count if each.stage == stage else 0
    judged = count["judged"]
    shares = {name: count[name] / judged if judged else None for name in ("asked", "alone", "denied", "quarantined")}
    return {"decisions": count["all"], "judged": judged, "failed": count["failed"], **shares}
