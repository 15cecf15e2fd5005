"""Documents come in: what is new or changed becomes a revision, the rest costs nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from remit.core.errors import InputError
from remit.retrieval.chunking import chunk
from remit.retrieval.documents import Document
from remit.retrieval.ports import Additions, Embedder, KnowledgeStore, Member, Snapshot, Vectors


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did, by document id; `chunks` counts the whole snapshot, `embedded` the texts that were new.

    `snapshot` is the SHA-256 of the snapshot that is now the newest; `stripped` counts what sanitising took out of the
    documents that came in new or changed.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    chunks: int
    embedded: int
    snapshot: str
    stripped: dict[str, int]


def ingest(
    pack: str, documents: Sequence[Document], store: KnowledgeStore, embedder: Embedder, now: datetime
) -> IngestReport:
    """Make these the documents of the pack. What is not among them leaves the newest snapshot but stays stored.

    Documents are compared by SHA-256 and texts embedded once per model, so that a second run writes and embeds nothing.
    All of it is stored in one unit of work, or nothing.

    Raises:
        InputError: a document is of another pack, or two have one id.
        Conflict: another ingest of the pack was first.
        SystemFailed: the embedder or the store failed; nothing was stored.
    """
    _check_ids(pack, documents)
    before = store.latest(pack)
    known = store.revisions(pack)
    kept = [known[document.doc_id] for document in documents if _is_known(document, known)]
    fresh = [_next_revision(document, known) for document in documents if not _is_known(document, known)]
    snapshot = Snapshot.of(pack, [*kept, *map(_member, fresh)], now)

    fresh_chunks = tuple(passage for document in fresh for passage in chunk(document))
    chunks = (*store.chunks(kept), *fresh_chunks)
    already = store.embedded(embedder.fingerprint)
    vectors = _embedded({c.sha256: c.text for c in chunks if c.sha256 not in already}, embedder)

    parent = before.sha256 if before else None
    if vectors or parent != snapshot.sha256:
        store.add(Additions(snapshot, parent, tuple(fresh), fresh_chunks, embedder.fingerprint, vectors))
    return _report(before, snapshot, fresh, len(chunks), len(vectors))


def _check_ids(pack: str, documents: Sequence[Document]) -> None:
    for doc_id, count in Counter(document.doc_id for document in documents).items():
        if count > 1:
            raise InputError(f"{count} documents have the id `{doc_id}`", mend="rename all but one")
        if not doc_id.startswith(f"{pack}/"):
            raise InputError(f"the document `{doc_id}` is not of the pack `{pack}`")


def _is_known(document: Document, known: dict[str, Member]) -> bool:
    return document.doc_id in known and known[document.doc_id].sha256 == document.sha256


def _next_revision(document: Document, known: dict[str, Member]) -> Document:
    last = known.get(document.doc_id)
    return replace(document, revision=last.revision + 1 if last else 1)


def _member(document: Document) -> Member:
    return Member(document.doc_id, document.revision, document.sha256)


def _embedded(texts: dict[str, str], embedder: Embedder) -> dict[str, Vectors]:
    if not texts:
        return {}
    return dict(zip(texts, embedder.embed(list(texts.values())), strict=True))


def _report(
    before: Snapshot | None, after: Snapshot, fresh: Sequence[Document], chunks: int, embedded: int
) -> IngestReport:
    old = {member.doc_id: member for member in before.members} if before else {}
    new = {member.doc_id: member for member in after.members}
    return IngestReport(
        added=tuple(doc_id for doc_id in new if doc_id not in old),
        changed=tuple(doc_id for doc_id in new if doc_id in old and old[doc_id] != new[doc_id]),
        removed=tuple(doc_id for doc_id in old if doc_id not in new),
        unchanged=tuple(doc_id for doc_id in new if old.get(doc_id) == new[doc_id]),
        chunks=chunks,
        embedded=embedded,
        snapshot=after.sha256,
        stripped=dict(sum((Counter(document.stripped) for document in fresh), Counter[str]())),
    )
