"""Chores are done by their rhythm, and one that fails keeps no other from its turn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from remit.core.errors import SystemFailed
from remit.service.work.chores import Every, Rhythm

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_chore_is_done_at_once_and_then_by_its_rhythm() -> None:
    rhythm = Rhythm([Every("often", 5, lambda now: 1), Every("seldom", 60, lambda now: 2)])
    done = [rhythm.run(NOW, at) for at in (0.0, 4.9, 5.0, 60.0)]
    assert done == [{"often": 1, "seldom": 2}, {}, {"often": 1}, {"often": 1, "seldom": 2}]


def test_a_chore_is_handed_what_the_clock_says() -> None:
    due = NOW + timedelta(days=1)
    rhythm = Rhythm([Every("expire", 5, lambda now: int(now >= due))])
    assert [rhythm.run(NOW, 0.0), rhythm.run(due, 5.0)] == [{"expire": 0}, {"expire": 1}]


def test_a_chore_that_fails_is_tried_again_and_stops_no_other() -> None:
    def fail(now: datetime) -> int:
        raise (SystemFailed("the disk is full") if now == NOW else ValueError("a fault"))

    rhythm = Rhythm([Every("failing", 5, fail), Every("well", 5, lambda now: 1)])
    assert [rhythm.run(NOW, 0.0), rhythm.run(NOW + timedelta(seconds=5), 5.0)] == [{"well": 1}] * 2
