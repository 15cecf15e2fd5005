"""Search by words."""

from __future__ import annotations

import numpy as np
import pytest

from remit.retrieval.lexical import LexicalIndex

TEXTS = ["the loan is granted", "loans are refused to nobody", "a steel plate", "a steel plate"]
IDS = ["a", "b", "d", "c"]
ALL = np.ones(4, np.bool_)


def test_words_are_found_in_every_form() -> None:
    assert {found for found, _ in LexicalIndex(IDS, TEXTS).rank("granting LOAN", ALL, 10)} == {"a", "b"}


def test_ties_are_broken_by_id() -> None:
    assert [found for found, _ in LexicalIndex(IDS, TEXTS).rank("steel", ALL, 10)] == ["c", "d"]


def test_what_is_not_allowed_is_not_ranked() -> None:
    allowed = np.array([True, True, True, False])
    assert [found for found, _ in LexicalIndex(IDS, TEXTS).rank("steel", allowed, 1)] == ["d"]


@pytest.mark.parametrize("query", ["", "  ", "the a of", "!?", "unheard", "x"])
def test_a_query_without_known_words_finds_nothing(query: str) -> None:
    assert LexicalIndex(IDS, TEXTS).rank(query, ALL, 10) == []


@pytest.mark.parametrize("texts", [[], [""], ["the of", "!?"]])
def test_a_corpus_without_words_finds_nothing(texts: list[str]) -> None:
    index = LexicalIndex([str(number) for number in range(len(texts))], texts)
    assert index.rank("loan", np.ones(len(texts), np.bool_), 10) == []
