"""What retrieval wants from the outside: an encoder of text, an index of vectors, and a store of documents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from remit.core.canonical import digest
from remit.core.errors import NotFound, SystemFailed
from remit.retrieval.chunking import Chunk
from remit.retrieval.documents import Document

Vectors = NDArray[np.float32]
"""float32; one row per text, or one row alone; rows have unit length."""


class Embedder(Protocol):
    """Turns text into vectors. The same text gives the same vector, to 1e-5, whatever it is embedded with."""

    @property
    def fingerprint(self) -> str:
        """Names weights, precision and preparation. Vectors of different fingerprints are never compared."""
        ...

    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimensions), each of unit length.

        Raises:
            SystemFailed: the model is missing, is not the one that was pinned, or cannot run.
        """
        ...


class IndexGone(SystemFailed):
    """The index does not hold this revision of the collection (any more). It is a cache: fill it again."""

    code = "index_gone"


class DocumentErased(NotFound):
    """A document was erased, with every passage of it. What rested on it cannot be thought again."""

    code = "document_erased"


class VectorIndex(Protocol):
    """Finds near vectors. A cache: whatever it loses is filled again from the store."""

    def ensure(self, collection: str, revision: str, ids: Sequence[str], vectors: Vectors) -> None:
        """Make the collection hold exactly these at this revision; costs nothing when it does. Ids are unique."""
        ...

    def query(self, collection: str, revision: str, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """At most `limit` ids with their cosine to `vector`, nearest first.

        Raises:
            IndexGone: the collection is not there at this revision.
        """
        ...

    def drop(self, collection: str) -> None:
        """Forget the collection, whatever its revision. Nothing happens when it is not there."""
        ...

    def renew(self, mark: str) -> None:
        """Leave nothing of what was built under another mark than this one, not even bytes. A new index has mark 0."""
        ...


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """One document's place in a snapshot."""

    doc_id: str
    revision: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which revision of which documents a pack knew. `sha256` is the digest of the members, sorted by id."""

    sha256: str
    pack: str
    created_at: datetime
    members: tuple[Member, ...]

    @classmethod
    def of(cls, pack: str, members: Iterable[Member], created_at: datetime) -> Self:
        """The snapshot of these members, in any order."""
        ordered = tuple(sorted(members))
        return cls(digest([[m.doc_id, m.revision, m.sha256] for m in ordered]), pack, created_at, ordered)


@dataclass(frozen=True, slots=True)
class Additions:
    """What one ingest adds. `parent` is the SHA-256 of the snapshot it was made from, None for a pack's first.

    The documents name their subjects by the references under which the store knows them.
    """

    snapshot: Snapshot
    parent: str | None
    documents: tuple[Document, ...]
    chunks: tuple[Chunk, ...]
    fingerprint: str
    vectors: Mapping[str, Vectors]


class KnowledgeStore(Protocol):
    """Keeps every revision of every document, its chunks and their vectors. What is stored is never changed.

    It can be erased. Of an erased revision nothing is left but that it was: old snapshots name it, and no other takes
    its number.
    """

    def latest(self, pack: str) -> Snapshot | None:
        """The newest snapshot of a pack, None before the first ingest."""
        ...

    def snapshot(self, pack: str, sha256: str) -> Snapshot:
        """That snapshot. Raises NotFound."""
        ...

    def revisions(self, pack: str) -> dict[str, Member]:
        """The newest revision of each document that the pack ever had, by document id; an erased one has no SHA-256."""
        ...

    def documents(self, members: Sequence[Member]) -> tuple[Document, ...]:
        """Those of these revisions that were not erased, sorted by document id."""
        ...

    def erased(self, members: Sequence[Member]) -> tuple[Member, ...]:
        """Those of these revisions that were erased, sorted by document id."""
        ...

    def erasures(self) -> int:
        """How many revisions were ever erased: when it grows, whatever was read earlier is to be forgotten."""
        ...

    def chunks(self, members: Sequence[Member]) -> tuple[Chunk, ...]:
        """The chunks of those revisions, by document id and number."""
        ...

    def chunk(self, chunk_id: str) -> Chunk:
        """One chunk by its id, whether or not it is in the newest snapshot. Raises NotFound, DocumentErased."""
        ...

    def embedded(self, fingerprint: str) -> frozenset[str]:
        """The SHA-256 of every text that has a vector of this model."""
        ...

    def vectors(self, fingerprint: str, sha256s: Collection[str]) -> dict[str, Vectors]:
        """The vectors, each of shape (dimensions,), of those texts; what was never embedded is left out."""
        ...

    def add(self, additions: Additions) -> None:
        """Store all of it in one unit of work, or nothing.

        Raises:
            Conflict: the newest snapshot of the pack is not `parent`: another ingest was first; or somebody whom a
                document is about is not known (any more).
        """
        ...
