"""What every store of watches must do: SQLite, PostgreSQL, and their twin in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from remit.agents.ports import Store
from remit.agents.records import Run, Versions
from remit.core.errors import Conflict, NotFound
from remit.core.words import Actor
from remit.learning.outcomes import ReportedOutcome
from remit.learning.watch import DriftAlarm, Features, Rewarded, Watch

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=2)
OF = ("desk", "desk.request")
ANA = Actor("ana")
ALARM = DriftAlarm("A1", *OF, "loss", {"evidence": 7e6, "limit": 6e6}, NOW)


@pytest.fixture
def store(empty_store: Store) -> Store:
    """With three decisions, of which the last two have become final, the younger first."""
    with empty_store.write() as unit:
        for decision_id in ("D1", "D2", "D3"):
            run = Run(decision_id, OF[1], {}, "ok", (), f"R-{decision_id}", ANA, NOW, "salt")
            unit.decisions.receive(run, Versions("desk", "1", "p", "c", None, "k", "1"))
            unit.journal.append("decision.received", actor=ANA, body={}, decision_id=decision_id)
        for decision_id in ("D3", "D2"):
            unit.journal.append("decision.advised", actor=ANA, body={}, decision_id=decision_id)
    return empty_store


def waiting(store: Store) -> None:
    with store.write() as unit:
        for place, decision_id in enumerate(("D2", "D1", "D3")):
            unit.watches.expect(*OF, decision_id, place, NOW + timedelta(days=place // 2))


def test_what_became_final_comes_in_the_order_of_the_ledger(store: Store) -> None:
    with store.read() as unit:
        found, end = unit.watches.finals(-1, 10)
        first, after_first = unit.watches.finals(-1, 1)
    assert [each.decision_id for each in found] == ["D3", "D2"]
    assert [each.decision_id for each in first] == ["D3"]
    with store.read() as unit:
        assert [each.decision_id for each in unit.watches.finals(after_first, 10)[0]] == ["D2"]
        assert unit.watches.finals(end, 10) == ([], end)


@pytest.mark.parametrize("before", [-1, 4])
def test_of_two_who_go_on_from_one_place_one_does(store: Store, before: int) -> None:
    with store.write() as unit:
        unit.watches.go_on(-1, 4)
        unit.watches.go_on(4, 9)
    with pytest.raises(Conflict), store.write() as unit:
        unit.watches.go_on(before, 12)
    with store.read() as unit:
        assert unit.watches.place() == 9


def test_a_watch_comes_back_with_its_whole_state(store: Store) -> None:
    watch = Watch(*OF, version=1).decided(1, True, "approve", Features("D1", {"amount": 3.5}))
    for reward in range(200):
        watch = watch.rewarded(Rewarded(reward % 2, "model", bool(reward % 2), 0.6))
    with store.write() as unit:
        assert unit.watches.get(*OF) == Watch(*OF)
        unit.watches.save(watch)
    with store.read() as unit:
        found = unit.watches.get(*OF)
        assert unit.watches.all() == [OF]
    assert found.state() == watch.state()
    assert (found.version, found.decisions, found.labels, found.self_caused) == (1, 1, 200, 200)


@pytest.mark.parametrize("version", [1, 2, 4])
def test_of_two_who_feed_a_watch_one_does(store: Store, version: int) -> None:
    with store.write() as unit:
        unit.watches.save(Watch(*OF, version=1))
        unit.watches.save(Watch(*OF, version=2))
    with pytest.raises(Conflict), store.write() as unit:
        unit.watches.save(Watch(*OF, version=version))


def test_outcomes_fall_due_in_the_order_in_which_decisions_became_final(store: Store) -> None:
    waiting(store)
    with store.read() as unit:
        assert unit.watches.due(*OF, NOW, 10) == ["D2", "D1"]
        assert unit.watches.due(*OF, LATER, 2) == ["D2", "D1"]
        assert unit.watches.due(*OF, LATER, 10) == ["D2", "D1", "D3"]
        assert unit.watches.due("desk", "desk.other", LATER, 10) == []


def test_one_that_is_settled_is_waited_for_no_longer_and_never_twice(store: Store) -> None:
    waiting(store)
    with store.write() as unit:
        unit.watches.expect(*OF, "D1", 9, LATER)
        assert unit.watches.due(*OF, NOW, 10) == ["D2", "D1"]
        unit.watches.settle(["D1", "D3"])
    with store.read() as unit:
        assert unit.watches.due(*OF, LATER, 10) == ["D2"]


def test_a_late_outcome_is_found_when_it_comes_until_nobody_waits_for_it(store: Store) -> None:
    waiting(store)
    with store.write() as unit:
        unit.watches.wait("D1", LATER)
        unit.watches.wait("D2", LATER)
        unit.outcomes.add(ReportedOutcome("O1", "D1", "ok", "true", NOW, NOW, "ana"), "k")
    with store.read() as unit:
        assert unit.watches.late(*OF, 10) == ["D1"]
        assert unit.watches.due(*OF, LATER, 10) == ["D3"]
    with store.write() as unit:
        unit.watches.give_up(LATER)
        assert unit.watches.late(*OF, 10) == ["D1"]
        unit.watches.give_up(LATER + timedelta(seconds=1))
        assert unit.watches.late(*OF, 10) == []


def test_an_alarm_comes_back_with_what_a_person_said_of_it(store: Store) -> None:
    seen = replace(ALARM, acknowledged_by="pia", acknowledged_at=LATER, reason="a new product")
    with store.write() as unit:
        unit.watches.put_alarm(ALARM)
        assert unit.watches.alarm("A1") == ALARM
        unit.watches.put_alarm(replace(ALARM, id="A2"))
        unit.watches.put_alarm(seen)
    with store.read() as unit:
        assert unit.watches.alarms(*OF) == [seen, replace(ALARM, id="A2")]
        assert unit.watches.alarms("desk", "desk.other") == []
        with pytest.raises(NotFound):
            unit.watches.alarm("A3")


def test_what_is_open_of_a_series_is_found_whoever_decides_by_it(store: Store) -> None:
    broken = replace(ALARM, series="promise")
    with store.write() as unit:
        unit.watches.put_alarm(replace(broken, id="A3", decision="desk.other"))
        unit.watches.put_alarm(replace(broken, id="A2"))
        unit.watches.put_alarm(replace(broken, id="A1", acknowledged_by="pia", acknowledged_at=LATER, reason="seen"))
        unit.watches.put_alarm(replace(ALARM, id="A4"))
    with store.read() as unit:
        assert [each.id for each in unit.watches.open_alarms("promise")] == ["A2", "A3"]
