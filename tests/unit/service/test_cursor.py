"""Cursors come back from outside: each is one of ours, of this very list, or an error."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.core.errors import InputError
from remit.core.system import ulid
from remit.service.calls.cursor import Cursor, read, written

OF = {"pack": "desk", "since": None}
ids = st.builds(ulid, st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))


@given(ids, st.booleans())
def test_a_cursor_comes_back_as_it_was_written(of_id: str, newer: bool) -> None:
    assert read(written(Cursor(of_id, newer), OF), OF) == Cursor(of_id, newer)


@given(ids)
def test_a_cursor_of_another_list_is_refused(of_id: str) -> None:
    with pytest.raises(InputError, match="another list"):
        read(written(Cursor(of_id), OF), {**OF, "pack": "credit"})


@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda data: data.decode("latin-1")))
def test_any_other_text_is_refused_and_never_crashes(text: str) -> None:
    with pytest.raises(InputError) as refused:
        read(text, OF)
    assert refused.value.code == "cursor"


@given(ids, st.integers(0, 53), st.characters(max_codepoint=255))
def test_one_changed_letter_is_another_cursor_of_ours_or_an_error(of_id: str, place: int, letter: str) -> None:
    text = written(Cursor(of_id), OF)
    changed = text[:place] + letter + text[place + 1 :]
    with contextlib.suppress(InputError):
        assert written(read(changed, OF), OF) == changed
