"""Amounts as people say them, and how they are compared."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.chat.cardinals import TENS, UNITS
from remit.chat.numbers import quantities, without_quantities

AMOUNTS = st.integers(1, 10**9)


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("between 2 and 3 thousand", [(">=", 2_000), ("<=", 3_000)]),
        ("2-3k", [(">=", 2_000), ("<=", 3_000)]),
        ("between 500 and 2k", [(">=", 500), ("<=", 2_000)]),
        ("between two hundred and three hundred", [(">=", 200), ("<=", 300)]),
        ("from 2,000 to 3,000 euros", [(">=", 2_000), ("<=", 3_000)]),
        ("not more than 5,000", [("<=", 5_000)]),
        ("no less than 5,000", [(">=", 5_000)]),
        ("nothing above 5,000", [("<=", 5_000)]),
        ("no credits over 5k", [("<=", 5_000)]),
        ("isn't below 5,000", [(">=", 5_000)]),
        ("8,000 or more", [(">=", 8_000)]),
        ("8,000 and up", [(">=", 8_000)]),
        ("5,000+", [(">=", 5_000)]),
        ("10k max", [("<=", 10_000)]),
        ("12 or fewer months", [("<=", 12)]),
        ("under 2,000 or over 5,000", [("<", 2_000), (">", 5_000)]),
        ("larger than EUR 8,000", [(">", 8_000)]),
        ("above EUR8000", [(">", 8_000)]),
        ("at least 8k EUR", [(">=", 8_000)]),
        ("greater than or equal to 5", [(">=", 5)]),
        ("above half a million", [(">", 500_000)]),
        ("more than a dozen", [(">", 12)]),
        ("more than two", [(">", 2)]),
        ("exactly 5,000", [("==", 5_000)]),
        ("twenty-five thousand", [("", 25_000)]),
        ("two and a half thousand", [("", 2_500)]),
        ("three hundred and fifty", [("", 350)]),
        ("which one of the two", []),
        ("between 3,000 and 2,000", [("", 3_000), ("", 2_000)]),
    ],
)
def test_an_amount_is_read_with_how_it_is_compared(text: str, compared: list[tuple[str, int]]) -> None:
    assert [(each.op, each.value) for each in quantities(text)] == compared


@pytest.mark.parametrize("text", ["8.000,50", "8,50", "8.000", "above 1.234.567,89"])
def test_an_amount_that_some_read_otherwise_is_told_apart(text: str) -> None:
    assert [each.ambiguous for each in quantities(text)] == [True]


def test_what_a_number_counts_goes_for_both_ends() -> None:
    assert [each.unit for each in quantities("between 12 and 24 months")] == ["month", "month"]
    assert [each.unit for each in quantities("€2-3k")] == ["money", "money"]


def test_nothing_of_a_comparison_is_left_over() -> None:
    assert without_quantities("credits of not more than EUR 5,000 or less").split() == ["credits", "of"]


@given(
    AMOUNTS, st.sampled_from([("{:,}", 1), ("{}", 1), ("EUR {:,}", 1), ("€{:,}", 1), ("{:,} EUR", 1), ("{}k", 1_000)])
)
def test_any_amount_is_read_back_from_every_way_to_write_it(value: int, written: tuple[str, int]) -> None:
    form, by = written
    (found,) = quantities(f"above {form.format(value)}")
    assert (found.value, found.op, found.ambiguous) == (Decimal(value * by), ">", False)


@given(AMOUNTS, AMOUNTS, st.sampled_from(["between {:,} and {:,}", "from {:,} to {:,}", "{:,}-{:,}", "{:,} to {:,}"]))
def test_the_ends_of_a_range_keep_their_order(one: int, other: int, written: str) -> None:
    found = [(each.op, each.value) for each in quantities(written.format(one, other)) if each.op]
    assert found == ([(">=", one), ("<=", other)] if one <= other else [])


@given(st.integers(1, 999_999))
def test_any_number_in_words_is_read_back(value: int) -> None:
    (found,) = quantities(f"more than {_in_words(value)}")
    assert found.value == value


def _in_words(n: int) -> str:
    if n >= 1_000:
        joint = " and " if n % 1_000 < 100 else " "
        return f"{_in_words(n // 1_000)} thousand{joint + _in_words(n % 1_000) if n % 1_000 else ''}"
    if n >= 100:
        return f"{_in_words(n // 100)} hundred{' and ' + _in_words(n % 100) if n % 100 else ''}"
    words = {value: word for word, value in {**UNITS, **TENS}.items()}
    return words.get(n) or f"{words[n // 10 * 10]}-{words[n % 10]}"
