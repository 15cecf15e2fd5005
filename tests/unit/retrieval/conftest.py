"""A small library of documents, and corpora over it with the memory twins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest

from remit.adapters.memory.embedder import HashingEmbedder
from remit.adapters.memory.knowledge import MemoryKnowledgeStore
from remit.adapters.memory.vectors import MemoryVectorIndex
from remit.core.canonical import sha256_hex
from remit.core.words import Trust
from remit.retrieval.documents import Document
from remit.retrieval.ingest import IngestReport, ingest
from remit.retrieval.search import Corpus, load_corpus

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class CountingEmbedder(HashingEmbedder):
    """Tells how many texts it was given."""

    count = 0

    def embed(self, texts):  # type: ignore[no-untyped-def]
        self.count += len(texts)
        return super().embed(texts)


@dataclass
class Library:
    """One pack's documents, its store and its index."""

    store: MemoryKnowledgeStore = field(default_factory=MemoryKnowledgeStore)
    index: MemoryVectorIndex = field(default_factory=MemoryVectorIndex)
    embedder: CountingEmbedder = field(default_factory=CountingEmbedder)

    def ingest(self, *documents: Document) -> IngestReport:
        return ingest("credit", documents, self.store, self.embedder, NOW)

    def corpus(self, *documents: Document, snapshot: str | None = None) -> Corpus:
        if documents:
            self.ingest(*documents)
        return load_corpus("credit", store=self.store, index=self.index, embedder=self.embedder, snapshot=snapshot)


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.fixture
def document() -> Callable[..., Document]:
    def make(
        name: str,
        text: str,
        *,
        trust: Trust = "trusted",
        valid_from: date = date(2026, 1, 1),
        valid_to: date | None = None,
        audience: tuple[str, ...] = ("everyone",),
    ) -> Document:
        return Document(
            doc_id=f"credit/{name}",
            pack="credit",
            title=name.replace("-", " "),
            owner="risk",
            source="handbook",
            trust=trust,
            valid_from=valid_from,
            valid_to=valid_to,
            audience=audience,
            text=text,
            sha256=sha256_hex(f"{name} {text} {trust} {valid_from} {valid_to} {audience}".encode()),
            stripped={},
        )

    return make
