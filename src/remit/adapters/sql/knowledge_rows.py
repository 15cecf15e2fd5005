"""Rows of knowledge: their tables, and what they say as documents, passages, vectors and snapshots."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import Connection, Row, Table, bindparam, select

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.tables.knowledge import ChunkRow, DocumentRow, EmbeddingRow, KnowledgeSnapshotRow
from remit.core.errors import Corrupted
from remit.retrieval.chunking import Chunk
from remit.retrieval.documents import Document
from remit.retrieval.ports import Additions, Member, Snapshot, Vectors

T = TypeVar("T")
_BATCH = 400
"""How many keys one query names; databases limit the parameters of a statement."""


DOCUMENT: Table = DocumentRow.__table__  # type: ignore[attr-defined]
CHUNK: Table = ChunkRow.__table__  # type: ignore[attr-defined]
EMBEDDING: Table = EmbeddingRow.__table__  # type: ignore[attr-defined]
SNAPSHOT: Table = KnowledgeSnapshotRow.__table__  # type: ignore[attr-defined]
# Asked before every decision, so built once.
_LATEST = select(SNAPSHOT).where(SNAPSHOT.c.pack == bindparam("wanted")).order_by(SNAPSHOT.c.seq.desc()).limit(1)


def latest_snapshot(connection: Connection, pack: str) -> Snapshot | None:
    row = connection.execute(_LATEST, {"wanted": pack}).first()
    return as_snapshot(row) if row else None


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while some := list(itertools.islice(iterator, _BATCH)):
        yield some


def as_snapshot(row: Row[Any]) -> Snapshot:
    members = tuple(Member(*member) for member in from_text(row.members))
    return Snapshot(row.sha256, row.pack, datetime.fromisoformat(row.created_at), members)


def as_document(row: Row[Any]) -> Document:
    return Document(
        doc_id=row.doc_id,
        pack=row.pack,
        title=row.title,
        owner=row.owner,
        source=row.source,
        trust=row.trust,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        audience=tuple(from_text(row.audience)),
        text=row.text,
        sha256=row.sha256,
        stripped=from_text(row.stripped),
        revision=row.revision,
    )


def as_chunk(row: Row[Any]) -> Chunk:
    return Chunk(
        id=row.id,
        doc_id=row.doc_id,
        revision=row.revision,
        number=row.number,
        start=row.start,
        end=row.end,
        text=row.text,
        sha256=row.sha256,
        headings=tuple(from_text(row.headings)),
    )


def as_vector(sha256: str, data: bytes) -> Vectors:
    if not data or len(data) % 4:
        raise Corrupted(f"the stored vector of the text {sha256} is damaged", mend="restore the database from a backup")
    return np.frombuffer(data, "<f4").astype(np.float32)


def snapshot_row(each: Snapshot, at: str) -> dict[str, Any]:
    members = [[member.doc_id, member.revision, member.sha256] for member in each.members]
    return {"pack": each.pack, "sha256": each.sha256, "created_at": at, "members": to_text(members)}


def document_row(each: Document, at: str) -> dict[str, Any]:
    return {
        "doc_id": each.doc_id,
        "revision": each.revision,
        "pack": each.pack,
        "sha256": each.sha256,
        "title": each.title,
        "owner": each.owner,
        "source": each.source,
        "trust": each.trust,
        "valid_from": each.valid_from,
        "valid_to": each.valid_to,
        "audience": to_text(list(each.audience)),
        "stripped": to_text(dict(each.stripped)),
        "text": each.text,
        "ingested_at": at,
    }


def chunk_row(each: Chunk) -> dict[str, Any]:
    return {
        "doc_id": each.doc_id,
        "revision": each.revision,
        "number": each.number,
        "id": each.id,
        "start": each.start,
        "end": each.end,
        "text": each.text,
        "sha256": each.sha256,
        "headings": to_text(list(each.headings)),
    }


def vector_row(additions: Additions, sha256: str) -> dict[str, Any]:
    vector = additions.vectors[sha256].astype("<f4").tobytes()
    return {"model": additions.fingerprint, "chunk_sha256": sha256, "vector": vector}
