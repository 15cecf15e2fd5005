"""What the routes of reviews share: how a review is named, a reason is given, and what a row looks like."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import Field

from remit.api.body import Body

ReviewId = Annotated[
    str,
    Path(pattern=r"^[0-9A-Za-z_-]{1,64}$", description="A review's id.", examples=["01KB9Z6R3Q5V8W2X4Y6Z8A1B3C"]),
]
Reason = Annotated[
    str, Field(min_length=1, max_length=2_000, description="Why, in a sentence.", examples=["The invoice is at hand."])
]
Code = Annotated[
    str | None, Field(default=None, max_length=100, description="One of the reason codes that the pack lists.")
]
Name = Annotated[str, Field(min_length=1, max_length=200, description="A person's name.", examples=["otto"])]


class Because(Body):
    """A reason."""

    reason: Reason


ROW: dict[str, Any] = {
    "review_id": "01KB9Z6R3Q5V8W2X4Y6Z8A1B3C",
    "decision_id": "01KB9Z6R2N4T7V9X1Z3B5D7F9H",
    "decision": "desk.request",
    "subject": "R-1",
    "state": "open",
    "version": 1,
    "action": {"name": "pay", "args": {"amount_cents": 200000}},
    "confidence": 0.9,
    "because": ["Above 1,000 an officer decides."],
    "rules": ["large"],
    "terms": [{"role": "officer", "quorum": 1}],
    "risk": "medium",
    "money": None,
    "priority": 2.0,
    "requested_by": "ana",
    "editors": [],
    "claimed_by": None,
    "assigned_to": None,
    "waits_for_answer": False,
    "snoozed_until": None,
    "opened_at": "2026-11-02T12:00:00+00:00",
    "due_at": None,
    "decided_by": None,
}
SETTLED: dict[str, Any] = {
    "review_id": ROW["review_id"],
    "state": "approved",
    "version": 2,
    "decision": {"decision_id": ROW["decision_id"], "status": "executed"},
}
MOVED = {"ETag": "The version that the review has now."}
