"""Every knowledge store keeps these promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from remit.adapters.memory.knowledge import MemoryKnowledgeStore
from remit.adapters.sql.knowledge import SqlKnowledgeStore
from remit.adapters.sql.migrate import migrate
from remit.core.errors import Conflict, NotFound
from remit.retrieval.chunking import chunk
from remit.retrieval.documents import Document
from remit.retrieval.ports import Additions, KnowledgeStore, Member, Snapshot
from remit.wiring.backend import open_backend

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
RULE = Document(
    doc_id="credit/rule",
    pack="credit",
    title="The rule — für Kredite",
    owner="risk",
    source="handbook",
    trust="trusted",
    valid_from=date(2025, 1, 1),
    valid_to=date(2027, 1, 1),
    audience=("everyone", "lending"),
    text="# One\n\nFirst.\n\n# Two\n\nSecond.",
    sha256="a" * 64,
    stripped={"html": 2},
    revision=1,
)
VECTOR = np.array([0.6, 0.8, 0.0], np.float32)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: Callable[[str], str]
) -> Iterator[KnowledgeStore]:
    if request.param == "memory":
        yield MemoryKnowledgeStore()
        return
    backend = open_backend(database_url(request.param), tmp_path)
    migrate(backend.database)
    yield SqlKnowledgeStore(backend.database)
    backend.close()


def additions(document: Document, sha256: str, parent: str | None = None) -> Additions:
    member = Member(document.doc_id, document.revision, document.sha256)
    chunks = chunk(document)
    vectors = {each.sha256: VECTOR for each in chunks}
    return Additions(Snapshot(sha256, document.pack, NOW, (member,)), parent, (document,), chunks, "model", vectors)


def test_a_new_store_knows_nothing(store: KnowledgeStore) -> None:
    assert store.latest("credit") is None
    assert store.revisions("credit") == {}
    assert store.embedded("model") == frozenset()


def test_what_was_added_is_read_back_as_it_was(store: KnowledgeStore) -> None:
    added = additions(RULE, "s1")
    store.add(added)
    assert store.latest("credit") == added.snapshot
    assert store.documents(added.snapshot.members) == (RULE,)
    assert store.chunks(added.snapshot.members) == added.chunks
    assert store.chunk("credit/rule@1#2") == added.chunks[1]


def test_vectors_are_kept_by_text_and_model(store: KnowledgeStore) -> None:
    added = additions(RULE, "s1")
    store.add(added)
    known = added.chunks[0].sha256
    assert store.vectors("model", {known, "f" * 64})[known].tobytes() == VECTOR.tobytes()
    assert store.vectors("another model", {known}) == {}
    assert store.embedded("model") == {each.sha256 for each in added.chunks}


def test_an_old_snapshot_still_shows_the_old_revision(store: KnowledgeStore) -> None:
    newer = replace(RULE, revision=2, text="Changed.", sha256="b" * 64)
    store.add(additions(RULE, "s1"))
    store.add(additions(newer, "s2", parent="s1"))
    assert store.documents(store.snapshot("credit", "s1").members) == (RULE,)
    assert store.documents(store.snapshot("credit", "s2").members) == (newer,)
    assert store.revisions("credit")["credit/rule"] == Member("credit/rule", 2, "b" * 64)


def test_packs_do_not_mix(store: KnowledgeStore) -> None:
    store.add(additions(RULE, "s1"))
    assert store.latest("quality") is None
    with pytest.raises(NotFound):
        store.snapshot("quality", "s1")


def test_the_second_of_two_ingests_is_turned_away(store: KnowledgeStore) -> None:
    store.add(additions(RULE, "s1"))
    with pytest.raises(Conflict):
        store.add(additions(replace(RULE, revision=2), "s2", parent=None))
    assert store.revisions("credit")["credit/rule"].revision == 1


def test_the_same_text_in_two_packs_is_embedded_once(store: KnowledgeStore) -> None:
    store.add(additions(RULE, "s1"))
    store.add(additions(replace(RULE, doc_id="quality/rule", pack="quality"), "s2"))
    assert len(store.embedded("model")) == 2


def test_vectors_of_a_new_model_need_no_new_snapshot(store: KnowledgeStore) -> None:
    first = additions(RULE, "s1")
    store.add(first)
    store.add(replace(first, parent="s1", documents=(), chunks=(), fingerprint="new model"))
    assert store.embedded("new model") == store.embedded("model")


def test_a_snapshot_that_comes_back_is_the_newest_again(store: KnowledgeStore) -> None:
    first = additions(RULE, "s1")
    store.add(first)
    store.add(replace(first, snapshot=Snapshot("s2", "credit", NOW, ()), parent="s1", documents=(), chunks=()))
    store.add(replace(first, parent="s2", documents=(), chunks=()))
    assert store.latest("credit") == first.snapshot


def test_more_documents_than_one_query_can_name_are_read(store: KnowledgeStore) -> None:
    documents = [replace(RULE, doc_id=f"credit/{number:04}", text=f"Text {number}.") for number in range(1100)]
    chunks = tuple(each for document in documents for each in chunk(document))
    members = tuple(Member(each.doc_id, 1, each.sha256) for each in documents)
    vectors = {each.sha256: VECTOR for each in chunks}
    store.add(Additions(Snapshot("s", "credit", NOW, members), None, tuple(documents), chunks, "model", vectors))
    assert store.documents(members) == tuple(documents)
    assert len(store.vectors("model", vectors.keys())) == 1100


def test_an_unknown_passage_is_not_found(store: KnowledgeStore) -> None:
    with pytest.raises(NotFound):
        store.chunk("credit/rule@9#9")
