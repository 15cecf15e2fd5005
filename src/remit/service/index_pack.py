"""Index a pack: its knowledge folder becomes documents, passages and vectors. Twice is once."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from remit.core.errors import NotFound
from remit.core.words import Actor
from remit.packs.pack import Pack
from remit.retrieval.documents import read_folder
from remit.retrieval.ingest import ingest
from remit.retrieval.ports import Embedder, KnowledgeStore
from remit.service.services import Services


class Knowledge(Protocol):
    """What indexing needs of the outside."""

    @property
    def knowledge_store(self) -> KnowledgeStore: ...

    @property
    def embedder(self) -> Embedder: ...


def index_pack(services: Services, knowledge: Knowledge, pack_ref: str, actor: Actor) -> dict[str, Any]:
    """Read the pack's knowledge folder and make it the pack's newest snapshot.

    Raises:
        NotFound: the pack has no knowledge folder.
        SourceError: documents have problems: all of them; nothing was indexed.
    """
    pack = services.pack(pack_ref)
    documents = read_folder(knowledge_folder(pack), pack.name)
    report = ingest(pack.name, documents, knowledge.knowledge_store, knowledge.embedder, services.clock.now())
    if report.added or report.changed or report.removed:
        with services.store.write() as unit:
            unit.journal.append(
                "knowledge.indexed",
                actor=actor,
                body={
                    "pack": pack.name,
                    "snapshot": report.snapshot,
                    "added": list(report.added),
                    "changed": list(report.changed),
                    "removed": list(report.removed),
                    "stripped": report.stripped,
                },
            )
    return {"pack": pack.name, "documents": len(documents), **asdict(report)}


def knowledge_folder(pack: Pack) -> Path:
    """The pack's knowledge folder. Raises NotFound."""
    if pack.files.folder is None or not (pack.files.folder / "knowledge").is_dir():
        raise NotFound(
            f"the pack `{pack.name}` has no folder `knowledge`",
            mend="make it and put Markdown documents with front matter into it",
        )
    return pack.files.folder / "knowledge"
