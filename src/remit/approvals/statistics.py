"""How reviewers decide: how often, how fast, how often others overturned it, and whether they notice what is wrong.

Overturned is an approval of a review that was then rejected or revoked by somebody else, or whose action somebody
edited afterwards. A reviewer who approves everything within seconds and misses the test items is a rubber stamp.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from remit.approvals.review import Note, Review, Vote


@dataclass(frozen=True, slots=True)
class Record:
    """One review with everything that was said of it."""

    review: Review
    votes: Sequence[Vote]
    notes: Sequence[Note]


def by_reviewer(records: Iterable[Record], since: datetime | None = None) -> dict[str, dict[str, Any]]:
    """For each reviewer: counts, median dwell time in seconds, overturn rate, and what became of their test items.

    Rates are None where there is nothing to divide by. `since` leaves out the words of before.
    """
    words: dict[str, list[tuple[Record, Vote]]] = {}
    for record in records:
        for vote in record.votes:
            if since is not None and vote.at < since:
                continue
            words.setdefault(vote.reviewer, []).append((record, vote))
    return {reviewer: _figures(theirs) for reviewer, theirs in sorted(words.items())}


def overturned(record: Record, vote: Vote) -> bool:
    """Whether somebody else set an approval aside."""
    if vote.choice != "approve":
        return False
    rejected = [(each.reviewer, each.at) for each in record.votes if each.choice == "reject"]
    set_aside = [(note.by, note.at) for note in record.notes if note.kind in ("edited", "revoked")]
    return any(who != vote.reviewer and at >= vote.at for who, at in (*rejected, *set_aside))


def _figures(words: Sequence[tuple[Record, Vote]]) -> dict[str, Any]:
    real = [(record, vote) for record, vote in words if record.review.probe is None]
    tests = [(record.review.probe, vote) for record, vote in words if record.review.probe is not None]
    approved = [(record, vote) for record, vote in real if vote.choice == "approve"]
    lost = sum(overturned(record, vote) for record, vote in approved)
    caught = sum(vote.choice == probe.expected for probe, vote in tests)
    dwell = [vote.dwell_seconds for _, vote in words if vote.dwell_seconds is not None]
    opinions = [_agrees(record, vote) for record, vote in real]
    formed = [agrees for agrees in opinions if agrees is not None]
    return {
        "decided": len(real),
        "approved": len(approved),
        "rejected": len(real) - len(approved),
        "overturned": lost,
        "overturn_rate": _rate(lost, len(approved)),
        "dwell_seconds_median": statistics.median(dwell) if dwell else None,
        "never_shown": sum(vote.dwell_seconds is None for _, vote in words),
        "changed_their_mind": sum(not agrees for agrees in formed),
        "test_items": len(tests),
        "test_items_caught": caught,
        "catch_rate": _rate(caught, len(tests)),
    }


def _agrees(record: Record, vote: Vote) -> bool | None:
    """Whether the word is the opinion that was formed before the verdict was shown; None where there was none."""
    theirs = [note for note in record.notes if note.kind == "opinion" and note.by == vote.reviewer]
    return theirs[0].text == vote.choice if theirs else None


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
