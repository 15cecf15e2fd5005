"""Whom documents are about, in SQL: naming them, finding their revisions, and taking those away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, func, insert, select, tuple_, update

from remit.adapters.sql.knowledge_rows import (
    CHUNK,
    DOCUMENT,
    EMBEDDING,
    SNAPSHOT,
    batches,
    latest_snapshot,
    snapshot_row,
)
from remit.adapters.sql.tables.knowledge import DocumentSubjectRow
from remit.adapters.sql.vault import ERASED, SUBJECT, erasure_mark
from remit.core.errors import Conflict
from remit.retrieval.documents import Document
from remit.retrieval.ports import Snapshot
from remit.service.ports import Shrunk

ABOUT: Table = DocumentSubjectRow.__table__  # type: ignore[attr-defined]
Revision = tuple[str, int]
"""A document's id and the number of its revision."""

_BLANK = {"sha256": "", "title": "", "owner": "", "source": "", "audience": "[]", "stripped": "{}", "text": ""}


def name_subjects(connection: Connection, documents: Iterable[Document]) -> None:
    """Note whom these documents are about. Raises Conflict: one of them is not known, or was erased."""
    rows = [
        {"doc_id": each.doc_id, "revision": each.revision, "ref": ref, "file": each.file}
        for each in documents
        for ref in each.subjects
    ]
    if not rows:
        return
    refs = {str(row["ref"]) for row in rows}
    # Where rows can be locked: whoever is known stays so until this is committed.
    query = select(SUBJECT.c.ref).where(SUBJECT.c.ref.in_(refs)).with_for_update(read=True, key_share=True)
    known = set(connection.execute(query).scalars())
    erased = connection.execute(select(ERASED.c.mark).where(ERASED.c.mark.in_(map(erasure_mark, refs)))).first()
    if refs - known or erased is not None:
        raise Conflict("somebody whom a document is about was erased in the meantime", mend="run it again")
    connection.execute(insert(ABOUT), rows)


def revisions_about(connection: Connection, ref: str) -> list[Revision]:
    """Every revision of theirs that is not erased. What came before one that names them is theirs, too.

    A later revision that does not name them is not: somebody took them out of it.
    """
    last = (
        select(ABOUT.c.doc_id, func.max(ABOUT.c.revision).label("revision"))
        .where(ABOUT.c.ref == ref)
        .group_by(ABOUT.c.doc_id)
        .subquery()
    )
    query = (
        select(DOCUMENT.c.doc_id, DOCUMENT.c.revision)
        .join(last, (DOCUMENT.c.doc_id == last.c.doc_id) & (DOCUMENT.c.revision <= last.c.revision))
        .where(DOCUMENT.c.erased_at.is_(None))
        .order_by(DOCUMENT.c.doc_id, DOCUMENT.c.revision)
    )
    return [(row.doc_id, row.revision) for row in connection.execute(query)]


def named_in(connection: Connection, revisions: Collection[Revision]) -> list[Row[Any]]:
    """Everybody whom those revisions are about: rows of doc_id, revision, file, id, held_since."""
    columns = (ABOUT.c.doc_id, ABOUT.c.revision, ABOUT.c.file, SUBJECT.c.id, SUBJECT.c.held_since)
    query = select(*columns).join(SUBJECT, SUBJECT.c.ref == ABOUT.c.ref)
    rows: list[Row[Any]] = []
    for some in batches(revisions):
        rows.extend(connection.execute(query.where(_among(ABOUT, some))))
    return rows


def erase_revisions(connection: Connection, revisions: Sequence[Revision], at: datetime) -> list[Shrunk]:
    """Take away text, passages and vectors of those revisions, and let the newest snapshots go on without them.

    A vector stays when a passage of another document has the same text.
    """
    texts: set[str] = set()
    for some in batches(revisions):
        texts.update(connection.execute(select(CHUNK.c.sha256).where(_among(CHUNK, some))).scalars())
        connection.execute(delete(CHUNK).where(_among(CHUNK, some)))
        connection.execute(delete(ABOUT).where(_among(ABOUT, some)))
        blank = {**_BLANK, "erased_at": at.astimezone(UTC).isoformat()}
        connection.execute(update(DOCUMENT).where(_among(DOCUMENT, some)).values(blank))
    for some_texts in batches(sorted(texts)):
        left = select(CHUNK.c.sha256).where(CHUNK.c.sha256 == EMBEDDING.c.chunk_sha256).exists()
        connection.execute(delete(EMBEDDING).where(EMBEDDING.c.chunk_sha256.in_(some_texts), ~left))
    packs = sorted({doc_id.partition("/")[0] for doc_id, _ in revisions})
    return [shrunk for pack in packs if (shrunk := _shrunk(connection, pack, set(revisions), at)) is not None]


def _among(table: Table, revisions: Sequence[Revision]) -> ColumnElement[bool]:
    return tuple_(table.c.doc_id, table.c.revision).in_(revisions)


def _shrunk(connection: Connection, pack: str, gone: set[Revision], at: datetime) -> Shrunk | None:
    before = latest_snapshot(connection, pack)
    members = before.members if before else ()
    removed = tuple(member.doc_id for member in members if (member.doc_id, member.revision) in gone)
    if not removed:
        return None
    kept = [member for member in members if (member.doc_id, member.revision) not in gone]
    snapshot = Snapshot.of(pack, kept, at)
    connection.execute(insert(SNAPSHOT), [snapshot_row(snapshot, at.astimezone(UTC).isoformat())])
    return Shrunk(pack, snapshot.sha256, removed)
