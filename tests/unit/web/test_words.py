"""How values read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remit.web.words import clock, money, plain, span, value

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(-53, ("over", "53 min over")), (18, ("soon", "18 min")), (63, ("ok", "1 h 03 min")), (3000, ("ok", "2 d 2 h"))],
)
def test_a_clock_says_in_words_how_late_it_is(minutes: int, said: tuple[str, str]) -> None:
    assert clock((NOW + timedelta(minutes=minutes)).isoformat(), NOW) == said


def test_no_limit_is_said() -> None:
    assert clock(None, NOW) == ("none", "no limit")


@pytest.mark.parametrize(("minor", "said"), [(None, ""), (0, "0"), (120_050, "1,200.50"), (-5, "-0.05"), (100, "1")])
def test_money_is_read_in_major_units(minor: int | None, said: str) -> None:
    assert money(minor) == said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "—"),
        (True, "yes"),
        (1200, "1,200"),
        (0.25, "0.25"),
        (["a", "b"], "a, b"),
        ({"b": 1}, '{"b":1}'),
        ([], ""),
    ],
)
def test_any_value_reads(given: Any, said: str) -> None:
    assert value(given) == said


def test_names_of_machines_read_as_words() -> None:
    assert (plain("approve_lower"), plain(None), span(0)) == ("Approve lower", "Nothing proposed", "0 min")
