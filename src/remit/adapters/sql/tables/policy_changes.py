"""The tables of governed policy changes. JSON columns hold text; times are RFC 3339 text in UTC."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class PolicyTextRow(SQLModel, table=True):
    """One contract by its content: `texts` holds its file and every rule file that it imports, by name in the pack."""

    __tablename__ = "policy_text"

    sha256: str = Field(primary_key=True)
    file: str
    texts: str


class PolicyChangeRow(SQLModel, table=True):
    """One proposed change. `version` guards every move."""

    __tablename__ = "policy_change"

    id: str = Field(primary_key=True)
    pack: str = Field(index=True)
    pack_sha256: str
    decision: str
    policy: str
    base: str
    version: int
    state: str = Field(index=True)
    reason: str
    proposed_by: str
    proposed_at: str
    attachments: str
    reviewed_by: str | None = None
    reviewed_at: str | None = None
    activated_by: str | None = None
    activated_at: str | None = None
    replaced: str | None = None
    ended_by: str | None = None
    ended_at: str | None = None


class PolicyAttachmentRow(SQLModel, table=True):
    """A report that a change was proposed with: its canonical text, whose SHA-256 the change and the ledger name."""

    __tablename__ = "policy_attachment"

    change_id: str = Field(primary_key=True, foreign_key="policy_change.id")
    name: str = Field(primary_key=True)
    body: str


class PolicyInForceRow(SQLModel, table=True):
    """Which contract is in force for a decision. No row: the one in the pack's folder. `version` guards every move."""

    __tablename__ = "policy_in_force"

    pack: str = Field(primary_key=True)
    decision: str = Field(primary_key=True)
    version: int
    policy: str
    sha256: str = Field(foreign_key="policy_text.sha256")
    change: str | None = Field(default=None, foreign_key="policy_change.id")
    by: str
    since: str


class PolicyShadowRow(SQLModel, table=True):
    """What a candidate said beside the contract in force, of one decision."""

    __tablename__ = "policy_shadow"

    change_id: str = Field(primary_key=True, foreign_key="policy_change.id")
    decision_id: str = Field(primary_key=True, foreign_key="decision.id")
    differs: bool
    then: str
    now: str
