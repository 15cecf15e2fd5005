"""Documents in memory."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence

from remit.core.errors import Conflict, NotFound
from remit.retrieval.chunking import Chunk
from remit.retrieval.documents import Document
from remit.retrieval.ports import Additions, Member, Snapshot, Vectors


class MemoryKnowledgeStore:
    """Twin of the SQL store. Nothing outlives the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshots: list[Snapshot] = []
        self._documents: dict[tuple[str, int], Document] = {}
        self._chunks: dict[str, Chunk] = {}
        self._vectors: dict[tuple[str, str], Vectors] = {}

    def latest(self, pack: str) -> Snapshot | None:
        return next((snapshot for snapshot in reversed(self._snapshots) if snapshot.pack == pack), None)

    def snapshot(self, pack: str, sha256: str) -> Snapshot:
        for snapshot in self._snapshots:
            if (snapshot.pack, snapshot.sha256) == (pack, sha256):
                return snapshot
        raise NotFound(f"the pack `{pack}` has no snapshot {sha256}")

    def revisions(self, pack: str) -> dict[str, Member]:
        # A later revision comes later, so that it is the one that stays.
        return {
            document.doc_id: Member(document.doc_id, document.revision, document.sha256)
            for document in self._documents.values()
            if document.pack == pack
        }

    def documents(self, members: Sequence[Member]) -> tuple[Document, ...]:
        return tuple(self._documents[member.doc_id, member.revision] for member in sorted(members))

    def chunks(self, members: Sequence[Member]) -> tuple[Chunk, ...]:
        wanted = {(member.doc_id, member.revision) for member in members}
        found = [chunk for chunk in self._chunks.values() if (chunk.doc_id, chunk.revision) in wanted]
        return tuple(sorted(found, key=lambda chunk: (chunk.doc_id, chunk.number)))

    def chunk(self, chunk_id: str) -> Chunk:
        try:
            return self._chunks[chunk_id]
        except KeyError:
            raise NotFound(f"there is no passage `{chunk_id}`") from None

    def embedded(self, fingerprint: str) -> frozenset[str]:
        return frozenset(sha256 for model, sha256 in self._vectors if model == fingerprint)

    def vectors(self, fingerprint: str, sha256s: Collection[str]) -> dict[str, Vectors]:
        return {
            sha256: self._vectors[fingerprint, sha256] for sha256 in sha256s if (fingerprint, sha256) in self._vectors
        }

    def add(self, additions: Additions) -> None:
        with self._lock:
            before = self.latest(additions.snapshot.pack)
            if (before.sha256 if before else None) != additions.parent:
                raise Conflict("another ingest of this pack was first", mend="run it again")
            if additions.parent != additions.snapshot.sha256:
                self._snapshots.append(additions.snapshot)
            for document in additions.documents:
                self._documents[document.doc_id, document.revision] = document
            self._chunks.update({chunk.id: chunk for chunk in additions.chunks})
            self._vectors.update(
                {(additions.fingerprint, sha256): vector for sha256, vector in additions.vectors.items()}
            )
