"""What outcomes that could only be seen after a favourable action tell of those who decide: reviewers and the model.

Whoever is turned down has no outcome, so the cases with one are not like those without (selective labels). Two answers:

- **Contraction** (Lakkaraju, Kleinberg, Leskovec, Ludwig, Mullainathan, KDD 2017): where cases come to reviewers at
  random, the most lenient one has the most outcomes. Taking from those whom they accepted the ones that the model
  thinks worst of, until as few are left as another reviewer accepts, gives the model's failure rate at that reviewer's
  leniency, with no outcome imputed. It asks for random assignment, and for the outcomes of the most lenient reviewer.
- **Bounds** (Manski, Partial Identification, 2003): the failure rate lies between "none unseen fails" and "each fails".

A failure is an action that was taken and of which the outcome says that it was wrong. Intervals are Wilson's, 95 %.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CASES_MIN = 30
"""A reviewer with fewer cases than this is compared with nobody."""
SEEN_MIN = 0.9
"""The share of the most lenient reviewer's accepted cases whose outcome is known, below which nothing is contracted."""
BALANCE_ALPHA = 0.001
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A case that one reviewer decided: whether they accepted it, and how good the model thought it (0 to 1).

    `failed` says that accepting was wrong; None where nobody knows.
    """

    reviewer: str
    accepted: bool
    score: float
    failed: bool | None


def contraction(cases: Sequence[Reviewed]) -> dict[str, Any]:
    """Each reviewer's failure rate beside the model's at the same leniency; `why` where there is nothing to compare."""
    by_reviewer: dict[str, list[Reviewed]] = {}
    for case in cases:
        by_reviewer.setdefault(case.reviewer, []).append(case)
    large = {name: found for name, found in by_reviewer.items() if len(found) >= CASES_MIN}
    if len(large) < 2:
        return {"why": f"fewer than two reviewers with {CASES_MIN} cases each", "reviewers": []}
    p_value = _imbalance([[case.score for case in found] for _, found in sorted(large.items())])
    if p_value < BALANCE_ALPHA:
        return {"why": "cases did not come to reviewers at random: the model rates them differently", "reviewers": []}
    most = max(sorted(large), key=lambda name: _acceptance(large[name]))
    accepted = [case for case in large[most] if case.accepted]
    seen = [case for case in accepted if case.failed is not None]
    if not seen or len(seen) < SEEN_MIN * len(accepted):
        return {
            "why": f"{len(seen)} of {len(accepted)} cases that the most lenient accepted have an outcome",
            "reviewers": [],
        }
    told = [
        _beside(name, found, seen, len(large[most]) * len(seen) // len(accepted))
        for name, found in sorted(large.items())
        if name != most
    ]
    return {"why": None, "most_lenient": most, "imbalance_p_value": round(p_value, 6), "reviewers": told}


def bounds(seen_failures: int, seen: int, unseen: int) -> dict[str, Any] | None:
    """Between what the failure rate of all lies whose outcome is known of some; None where there is no case.

    `interval` holds both bounds, each with its uncertainty.
    """
    total = seen + unseen
    if total == 0:
        return None
    lower, upper = seen_failures / total, (seen_failures + unseen) / total
    interval = [wilson(seen_failures, total)[0], wilson(seen_failures + unseen, total)[1]]
    return {"cases": total, "unseen": unseen, "lower": round(lower, 4), "upper": round(upper, 4), "interval": interval}


def kappa(pairs: Mapping[tuple[str, str], int]) -> float | None:
    """Agreement of two reviewers on the same cases beyond chance (Scott's pi, for who comes first is chance).

    `pairs` counts what both said. None where they could not have disagreed.
    """
    total = sum(pairs.values())
    if total == 0:
        return None
    shares: dict[str, float] = {}
    for (one, other), count in pairs.items():
        for each in (one, other):
            shares[each] = shares.get(each, 0.0) + count / (2 * total)
    chance = sum(share**2 for share in shares.values())
    agreed = sum(count for (one, other), count in pairs.items() if one == other) / total
    return None if chance >= 1.0 - 1e-12 else round((agreed - chance) / (1.0 - chance), 4)


def wilson(hits: int, total: int) -> list[float]:
    """The 95 % interval of a share (Wilson 1927); everything where nothing was counted."""
    if total == 0:
        return [0.0, 1.0]
    share, square = hits / total, _Z**2 / total
    middle = (share + square / 2) / (1 + square)
    half = _Z * math.sqrt(share * (1 - share) / total + square / (4 * total)) / (1 + square)
    return [round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)]


def _beside(name: str, found: Sequence[Reviewed], pool: Sequence[Reviewed], of: int) -> dict[str, Any]:
    """A reviewer beside the model, which keeps the best of the pool of accepted ones (`of` so many cases)."""
    leniency = _acceptance(found)
    kept = min(len(pool), round(leniency * of))
    best = sorted(pool, key=lambda case: -case.score)[:kept]
    failed, theirs = sum(bool(case.failed) for case in best), [case for case in found if case.accepted]
    return {
        "reviewer": name,
        "cases": len(found),
        "accepted": round(leniency, 4),
        "failures": bounds(
            sum(bool(case.failed) for case in theirs),
            len(found) - sum(case.failed is None for case in theirs),
            sum(case.failed is None for case in theirs),
        ),
        "model_failures": round(failed / of, 4),
        "model_interval": wilson(failed, of),
    }


def _acceptance(cases: Sequence[Reviewed]) -> float:
    return sum(case.accepted for case in cases) / len(cases)


def _imbalance(scores: Sequence[Sequence[float]]) -> float:
    """How likely scores as different as these are where assignment is random (Kruskal and Wallis, 1952)."""
    from scipy.stats import kruskal

    if len({each for some in scores for each in some}) < 2:
        return 1.0
    return float(kruskal(*scores).pvalue)
