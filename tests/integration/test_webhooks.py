"""What happens at a desk is told: with what happened, once for each endpoint, until it arrives or is given up."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.integration.conftest import LARGE, TOO_LARGE

from remit.core.errors import Conflict, NotFound
from remit.core.words import Actor
from remit.service.reviews.due import move_what_is_due
from remit.service.webhooks.deliver import AT_ONCE, LEASE, Deliver, carry, carry_now, forget, lease_due
from remit.service.webhooks.deliveries import add_test, list_deliveries, redeliver
from remit.service.webhooks.endpoints import (
    add_endpoint,
    change_endpoint,
    disable_endpoint,
    enable_endpoint,
    remove_endpoint,
    rotate_secret,
    show_endpoint,
)
from remit.webhooks.addresses import Target
from remit.webhooks.delivery import TRIES_MAX, Answer
from remit.webhooks.endpoint import FAILED, GONE
from remit.webhooks.ports import Unsent
from remit.webhooks.signing import NotVerified, verify
from remit.wiring.operate import gauges_of

ADAM = Actor("adam", roles=("admin",))
URL = "https://shop.example/T0KEN"


class Postman:
    """A sender that keeps what it was given, and answers as a test wishes."""

    def __init__(self) -> None:
        self.sent: list[tuple[Target, dict[str, str], bytes]] = []
        self.answer: Answer | Exception = Answer(200)
        self.gate: threading.Event | None = None

    def send(self, target: Target, headers: dict[str, str], body: bytes) -> Answer:
        self.sent.append((target, headers, body))
        if self.gate is not None:
            assert self.gate.wait(20)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for *_, body in self.sent]


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
def office(desk: Any, postman: Postman) -> Any:
    return dataclasses.replace(desk.engine.webhooks, sender=postman)


@pytest.fixture
def shop(office: Any) -> dict[str, Any]:
    """An endpoint that is told of everything, with its secret."""
    return add_endpoint(office, URL, ADAM)


def deliver(office: Any) -> int:
    """What a worker's chore does, to its end."""
    chore = Deliver(office)
    begun = chore.run(office.clock.now())
    chore.finish()
    return begun


def deliveries(office: Any, shop: Any, **which: Any) -> list[dict[str, Any]]:
    return list_deliveries(office, shop["endpoint_id"], **which)


def ledger(desk: Any) -> list[dict[str, Any]]:
    rows = desk.sql("SELECT body FROM event WHERE type LIKE 'webhook.%' ORDER BY seq")
    return [json.loads(row[0]) for row in rows]


# What is told


@pytest.mark.parametrize(("changes", "status"), [({}, "executed"), ({"amount_cents": TOO_LARGE}, "denied")])
def test_a_final_decision_is_told_with_what_the_receiver_needs_to_ask_for_more(
    desk: Any, office: Any, shop: Any, postman: Postman, changes: dict[str, Any], status: str
) -> None:
    result = desk.decide(**changes)
    assert deliver(office) == 1
    (told,) = postman.told
    data = told["data"]
    assert (told["type"], data["status"], data["decision_id"]) == ("decision.final", status, result["decision_id"])
    assert (data["pack"], data["versions"]["pack"]) == ("desk", "desk")
    assert set(data) == {"decision_id", "decision", "pack", "status", "versions"}
    (target, headers, body) = postman.sent[0]
    assert target == Target("https", "shop.example", 443, "/T0KEN")
    assert verify(body, headers, shop["secret"], now=desk.clock.now()) == told


def test_the_message_is_of_the_ledgers_event(desk: Any, office: Any, shop: Any, postman: Postman) -> None:
    desk.decide()
    deliver(office)
    ((event_id,),) = desk.sql("SELECT event_id FROM event WHERE type = 'decision.executed'")
    assert postman.sent[0][1]["webhook-id"] == event_id


def test_a_review_is_told_when_it_opens_and_when_it_is_decided(
    desk: Any, office: Any, shop: Any, postman: Postman
) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.vote(waiting["review_id"])
    deliver(office)
    told = {each["type"]: each["data"] for each in postman.told}
    assert set(told) == {"review.opened", "review.decided", "decision.final"}
    assert {each["decision_id"] for each in told.values()} == {waiting["decision_id"]}
    assert (told["review.opened"]["status"], told["review.decided"]["status"]) == ("open", "approved")
    assert "as it should be" not in str(postman.sent)


def test_a_review_that_time_ends_is_told_as_breached(desk: Any, office: Any, shop: Any, postman: Postman) -> None:
    terms = "approval: {role: officer}\n  - id: very-large\n"
    desk.edit("policy.yaml", terms, terms.replace("officer}", "officer, within: 8h, on_timeout: deny}"))
    waiting = desk.decide(amount_cents=LARGE)
    desk.clock.advance(timedelta(days=30))
    move_what_is_due(desk.engine.services)
    deliver(office)
    (breached,) = [each["data"] for each in postman.told if each["type"] == "review.breached"]
    assert (breached["review_id"], breached["outcome"]) == (waiting["review_id"], "expired")


def test_what_is_rolled_back_is_not_told(desk: Any, office: Any, shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("remit.adapters.sql.webhooks.SqlWebhooks.tell", fails)
    with pytest.raises(RuntimeError):
        desk.decide(amount_cents=TOO_LARGE)
    assert desk.stages()["denied"] == 0, "no message, no state: they stand or fall together"


def test_only_what_an_endpoint_wants_is_sent_there(desk: Any, office: Any, postman: Postman) -> None:
    add_endpoint(office, URL, ADAM, types=["review.opened"])
    desk.decide()
    assert deliver(office) == 0
    desk.decide(request_id="R-2", amount_cents=LARGE)
    assert deliver(office) == 1
    assert [each["type"] for each in postman.told] == ["review.opened"]


# How often it is tried


def test_what_fails_is_tried_again_for_days_and_then_left_for_a_person(
    desk: Any, office: Any, shop: Any, postman: Postman
) -> None:
    desk.decide()
    postman.answer = Answer(503, "busy")
    begun = desk.clock.now()
    for _ in range(TRIES_MAX):
        assert deliver(office) == 1
        assert deliver(office) == 0, "its pause is not over"
        (dead,) = deliveries(office, shop)
        due_at = datetime.fromisoformat(dead["due_at"] or desk.clock.now().isoformat())
        desk.clock.advance(due_at - desk.clock.now())
    assert (dead["state"], dead["tries"], dead["status"], dead["answer"]) == ("dead", TRIES_MAX, 503, "busy")
    assert timedelta(days=2.5) < desk.clock.now() - begun < timedelta(days=4)
    assert deliver(office) == 0
    assert len({headers["webhook-id"] for _, headers, _ in postman.sent}) == 1


def test_what_has_not_arrived_is_gauged(desk: Any, office: Any, shop: Any, postman: Postman) -> None:
    desk.decide()
    desk.clock.advance(timedelta(seconds=90))
    seen = [gauged(desk)]
    disable_endpoint(office, shop["endpoint_id"], ADAM, "moving")
    seen.append(gauged(desk))
    enable_endpoint(office, shop["endpoint_id"], ADAM)
    postman.answer = Answer(410)
    deliver(office)
    seen.append(gauged(desk))
    assert seen == [
        {"pending": 1, "held": 0, "dead": 0, "oldest": 90},
        {"pending": 0, "held": 1, "dead": 0, "oldest": 0},
        {"pending": 0, "held": 0, "dead": 1, "oldest": 0},
    ]


def gauged(desk: Any) -> dict[str, float]:
    """What the gauges of webhooks say, by the state that they are of."""
    found = [each for each in gauges_of(desk.engine) if each.name.startswith("remit_webhook_")]
    return {each.labels.get("state", "oldest"): each.value for each in found}


def test_an_answer_that_says_when_is_asked_then(desk: Any, office: Any, shop: Any, postman: Postman) -> None:
    desk.decide()
    postman.answer = Answer(429, retry_after="3600")
    deliver(office)
    desk.clock.advance(timedelta(minutes=59))
    assert deliver(office) == 0
    desk.clock.advance(timedelta(minutes=1))
    assert deliver(office) == 1


def test_an_endpoint_that_is_gone_is_disabled_at_once(desk: Any, office: Any, shop: Any, postman: Postman) -> None:
    desk.decide()
    postman.answer = Answer(410)
    deliver(office)
    shown = show_endpoint(office, shop["endpoint_id"])
    assert (shown["state"], shown["reason"], shown["deliveries"][0]["state"]) == ("disabled", GONE, "dead")
    assert ledger(desk)[-1]["actor"]["id"] == "remit"
    desk.decide(request_id="R-2")
    assert deliver(office) == 0


def test_an_endpoint_that_fails_for_days_is_disabled_and_one_success_forgives(
    desk: Any, office: Any, shop: Any, postman: Postman
) -> None:
    for number, (answer, days) in enumerate(
        [(Unsent("no"), 3), (Answer(200), 3), (Unsent("no"), 4.9), (Unsent("no"), 1)]
    ):
        desk.decide(request_id=f"R-{number}")
        postman.answer = answer
        deliver(office)
        assert show_endpoint(office, shop["endpoint_id"])["state"] == "enabled"
        desk.clock.advance(timedelta(days=days))
    deliver(office)
    shown = show_endpoint(office, shop["endpoint_id"])
    assert (shown["state"], shown["reason"]) == ("disabled", FAILED)


def test_a_secret_that_cannot_be_opened_is_a_failure_that_is_listed(
    desk: Any, office: Any, shop: Any, postman: Postman
) -> None:
    desk.decide()
    desk.sql("UPDATE webhook_endpoint SET secrets = 's1:AAAA'")
    deliver(office)
    (pending,) = deliveries(office, shop)
    assert (pending["state"], postman.sent) == ("pending", [])
    assert "is not what was written" in pending["error"]


# By whom it is sent


def test_what_one_worker_holds_no_other_sends(desk: Any, office: Any, shop: Any, postman: Postman) -> None:
    desk.decide()
    another = desk.another()
    held = lease_due(office, desk.clock.now(), 8)
    assert (len(held), deliver(dataclasses.replace(another.engine.webhooks, sender=postman))) == (1, 0)
    another.close()
    assert carry(office, held[0])
    assert len(postman.sent) == 1


def test_what_a_dead_worker_held_is_sent_by_another_and_its_late_word_does_not_count(
    desk: Any, office: Any, shop: Any, postman: Postman
) -> None:
    desk.decide()
    (held,) = lease_due(office, desk.clock.now(), 8)
    desk.clock.advance(LEASE)
    assert deliver(office) == 1
    postman.answer = Answer(500)
    assert not carry(office, held)
    assert [each["state"] for each in deliveries(office, shop)] == ["delivered"]


@pytest.fixture
def gate(postman: Postman) -> Iterator[threading.Event]:
    postman.gate = threading.Event()
    yield postman.gate
    postman.gate.set()


def test_a_slow_endpoint_holds_up_neither_the_worker_nor_the_others(
    desk: Any, office: Any, shop: Any, postman: Postman, gate: threading.Event
) -> None:
    for number in range(AT_ONCE):
        desk.decide(request_id=f"R-{number}")
    chore = Deliver(office)
    now = desk.clock.now()
    assert [chore.run(now) for _ in range(3)] == [AT_ONCE // 2, AT_ONCE // 2, 0]
    gate.set()
    chore.finish()
    assert {each["state"] for each in deliveries(office, shop)} == {"delivered"}


def test_a_worker_sends_what_is_due(desk: Any, office: Any, shop: Any, postman: Postman) -> None:
    desk.engine.__dict__["webhooks"] = office
    desk.decide()
    desk.engine.worker().run(threading.Event(), drain=True)
    assert [each["type"] for each in postman.told] == ["decision.final"]
    assert [each["state"] for each in deliveries(office, shop)] == ["delivered"]


# By whom it is looked after


def test_every_change_is_in_the_ledger_with_who_made_it_and_no_secret(
    desk: Any, office: Any, shop: Any, postman: Postman
) -> None:
    which = shop["endpoint_id"]
    change_endpoint(office, which, ADAM, types=["decision.final"])
    rotated = rotate_secret(office, which, ADAM)
    disable_endpoint(office, which, ADAM, "the shop moves")
    enable_endpoint(office, which, ADAM)
    desk.decide()
    deliver(office)
    redeliver(office, which, ADAM, delivery_id=deliveries(office, shop)[0]["delivery_id"])
    remove_endpoint(office, which, ADAM)
    events = ledger(desk)
    said = [event["type"].removeprefix("webhook.") for event in events]
    assert said == ["added", "changed", "changed", "disabled", "enabled", "redelivered", "removed"]
    assert {event["actor"]["id"] for event in events} == {"adam"}
    assert {event["body"]["origin"] for event in events} == {"https://shop.example"}
    for secret in (shop["secret"], rotated["secret"], "T0KEN"):
        assert secret not in json.dumps(events)


def test_no_secret_stands_in_the_database(desk: Any, office: Any, shop: Any) -> None:
    rotated = rotate_secret(office, shop["endpoint_id"], ADAM)
    rows = str(desk.sql("SELECT * FROM webhook_endpoint"))
    for secret in (shop["secret"], rotated["secret"]):
        assert secret not in rows
        assert secret.removeprefix("whsec_") not in rows


def test_during_a_rotation_receivers_verify_with_either_secret(
    desk: Any, office: Any, shop: Any, postman: Postman
) -> None:
    rotated = rotate_secret(office, shop["endpoint_id"], ADAM)
    desk.decide()
    deliver(office)
    desk.clock.advance(timedelta(hours=25))
    desk.decide(request_id="R-2")
    deliver(office)
    (_, during, first), (_, after, second) = postman.sent
    then = desk.clock.now() - timedelta(hours=25)
    assert verify(first, during, shop["secret"], now=then) == verify(first, during, rotated["secret"], now=then)
    assert verify(second, after, rotated["secret"], now=desk.clock.now())
    with pytest.raises(NotVerified):
        verify(second, after, shop["secret"], now=desk.clock.now())


def test_a_disabled_endpoint_gets_what_was_pending_when_it_is_enabled_again(
    desk: Any, office: Any, shop: Any, postman: Postman
) -> None:
    desk.decide()
    disable_endpoint(office, shop["endpoint_id"], ADAM, "a moment")
    desk.decide(request_id="R-2")
    assert deliver(office) == 0
    enable_endpoint(office, shop["endpoint_id"], ADAM)
    assert deliver(office) == 1


def test_what_was_removed_is_told_nothing_more(desk: Any, office: Any, shop: Any) -> None:
    desk.decide()
    remove_endpoint(office, shop["endpoint_id"], ADAM)
    desk.decide(request_id="R-2")
    assert deliver(office) == 0
    assert [each["error"] for each in deliveries(office, shop)] == ["the endpoint was removed"]
    with pytest.raises(Conflict):
        redeliver(office, shop["endpoint_id"], ADAM, since=desk.clock.now())


def test_what_is_dead_since_a_time_is_delivered_again_under_its_ids(
    desk: Any, office: Any, shop: Any, postman: Postman
) -> None:
    desk.decide()
    since = desk.clock.now() + timedelta(seconds=1)
    desk.clock.advance(timedelta(minutes=1))
    desk.decide(request_id="R-2")
    desk.sql("UPDATE webhook_delivery SET state = 'dead'")
    assert len(redeliver(office, shop["endpoint_id"], ADAM, since=since)) == 1
    assert deliver(office) == 1
    assert [each["state"] for each in deliveries(office, shop)] == ["delivered", "dead"]


def test_a_delivery_to_another_endpoint_is_not_found(desk: Any, office: Any, shop: Any) -> None:
    other = add_endpoint(office, URL, ADAM)
    desk.decide()
    with pytest.raises(NotFound):
        redeliver(office, other["endpoint_id"], ADAM, delivery_id=deliveries(office, shop)[0]["delivery_id"])


def test_a_test_goes_to_one_endpoint_is_tried_once_and_says_nothing_of_how_it_fares(
    office: Any, shop: Any, postman: Postman
) -> None:
    postman.answer = Unsent("nobody answers")
    done = carry_now(office, add_test(office, shop["endpoint_id"], ADAM)["delivery_id"])
    assert (done.state, done.tries, done.error) == ("dead", 1, "nobody answers")
    assert postman.told[0]["type"] == "webhook.test"
    assert show_endpoint(office, shop["endpoint_id"])["failing_since"] is None


def test_what_was_over_a_month_ago_is_forgotten(desk: Any, office: Any, shop: Any) -> None:
    desk.decide()
    deliver(office)
    desk.clock.advance(timedelta(days=31))
    desk.decide(request_id="R-2")
    assert (forget(office, desk.clock.now()), len(deliveries(office, shop))) == (1, 1)


def test_secrets_outlive_a_rotation_of_the_keys_that_seal_peoples_data(
    desk: Any, office: Any, shop: Any, postman: Postman
) -> None:
    desk.engine.safekeeping.rotate_subject_keys("every year", ADAM)
    desk.decide()
    deliver(office)
    _, headers, body = postman.sent[0]
    assert verify(body, headers, shop["secret"], now=desk.clock.now())
