"""What every store must do with batches: SQLite, PostgreSQL, and their twin in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.conformance.test_store import ANA, NOW, RUN, VERSIONS

from remit.core.errors import Conflict, NotFound
from remit.service.calls.ports import Batch, BatchRow

B1 = Batch("B1", ANA, "desk", "desk.request", 4, NOW, "key-1", "sha-1")
CASES: list[Any] = [{"cents": 5, "name": "Åse"}, ["no case"], {"share": 0.5}, None]


@pytest.fixture
def store(empty_store: Any) -> Any:
    """With a batch of four rows, and a decision that was received."""
    with empty_store.write() as unit:
        unit.batches.add(B1)
        unit.batches.put("B1", [(number, "R-1", raw) for number, raw in enumerate(CASES, start=1)])
        unit.decisions.receive(RUN, VERSIONS)
    return empty_store


def test_a_batch_is_found_by_id_and_by_request_key(store: Any) -> None:
    with store.read() as unit:
        found = unit.batches.get("B1")
        assert (found, unit.batches.find("key-1"), unit.batches.find("key-2")) == (found, found, None)
        assert (found.actor, found.rows, found.at) == (ANA, 4, NOW)
        assert [unit.batches.is_of(found, content) for content in ("sha-1", "sha-2")] == [True, False]
        with pytest.raises(NotFound):
            unit.batches.get("B2")


def test_a_request_key_has_one_batch(store: Any) -> None:
    with pytest.raises(Conflict), store.write() as unit:
        unit.batches.add(replace(B1, id="B2"))


def test_cases_that_wait_come_back_as_they_were_handed_in(store: Any) -> None:
    with store.read() as unit:
        assert unit.batches.open() == ["B1"]
        assert unit.batches.waiting("B1", 10) == list(enumerate(CASES, start=1))
        assert unit.batches.waiting("B1", 2) == [(1, CASES[0]), (2, CASES[1])]


def test_a_row_that_is_there_already_stays_as_it_is(store: Any) -> None:
    with store.write() as unit:
        unit.batches.put("B1", [(4, "R-2", {"other": 1}), (5, "", {"new": 1})])
    with store.read() as unit:
        assert unit.batches.waiting("B1", 10)[3:] == [(4, None), (5, {"new": 1})]


def test_a_row_is_settled_once_and_waits_no_more(store: Any) -> None:
    with store.write() as unit:
        unit.batches.accept("B1", 1, "D1")
        unit.batches.refuse("B1", 2, {"code": "case_rejected"})
        unit.batches.refuse("B1", 1, {"code": "late"})
    with store.read() as unit:
        assert [row for row, _ in unit.batches.waiting("B1", 10)] == [3, 4]
        assert unit.batches.counts("B1") == {"received": 1, "invalid": 1, "waiting": 2}
        assert unit.batches.rows("B1", 0, 2) == [
            BatchRow(1, "accepted", "D1"),
            BatchRow(2, "invalid", why={"code": "case_rejected"}),
        ]
        assert [row.row for row in unit.batches.rows("B1", 2, 10)] == [3, 4]


def test_a_batch_is_open_as_long_as_a_row_waits(store: Any) -> None:
    with store.write() as unit:
        for row in (1, 2, 3, 4):
            unit.batches.refuse("B1", row, {})
    with store.read() as unit:
        assert (unit.batches.open(), unit.batches.counts("B1")) == ([], {"invalid": 4})
