"""What a caller prefers, read from headers that anybody may write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.api.prefer import Preference, preference


@pytest.mark.parametrize(
    ("headers", "meant"),
    [
        ([], Preference()),
        (["respond-async"], Preference(asynchronous=True)),
        (["Respond-Async, wait=10"], Preference(True, 10)),
        (["respond-async", 'wait="7"'], Preference(True, 7)),
        (["wait=0"], Preference(False, 0)),
        (["wait=5, wait=9"], Preference(False, 5)),
        (["wait=-1"], Preference()),
        (["wait=soon, handling=lenient; strict"], Preference()),
        (["wait=99999999999"], Preference()),
        (["return=minimal; foo=bar, wait = 3"], Preference(False, 3)),
    ],
)
def test_what_is_understood_is_taken_and_the_rest_is_no_preference(headers: list[str], meant: Preference) -> None:
    assert preference(headers) == meant


@given(st.lists(st.text(max_size=60), max_size=4))
def test_no_header_is_an_error(headers: list[str]) -> None:
    preference(headers)


def test_what_was_applied_is_said_in_the_same_words() -> None:
    assert Preference(True, 99).applied(60.0) == "respond-async, wait=60"
    assert Preference().applied(10.0) is None
