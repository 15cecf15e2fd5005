"""What is told outside: which events of the ledger, under which names, and in which words.

A message is thin: ids, states and versions. No case, no argument, no reason leaves by this way; whoever is told asks
for the rest through the API, in their own rights.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from remit.core.canonical import canonical_bytes
from remit.core.errors import InputError
from remit.core.problems import did_you_mean

DECISION_FINAL = "decision.final"
REVIEW_OPENED = "review.opened"
REVIEW_BREACHED = "review.breached"
REVIEW_DECIDED = "review.decided"
POLICY_ACTIVATED = "policy.activated"
DRIFT_ALARM = "drift.alarm"

TYPES = (DECISION_FINAL, REVIEW_OPENED, REVIEW_BREACHED, REVIEW_DECIDED, DRIFT_ALARM, POLICY_ACTIVATED)
"""What an endpoint can subscribe to."""

TEST = "webhook.test"
"""What `remit webhooks test` sends, whatever an endpoint subscribes to."""

_FINAL = ("executed", "advised", "denied", "rejected", "quarantined", "failed")

_TOLD: Mapping[str, str] = {
    **{f"decision.{status}": DECISION_FINAL for status in _FINAL},
    # A test item must look like any other review from outside, too.
    **{f"review.{verb}": REVIEW_OPENED for verb in ("opened", "seeded")},
    **{f"review.{verb}": REVIEW_BREACHED for verb in ("escalated", "held", "expired")},
    **{f"review.{verb}": REVIEW_DECIDED for verb in ("approved", "rejected", "revoked", "cancelled", "tested")},
    **{f"policy.{verb}": POLICY_ACTIVATED for verb in ("activated", "rolled_back")},
    "drift.alarmed": DRIFT_ALARM,
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be told: its type, what the event says of it, and of which decision and review it is."""

    type: str
    data: Mapping[str, Any] = field(default_factory=dict)
    decision_id: str | None = None
    review_id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What is told, to every endpoint in the same bytes. `id` is that of the ledger's event: it can be proved."""

    id: str
    type: str
    at: datetime
    body: str


def notice_of(event_type: str, body: Mapping[str, Any], decision_id: str | None) -> Notice | None:
    """What an event of the ledger gives outside to know; None when it is nobody's business outside.

    Of a decision and of a review only their rows know the rest: see `message_of`.
    """
    told = _TOLD.get(event_type)
    if told is None:
        return None
    verb = event_type.partition(".")[2]
    if told == DECISION_FINAL:
        return Notice(told, {"status": verb}, decision_id)
    if told == POLICY_ACTIVATED:
        return Notice(told, _policy(body, rolled_back=verb == "rolled_back"))
    if told == DRIFT_ALARM:
        named = ("pack", "decision", "series", "alarm_id", "rollout_id", "step")
        return Notice(told, {name: body[name] for name in named if name in body})
    said: dict[str, Any] = {"outcome": verb} if told == REVIEW_BREACHED else {}
    return Notice(told, said, decision_id, body.get("review_id"))


def message_of(
    notice: Notice,
    message_id: str,
    at: datetime,
    *,
    decision: Mapping[str, Any] | None = None,
    review: Mapping[str, Any] | None = None,
) -> Message:
    """The message of a notice, with what the rows say of its decision (decision, pack, versions) and review."""
    ids = {"decision_id": notice.decision_id, "review_id": notice.review_id}
    found = {name: value for name, value in ids.items() if value is not None}
    return message(notice.type, message_id, at, {**found, **(decision or {}), **(review or {}), **notice.data})


def message(kind: str, message_id: str, at: datetime, data: Mapping[str, Any]) -> Message:
    """A message in the form of Standard Webhooks: ``{"type", "timestamp", "data"}``."""
    body = canonical_bytes({"type": kind, "timestamp": at.isoformat(), "data": dict(data)})
    return Message(message_id, kind, at, body.decode())


def checked_types(types: Collection[str]) -> tuple[str, ...]:
    """The types that an endpoint subscribes to, in order; empty means all of them. Raises InputError."""
    for each in types:
        if each not in TYPES:
            hint = did_you_mean(each, TYPES) or f"it is one of {', '.join(TYPES)}"
            raise InputError(f"nothing of the type `{each}` is ever told", code="webhook_type", mend=hint)
    return tuple(kind for kind in TYPES if kind in types)


def _policy(body: Mapping[str, Any], *, rolled_back: bool) -> dict[str, Any]:
    """What is in force now: after a rollback that is the contract before, not the one that the change brought."""
    in_force = body.get("in_force" if rolled_back else "policy") or {}
    named = {name: body[name] for name in ("change_id", "pack", "decision") if name in body}
    return {**named, "rolled_back": rolled_back, "policy": {name: str(value) for name, value in in_force.items()}}
