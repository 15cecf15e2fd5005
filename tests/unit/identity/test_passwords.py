"""Which passwords do."""

from __future__ import annotations

import pytest

from remit.core.errors import InputError
from remit.identity.passwords import COMMON, LENGTH_MIN, checked_password


@pytest.mark.parametrize(
    "password", ["a dozen grey herons", "aaaabbbbcccc dddd", "пароль из слов", "𝓪 dozen grey herons", "ab c" * 16]
)
def test_a_long_one_does_whatever_its_letters_are(password: str) -> None:
    assert len(checked_password(password, "ana")) >= LENGTH_MIN


def test_the_same_letters_are_the_same_password() -> None:
    assert checked_password("ﬁfteen herons", "ana") == checked_password("fifteen herons", "ana")


@pytest.mark.parametrize(
    "password",
    ["", "short", "eleven lett", "x" * 257, "aaaaaaaaaaaaaaa", "abababababababab", "Password1234", "QWERTYUIOP123"],
)
def test_a_short_or_common_one_does_not(password: str) -> None:
    with pytest.raises(InputError) as refused:
        checked_password(password, "ana")
    assert not password or password not in refused.value.message


@pytest.mark.parametrize("name", ["herons", "grey", "herons@example.com"])
def test_the_name_is_no_part_of_it(name: str) -> None:
    with pytest.raises(InputError, match="name"):
        checked_password("a dozen Grey Herons", name)


@pytest.mark.parametrize("password", ["remit-remit-2026", "Decision Ledger!", "PolicyReviewer1", "adminadminadmi"])
def test_a_word_of_the_house_is_no_password(password: str) -> None:
    with pytest.raises(InputError, match="everybody here knows"):
        checked_password(password, "ana")


def test_a_word_of_the_house_among_others_does() -> None:
    assert checked_password("our policy on grey herons", "ana")


def test_the_common_ones_are_such_as_would_do_by_their_length() -> None:
    assert {word for word in COMMON if len(word) < LENGTH_MIN or word != word.casefold()} == set()
