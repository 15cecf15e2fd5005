"""Questions over HTTP: answered from the records, with the asker's rights, and resumable from any process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.api.conftest import Known, desk_engine
from tests.integration.conftest import LARGE, SMALL, TOO_LARGE

from remit.api.app import create_app
from remit.core.words import Actor
from remit.wiring import Engine

CASE = {"request_id": "R-1", "kind": "payment", "topic": "none", "divisor": 1, "parts": 1, "amount_cents": SMALL}
SHOP, TILL = Actor("shop", "app", ("app", "clerk")), Actor("till", "app", ("app", "clerk"))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A desk with a few decisions on it: R-1 of the shop allowed, R-2 of the till escalated, R-3 denied."""
    with desk_engine(tmp_path_factory.mktemp("chat")) as opened:
        opened.decide("desk", CASE, SHOP)
        opened.decide("desk", {**CASE, "request_id": "R-2", "amount_cents": LARGE}, TILL)
        opened.decide("desk", {**CASE, "request_id": "R-3", "amount_cents": TOO_LARGE}, TILL)
        yield opened


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    with TestClient(create_app(engine, Known()), raise_server_exceptions=False) as opened:
        yield opened


def asked(client: TestClient, message: str, who: str = "ana", conversation: str | None = None) -> list[dict[str, Any]]:
    """Ask, and read the stream to its end."""
    body = {"message": message, **({"conversation_id": conversation} if conversation else {})}
    answer = client.post("/v1/chat", json=body, headers={"Authorization": f"Bearer {who}"})
    assert answer.status_code == 200, answer.text
    return events_in(answer.text)


def events_in(text: str) -> list[dict[str, Any]]:
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in lines:
            found.append({"n": int(lines["id"]), "type": lines["event"], "data": json.loads(lines["data"])})
    return found


def text_of(events: list[dict[str, Any]]) -> str:
    return "".join(event["data"]["text"] for event in events if event["type"] == "delta")


def outcome(events: list[dict[str, Any]]) -> str:
    return str(events[-1]["data"]["outcome"])


def test_why_is_answered_from_the_record_and_cites_it(client: TestClient) -> None:
    events = asked(client, "why was R-2 escalated?")
    assert "Above 1,000 an officer decides [2]" in text_of(events)
    assert {event["data"]["kind"] for event in events if event["type"] == "cite"} == {"decision", "rule", "review"}


def test_decisions_are_found_in_words(client: TestClient) -> None:
    events = asked(client, "show me all decisions that were denied this month above 5,000")
    found = [event["data"]["subject"] for event in events if event["type"] == "found"]
    assert (outcome(events), found) == ("answered", ["R-3"])


def test_a_stream_goes_on_where_it_broke_off(client: TestClient) -> None:
    events = asked(client, "why was R-3 denied?")
    run_id = events[0]["data"]["run_id"]
    headers = {"Authorization": "Bearer ana", "Last-Event-ID": str(events[4]["n"])}
    rest = client.get(f"/v1/chat/runs/{run_id}/events", headers=headers)
    assert events_in(rest.text) == events[5:]
