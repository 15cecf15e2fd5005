"""What reviewers' words are worth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remit.approvals.review import Note, Probe, Review, Vote
from remit.approvals.statistics import Record, by_reviewer, overturned

Make = Callable[..., Review]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(hours=1), NOW - timedelta(hours=1)


def word(who: str, choice: Any = "approve", at: datetime = NOW, dwell: int | None = None) -> Vote:
    return Vote("R", who, "officer", choice, "seen", "digest", at, dwell_seconds=dwell)


@pytest.mark.parametrize(
    ("others", "notes", "lost"),
    [
        ([], [], False),
        ([word("olga", "reject", LATER)], [], True),
        ([word("olga", "approve", LATER)], [], False),
        ([], [Note("R", "revoked", "olga", LATER, "digest")], True),
        ([], [Note("R", "revoked", "otto", LATER, "digest")], False),
        ([], [Note("R", "edited", "olga", LATER, "digest")], True),
        ([], [Note("R", "edited", "olga", EARLIER, "digest")], False),
    ],
    ids=["alone", "a veto", "another yes", "revoked", "revoked by oneself", "edited after", "edited before"],
)
def test_an_approval_is_overturned_by_what_others_do_after_it(make: Make, others: Any, notes: Any, lost: bool) -> None:
    vote = word("otto")
    assert overturned(Record(make(), [vote, *others], notes), vote) is lost


def test_a_rejection_is_never_overturned(make: Make) -> None:
    vote = word("otto", "reject")
    assert not overturned(Record(make(), [vote, word("olga", "reject", LATER)], []), vote)


def test_figures_are_counted_for_each_reviewer(make: Make) -> None:
    test = make(probe=Probe({}, "reject", "wrong"))
    records = [
        Record(make(), [word("otto", dwell=10), word("olga", "reject", LATER)], []),
        Record(make(), [word("otto", dwell=30)], [Note("R", "opinion", "otto", NOW, "digest", "reject")]),
        Record(test, [word("otto")], []),
    ]
    otto = by_reviewer(records)["otto"]
    assert (otto["decided"], otto["approved"], otto["overturn_rate"]) == (2, 2, 0.5)
    assert (otto["dwell_seconds_median"], otto["never_shown"], otto["changed_their_mind"]) == (20, 1, 1)
    assert (otto["test_items"], otto["test_items_caught"], otto["catch_rate"]) == (1, 0, 0.0)


def test_a_rate_of_nothing_is_none(make: Make) -> None:
    olga = by_reviewer([Record(make(), [word("olga", "reject")], [])])["olga"]
    assert (olga["overturn_rate"], olga["catch_rate"], olga["dwell_seconds_median"]) == (None, None, None)
