"""What every store must do when decisions are listed: SQLite, PostgreSQL, and their twin in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.conformance.test_store import NOW, REVIEW, RUN, VERSIONS

from remit.adapters.sql.listing import page_query
from remit.adapters.sql.migrate import migrate
from remit.agents.ports import Store
from remit.agents.records import Tally, Wanted
from remit.core.system import ulid
from remit.core.words import Actor
from remit.wiring.backend import open_backend

HOUR = timedelta(hours=1)
IDS = [ulid(int((NOW + number * HOUR).timestamp() * 1000), bytes([number] * 10)) for number in range(6)]
A, B, C, D, E, F = IDS


@pytest.fixture
def store(empty_store: Store) -> Store:
    """Six decisions, an hour apart, asked for in turns by ana and ben; every third is of another pack, and denied."""
    with empty_store.write() as unit:
        for number, name in enumerate(IDS):
            asker = Actor(("ana", "ben")[number % 2])
            run = replace(RUN, decision_id=name, request_key=None, at=NOW + number * HOUR, actor=asker)
            unit.decisions.receive(run, VERSIONS if number % 3 else replace(VERSIONS, pack="credit"))
            if not number % 3:
                unit.decisions.move(name, ("received",), "denied")
    return empty_store


@pytest.mark.parametrize(
    ("wanted", "edge", "listed"),
    [
        (Wanted(), {}, [F, E, D, C]),
        (Wanted(), {"after": C}, [B, A]),
        (Wanted(), {"before": C}, [F, E, D]),
        (Wanted(), {"before": A}, [E, D, C, B]),
        (Wanted(asker="ana"), {}, [E, C, A]),
        (Wanted(pack="credit"), {}, [D, A]),
        (Wanted(stage="received", asker="ben"), {}, [F, B]),
        (Wanted(decision="desk.request", stage="denied"), {"after": D}, [A]),
        (Wanted(since=NOW + HOUR, until=NOW + 3 * HOUR), {}, [C, B]),
        (Wanted(since=NOW + timedelta(microseconds=1)), {"after": C}, [B]),
        (Wanted(pack="nothing"), {}, []),
        (Wanted(alone=True), {}, [D, A]),
        (Wanted(pack="desk", alone=True), {}, []),
    ],
)
def test_a_page_has_the_nearest_that_are_wanted(
    store: Store, wanted: Wanted, edge: dict[str, str], listed: list[str]
) -> None:
    with store.read() as unit:
        assert [each.decision_id for each in unit.decisions.page(wanted, 4, **edge)] == listed


def test_a_tally_counts_what_is_alike_day_by_day(store: Store) -> None:
    day = NOW.date().isoformat()
    with store.read() as unit:
        assert unit.decisions.tally(Wanted(until=NOW + 5 * HOUR)) == [
            Tally(day, "credit", "desk.request", "denied", False, 2),
            Tally(day, "desk", "desk.request", "received", False, 3),
        ]
        assert unit.decisions.tally(Wanted(pack="nothing")) == []


def test_a_listed_decision_says_where_it_stands_and_nothing_of_its_case(store: Store) -> None:
    with store.read() as unit:
        newest = unit.decisions.page(Wanted(), 1)[0]
    assert newest.to_json() == {
        "decision_id": F,
        "pack": "desk",
        "decision": "desk.request",
        "status": "received",
        "asked_by": "ben",
        "asked_at": (NOW + 5 * HOUR).isoformat(),
        "review_id": None,
        "erased_at": None,
    }


def test_who_had_to_ask_a_person_did_not_decide_alone(store: Store) -> None:
    with store.write() as unit:
        unit.reviews.add(replace(REVIEW, decision_id=B))
        unit.decisions.move(B, ("received",), "awaiting_review", review_id="R1")
        unit.decisions.move(B, ("awaiting_review",), "executed")
        unit.decisions.move(C, ("received",), "executed")
    with store.read() as unit:
        assert [each.decision_id for each in unit.decisions.page(Wanted(alone=True), 9)] == [D, C, A]
        assert sum(each.count for each in unit.decisions.tally(Wanted(alone=True))) == 3


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(alone=True, since=NOW),
        Wanted(asker="a"),
        Wanted(stage="denied", pack="p"),
        Wanted(decision="d", since=NOW),
    ],
)
def test_no_list_reads_the_whole_table(
    wanted: Wanted, backwards: bool, database_url: Callable[[str], str], tmp_path: Any
) -> None:
    backend = open_backend(database_url("sqlite"), tmp_path)
    migrate(backend.database)
    query = page_query(wanted, 10, after=None if backwards else A, before=A if backwards else None)
    with backend.database.read() as connection:
        compiled = query.compile(connection, compile_kwargs={"literal_binds": True})
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]
    backend.close()
    assert [line for line in plan if not line.startswith("SEARCH decision USING INDEX")] == []
