"""Documents in memory."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from remit.core.errors import Conflict, NotFound
from remit.retrieval.chunking import Chunk
from remit.retrieval.documents import Document
from remit.retrieval.ports import Additions, DocumentErased, Member, Snapshot, Vectors


class MemoryKnowledgeStore:
    """Twin of the SQL store. Nothing outlives the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshots: list[Snapshot] = []
        self._documents: dict[tuple[str, int], Document] = {}
        self._chunks: dict[str, Chunk] = {}
        self._vectors: dict[tuple[str, str], Vectors] = {}
        self._erased: set[tuple[str, int]] = set()

    def latest(self, pack: str) -> Snapshot | None:
        return next((snapshot for snapshot in reversed(self._snapshots) if snapshot.pack == pack), None)

    def snapshot(self, pack: str, sha256: str) -> Snapshot:
        for snapshot in self._snapshots:
            if (snapshot.pack, snapshot.sha256) == (pack, sha256):
                return snapshot
        raise NotFound(f"the pack `{pack}` has no snapshot {sha256}")

    def revisions(self, pack: str) -> dict[str, Member]:
        here = {key: document.sha256 for key, document in self._documents.items() if document.pack == pack}
        here |= {key: "" for key in self._erased if _pack_of(key[0]) == pack}
        # A later revision comes later, so that it is the one that stays.
        return {doc_id: Member(doc_id, revision, here[doc_id, revision]) for doc_id, revision in sorted(here)}

    def documents(self, members: Sequence[Member]) -> tuple[Document, ...]:
        kept = [member for member in sorted(members) if not self._is_erased(member)]
        return tuple(self._documents[member.doc_id, member.revision] for member in kept)

    def erased(self, members: Sequence[Member]) -> tuple[Member, ...]:
        return tuple(member for member in sorted(members) if self._is_erased(member))

    def erasures(self) -> int:
        return len(self._erased)

    def chunks(self, members: Sequence[Member]) -> tuple[Chunk, ...]:
        wanted = {(member.doc_id, member.revision) for member in members}
        found = [chunk for chunk in self._chunks.values() if (chunk.doc_id, chunk.revision) in wanted]
        return tuple(sorted(found, key=lambda chunk: (chunk.doc_id, chunk.number)))

    def chunk(self, chunk_id: str) -> Chunk:
        try:
            return self._chunks[chunk_id]
        except KeyError:
            if any(chunk_id.startswith(f"{doc_id}@{revision}#") for doc_id, revision in self._erased):
                raise DocumentErased(f"the document of the passage `{chunk_id}` was erased") from None
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
            if self.erased(additions.snapshot.members):
                raise Conflict("a document of this pack was erased in the meantime", mend="run it again")
            if additions.parent != additions.snapshot.sha256:
                self._snapshots.append(additions.snapshot)
            for document in additions.documents:
                self._documents[document.doc_id, document.revision] = document
            self._chunks.update({chunk.id: chunk for chunk in additions.chunks})
            self._vectors.update(
                {(additions.fingerprint, sha256): vector for sha256, vector in additions.vectors.items()}
            )

    def erase(self, revisions: Iterable[tuple[str, int]], at: datetime) -> None:
        """Take away those revisions, by document id and number, and let the newest snapshots go on without them."""
        gone = set(revisions)
        with self._lock:
            self._erased |= gone
            self._documents = {key: document for key, document in self._documents.items() if key not in gone}
            self._chunks = {
                chunk.id: chunk for chunk in self._chunks.values() if (chunk.doc_id, chunk.revision) not in gone
            }
            left = {chunk.sha256 for chunk in self._chunks.values()}
            self._vectors = {key: vector for key, vector in self._vectors.items() if key[1] in left}
            for pack in sorted({_pack_of(doc_id) for doc_id, _ in gone}):
                before = self.latest(pack)
                kept = [member for member in before.members if not self._is_erased(member)] if before else []
                if before and len(kept) < len(before.members):
                    self._snapshots.append(Snapshot.of(pack, kept, at))

    def erased_elsewhere(self, revisions: Iterable[tuple[str, int]]) -> None:
        """Know of revisions that were erased where these documents come from."""
        self._erased |= set(revisions)

    def _is_erased(self, member: Member) -> bool:
        return (member.doc_id, member.revision) in self._erased


def _pack_of(doc_id: str) -> str:
    return doc_id.partition("/")[0]
