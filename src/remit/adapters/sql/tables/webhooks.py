"""The tables of webhooks: who is told, what was told, and how far each message has come."""

from __future__ import annotations

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel, UniqueConstraint


class WebhookEndpointRow(SQLModel, table=True):
    """Where to tell; `version` guards every move. `secrets` is sealed under a key of the key file; see the adapter."""

    __tablename__ = "webhook_endpoint"

    id: str = Field(primary_key=True)
    url: str = Field(sa_type=Text)
    types: str
    description: str
    made_by: str
    made_at: str
    version: int
    state: str
    reason: str | None = None
    failing_since: str | None = None
    secrets: str = Field(sa_type=Text)


class WebhookMessageRow(SQLModel, table=True):
    """What is told, in its exact bytes: ids and states. `id` is that of the ledger's event."""

    __tablename__ = "webhook_message"

    id: str = Field(primary_key=True)
    type: str
    at: str
    body: str = Field(sa_type=Text)


class WebhookDeliveryRow(SQLModel, table=True):
    """One message on its way to one endpoint. Times are RFC 3339 in UTC to the microsecond: they sort as they stand."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "message_id", name="told_once"),
        Index("ix_webhook_delivery_due", "state", "due_at"),
    )

    id: str = Field(primary_key=True)
    endpoint_id: str = Field(foreign_key="webhook_endpoint.id")
    message_id: str = Field(foreign_key="webhook_message.id", index=True)
    state: str
    tries: int
    fence: int
    due_at: str
    held_until: str
    made_at: str
    status: int | None = None
    error: str | None = None
    answer: str | None = None
