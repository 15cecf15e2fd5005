"""Documents in SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, func, insert, select, tuple_

from remit.adapters.sql.documents_about import name_subjects
from remit.adapters.sql.knowledge_rows import (
    CHUNK,
    DOCUMENT,
    EMBEDDING,
    SNAPSHOT,
    as_chunk,
    as_document,
    as_snapshot,
    as_vector,
    batches,
    chunk_row,
    document_row,
    latest_snapshot,
    snapshot_row,
    vector_row,
)
from remit.adapters.sql.locks import take_turns
from remit.adapters.sql.ports import SqlDatabase
from remit.core.errors import Conflict, NotFound
from remit.retrieval.chunking import Chunk
from remit.retrieval.documents import Document
from remit.retrieval.ports import Additions, DocumentErased, Member, Snapshot, Vectors


class SqlKnowledgeStore:
    """The truth about documents; indexes are filled from here."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    def latest(self, pack: str) -> Snapshot | None:
        with self._database.read() as connection:
            return latest_snapshot(connection, pack)

    def snapshot(self, pack: str, sha256: str) -> Snapshot:
        query = select(SNAPSHOT).where(SNAPSHOT.c.pack == pack, SNAPSHOT.c.sha256 == sha256).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound(f"the pack `{pack}` has no snapshot {sha256}")
        return as_snapshot(row)

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
        kept = [as_document(row) for row in rows if row.erased_at is None]
        return tuple(sorted(kept, key=lambda found: found.doc_id))

    def erased(self, members: Sequence[Member]) -> tuple[Member, ...]:
        gone = {(row.doc_id, row.revision) for row in self._rows_of(DOCUMENT, members) if row.erased_at is not None}
        return tuple(member for member in sorted(members) if (member.doc_id, member.revision) in gone)

    def erasures(self) -> int:
        query = select(func.count()).select_from(DOCUMENT).where(DOCUMENT.c.erased_at.is_not(None))
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def chunks(self, members: Sequence[Member]) -> tuple[Chunk, ...]:
        rows = self._rows_of(CHUNK, members)
        return tuple(sorted(map(as_chunk, rows), key=lambda found: (found.doc_id, found.number)))

    def chunk(self, chunk_id: str) -> Chunk:
        with self._database.read() as connection:
            row = connection.execute(select(CHUNK).where(CHUNK.c.id == chunk_id)).first()
            erased = row is None and connection.execute(_erased_document_of(chunk_id)).first() is not None
        if erased:
            raise DocumentErased(f"the document of the passage `{chunk_id}` was erased")
        if row is None:
            raise NotFound(f"there is no passage `{chunk_id}`")
        return as_chunk(row)

    def embedded(self, fingerprint: str) -> frozenset[str]:
        with self._database.read() as connection:
            return frozenset(connection.execute(_embedded(fingerprint)).scalars())

    def vectors(self, fingerprint: str, sha256s: Collection[str]) -> dict[str, Vectors]:
        query = select(EMBEDDING.c.chunk_sha256, EMBEDDING.c.vector).where(EMBEDDING.c.model == fingerprint)
        found: dict[str, Vectors] = {}
        with self._database.read() as connection:
            for some in batches(sorted(sha256s)):
                for sha256, vector in connection.execute(query.where(EMBEDDING.c.chunk_sha256.in_(some))):
                    found[sha256] = as_vector(sha256, vector)
        return found

    def add(self, additions: Additions) -> None:
        with self._database.write() as connection:
            take_turns(connection, ["knowledge"])
            before = latest_snapshot(connection, additions.snapshot.pack)
            if (before.sha256 if before else None) != additions.parent:
                raise Conflict("another ingest of this pack was first", mend="run it again")
            if _erased_members(connection, additions.snapshot):
                raise Conflict("a document of this pack was erased in the meantime", mend="run it again")
            at = additions.snapshot.created_at.astimezone(UTC).isoformat()
            if additions.parent != additions.snapshot.sha256:
                _insert(connection, SNAPSHOT, [snapshot_row(additions.snapshot, at)])
            _insert(connection, DOCUMENT, [document_row(each, at) for each in additions.documents])
            name_subjects(connection, additions.documents)
            _insert(connection, CHUNK, [chunk_row(each) for each in additions.chunks])
            # Another pack may have embedded the same text in the meantime.
            here = set(connection.execute(_embedded(additions.fingerprint)).scalars())
            _insert(
                connection, EMBEDDING, [vector_row(additions, each) for each in additions.vectors if each not in here]
            )

    def _rows_of(self, table: Table, members: Sequence[Member]) -> list[Row[Any]]:
        key = tuple_(table.c.doc_id, table.c.revision)
        rows: list[Row[Any]] = []
        with self._database.read() as connection:
            for some in batches(members):
                wanted = [(member.doc_id, member.revision) for member in some]
                rows.extend(connection.execute(select(table).where(key.in_(wanted))))
        return rows


def _embedded(fingerprint: str) -> Select[Any]:
    return select(EMBEDDING.c.chunk_sha256).where(EMBEDDING.c.model == fingerprint)


def _erased_members(connection: Connection, snapshot: Snapshot) -> bool:
    query = select(DOCUMENT.c.doc_id, DOCUMENT.c.revision).where(DOCUMENT.c.erased_at.is_not(None))
    gone = {(row.doc_id, row.revision) for row in connection.execute(query.where(DOCUMENT.c.pack == snapshot.pack))}
    return any((member.doc_id, member.revision) in gone for member in snapshot.members)


def _erased_document_of(chunk_id: str) -> Select[Any]:
    """The document that a passage was of, if it was erased; a passage's id is ``doc_id@revision#number``."""
    doc_id, _, place = chunk_id.rpartition("@")
    revision = place.partition("#")[0]
    number = int(revision) if revision.isdecimal() and len(revision) < 10 else 0
    is_it = (DOCUMENT.c.doc_id == doc_id) & (DOCUMENT.c.revision == number)
    return select(DOCUMENT.c.doc_id).where(is_it, DOCUMENT.c.erased_at.is_not(None))


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
