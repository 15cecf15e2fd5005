"""The tables of decisions, reviews, effects and obligations.

JSON columns hold text, so that what was written is what is read. What is called sealed here is encrypted under the key
of the decision's subject; see `remit.ledger.sealing`.
"""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel, UniqueConstraint

_UNSEALED = text("salt <> ''")
NEVER = "9999-12-31T23:59:59.999999+00:00"
"""Where a review without a time limit stands in the queue: behind all others."""


class PackVersionRow(SQLModel, table=True):
    """A version of a pack that decided at least once: its deciding files, by content."""

    __tablename__ = "pack_version"

    sha256: str = Field(primary_key=True)
    name: str = Field(index=True)
    version: str
    folder: str | None = None
    files_zip: bytes
    stored_at: str


class DecisionRow(SQLModel, table=True):
    """One decision, from its durable beginning to its final stage.

    `asker` is the id of the actor. `subject` and `request_key` are keyed references; judgement, effect_result and note
    are sealed. Once erased, the subject is empty, and nothing that was sealed is there any more.
    """

    __tablename__ = "decision"
    # Lists are read by the newest first, narrowed by one of these.
    __table_args__ = tuple(
        Index(f"ix_decision_by_{name}", name, "id") for name in ("decision", "pack", "stage", "asker")
    )

    id: str = Field(primary_key=True)
    request_key: str | None = Field(default=None, unique=True)
    decision: str
    pack: str
    stage: str
    subject: str = Field(index=True)
    actor: str
    asker: str | None = None
    at: str
    case_quality: str
    violations: str
    versions: str
    judgement: str | None = None
    judgement_sha256: str | None = None
    action_digest: str | None = None
    review_id: str | None = None
    effect_result: str | None = None
    note: str | None = None
    receipt_event: str | None = None
    timings_ms: str | None = None
    retention_class: str | None = None
    keep_until: str | None = None
    erased_at: str | None = None


class PayloadRow(SQLModel, table=True):
    """The case with the salt of its commitment, its subject and whatever else was said of it, sealed as one text.

    `salt` is empty: only rows that an older Remit left behind have one, and their case in plain text.
    """

    __tablename__ = "payload"
    __table_args__ = (Index("ix_payload_unsealed", "decision_id", sqlite_where=_UNSEALED, postgresql_where=_UNSEALED),)

    decision_id: str = Field(primary_key=True, foreign_key="decision.id")
    salt: str
    body: str


class ReviewRow(SQLModel, table=True):
    """One review. `version` guards every move; `details` is JSON of what no query looks for.

    `queue_at` is `due_at` as text of one length, or `NEVER`: the queue is read by it, a page at a time, and so is what
    it is narrowed to. `decision` is its decision's, which no move changes.
    """

    __tablename__ = "review"
    __table_args__ = (
        Index("ix_review_queue", "state", "queue_at", "id"),
        *(Index(f"ix_review_queue_by_{name}", name, "state", "queue_at", "id") for name in ("decision", "claimed_by")),
    )

    id: str = Field(primary_key=True)
    decision_id: str = Field(foreign_key="decision.id", index=True)
    version: int
    state: str = Field(index=True)
    action_digest: str
    policy_sha256: str
    evidence_root: str
    terms: str
    requested_by: str
    opened_at: str
    due_at: str | None = None
    claimed_by: str | None = None
    claimed_until: str | None = None
    decided_at: str | None = None
    wakes_at: str | None = Field(default=None, index=True)
    queue_at: str = Field(default=NEVER, sa_column_kwargs={"server_default": NEVER})
    decision: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    details: str | None = None


class VoteRow(SQLModel, table=True):
    """One reviewer's word on one review; one person has one word on one action."""

    __tablename__ = "vote"
    __table_args__ = (UniqueConstraint("review_id", "reviewer", "action_digest", name="one_word"),)

    id: int | None = Field(default=None, primary_key=True)
    review_id: str = Field(foreign_key="review.id", index=True)
    reviewer: str
    role: str
    choice: str
    reason: str
    action_digest: str
    at: str
    details: str | None = None


class ReviewNoteRow(SQLModel, table=True):
    """Something that was said or seen of a review beside the votes."""

    __tablename__ = "review_note"

    id: int | None = Field(default=None, primary_key=True)
    review_id: str = Field(foreign_key="review.id", index=True)
    kind: str
    by: str
    at: str
    action_digest: str
    text: str


class ArrangementRow(SQLModel, table=True):
    """A role lent, an absence or a saved filter. `version` guards every move; `roles` and `body` are JSON."""

    __tablename__ = "arrangement"

    id: str = Field(primary_key=True)
    kind: str
    person: str
    version: int
    since: str
    until: str | None = None
    deputy: str | None = None
    roles: str
    name: str
    body: str
    ended_at: str | None = Field(default=None, index=True)


class ObligationRow(SQLModel, table=True):
    """One obligation of a decision, under its idempotency key: an outbox that is worked off after the commit."""

    __tablename__ = "obligation"

    key: str = Field(primary_key=True)
    decision_id: str = Field(foreign_key="decision.id", index=True)
    duty: str
    recipient: str
    state: str = Field(index=True)
    attempts: int = 0
    result: str | None = None
    error: str | None = None


class EffectRow(SQLModel, table=True):
    """One effect on the world, under its unique idempotency key; args, result and error are sealed.

    `kind` is action or compensation, and a decision has one of each at most; `by` is JSON of who asked to compensate.
    """

    __tablename__ = "effect"
    __table_args__ = (UniqueConstraint("decision_id", "kind", name="one_effect"),)

    key: str = Field(primary_key=True)
    decision_id: str = Field(foreign_key="decision.id")
    kind: str = Field(default="action", sa_column_kwargs={"server_default": "action"})
    by: str | None = None
    connector: str
    action: str
    args: str
    state: str = Field(index=True)
    attempts: int = 0
    result: str | None = None
    error: str | None = None
