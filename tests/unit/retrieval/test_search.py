"""What may be seen, is in force and fits best is found, the same way every time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from remit.core.errors import InputError, NotFound
from remit.retrieval.documents import Document
from remit.retrieval.search import Corpus, Hit

Make = Callable[..., Document]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOBODY: frozenset[str] = frozenset()


def names(hits: list[Hit]) -> list[str]:
    return [hit.document.doc_id.removeprefix("credit/") for hit in hits]


def find(corpus: Corpus, query: str = "loan rule", audiences: frozenset[str] = NOBODY, **filters: object) -> list[str]:
    return names(corpus.search(query, audiences=audiences, as_of=NOW, **filters))  # type: ignore[arg-type]


def test_the_best_passage_comes_first(library, document: Make) -> None:
    corpus = library.corpus(document("x", "steel plates"), document("y", "the loan rule"), document("z", "a loan"))
    assert find(corpus)[:2] == ["y", "z"]


def test_a_hit_carries_its_provenance(library, document: Make) -> None:
    corpus = library.corpus(document("the-rule", "the loan rule"))
    (hit,) = corpus.search("the loan rule", audiences=NOBODY, as_of=NOW)
    evidence = hit.as_evidence("lending_rule")
    assert (evidence.id, evidence.need, evidence.title) == ("credit/the-rule@1#1", "lending_rule", "the rule")
    assert (evidence.similarity, evidence.age_days, evidence.trusted) == (1.0, 59, True)


@pytest.mark.parametrize(
    ("audiences", "seen"),
    [(NOBODY, {"open"}), ({"lending"}, {"open", "inner"}), ({"board", "lending"}, {"open", "inner", "secret"})],
)
def test_nobody_finds_what_is_not_for_them(library, document: Make, audiences: set[str], seen: set[str]) -> None:
    corpus = library.corpus(
        document("open", "the loan rule"),
        document("inner", "the loan rule inside", audience=("lending", "risk")),
        document("secret", "the loan rule of the board", audience=("board",)),
    )
    assert set(find(corpus, audiences=frozenset(audiences))) == seen


def test_hidden_documents_do_not_push_out_visible_ones(library, document: Make) -> None:
    hidden = [document(f"h{n}", "the loan rule", audience=("board",)) for n in range(150)]
    expired = [document(f"e{n}", "the loan rule", valid_to=date(2026, 2, 1)) for n in range(150)]
    corpus = library.corpus(*hidden, *expired, document("seen", "steel plates without any relation"))
    assert find(corpus) == ["seen"]


@pytest.mark.parametrize(("day", "seen"), [(date(2026, 1, 31), "old"), (date(2026, 2, 1), "new")])
def test_only_what_is_in_force_on_the_day_is_found(library, document: Make, day: date, seen: str) -> None:
    corpus = library.corpus(
        document("old", "the loan rule", valid_to=date(2026, 1, 31)),
        document("new", "the loan rule", valid_from=date(2026, 2, 1)),
    )
    as_of = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    assert names(corpus.search("loan", audiences=NOBODY, as_of=as_of)) == [seen]


@pytest.mark.parametrize(
    ("filters", "seen"),
    [
        ({}, {"good", "rumour", "stale"}),
        ({"trusted": True}, {"good", "stale"}),
        ({"trusted": False}, {"rumour"}),
        ({"max_age_days": 100}, {"good", "rumour"}),
        ({"trusted": True, "max_age_days": 100}, {"good"}),
    ],
)
def test_trust_and_age_can_be_asked_for(library, document: Make, filters: dict[str, object], seen: set[str]) -> None:
    corpus = library.corpus(
        document("good", "the loan rule"),
        document("rumour", "the loan rule they say", trust="untrusted"),
        document("stale", "the loan rule of old", valid_from=date(2020, 1, 1)),
    )
    assert set(find(corpus, **filters)) == seen


def test_the_same_question_gives_the_same_bytes(library, document: Make) -> None:
    documents = [document(f"d{n}", f"loan rule number {n}") for n in range(30)]
    first, again = library.corpus(*documents), library.corpus()
    ask = {"audiences": NOBODY, "as_of": NOW, "limit": 30}
    assert repr(first.search("loan rule 7", **ask)) == repr(again.search("loan rule 7", **ask))


def test_a_corpus_knows_a_passage_by_id_and_content(library, document: Make) -> None:
    corpus = library.corpus(document("a", "the loan rule"))
    sha256 = library.store.chunk("credit/a@1#1").sha256
    assert corpus.holds("credit/a@1#1", sha256, as_of=NOW)
    assert not corpus.holds("credit/a@1#1", "0" * 64, as_of=NOW)
    assert not corpus.holds("credit/a@2#1", sha256, as_of=NOW)


def test_a_question_is_embedded_once(library, document: Make) -> None:
    corpus = library.corpus(document("a", "the loan rule"))
    before = library.embedder.count
    assert find(corpus) == find(corpus)
    assert library.embedder.count == before + 1


def test_an_index_that_was_lost_is_filled_again(library, document: Make) -> None:
    corpus = library.corpus(document("a", "the loan rule"))
    library.index.__init__()
    assert find(corpus) == ["a"]


def test_two_snapshots_are_asked_side_by_side(library, document: Make) -> None:
    old = library.corpus(document("a", "the loan rule"))
    new = library.corpus(document("b", "the loan rule"))
    assert (find(old), find(new), find(old)) == (["a"], ["b"], ["a"])


@pytest.mark.parametrize("query", ["", "   ", "\n"])
def test_an_empty_question_finds_nothing(library, document: Make, query: str) -> None:
    assert find(library.corpus(document("a", "the loan rule")), query) == []


def test_a_question_of_a_million_characters_is_answered(library, document: Make) -> None:
    assert find(library.corpus(document("a", "the loan rule")), "loan " * 200_000) == ["a"]


def test_an_empty_pack_finds_nothing(library, document: Make) -> None:
    library.ingest(document("a", "the loan rule"))
    library.ingest()
    assert find(library.corpus()) == []


def test_a_moment_without_a_time_zone_is_refused(library, document: Make) -> None:
    with pytest.raises(InputError):
        library.corpus(document("a", "loan")).search("loan", audiences=NOBODY, as_of=datetime(2026, 1, 1))


def test_a_pack_that_was_never_indexed_says_what_to_run(library) -> None:
    with pytest.raises(NotFound, match="no indexed documents") as failure:
        library.corpus()
    assert failure.value.mend == "run: remit index credit"


def test_vectors_of_another_model_are_not_mixed(library, document: Make) -> None:
    library.ingest(document("a", "loan"))
    library.embedder.__init__(seed=1)
    with pytest.raises(NotFound, match="another embedding model"):
        library.corpus()
