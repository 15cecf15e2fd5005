"""What is kept of what took long to make."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from remit.core.system import FixedClock
from remit.service.kept import Kept

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 2, 12, tzinfo=UTC))


def test_a_value_is_made_anew_when_its_time_is_over(clock: FixedClock) -> None:
    kept, made = Kept[int](clock, 2, MINUTE), count()
    first = [kept.of("a", made.__next__) for _ in range(2)]
    clock.advance(MINUTE)
    assert (first, kept.of("a", made.__next__)) == ([0, 0], 1)


def test_a_value_without_a_time_lasts(clock: FixedClock) -> None:
    kept, made = Kept[int](clock, 2), count()
    kept.of("a", made.__next__)
    clock.advance(1_000 * MINUTE)
    assert kept.of("a", made.__next__) == 0


def test_of_too_many_keys_the_first_is_forgotten(clock: FixedClock) -> None:
    kept, made = Kept[int](clock, 2), count()
    assert [kept.of(key, made.__next__) for key in ("a", "b", "c", "b", "a")] == [0, 1, 2, 1, 3]


def test_what_is_not_to_be_kept_or_failed_is_made_anew(clock: FixedClock) -> None:
    kept, made = Kept[int](clock, 2), count()
    with pytest.raises(ZeroDivisionError):
        kept.of("a", lambda: 1 // 0)
    assert [kept.of("a", made.__next__, keep=lambda value: value > 0) for _ in range(3)] == [0, 1, 1]


def test_what_several_ask_for_at_once_is_made_once(clock: FixedClock) -> None:
    kept, made, begun = Kept[int](clock, 2), count(), threading.Barrier(4, timeout=10)

    def slowly() -> int:
        time.sleep(0.02)
        return next(made)

    def ask() -> int:
        begun.wait()
        return kept.of("a", slowly)

    with ThreadPoolExecutor(4) as threads:
        assert [each.result() for each in [threads.submit(ask) for _ in range(4)]] == [0, 0, 0, 0]
