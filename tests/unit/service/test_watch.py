"""A worker is dead once its beats have stood still for long enough by the watcher's own time, and not before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from remit.service.work.ports import Member
from remit.service.work.watch import Watch

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
W1 = Member("W1", "here", 1, NOW, 7, NOW)
W2 = Member("W2", "there", 2, NOW, 0, NOW)


def test_beats_that_stand_still_for_as_long_as_the_patience_are_a_death() -> None:
    watch = Watch(15)
    assert [watch.silent([W1], at) for at in (100.0, 114.9, 115.0)] == [[], [], [W1]]


def test_a_beat_starts_the_waiting_anew() -> None:
    watch = Watch(15)
    watch.silent([W1], 100.0)
    beaten = replace(W1, beats=8)
    assert [watch.silent([beaten], at) for at in (110.0, 124.0, 125.0)] == [[], [], [beaten]]


def test_whoever_is_seen_for_the_first_time_is_waited_for_however_old_its_last_beat_looks() -> None:
    old = replace(W1, beat_at=NOW - timedelta(days=400))
    assert Watch(15).silent([old], 100.0) == []


def test_each_is_watched_for_itself() -> None:
    watch = Watch(15)
    watch.silent([W1, W2], 100.0)
    assert watch.silent([replace(W1, beats=8), W2], 116.0) == [W2]


def test_whoever_left_and_joined_again_is_new() -> None:
    watch = Watch(15)
    watch.silent([W1], 100.0)
    watch.silent([], 105.0)
    assert watch.silent([W1], 116.0) == []
