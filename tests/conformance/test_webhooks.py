"""What every store of webhooks must do: SQLite, PostgreSQL, and their twin in memory."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.conformance.conftest import NOW

from remit.core.errors import Conflict, NotFound
from remit.core.system import FixedClock, SeededRandom, UlidIds
from remit.core.words import Actor
from remit.service.webhooks.deliver import Deliver
from remit.service.webhooks.ports import Office
from remit.webhooks.addresses import Target
from remit.webhooks.delivery import Answer, Delivery, Settled
from remit.webhooks.endpoint import Endpoint, disabled, removed
from remit.webhooks.signing import Secret, new_secret
from remit.webhooks.told import Message

SHOP = Endpoint("E1", "https://shop.example/T0KEN", ("decision.final",), "the shop", "adam", NOW)
BANK = replace(SHOP, id="E2", types=(), url="https://bank.example/")
SECRETS = (Secret("whsec_new"), Secret("whsec_old", NOW + timedelta(hours=1)))
MESSAGE = Message("M1", "decision.final", NOW, '{"type":"decision.final"}')
LATER = NOW + timedelta(minutes=2)
ADAM = Actor("adam")


@pytest.fixture
def store(empty_store: Any) -> Any:
    """With two endpoints that are told."""
    with empty_store.write() as unit:
        unit.webhooks.add(SHOP, SECRETS)
        unit.webhooks.add(BANK, [Secret("whsec_bank")])
    return empty_store


def tell(store: Any, *endpoint_ids: str, message: Message = MESSAGE) -> list[str]:
    with store.write() as unit:
        ids: list[str] = unit.webhooks.tell(message, endpoint_ids)
    return ids


def due(store: Any, at: Any = NOW, limit: int = 10, per_endpoint: int = 10) -> list[Delivery]:
    with store.read() as unit:
        found: list[Delivery] = unit.webhooks.due(at, limit, per_endpoint)
    return found


def lease(store: Any, delivery: Delivery, at: Any = NOW, until: Any = LATER) -> Delivery | None:
    with store.write() as unit:
        leased: Delivery | None = unit.webhooks.lease(delivery, at, until)
    return leased


def settle(store: Any, delivery: Delivery, settled: Settled) -> bool:
    with store.write() as unit:
        done: bool = unit.webhooks.settle(delivery, settled)
    return done


def state(store: Any, delivery_id: str) -> Delivery:
    with store.read() as unit:
        found: Delivery = unit.webhooks.delivery(delivery_id)
    return found


def test_an_endpoint_is_given_back_as_it_was_kept(store: Any) -> None:
    full = replace(disabled(SHOP, "why"), failing_since=NOW)
    with store.write() as unit:
        unit.webhooks.save(full)
    with store.read() as unit:
        assert unit.webhooks.get("E1") == full
        assert unit.webhooks.all() == [full, BANK]
        assert (unit.webhooks.secrets("E1"), unit.webhooks.secrets("E2")) == (SECRETS, (Secret("whsec_bank"),))


def test_one_that_was_removed_is_kept_without_secrets_and_not_listed(store: Any) -> None:
    with store.write() as unit:
        unit.webhooks.save(removed(SHOP))
        unit.webhooks.keep_secrets("E1", [])
    with store.read() as unit:
        assert unit.webhooks.all() == [BANK]
        assert (unit.webhooks.get("E1").state, unit.webhooks.secrets("E1")) == ("removed", ())


def test_of_two_moves_from_one_version_the_second_is_a_conflict(store: Any) -> None:
    with store.write() as unit:
        unit.webhooks.save(disabled(SHOP, "first"))
    with pytest.raises(Conflict), store.write() as unit:
        unit.webhooks.save(disabled(SHOP, "second"))


def test_how_an_endpoint_fares_is_no_move(store: Any) -> None:
    with store.write() as unit:
        unit.webhooks.failing("E1", NOW)
        assert unit.webhooks.get("E1") == replace(SHOP, failing_since=NOW)
        unit.webhooks.failing("E1", None)
        unit.webhooks.save(disabled(SHOP, "why"))


@pytest.mark.parametrize("what", ["get", "message", "delivery"])
def test_what_is_not_there_is_not_found(store: Any, what: str) -> None:
    with pytest.raises(NotFound), store.read() as unit:
        getattr(unit.webhooks, what)("X")


def test_a_message_is_due_at_once_to_each_endpoint_it_is_for(store: Any) -> None:
    ids = tell(store, "E1", "E2")
    found = due(store)
    assert [each.id for each in found] == sorted(ids)
    assert state(store, ids[0]) == Delivery(ids[0], "E1", "M1", "decision.final", "pending", 0, 0, NOW, NOW)
    assert {each.endpoint_id for each in found} == {"E1", "E2"}
    assert due(store, NOW - timedelta(seconds=1)) == []
    with store.read() as unit:
        assert unit.webhooks.message("M1") == MESSAGE


def test_a_lease_keeps_others_away_until_it_ends(store: Any) -> None:
    tell(store, "E1")
    (free,) = due(store)
    held = lease(store, free)
    assert held == replace(free, tries=1, fence=1)
    assert (due(store), lease(store, free)) == ([], None)
    assert [each.id for each in due(store, LATER)] == [free.id]
    assert lease(store, held, LATER, LATER + timedelta(minutes=2)) == replace(free, tries=2, fence=2)


def test_a_lease_that_was_lost_settles_nothing(store: Any) -> None:
    tell(store, "E1")
    (free,) = due(store)
    first = lease(store, free)
    assert first is not None
    second = lease(store, first, LATER, LATER + timedelta(minutes=2))
    assert second is not None
    assert not settle(store, first, Settled("dead", error="too late"))
    assert settle(store, second, Settled("delivered", status=204))
    assert not settle(store, second, Settled("dead"))
    assert (state(store, free.id).state, state(store, free.id).status) == ("delivered", 204)


def test_what_came_of_a_try_is_kept_and_the_next_one_waits_for_its_time(store: Any) -> None:
    tell(store, "E1")
    held = lease(store, due(store)[0])
    assert held is not None
    settle(store, held, Settled("pending", LATER, 503, None, "busy"))
    assert state(store, held.id) == replace(held, due_at=LATER, status=503, answer="busy")
    assert (due(store), [each.id for each in due(store, LATER)]) == ([], [held.id])


def test_one_endpoint_does_not_fill_the_round_alone_and_the_oldest_go_first(store: Any) -> None:
    for number in range(4):
        tell(store, "E1", message=replace(MESSAGE, id=f"M{number}", at=NOW + timedelta(seconds=number)))
    (last,) = tell(store, "E2", message=replace(MESSAGE, id="M9", at=NOW + timedelta(seconds=9)))
    at = NOW + timedelta(minutes=1)
    assert [each.message_id for each in due(store, at, 10, 2)] == ["M0", "M1", "M9"]
    assert [each.message_id for each in due(store, at, 2, 2)] == ["M0", "M1"]
    assert state(store, last).endpoint_id == "E2"


def test_what_is_not_enabled_is_not_due(store: Any) -> None:
    tell(store, "E1", "E2")
    with store.write() as unit:
        unit.webhooks.save(disabled(SHOP, "why"))
    assert [each.endpoint_id for each in due(store)] == ["E2"]


def test_it_is_delivered_again_under_its_message_id_whoever_holds_it(store: Any) -> None:
    (delivery_id,) = tell(store, "E1")
    held = lease(store, due(store)[0])
    assert held is not None
    with store.write() as unit:
        unit.webhooks.again(held, NOW)
    assert not settle(store, held, Settled("delivered", status=200))
    (again,) = due(store)
    assert (again.id, again.message_id, again.tries, again.state) == (delivery_id, "M1", 0, "pending")


def test_what_is_buried_is_dead_and_not_settled_any_more(store: Any) -> None:
    held = lease(store, state(store, tell(store, "E1", "E2")[0]))
    assert held is not None
    with store.write() as unit:
        unit.webhooks.bury("E1", "the endpoint was removed")
    assert not settle(store, held, Settled("delivered", status=200))
    assert (state(store, held.id).state, state(store, held.id).error) == ("dead", "the endpoint was removed")
    assert [each.endpoint_id for each in due(store)] == ["E2"]


def test_deliveries_are_listed_the_newest_first_by_page_and_state(store: Any) -> None:
    ids = [tell(store, "E1", message=replace(MESSAGE, id=f"M{number}"))[0] for number in range(5)]
    held = lease(store, state(store, ids[0]))
    assert held is not None
    settle(store, held, Settled("dead"))
    newest = sorted(ids, reverse=True)
    with store.read() as unit:
        listed = unit.webhooks.deliveries
        assert [each.id for each in listed("E1", limit=2)] == newest[:2]
        assert [each.id for each in listed("E1", before=newest[1])] == newest[2:]
        assert [each.id for each in listed("E1", "dead")] == [ids[0]]
        assert listed("E2") == []
        assert [each.id for each in unit.webhooks.dead_since("E1", NOW)] == [ids[0]]
        assert unit.webhooks.dead_since("E1", NOW + timedelta(seconds=1)) == []


def test_what_is_over_is_forgotten_and_what_is_pending_never(store: Any) -> None:
    (over,), (pending,) = tell(store, "E1"), tell(store, "E1", message=replace(MESSAGE, id="M2"))
    held = lease(store, state(store, over))
    assert held is not None
    settle(store, held, Settled("delivered", status=200))
    with store.write() as unit:
        assert unit.webhooks.forget(NOW) == 0
        assert unit.webhooks.forget(LATER) == 1
    with store.read() as unit:
        assert [each.id for each in unit.webhooks.deliveries("E1")] == [pending]
        assert unit.webhooks.message("M2").id == "M2"
        with pytest.raises(NotFound):
            unit.webhooks.message("M1")


# The outbox


def messages(store: Any, endpoint_id: str) -> list[str]:
    with store.read() as unit:
        found = unit.webhooks.deliveries(endpoint_id)
        return [unit.webhooks.message(each.message_id).body for each in reversed(found)]


ACTIVATED = {"change_id": "C1", "pack": "credit", "decision": "grant", "policy": {"version": "2"}}


def test_what_is_appended_is_told_to_those_who_want_it(store: Any) -> None:
    with store.write() as unit:
        event_id = unit.journal.append("policy.activated", actor=ADAM, body=ACTIVATED)
    assert messages(store, "E1") == []
    assert len(messages(store, "E2")) == 1
    with store.read() as unit:
        assert unit.webhooks.deliveries("E2")[0].message_id == event_id


def test_what_is_rolled_back_was_never_told(store: Any) -> None:
    with contextlib.suppress(ZeroDivisionError), store.write() as unit:
        unit.journal.append("policy.activated", actor=ADAM, body=ACTIVATED)
        assert unit.webhooks.deliveries("E2")
        raise ZeroDivisionError
    assert messages(store, "E2") == []


def test_what_nobody_wants_leaves_no_message(store: Any) -> None:
    with store.write() as unit:
        unit.webhooks.save(disabled(BANK, "why"))
        event_id = unit.journal.append("policy.activated", actor=ADAM, body=ACTIVATED)
    with store.read() as unit, pytest.raises(NotFound):
        unit.webhooks.message(event_id)


# Workers


class Postman:
    """A sender that counts what it was given."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def send(self, target: Target, headers: dict[str, str], body: bytes) -> Answer:
        self.ids.append(headers["webhook-id"])
        return Answer(200)


def test_workers_that_race_send_each_message_once(store: Any) -> None:
    clock, chance, postman = FixedClock(NOW), SeededRandom(5), Postman()
    office = Office(store, postman, clock, UlidIds(clock, chance), chance)
    with store.write() as unit:
        unit.webhooks.keep_secrets("E1", [Secret(new_secret(chance))])
    for number in range(6):
        tell(store, "E1", message=replace(MESSAGE, id=f"M{number}"))
    chores = [Deliver(office) for _ in range(4)]
    while due(store):
        threads = [threading.Thread(target=chore.run, args=(NOW,)) for chore in chores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for chore in chores:
        chore.finish()
    assert sorted(postman.ids) == [f"M{number}" for number in range(6)]
    with store.read() as unit:
        assert {each.state for each in unit.webhooks.deliveries("E1")} == {"delivered"}
