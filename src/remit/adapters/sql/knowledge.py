"""Documents in SQL."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import Connection, Row, Select, Table, bindparam, func, insert, select, tuple_

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.locks import take_turns
from remit.adapters.sql.ports import SqlDatabase
from remit.adapters.sql.tables.knowledge import ChunkRow, DocumentRow, EmbeddingRow, KnowledgeSnapshotRow
from remit.core.errors import Conflict, Corrupted, NotFound
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


class SqlKnowledgeStore:
    """The truth about documents; indexes are filled from here."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    def latest(self, pack: str) -> Snapshot | None:
        with self._database.read() as connection:
            return _latest(connection, pack)

    def snapshot(self, pack: str, sha256: str) -> Snapshot:
        query = select(SNAPSHOT).where(SNAPSHOT.c.pack == pack, SNAPSHOT.c.sha256 == sha256).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound(f"the pack `{pack}` has no snapshot {sha256}")
        return _as_snapshot(row)

    def revisions(self, pack: str) -> dict[str, Member]:
        newest = (
            select(DOCUMENT.c.doc_id, func.max(DOCUMENT.c.revision).label("revision"))
            .where(DOCUMENT.c.pack == pack)
            .group_by(DOCUMENT.c.doc_id)
            .subquery()
        )
        query = select(DOCUMENT.c.doc_id, DOCUMENT.c.revision, DOCUMENT.c.sha256).join(
            newest, (DOCUMENT.c.doc_id == newest.c.doc_id) & (DOCUMENT.c.revision == newest.c.revision)
        )
        with self._database.read() as connection:
            return {row.doc_id: Member(row.doc_id, row.revision, row.sha256) for row in connection.execute(query)}

    def documents(self, members: Sequence[Member]) -> tuple[Document, ...]:
        rows = self._rows_of(DOCUMENT, members)
        return tuple(sorted(map(_as_document, rows), key=lambda found: found.doc_id))

    def chunks(self, members: Sequence[Member]) -> tuple[Chunk, ...]:
        rows = self._rows_of(CHUNK, members)
        return tuple(sorted(map(_as_chunk, rows), key=lambda found: (found.doc_id, found.number)))

    def chunk(self, chunk_id: str) -> Chunk:
        with self._database.read() as connection:
            row = connection.execute(select(CHUNK).where(CHUNK.c.id == chunk_id)).first()
        if row is None:
            raise NotFound(f"there is no passage `{chunk_id}`")
        return _as_chunk(row)

    def embedded(self, fingerprint: str) -> frozenset[str]:
        with self._database.read() as connection:
            return frozenset(connection.execute(_embedded(fingerprint)).scalars())

    def vectors(self, fingerprint: str, sha256s: Collection[str]) -> dict[str, Vectors]:
        query = select(EMBEDDING.c.chunk_sha256, EMBEDDING.c.vector).where(EMBEDDING.c.model == fingerprint)
        found: dict[str, Vectors] = {}
        with self._database.read() as connection:
            for some in _batches(sorted(sha256s)):
                for sha256, vector in connection.execute(query.where(EMBEDDING.c.chunk_sha256.in_(some))):
                    found[sha256] = _as_vector(sha256, vector)
        return found

    def add(self, additions: Additions) -> None:
        with self._database.write() as connection:
            take_turns(connection, ["knowledge"])
            before = _latest(connection, additions.snapshot.pack)
            if (before.sha256 if before else None) != additions.parent:
                raise Conflict("another ingest of this pack was first", mend="run it again")
            at = additions.snapshot.created_at.astimezone(UTC).isoformat()
            if additions.parent != additions.snapshot.sha256:
                _insert(connection, SNAPSHOT, [_snapshot_row(additions.snapshot, at)])
            _insert(connection, DOCUMENT, [_document_row(each, at) for each in additions.documents])
            _insert(connection, CHUNK, [_chunk_row(each) for each in additions.chunks])
            # Another pack may have embedded the same text in the meantime.
            here = set(connection.execute(_embedded(additions.fingerprint)).scalars())
            _insert(
                connection, EMBEDDING, [_vector_row(additions, each) for each in additions.vectors if each not in here]
            )

    def _rows_of(self, table: Table, members: Sequence[Member]) -> list[Row[Any]]:
        key = tuple_(table.c.doc_id, table.c.revision)
        rows: list[Row[Any]] = []
        with self._database.read() as connection:
            for some in _batches(members):
                wanted = [(member.doc_id, member.revision) for member in some]
                rows.extend(connection.execute(select(table).where(key.in_(wanted))))
        return rows


def _latest(connection: Connection, pack: str) -> Snapshot | None:
    row = connection.execute(_LATEST, {"wanted": pack}).first()
    return _as_snapshot(row) if row else None


def _embedded(fingerprint: str) -> Select[Any]:
    return select(EMBEDDING.c.chunk_sha256).where(EMBEDDING.c.model == fingerprint)


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while some := list(itertools.islice(iterator, _BATCH)):
        yield some


def _as_snapshot(row: Row[Any]) -> Snapshot:
    members = tuple(Member(*member) for member in from_text(row.members))
    return Snapshot(row.sha256, row.pack, datetime.fromisoformat(row.created_at), members)


def _as_document(row: Row[Any]) -> Document:
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


def _as_chunk(row: Row[Any]) -> Chunk:
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


def _as_vector(sha256: str, data: bytes) -> Vectors:
    if not data or len(data) % 4:
        raise Corrupted(f"the stored vector of the text {sha256} is damaged", mend="restore the database from a backup")
    return np.frombuffer(data, "<f4").astype(np.float32)


def _snapshot_row(each: Snapshot, at: str) -> dict[str, Any]:
    members = [[member.doc_id, member.revision, member.sha256] for member in each.members]
    return {"pack": each.pack, "sha256": each.sha256, "created_at": at, "members": to_text(members)}


def _document_row(each: Document, at: str) -> dict[str, Any]:
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


def _chunk_row(each: Chunk) -> dict[str, Any]:
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


def _vector_row(additions: Additions, sha256: str) -> dict[str, Any]:
    vector = additions.vectors[sha256].astype("<f4").tobytes()
    return {"model": additions.fingerprint, "chunk_sha256": sha256, "vector": vector}
