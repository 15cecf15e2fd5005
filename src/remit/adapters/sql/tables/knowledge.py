"""Tables of knowledge: every revision of every document, its passages, their vectors, and what a pack knew when.

JSON columns hold text; times are RFC 3339 text in UTC.
"""

from __future__ import annotations

from datetime import date

from sqlmodel import Field, SQLModel


class DocumentRow(SQLModel, table=True):
    """One revision of one document; `sha256` is of its file, `text` is sanitised. Of an erased one both are empty."""

    __tablename__ = "document"

    doc_id: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    pack: str = Field(index=True)
    sha256: str
    title: str
    owner: str
    source: str
    trust: str
    valid_from: date
    valid_to: date | None = None
    audience: str
    stripped: str
    text: str
    ingested_at: str
    erased_at: str | None = None


class DocumentSubjectRow(SQLModel, table=True):
    """Somebody whom a revision is about, by the reference of their row; `file` is where it was read."""

    __tablename__ = "document_subject"

    doc_id: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    ref: str = Field(primary_key=True, index=True)
    file: str


class ChunkRow(SQLModel, table=True):
    """One passage of one revision: ``document.text[start:end]`` is its text."""

    __tablename__ = "chunk"

    doc_id: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    id: str = Field(unique=True)
    start: int
    end: int
    text: str
    sha256: str
    headings: str


class EmbeddingRow(SQLModel, table=True):
    """The vector of one text by one model: little-endian float32, of unit length."""

    __tablename__ = "embedding"

    model: str = Field(primary_key=True)
    chunk_sha256: str = Field(primary_key=True)
    vector: bytes


class KnowledgeSnapshotRow(SQLModel, table=True):
    """Which revisions a pack knew, as ``[doc_id, revision, sha256]``; the highest `seq` of a pack is its newest."""

    __tablename__ = "knowledge_snapshot"

    seq: int | None = Field(default=None, primary_key=True)
    pack: str = Field(index=True)
    sha256: str
    created_at: str
    members: str
