"""The tables of the store in memory: every committed moment is a state of its own, and is never changed again."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, TypeVar

from remit.adapters.sql.json_text import from_text, to_text
from remit.agents.records import Obligation, PlannedEffect, StoredDecision
from remit.approvals.arrangement import Arrangement
from remit.approvals.policy_change import InForce, PolicyChange
from remit.approvals.review import Note, Review, Vote
from remit.chat.conversation import Conversation, Run, RunEvent
from remit.core.errors import SystemFailed
from remit.identity.account import Account
from remit.identity.api_key import ApiKey
from remit.identity.session import Session
from remit.identity.throttle import Failures
from remit.learning.outcomes import ReportedOutcome
from remit.learning.registry import Champion, GateResult, RegisteredModel
from remit.learning.registry import Comparison as ModelComparison
from remit.learning.rollout import Rollout
from remit.learning.snapshot import MadeSnapshot
from remit.learning.training import Training
from remit.learning.watch import DriftAlarm, Watch
from remit.service.calls.ports import Batch, BatchRow
from remit.webhooks.delivery import Delivery
from remit.webhooks.endpoint import Endpoint
from remit.webhooks.signing import Secret
from remit.webhooks.told import Message

Key = TypeVar("Key")
Row = TypeVar("Row")
Comparison = tuple[bool, dict[str, Any], dict[str, Any]]
"""What a candidate said of one decision: whether it differs, the word in force, its own."""


class Table(dict[Key, Row]):
    """Rows by key. One that belongs to a committed state is sealed: readers may still be looking at it."""

    sealed = False

    def __setitem__(self, key: Key, row: Row) -> None:
        if self.sealed:
            raise SystemFailed("a unit of work that only reads wrote something", code="database_readonly")
        super().__setitem__(key, row)


@dataclass(frozen=True, slots=True)
class Due:
    """A decision whose outcome is waited for: until when it is due, and then until when."""

    pack: str
    decision: str
    place: int
    due_at: datetime
    late_until: datetime | None = None


@dataclass
class Tables:
    """Everything that a store holds at one moment. Rows are values: to change one is to put another in its place."""

    decisions: Table[str, StoredDecision] = field(default_factory=Table)
    requests: Table[str, str] = field(default_factory=Table)
    reviews: Table[str, Review] = field(default_factory=Table)
    votes: Table[tuple[str, str, str], Vote] = field(default_factory=Table)
    review_notes: Table[int, Note] = field(default_factory=Table)
    arrangements: Table[str, Arrangement] = field(default_factory=Table)
    effects: Table[str, PlannedEffect] = field(default_factory=Table)
    obligations: Table[str, Obligation] = field(default_factory=Table)
    outcomes: Table[tuple[str, str], ReportedOutcome] = field(default_factory=Table)
    models: Table[tuple[str, str, str], RegisteredModel] = field(default_factory=Table)
    artefacts: Table[str, tuple[bytes, bytes]] = field(default_factory=Table)
    champions: Table[tuple[str, str, int], Champion] = field(default_factory=Table)
    gates: Table[str, GateResult] = field(default_factory=Table)
    rollouts: Table[str, Rollout] = field(default_factory=Table)
    model_comparisons: Table[tuple[str, str], ModelComparison] = field(default_factory=Table)
    trials: Table[tuple[str, str], list[dict[str, Any]]] = field(default_factory=Table)
    snapshots: Table[str, MadeSnapshot] = field(default_factory=Table)
    trainings: Table[str, Training] = field(default_factory=Table)
    watch_place: Table[str, int] = field(default_factory=Table)
    watches: Table[tuple[str, str], Watch] = field(default_factory=Table)
    watch_due: Table[str, Due | None] = field(default_factory=Table)
    drift_alarms: Table[str, DriftAlarm] = field(default_factory=Table)
    batches: Table[str, Batch] = field(default_factory=Table)
    batch_requests: Table[str, str] = field(default_factory=Table)
    batch_rows: Table[tuple[str, int], tuple[BatchRow, Any]] = field(default_factory=Table)
    usage: Table[tuple[str, str], int] = field(default_factory=Table)
    policy_texts: Table[str, tuple[str, dict[str, str]]] = field(default_factory=Table)
    policy_changes: Table[str, PolicyChange] = field(default_factory=Table)
    attachments: Table[str, dict[str, str]] = field(default_factory=Table)
    in_force: Table[tuple[str, str], InForce] = field(default_factory=Table)
    comparisons: Table[tuple[str, str], Comparison] = field(default_factory=Table)
    accounts: Table[str, Account] = field(default_factory=Table)
    api_keys: Table[str, ApiKey] = field(default_factory=Table)
    sessions: Table[str, Session] = field(default_factory=Table)
    sign_in_failures: Table[str, Failures] = field(default_factory=Table)
    sign_ins_begun: Table[str, datetime] = field(default_factory=Table)
    conversations: Table[str, Conversation] = field(default_factory=Table)
    chat_runs: Table[str, Run] = field(default_factory=Table)
    chat_events: Table[tuple[str, int], RunEvent] = field(default_factory=Table)
    endpoints: Table[str, Endpoint] = field(default_factory=Table)
    endpoint_secrets: Table[str, tuple[Secret, ...]] = field(default_factory=Table)
    messages: Table[str, Message] = field(default_factory=Table)
    deliveries: Table[str, Delivery] = field(default_factory=Table)
    leases: Table[str, datetime | None] = field(default_factory=Table)

    def draft(self) -> Tables:
        """The same rows, to be changed by one unit of work. It costs as much as there are rows."""
        return Tables(**{each.name: Table(getattr(self, each.name)) for each in fields(self)})

    def sealed(self) -> Tables:
        """This state, committed: from here on it cannot be changed."""
        for each in fields(self):
            getattr(self, each.name).sealed = True
        return self


def copied(value: Any) -> Any:
    """A JSON value as a database would give it back: nothing that a caller does to it reaches what is stored.

    Raises:
        InputError: it is no JSON that can be stored.
    """
    return from_text(to_text(value))
