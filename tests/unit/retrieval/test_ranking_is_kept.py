"""A corpus never changes, so it ranks a question once; what depends on the day or the asker is looked at every time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

import pytest

from remit.adapters.memory.vectors import MemoryVectorIndex
from remit.retrieval.documents import Document
from remit.retrieval.ports import Vectors

Make = Callable[..., Document]
NOBODY: frozenset[str] = frozenset()
MONDAY, TUESDAY = datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 3, 12, tzinfo=UTC)


class CountingIndex(MemoryVectorIndex):
    """Tells how often it was asked."""

    asked = 0

    def query(self, collection: str, revision: str, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        self.asked += 1
        return super().query(collection, revision, vector, limit)


@pytest.fixture
def index(library) -> CountingIndex:
    library.index = CountingIndex()
    return library.index


def test_a_question_that_comes_again_is_not_ranked_again(library, index: CountingIndex, document: Make) -> None:
    corpus = library.corpus(document("rule", "the loan rule"))
    answers = [corpus.search("loan", audiences=NOBODY, as_of=MONDAY) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert index.asked == 1


def test_a_document_that_ran_out_is_not_found_the_day_after(library, document: Make) -> None:
    corpus = library.corpus(document("rule", "the loan rule", valid_to=date(2026, 3, 2)))
    found: Sequence[int] = [len(corpus.search("loan", audiences=NOBODY, as_of=day)) for day in (MONDAY, TUESDAY)]
    assert found == [1, 0]


def test_a_passage_grows_older_while_its_rank_is_kept(library, document: Make) -> None:
    corpus = library.corpus(document("rule", "the loan rule"))
    ages = [corpus.search("loan", audiences=NOBODY, as_of=day)[0].age_days for day in (MONDAY, TUESDAY)]
    assert ages[1] == ages[0] + 1


def test_what_one_asker_found_is_not_shown_to_another(library, document: Make) -> None:
    corpus = library.corpus(document("secret", "the loan rule", audience=("board",)))
    assert corpus.search("loan", audiences=frozenset({"board"}), as_of=MONDAY)
    assert not corpus.search("loan", audiences=NOBODY, as_of=MONDAY)
