"""The tables of the chat: conversations, the runs that answer their questions, and the runs' events."""

from __future__ import annotations

from sqlalchemy import Index, Text, text
from sqlmodel import Field, SQLModel

_RUNNING = text("state = 'running'")


class ChatConversationRow(SQLModel, table=True):
    """A conversation. `title` says nothing of any case; `asked_at` is when somebody asked in it last."""

    __tablename__ = "chat_conversation"
    __table_args__ = (Index("ix_chat_conversation_owner", "owner", "id"),)

    id: str = Field(primary_key=True)
    owner: str
    title: str
    made_at: str
    asked_at: str = Field(index=True)


class ChatRunRow(SQLModel, table=True):
    """The answering of one question. `asker` is JSON.

    `question` and `call` are sealed: under the key of the subject that `ref` refers to, else under the conversation's
    own; empty once they were erased.
    """

    __tablename__ = "chat_run"
    __table_args__ = (
        Index(
            "one_run_of_a_conversation",
            "conversation_id",
            unique=True,
            sqlite_where=_RUNNING,
            postgresql_where=_RUNNING,
        ),
        Index("ix_chat_run_place", "conversation_id", "n", unique=True),
    )

    id: str = Field(primary_key=True)
    conversation_id: str = Field(foreign_key="chat_conversation.id")
    n: int
    asker: str
    at: str
    state: str
    held_until: str
    fence: int
    decision_id: str | None = Field(default=None, foreign_key="decision.id", index=True)
    ref: str | None = Field(default=None, index=True)
    question: str = Field(sa_type=Text)
    call: str | None = Field(default=None, sa_type=Text)


class ChatEventRow(SQLModel, table=True):
    """The n-th event of a run, counted from 1. `data` is sealed as a run's question is, each event by itself."""

    __tablename__ = "chat_event"

    run_id: str = Field(primary_key=True, foreign_key="chat_run.id")
    n: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    type: str
    decision_id: str | None = Field(default=None, foreign_key="decision.id", index=True)
    ref: str | None = Field(default=None, index=True)
    data: str = Field(sa_type=Text)
