"""One pack's documents, as one snapshot knew them, ready to be asked."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from remit.core.canonical import digest
from remit.core.errors import NotFound
from remit.core.words import Evidence
from remit.retrieval.chunking import Chunk
from remit.retrieval.documents import Document
from remit.retrieval.freshness import age_days, in_force
from remit.retrieval.fuse import reciprocal_rank_fusion
from remit.retrieval.lexical import LexicalIndex
from remit.retrieval.ports import (
    DocumentErased,
    Embedder,
    IndexGone,
    KnowledgeStore,
    Snapshot,
    VectorIndex,
    Vectors,
)

EVERYONE = "everyone"
DEPTH = 100
"""How many passages each ranking hands to the fusion."""

MAX_QUERY_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found. `score` is the fused rank score, `similarity` the cosine to the query."""

    chunk: Chunk
    document: Document
    score: float
    similarity: float
    age_days: int

    def as_evidence(self, need: str) -> Evidence:
        return Evidence(
            id=self.chunk.id,
            need=need,
            source=self.document.source,
            title=self.document.title,
            revision=self.chunk.revision,
            sha256=self.chunk.sha256,
            score=self.score,
            similarity=self.similarity,
            trust=self.document.trust,
            age_days=self.age_days,
        )


def load_corpus(
    pack: str,
    *,
    store: KnowledgeStore,
    index: VectorIndex,
    embedder: Embedder,
    snapshot: str | None = None,
    weights: tuple[float, float] = (1.0, 1.0),
) -> Corpus:
    """The pack's documents as of a snapshot (its SHA-256), or of the newest one.

    Raises:
        NotFound: the pack has no documents yet, has no such snapshot, or was indexed with another model.
        DocumentErased: the snapshot holds a document that was erased.
    """
    mend = f"run: remit index {pack}"
    found = store.snapshot(pack, snapshot) if snapshot else store.latest(pack)
    if found is None:
        raise NotFound(f"the pack `{pack}` has no indexed documents", code="not_indexed", mend=mend)
    if gone := store.erased(found.members):
        names = ", ".join(f"{member.doc_id}@{member.revision}" for member in gone)
        raise DocumentErased(f"the snapshot {found.sha256[:12]} of `{pack}` holds a document that was erased: {names}")
    chunks = store.chunks(found.members)
    vectors = store.vectors(embedder.fingerprint, {chunk.sha256 for chunk in chunks})
    if any(chunk.sha256 not in vectors for chunk in chunks):
        message = f"the documents of `{pack}` were indexed with another embedding model"
        raise NotFound(message, code="not_indexed", mend=mend)
    rows = [vectors[chunk.sha256] for chunk in chunks]
    matrix = np.stack(rows) if rows else np.zeros((0, embedder.dimensions), np.float32)
    return Corpus(found, store.documents(found.members), chunks, matrix, index, embedder, weights)


class Corpus:
    """One snapshot of one pack in memory: passages, BM25, vectors, and handles to the vector index and the embedder.

    Documents with one audience form a class with a vector collection of its own, so that what a caller may not see is
    never a candidate. Candidates come from the index; their cosine is computed here from the stored vectors and
    rounded, so that one question has one answer, byte for byte, whichever index served it. Threads may share it.

    Args:
        vectors: shape (len(chunks), dimensions), rows of unit length, in the order of `chunks`.
        weights: how much the ranking by words and the ranking by meaning count.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        documents: Sequence[Document],
        chunks: Sequence[Chunk],
        vectors: Vectors,
        index: VectorIndex,
        embedder: Embedder,
        weights: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        self.pack = snapshot.pack
        self.snapshot = snapshot
        self._documents = {document.doc_id: document for document in documents}
        self._chunks = list(chunks)
        self._position = {chunk.id: position for position, chunk in enumerate(chunks)}
        self._vectors = vectors
        self._index = index
        self._weights = weights
        # A snapshot never changes: one query over the same documents has one ranking, for as long as this corpus lives.
        self._embed = functools.lru_cache(maxsize=1024)(lambda text: embedder.embed([text])[0])
        self._ranking = functools.lru_cache(maxsize=1024)(self._rank)
        self._lexical = LexicalIndex([chunk.id for chunk in chunks], [self._words_of(chunk) for chunk in chunks])
        self._classes = self._audience_classes(embedder.fingerprint)
        for each in self._classes:
            self._fill(each)

    def __len__(self) -> int:
        """How many passages there are."""
        return len(self._chunks)

    def holds(self, chunk_id: str, sha256: str, *, as_of: datetime) -> bool:
        """Whether this snapshot has that passage, word for word, in a document that is in force on that day."""
        position = self._position.get(chunk_id)
        if position is None or self._chunks[position].sha256 != sha256:
            return False
        document = self._documents[self._chunks[position].doc_id]
        return in_force(document.valid_from, document.valid_to, as_of)

    def texts(self, chunk_ids: Sequence[str]) -> dict[str, str]:
        """The texts of passages, by their ids; one that this snapshot does not have is left out."""
        return {each: self._chunks[self._position[each]].text for each in chunk_ids if each in self._position}

    def search(
        self,
        query: str,
        *,
        audiences: frozenset[str],
        as_of: datetime,
        limit: int = 5,
        trusted: bool | None = None,
        max_age_days: int | None = None,
    ) -> list[Hit]:
        """The best passages, best first, ties by id; an empty query finds nothing.

        Args:
            audiences: who asks: departments and roles. Documents for `everyone` are always seen.
            as_of: an aware moment; documents that are not in force on its UTC day are left out.
            limit: how many passages at most.
            trusted: only trusted documents, only others, or (None) both.
            max_age_days: leave out documents that were in force for longer than this.

        Raises:
            InputError: `as_of` has no time zone.
            SystemFailed: the embedder failed.
        """
        query = query.strip()[:MAX_QUERY_CHARACTERS]
        ages = {d.doc_id: age_days(d.valid_from, as_of) for d in self._documents.values()}
        seen = {
            doc_id
            for doc_id, document in self._documents.items()
            if _sees(audiences, document)
            and in_force(document.valid_from, document.valid_to, as_of)
            and (trusted is None or trusted == (document.trust == "trusted"))
            and (max_age_days is None or ages[doc_id] <= max_age_days)
        }
        if not query or not seen:
            return []
        return [
            self._hit(chunk_id, score, similarity, ages)
            for chunk_id, score, similarity in self._ranking(query, frozenset(seen), limit)
        ]

    def _rank(self, query: str, seen: frozenset[str], limit: int) -> tuple[tuple[str, float, float], ...]:
        """The ids of the best passages of the documents `seen`, best first, with fused score and similarity."""
        allowed = np.fromiter((chunk.doc_id in seen for chunk in self._chunks), np.bool_, len(self._chunks))
        vector = self._embed(query)
        by_words = [chunk_id for chunk_id, _ in self._lexical.rank(query, allowed, DEPTH)]
        by_meaning = self._nearest(vector, allowed)
        fused = reciprocal_rank_fusion([by_words, by_meaning], self._weights)[:limit]
        similarities = self._similarities([chunk_id for chunk_id, _ in fused], vector)
        return tuple((*ranked, similarity) for ranked, similarity in zip(fused, similarities, strict=True))

    def _nearest(self, vector: Vectors, allowed: NDArray[np.bool_]) -> list[str]:
        """The ids of the allowed passages that are nearest, nearest first, ties by id."""
        candidates: list[str] = []
        for each in self._classes:
            usable = int(allowed[each.positions].sum())
            if usable:
                # What is not allowed may be nearest: asking for that many more leaves DEPTH good ones in any case.
                limit = min(len(each.positions), DEPTH + len(each.positions) - usable)
                candidates += [chunk_id for chunk_id, _ in self._ask(each, vector, limit)]
        good = [chunk_id for chunk_id in candidates if allowed[self._position[chunk_id]]]
        similar = dict(zip(good, self._similarities(good, vector), strict=True))
        return sorted(good, key=lambda chunk_id: (-similar[chunk_id], chunk_id))[:DEPTH]

    def _ask(self, each: _AudienceClass, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        try:
            return self._index.query(each.collection, each.revision, vector, limit)
        except IndexGone:
            self._fill(each)
            return self._index.query(each.collection, each.revision, vector, limit)

    def _fill(self, each: _AudienceClass) -> None:
        ids = [self._chunks[position].id for position in each.positions]
        self._index.ensure(each.collection, each.revision, ids, self._vectors[each.positions])

    def _hit(self, chunk_id: str, score: float, similarity: float, ages: dict[str, int]) -> Hit:
        chunk = self._chunks[self._position[chunk_id]]
        return Hit(chunk, self._documents[chunk.doc_id], score, similarity, ages[chunk.doc_id])

    def _similarities(self, chunk_ids: Sequence[str], vector: Vectors) -> list[float]:
        """The cosine of each passage to the query, to six decimals."""
        # Sums by row, unlike a matrix product, do not depend on which rows stand beside them.
        rows = self._vectors[[self._position[chunk_id] for chunk_id in chunk_ids]].astype(np.float64)
        similarities: list[float] = (rows * vector).sum(axis=1).round(6).tolist()
        return similarities

    def _words_of(self, chunk: Chunk) -> str:
        """A passage is also found by the title and the headings that it stands under."""
        return "\n".join([self._documents[chunk.doc_id].title, *chunk.headings, chunk.text])

    def _audience_classes(self, fingerprint: str) -> tuple[_AudienceClass, ...]:
        positions: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for position, chunk in enumerate(self._chunks):
            positions[self._documents[chunk.doc_id].audience].append(position)
        return tuple(
            _AudienceClass(
                collection=f"{self.pack}/{digest(list(audience))[:16]}/{fingerprint}",
                revision=digest([[self._chunks[position].id, self._chunks[position].sha256] for position in members]),
                positions=np.array(members),
            )
            for audience, members in sorted(positions.items())
        )


@dataclass(frozen=True, slots=True)
class _AudienceClass:
    """The passages of all documents with one audience: their collection, its revision, and their positions."""

    collection: str
    revision: str
    positions: NDArray[np.int_]


def _sees(audiences: frozenset[str], document: Document) -> bool:
    return EVERYONE in document.audience or not audiences.isdisjoint(document.audience)
