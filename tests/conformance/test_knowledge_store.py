"""Every knowledge store keeps these promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from remit.adapters.memory.knowledge import MemoryKnowledgeStore
from remit.adapters.sql.documents_about import erase_revisions
from remit.adapters.sql.knowledge import SqlKnowledgeStore
from remit.adapters.sql.migrate import migrate
from remit.core.errors import Conflict, NotFound
from remit.retrieval.chunking import chunk
from remit.retrieval.documents import Document
from remit.retrieval.ports import Additions, DocumentErased, KnowledgeStore, Member, Snapshot
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


def erase(store: KnowledgeStore, *revisions: tuple[str, int]) -> None:
    """Erase as the store's own kind does: in SQL inside the unit of work that erases all else of a subject."""
    if isinstance(store, MemoryKnowledgeStore):
        store.erase(revisions, NOW)
        return
    assert isinstance(store, SqlKnowledgeStore)
    with store._database.write() as connection:
        erase_revisions(connection, revisions, NOW)


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


# Erasure


def test_of_an_erased_revision_nothing_is_left_but_that_it_was(store: KnowledgeStore) -> None:
    added = additions(RULE, "s1")
    store.add(added)
    erase(store, ("credit/rule", 1))
    members = added.snapshot.members
    assert (store.documents(members), store.chunks(members), store.embedded("model")) == ((), (), frozenset())
    assert (store.erased(members), store.erasures()) == (members, 1)
    assert store.snapshot("credit", "s1") == added.snapshot
    with pytest.raises(DocumentErased):
        store.chunk("credit/rule@1#2")


def test_nothing_was_erased_of_what_was_not(store: KnowledgeStore) -> None:
    added = additions(RULE, "s1")
    store.add(added)
    assert (store.erased(added.snapshot.members), store.erasures()) == ((), 0)


def test_the_newest_snapshot_goes_on_without_what_was_erased(store: KnowledgeStore) -> None:
    other = replace(RULE, doc_id="credit/other", text="Other.")
    first, second = additions(RULE, "s1"), additions(other, "s2", parent="s1")
    both = Snapshot("s2", "credit", NOW, (*second.snapshot.members, *first.snapshot.members))
    store.add(first)
    store.add(replace(second, snapshot=both))
    erase(store, ("credit/rule", 1))
    assert store.latest("credit") == Snapshot.of("credit", second.snapshot.members, NOW)
    assert store.documents(store.latest("credit").members) == (other,)


def test_an_older_revision_is_erased_behind_the_newest_snapshot(store: KnowledgeStore) -> None:
    newer = additions(replace(RULE, revision=2, text="Changed.", sha256="b" * 64), "s2", parent="s1")
    store.add(additions(RULE, "s1"))
    store.add(newer)
    erase(store, ("credit/rule", 1))
    assert store.latest("credit") == newer.snapshot
    assert len(store.erased(store.snapshot("credit", "s1").members)) == 1


def test_a_text_that_another_document_has_keeps_its_vector(store: KnowledgeStore) -> None:
    store.add(additions(RULE, "s1"))
    store.add(additions(replace(RULE, doc_id="quality/rule", pack="quality"), "s2"))
    erase(store, ("credit/rule", 1))
    assert len(store.embedded("model")) == 2


def test_the_number_of_an_erased_revision_is_not_given_again(store: KnowledgeStore) -> None:
    store.add(additions(RULE, "s1"))
    erase(store, ("credit/rule", 1))
    assert store.revisions("credit") == {"credit/rule": Member("credit/rule", 1, "")}


def test_an_erased_revision_comes_back_with_no_snapshot(store: KnowledgeStore) -> None:
    added = additions(RULE, "s1")
    store.add(added)
    erase(store, ("credit/rule", 1))
    with pytest.raises(Conflict):
        store.add(replace(added, parent=store.latest("credit").sha256, documents=(), chunks=()))
