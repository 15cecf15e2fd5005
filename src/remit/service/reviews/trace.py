"""The way of a case up to its review: the steps of the run, other wordings that were tried, what failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from remit.agents.records import StoredDecision
from remit.approvals.review import Review
from remit.ledger.event import Event
from remit.service.explain import trace_of
from remit.service.hidden_verdict import OPENED


def trace_for(review: Review, stored: StoredDecision, events: Sequence[Event]) -> dict[str, Any]:
    """The trace of a decision as `remit explain` tells it, for whoever reviews it.

    While a review is open it ends where the review began: what people said since is shown beside it. So a test item
    looks no different: it has the way of the decision that lends it its looks, and its own beginning.
    """
    trace = trace_of(stored, events)
    if review.probe is None and review.settled:
        return trace
    begun = _index_of_opening(review, events)
    steps = [{**step, "at": review.opened_at.isoformat()} for step in trace["ledger"][begun : begun + 1]]
    return {**trace, "ledger": [*trace["ledger"][:begun], *steps]}


def _index_of_opening(review: Review, events: Sequence[Event]) -> int:
    """Where the review was opened among the events; for a test item, where the first review of its model was."""
    opened = [at for at, event in enumerate(events) if event.draft.type == OPENED]
    own = [at for at in opened if events[at].draft.body["review_id"] == review.id]
    return (own or opened or [len(events)])[0]
