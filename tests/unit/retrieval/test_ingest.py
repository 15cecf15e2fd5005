"""Documents come in once, and nothing that was known is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remit.core.errors import Conflict, InputError, SystemFailed
from remit.retrieval.documents import Document

Make = Callable[..., Document]


def test_new_documents_are_added(library, document: Make) -> None:
    report = library.ingest(document("a", "loans"), document("b", "steel"))
    assert (report.added, report.chunks, report.embedded) == (("credit/a", "credit/b"), 2, 2)


def test_a_second_run_embeds_and_stores_nothing(library, document: Make) -> None:
    first = library.ingest(document("a", "loans"))
    second = library.ingest(document("a", "loans"))
    assert (second.unchanged, second.embedded, second.snapshot) == (("credit/a",), 0, first.snapshot)
    assert library.embedder.count == 1


def test_a_changed_document_becomes_the_next_revision(library, document: Make) -> None:
    library.ingest(document("a", "loans"), document("b", "steel"))
    report = library.ingest(document("a", "other loans"), document("b", "steel"))
    assert (report.changed, report.unchanged, report.embedded) == (("credit/a",), ("credit/b",), 1)
    assert library.store.chunk("credit/a@2#1").text == "other loans"


def test_only_the_passages_that_changed_are_embedded(library, document: Make) -> None:
    library.ingest(document("a", "# One\n\nloans\n\n# Two\n\nterms"))
    assert library.ingest(document("a", "# One\n\nloans\n\n# Two\n\nnew terms")).embedded == 1


def test_a_removed_document_is_still_there_for_the_old_snapshot(library, document: Make) -> None:
    before = library.ingest(document("a", "loans"), document("b", "steel"))
    after = library.ingest(document("b", "steel"))
    assert after.removed == ("credit/a",)
    assert len(library.corpus()) == 1
    assert len(library.corpus(snapshot=before.snapshot)) == 2


def test_a_document_that_comes_back_unchanged_costs_nothing(library, document: Make) -> None:
    first = library.ingest(document("a", "loans"))
    library.ingest()
    again = library.ingest(document("a", "loans"))
    assert (again.added, again.embedded, again.snapshot) == (("credit/a",), 0, first.snapshot)


def test_the_order_of_documents_does_not_matter(library, document: Make) -> None:
    one = library.ingest(document("a", "loans"), document("b", "steel"))
    assert library.ingest(document("b", "steel"), document("a", "loans")).snapshot == one.snapshot


def test_nothing_is_stored_when_the_embedder_fails(library, document: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(texts: list[str]) -> None:
        raise SystemFailed("no model")

    monkeypatch.setattr(library.embedder, "embed", fail)
    with pytest.raises(SystemFailed):
        library.ingest(document("a", "loans"))
    assert library.store.latest("credit") is None


def test_the_slower_of_two_ingests_is_turned_away(library, document: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    embed = library.embedder.embed

    def overtaken(texts: list[str]) -> object:
        monkeypatch.undo()
        library.ingest(document("b", "steel"))
        return embed(texts)

    monkeypatch.setattr(library.embedder, "embed", overtaken)
    with pytest.raises(Conflict):
        library.ingest(document("a", "loans"))
    assert library.store.revisions("credit").keys() == {"credit/b"}


def test_two_documents_with_one_id_are_refused(library, document: Make) -> None:
    with pytest.raises(InputError, match="2 documents have the id"):
        library.ingest(document("a", "loans"), document("a", "steel"))
