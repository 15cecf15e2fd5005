"""Time, ids and chance: the system's own and the seeded ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from remit.core.system import FixedClock, SeededRandom, SystemClock, SystemRandom, UlidIds, ulid

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_ids_sort_by_time() -> None:
    clock = FixedClock(NOW)
    ids = UlidIds(clock, SystemRandom())
    made = []
    for milliseconds in (1, 1, 999, 86_400_000, 10**11):
        made.append(ids.new())
        clock.advance(timedelta(milliseconds=milliseconds))
    assert made == sorted(made)
    assert {len(each) for each in made} == {26}


def test_ids_of_one_moment_differ() -> None:
    ids = UlidIds(FixedClock(NOW), SystemRandom())
    assert len({ids.new() for _ in range(1_000)}) == 1_000


@pytest.mark.parametrize(
    ("milliseconds", "entropy", "text"),
    [
        (0, bytes(10), "0" * 26),
        (2**48 - 1, b"\xff" * 10, "7" + "Z" * 25),
        (1, bytes(10), "0000000001" + "0" * 16),
        (0, bytes(9) + b"\x20", "0" * 24 + "10"),
    ],
)
def test_a_ulid_is_time_then_chance_in_base_32(milliseconds: int, entropy: bytes, text: str) -> None:
    assert ulid(milliseconds, entropy) == text


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock(NOW)
    assert clock.now() == clock.now() == NOW
    clock.advance(timedelta(hours=1))
    assert clock.now() == NOW + timedelta(hours=1)


def test_a_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        FixedClock(datetime(2026, 1, 1))


def test_seeded_chance_repeats_and_the_systems_does_not() -> None:
    assert SeededRandom(7).token(16) == SeededRandom(7).token(16)
    assert SystemRandom().token(16) != SystemRandom().token(16)
