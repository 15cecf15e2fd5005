"""One event: what is to be recorded (`Draft`), what was recorded (`Event`), and its exact bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from remit.core.canonical import NotCanonical, recorded_bytes
from remit.core.errors import Corrupted, InputError
from remit.core.problems import did_you_mean
from remit.core.words import Actor

VERSION = 1

EVENT_TYPES = frozenset(
    f"{noun}.{verb}"
    for noun, verbs in {
        "ledger": ("opened", "checkpointed", "exported", "key_rotated"),
        "subject": ("erased", "held", "released", "rewrapped"),
        "decision": (
            *("received", "judged", "executed", "advised", "denied", "rejected", "quarantined", "failed", "erased"),
        ),
        "review": (
            *("opened", "claimed", "released", "assigned", "snoozed", "woken", "shown", "opined"),
            *("asked", "answered", "edited", "voted", "warned", "escalated", "held"),
            *("approved", "rejected", "revoked", "expired", "cancelled", "stale", "seeded", "tested"),
        ),
        "delegation": ("given", "ended"),
        "absence": ("announced", "ended"),
        "effect": (
            *("planned", "attempted", "confirmed", "in_doubt", "failed"),
            *("compensation_planned", "compensation_attempted", "compensation_in_doubt"),
            *("compensated", "compensation_failed"),
        ),
        "obligation": ("recorded", "fulfilled", "failed", "voided"),
        "outcome": ("recorded", "corrected"),
        "batch": ("begun",),
        "case": ("rejected",),
        "knowledge": ("indexed",),
        "model": ("trained", "registered", "compared"),
        "gate": ("evaluated",),
        "rollout": ("started", "advanced", "held", "promoted", "moved", "updated", "rolled_back", "ended"),
        "drift": ("alarmed", "acknowledged"),
        "threshold": ("watched",),
        "examples": ("exported",),
        "snapshot": ("made", "retired"),
        "training": ("asked", "failed"),
        "policy": ("proposed", "reviewed", "shadowed", "activated", "rolled_back"),
        "key": ("created", "rotated", "revoked"),
        "user": ("added", "roles_changed", "password_changed", "disabled", "enabled"),
        "session": ("link_made", "signed_in", "sign_in_failed", "signed_out", "ended"),
        "access": ("denied",),
        "chat": ("asked", "answered", "stopped", "deleted"),
        "webhook": ("added", "changed", "enabled", "disabled", "removed", "redelivered"),
    }.items()
    for verb in verbs
)
"""Everything that can be recorded, in the past tense. A type that is not here cannot be appended."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be recorded; the ledger adds the log, the place, the id and the time.

    `body` is the substance: JSON in which floats become text. `versions` names what decided: pack, policy, model,
    prompt, graph. `actor` did it, perhaps `on_behalf_of` somebody. `parent` is the id of the event that led to it.
    """

    type: str
    body: Mapping[str, Any] = field(default_factory=dict)
    decision_id: str | None = None
    step: str | None = None
    actor: Actor | None = None
    on_behalf_of: Actor | None = None
    versions: Mapping[str, Any] = field(default_factory=dict)
    parent: str | None = None
    trace_id: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A recorded event: the draft and its identity. `ts` is RFC 3339 in UTC to the microsecond; `seq` counts from 0."""

    draft: Draft
    log_id: str
    seq: int
    event_id: str
    ts: str
    v: int = VERSION

    def to_bytes(self) -> bytes:
        """The canonical bytes, which are stored and hashed. What is None or empty is left out.

        Raises:
            InputError: the type is unknown, or something in it cannot be recorded.
        """
        draft = self.draft
        if draft.type not in EVENT_TYPES:
            hint = did_you_mean(draft.type, EVENT_TYPES)
            raise InputError(f"there are no events of type `{draft.type}`", code="event_type", mend=hint)
        try:
            return recorded_bytes(self._record())
        except (NotCanonical, RecursionError) as error:
            raise InputError(f"`{draft.type}` cannot be recorded: {error}", code="event_not_canonical") from error

    @classmethod
    def from_bytes(cls, data: bytes) -> Event:
        """Read a stored event.

        Raises:
            Corrupted: the bytes are not an event as `to_bytes` writes it.
        """
        try:
            record = json.loads(data)
            actors: dict[str, Any] = {
                name: Actor.from_json(record.pop(name)) for name in ("actor", "on_behalf_of") if name in record
            }
            identity = {name: record.pop(name) for name in ("v", "log_id", "seq", "event_id", "ts")}
            return cls(Draft(**record, **actors), **identity)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Corrupted(f"this is not an event: {data[:80]!r}", mend="run `remit ledger verify`") from error

    def _record(self) -> dict[str, Any]:
        draft = self.draft
        record = {
            "v": self.v,
            "log_id": self.log_id,
            "seq": self.seq,
            "event_id": self.event_id,
            "type": draft.type,
            "ts": self.ts,
            "decision_id": draft.decision_id,
            "step": draft.step,
            "actor": draft.actor and draft.actor.to_json(),
            "on_behalf_of": draft.on_behalf_of and draft.on_behalf_of.to_json(),
            "versions": draft.versions,
            "body": draft.body,
            "parent": draft.parent,
            "trace_id": draft.trace_id,
        }
        return {name: value for name, value in record.items() if value not in (None, {})}
