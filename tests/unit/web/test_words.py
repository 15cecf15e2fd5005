"""How values read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remit.ledger.event import EVENT_TYPES
from remit.web.words import age, clock, money, plain, span, step, took, value, wait, wrapping

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


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (None, ""),
        (0.0, ""),
        (4.25, "4.2 ms"),
        (182.4, "182 ms"),
        (2_140.0, "2.1 s"),
        (1_984_000.0, "33 min"),
        (3_208_000_000.0, "37 d 3 h"),
    ],
)
def test_how_long_something_took_is_in_peoples_units(ms: float | None, said: str) -> None:
    assert took(ms) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "0 days old"), (1, "1 day old"), (59, "59 days old"), (83, "2 months old"), (2121, "5 years old")],
)
def test_an_age_is_said_as_people_say_it(days: int, said: str) -> None:
    assert age(days) == said


def test_a_name_of_the_machine_may_go_on_in_the_next_line_and_stays_text() -> None:
    assert str(wrapping("<b>LOW_SAVINGS")) == "&lt;b&gt;LOW_<wbr>SAVINGS"


def test_each_step_of_a_decision_has_a_name_that_people_use() -> None:
    nouns = ("decision", "review", "effect", "obligation", "outcome")
    of_no_decision = {"review.seeded", "review.tested"}
    types = [each for each in EVENT_TYPES if each.startswith(nouns) and each not in of_no_decision]
    assert [each for each in types if step(each) == plain(each.replace(".", ": "))] == []


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "a second"), (6, "6 seconds"), (120, "120 seconds"), (121, "3 minutes")]
)
def test_how_long_to_wait_is_never_too_short(seconds: int, said: str) -> None:
    assert wait(seconds) == said
