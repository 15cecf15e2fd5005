"""What every roster of workers must do: the one in SQL, in SQLite and in PostgreSQL, and its twin in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from remit.adapters.memory.queue import MemoryRoster
from remit.adapters.sql.migrate import migrate
from remit.adapters.sql.roster import SqlRoster
from remit.service.work.ports import Member, Roster
from remit.wiring.backend import open_backend

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
W1 = Member("W1", "here", 4711, NOW, 0, NOW)
W2 = replace(W1, id="W2", host="there")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def roster(request: pytest.FixtureRequest, database_url: Callable[[str], str], tmp_path: object) -> Iterator[Roster]:
    if request.param == "memory":
        yield MemoryRoster()
        return
    backend = open_backend(database_url(request.param), tmp_path)  # type: ignore[arg-type]
    migrate(backend.database)
    yield SqlRoster(backend.database)
    backend.close()


def test_who_joins_is_listed_the_oldest_first(roster: Roster) -> None:
    roster.join(W2)
    roster.join(W1)
    assert roster.all() == [W1, W2]


def test_who_leaves_is_not_listed_any_more(roster: Roster) -> None:
    roster.join(W1)
    roster.leave("W1")
    roster.leave("W1")
    assert roster.all() == []


def test_a_sign_of_life_is_counted_with_its_moment(roster: Roster) -> None:
    roster.join(W1)
    later = NOW + timedelta(seconds=5)
    assert [roster.beat("W1", NOW), roster.beat("W1", later)] == [True, True]
    assert roster.all() == [replace(W1, beats=2, beat_at=later)]


def test_who_was_taken_for_dead_is_told_and_may_join_again(roster: Roster) -> None:
    assert not roster.beat("W1", NOW)
    roster.join(W1)
    roster.join(W1)
    assert roster.beat("W1", NOW)
