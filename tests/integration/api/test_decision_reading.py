"""Reading over HTTP: lists, tags, traces, proofs, and how a decision gets on."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient as Client
from tests.integration.api.test_decisions import asked
from tests.integration.conftest import LARGE, SMALL

from remit.api import decision_events
from remit.core.words import Actor
from remit.ledger.verifier import verify_proof
from remit.wiring import Engine


@pytest.fixture
def many(shop: Client) -> list[str]:
    """Five decisions of the shop's, the newest first, with one of the till's among them."""
    made = [asked(shop, SMALL, key=f"k-{number}").json()["decision_id"] for number in range(5)]
    asked(shop, SMALL, key="k", Authorization="Bearer till")
    return sorted(made, reverse=True)


def names(answer: Any) -> list[str]:
    return [each["decision_id"] for each in answer.json()["decisions"]]


def linked(answer: Any, rel: str) -> str:
    return re.search(rf'<([^>]*)>; rel="{rel}"', answer.headers["Link"]).group(1)  # type: ignore[union-attr]


def test_the_pages_have_everything_once_forth_and_back(shop: Client, many: list[str]) -> None:
    first = shop.get("/v1/decisions?limit=2&pack=desk")
    second = shop.get(linked(first, "next"))
    third = shop.get(linked(second, "next"))
    assert [*names(first), *names(second), *names(third)] == many
    assert (first.json()["prev"], third.json()["next"]) == (None, None)
    assert names(shop.get(linked(third, "prev"))) == names(second)
    assert names(shop.get(linked(third, "first"))) == names(first)


def test_what_comes_in_meanwhile_moves_no_page(shop: Client, engine: Engine, many: list[str]) -> None:
    first = shop.get("/v1/decisions?limit=2")
    engine.clock.advance(timedelta(seconds=1))  # type: ignore[attr-defined]
    newest = asked(shop, SMALL, key="k-new").json()["decision_id"]
    second = shop.get(linked(first, "next"))
    assert names(second) == many[2:4]
    assert names(shop.get("/v1/decisions?limit=1")) == [newest]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("cursor=nonsense", "cursor"),
        ("cursor=%00%ff", "cursor"),
        ("limit=0", "request"),
        ("stauts=denied", "request"),
        ("limit=201", "request"),
        ("status=lost", "request"),
        ("since=yesterday", "request"),
        ("since=2026-11-02T12:00:00", "request"),
    ],
)
def test_a_list_that_cannot_be_is_refused(shop: Client, query: str, code: str) -> None:
    refused = shop.get(f"/v1/decisions?{query}")
    assert refused.json()["type"] == f"urn:remit:problem:{code}"
    assert refused.status_code == (400 if code == "cursor" else 422)


def test_a_cursor_of_another_list_is_refused(shop: Client, many: list[str]) -> None:
    cursor = shop.get("/v1/decisions?limit=2").json()["next"]
    assert shop.get(f"/v1/decisions?limit=2&status=denied&cursor={cursor}").status_code == 400


def test_an_app_lists_its_own_only_and_an_auditor_everybodys(shop: Client, many: list[str]) -> None:
    assert names(shop.get("/v1/decisions")) == many
    assert shop.get("/v1/decisions?asker=till").status_code == 404
    everybody = shop.get("/v1/decisions", headers={"Authorization": "Bearer olaf"})
    assert len(names(everybody)) == 6
    assert len(names(shop.get("/v1/decisions?asker=till", headers={"Authorization": "Bearer olaf"}))) == 1
    assert shop.get("/v1/decisions", headers={"Authorization": "Bearer adam"}).status_code == 403


def test_what_has_not_changed_is_not_sent_again(shop: Client, engine: Engine) -> None:
    waiting = asked(shop, LARGE)
    place = waiting.headers["Location"]
    tag = shop.get(place).headers["ETag"]
    same = shop.get(place, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
    engine.decide_review(waiting.json()["review_id"], Actor("olaf", roles=("officer",)), "approve", "as agreed")
    moved = shop.get(place, headers={"If-None-Match": tag})
    assert (moved.status_code, moved.json()["status"]) == (200, "executed")


def test_a_decision_is_traced_explained_and_proved(shop: Client, engine: Engine) -> None:
    place = asked(shop, SMALL).headers["Location"]
    steps = [step["type"] for step in shop.get(f"{place}/trace").json()["ledger"]]
    assert (steps[0], "decision.executed" in steps) == ("decision.received", True)
    assert shop.get(f"{place}/explanation?clauses=true").json()["case"]["amount_cents"] == SMALL
    public = (engine.home / "keys" / "ledger.pub").read_text("utf-8")
    assert verify_proof(shop.get(f"{place}/proof").text, public).startswith("event ")


@pytest.mark.parametrize("part", ["", "/trace", "/explanation", "/proof", "/events"])
def test_nothing_of_another_apps_decision_exists_for_an_app(shop: Client, part: str) -> None:
    place = asked(shop, SMALL).headers["Location"]
    assert shop.get(place + part, headers={"Authorization": "Bearer till"}).status_code == 404
    assert shop.get(f"/v1/decisions/0{part}").status_code == 404


def told(answer: Any) -> list[dict[str, str]]:
    """The events of a stream, each with its lines."""
    blocks = [block.splitlines() for block in answer.text.strip().split("\n\n")]
    return [dict(line.split(": ", 1) for line in block) for block in blocks]


def test_a_stream_tells_every_step_and_ends_with_the_decision(shop: Client) -> None:
    place = asked(shop, SMALL).headers["Location"]
    answer = shop.get(f"{place}/events")
    retry, *steps, end = told(answer)
    assert (retry, answer.headers["X-Accel-Buffering"]) == ({"retry": "1000"}, "no")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert [step["event"] for step in steps] == [step["type"] for step in shop.get(f"{place}/trace").json()["ledger"]]
    assert [step["id"] for step in steps] == [str(json.loads(step["data"])["n"]) for step in steps]
    assert end == {"event": "end", "data": '{"status":"executed"}'}


def test_a_stream_goes_on_after_the_last_event_that_was_seen(shop: Client) -> None:
    place = asked(shop, SMALL).headers["Location"]
    _, *steps, _ = told(shop.get(f"{place}/events"))
    _, *rest, end = told(shop.get(f"{place}/events", headers={"Last-Event-ID": steps[1]["id"]}))
    assert (rest, end["event"]) == (steps[2:], "end")
    assert told(shop.get(f"{place}/events", headers={"Last-Event-ID": steps[-1]["id"]}))[1] == end


@pytest.mark.parametrize("seen", ["-1", "1.5", "abc", "9" * 30])
def test_a_stream_cannot_go_on_after_what_is_no_event(shop: Client, seen: str) -> None:
    place = asked(shop, SMALL).headers["Location"]
    refused = shop.get(f"{place}/events", headers={"Last-Event-ID": seen})
    assert (refused.status_code, refused.json()["type"]) == (400, "urn:remit:problem:last_event_id")


def test_a_stream_of_what_waits_gives_signs_of_life_and_ends_to_be_taken_up_again(
    shop: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = asked(shop, LARGE).headers["Location"]
    monkeypatch.setattr(decision_events, "HEARTBEAT_SECONDS", 0.0)
    monkeypatch.setattr(decision_events, "STREAM_SECONDS_MAX", 0.2)
    text = shop.get(f"{place}/events").text
    assert "event: review.opened" in text
    assert ": still here\n\n" in text
    assert "event: end" not in text


def test_a_stream_ends_in_order_when_the_process_is_to_stop_and_goes_on_elsewhere(shop: Client, engine: Engine) -> None:
    waiting = asked(shop, LARGE)
    events = f"{waiting.headers['Location']}/events"
    shop.app.state.standing.draining = True  # type: ignore[attr-defined]
    _, *steps = told(shop.get(events))
    assert steps[-1]["event"] == "review.opened"
    shop.app.state.standing.draining = False  # type: ignore[attr-defined]
    engine.decide_review(waiting.json()["review_id"], Actor("olaf", roles=("officer",)), "approve", "as agreed")
    _, *rest, end = told(shop.get(events, headers={"Last-Event-ID": steps[-1]["id"]}))
    assert (rest[-1]["event"], end["event"]) == ("decision.executed", "end")
    assert {step["id"] for step in rest}.isdisjoint(step["id"] for step in steps)
