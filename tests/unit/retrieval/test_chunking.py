"""Passages keep their place in the document."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.core.canonical import sha256_hex
from remit.retrieval.chunking import Chunk, chunk
from remit.retrieval.documents import Document

EMPTY = Document("p/d", "p", "T", "o", "s", "trusted", date(2025, 1, 1), None, ("everyone",), "", "0" * 64, {}, 3)
MARKDOWN = st.lists(
    st.sampled_from(
        ["# A", "## B", "###### C", "#no", "```", "~~~", "", " ", "\u3000", "word " * 30, "x" * 70, "a. b."]
    )
).map("\n".join)


def chunks_of(text: str, size: int = 900) -> tuple[Chunk, ...]:
    return chunk(replace(EMPTY, text=text), size)


@given(st.one_of(MARKDOWN, st.text()), st.integers(min_value=9, max_value=120))
def test_passages_tile_the_text_in_order(text: str, size: int) -> None:
    chunks = chunks_of(text, size)
    assert all(text[each.start : each.end] == each.text for each in chunks)
    edges = [0, *(edge for each in chunks for edge in (each.start, each.end)), len(text)]
    assert edges == sorted(edges)
    assert "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)).strip() == ""


@given(st.one_of(MARKDOWN, st.text()), st.integers(min_value=9, max_value=120))
def test_no_passage_is_empty_or_much_too_long(text: str, size: int) -> None:
    assert all(0 < len(each.text.strip()) <= len(each.text) <= size * 4 / 3 + 2 for each in chunks_of(text, size))


def test_an_id_names_document_revision_and_number() -> None:
    first, second = chunks_of("# A\n\none\n\n# B\n\ntwo")
    assert (first.id, second.id) == ("p/d@3#1", "p/d@3#2")
    assert first.sha256 == sha256_hex(first.text.encode())


def test_short_paragraphs_share_a_passage_and_a_heading_opens_one() -> None:
    assert [each.text for each in chunks_of("intro\n\nmore\n\n# A\n\none\n\ntwo")] == [
        "intro\n\nmore",
        "# A\n\none\n\ntwo",
    ]


def test_the_path_of_headings_is_kept() -> None:
    chunks = chunks_of("# Credit\n\n## Limits ##\n\nLow.\n\n## Terms\n\nLong.\n\n# Other\n\nEnd.")
    assert [each.headings for each in chunks] == [("Credit", "Limits"), ("Credit", "Terms"), ("Other",)]


def test_a_long_paragraph_is_cut_at_the_end_of_a_sentence() -> None:
    chunks = chunks_of("One two three four. Five six seven. Eight nine ten eleven twelve.", 40)
    assert [each.text for each in chunks] == ["One two three four. Five six seven.", "Eight nine ten eleven twelve."]


def test_a_hash_sign_in_a_fence_is_no_heading() -> None:
    (only,) = chunks_of("```\n# not a heading\n\nstill code\n```")
    assert only.headings == ()


@pytest.mark.parametrize("text", ["", " \n\n ", "\t"])
def test_an_empty_text_has_no_passages(text: str) -> None:
    assert chunks_of(text) == ()
