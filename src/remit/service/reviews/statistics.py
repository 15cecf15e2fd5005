"""How reviewers decide, over every review that somebody spoke on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from remit.approvals.review import SETTLED, UNDECIDED
from remit.approvals.statistics import Record, by_reviewer
from remit.service.services import Services

REVIEWS_MAX = 1_000_000


def review_statistics(services: Services, *, since: datetime | None = None) -> dict[str, dict[str, Any]]:
    """By reviewer: counts, median dwell time, overturn rate, test items; see `remit.approvals.statistics`.

    `since` leaves out the words of before.
    """
    with services.store.read() as unit:
        reviews = unit.reviews.in_states((*UNDECIDED, *SETTLED), REVIEWS_MAX)
        ids = [review.id for review in reviews]
        votes, notes = unit.reviews.votes_on(ids), unit.reviews.notes_on(ids)
    records = [Record(review, votes.get(review.id, ()), notes.get(review.id, ())) for review in reviews]
    return by_reviewer(records, since)
