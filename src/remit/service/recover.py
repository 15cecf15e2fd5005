"""What a crash left unfinished."""

from __future__ import annotations

from remit.service.services import Services


def unfinished(services: Services) -> list[str]:
    """Decisions that somebody has to carry on: begun or committed ones, and those whose review is settled.

    `carry_on` finishes each of them; one that another process is at work on is left to it.
    """
    with services.store.read() as unit:
        cut_off = unit.decisions.ids(("received", "committed"))
        settled = [
            decision_id
            for decision_id in unit.decisions.ids(("awaiting_review",))
            if (review := unit.reviews.latest_of(decision_id)) is not None and review.settled
        ]
    return sorted({*cut_off, *settled})
