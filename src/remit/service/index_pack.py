"""Index a pack: its knowledge folder becomes documents, passages and vectors. Twice is once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from remit.agents.ports import Unit
from remit.core.errors import NotFound
from remit.core.words import Actor
from remit.packs.pack import Pack
from remit.retrieval.documents import Document, read_folder
from remit.retrieval.ingest import ingest
from remit.retrieval.ports import Embedder, KnowledgeStore
from remit.service.ports import PrivateStore
from remit.service.services import Services


class Knowledge(Protocol):
    """What indexing needs of the outside."""

    @property
    def private_store(self) -> PrivateStore: ...

    @property
    def knowledge_store(self) -> KnowledgeStore: ...

    @property
    def embedder(self) -> Embedder: ...


def index_pack(services: Services, knowledge: Knowledge, pack_ref: str, actor: Actor) -> dict[str, Any]:
    """Read the pack's knowledge folder and make it the pack's newest snapshot.

    A document about somebody who was erased is not taken in; `refused` names the file.

    Raises:
        Conflict: another ingest of the pack, or an erasure, was first.
        NotFound: the pack has no knowledge folder.
        SourceError: documents have problems: all of them; nothing was indexed.
    """
    pack = services.pack(pack_ref)
    found = read_folder(knowledge_folder(pack), pack.name)
    documents = _admitted(knowledge.private_store, found)
    taken = {document.doc_id for document in documents}
    refused = [document.file for document in found if document.doc_id not in taken]
    report = ingest(pack.name, documents, knowledge.knowledge_store, knowledge.embedder, services.clock.now())
    if report.added or report.changed or report.removed:
        with services.store.write() as unit:
            record_indexing(
                unit,
                pack.name,
                report.snapshot,
                actor,
                added=report.added,
                changed=report.changed,
                removed=report.removed,
                stripped=report.stripped,
            )
    return {"pack": pack.name, "documents": len(documents), **asdict(report), "refused": refused}


def record_indexing(
    unit: Unit,
    pack: str,
    snapshot: str,
    actor: Actor,
    *,
    added: Sequence[str] = (),
    changed: Sequence[str] = (),
    removed: Sequence[str] = (),
    stripped: Mapping[str, int] = MappingProxyType({}),
) -> None:
    """The event of a pack's new snapshot: which documents, by their ids, came, changed and left."""
    unit.journal.append(
        "knowledge.indexed",
        actor=actor,
        body={
            "pack": pack,
            "snapshot": snapshot,
            "added": list(added),
            "changed": list(changed),
            "removed": list(removed),
            "stripped": dict(stripped),
        },
    )


def _admitted(store: PrivateStore, documents: Sequence[Document]) -> list[Document]:
    """The documents about nobody who was erased, each with the references of those whom it is about."""
    names = sorted({subject for document in documents for subject in document.subjects})
    if not names:
        return list(documents)
    with store.write() as unit:
        known = {name: unit.subjects.know(name) for name in names}
    refs = {name: ref for name, ref in known.items() if ref is not None}
    return [
        replace(
            document,
            subjects=tuple(sorted(refs[name] for name in document.subjects)),
            file=str(Path(document.file).resolve()),
        )
        for document in documents
        if refs.keys() >= set(document.subjects)
    ]


def knowledge_folder(pack: Pack) -> Path:
    """The pack's knowledge folder. Raises NotFound."""
    if pack.files.folder is None or not (pack.files.folder / "knowledge").is_dir():
        raise NotFound(
            f"the pack `{pack.name}` has no folder `knowledge`",
            mend="make it and put Markdown documents with front matter into it",
        )
    return pack.files.folder / "knowledge"
