"""One id from the caller's request to the log line and the ledger."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from tests.integration.api.edge.conftest import Edge
from tests.integration.api.test_decisions import asked
from tests.integration.conftest import LARGE, SMALL

from remit.core.words import Actor
from remit.wiring import Engine

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def given_back(edge: Edge, **headers: str) -> str:
    return edge().get("/healthz", headers=headers).headers["X-Request-Id"]


def test_an_id_of_the_callers_is_kept(edge: Edge) -> None:
    assert given_back(edge, **{"X-Request-Id": "order-7.A_b"}) == "order-7.A_b"


def test_the_trace_of_the_caller_gives_the_id_where_there_is_no_other(edge: Edge) -> None:
    assert given_back(edge, traceparent=TRACEPARENT) == TRACE
    assert given_back(edge, traceparent=TRACEPARENT, **{"X-Request-Id": "order-7.A"}) == "order-7.A"


WRONG = ["short", "a" * 65, "ana@example.com", "a b c d e f", 'quote"quote', "line-feed\tx"]


@pytest.mark.parametrize("said", WRONG)
def test_what_has_not_the_form_of_an_id_is_replaced(edge: Edge, said: str) -> None:
    made = given_back(edge, **{"X-Request-Id": said})
    assert (len(made), int(made, 16) > 0) == (32, True)


@pytest.mark.parametrize("said", [f"00-{'0' * 32}-00f067aa0ba902b7-01", f"ff-{TRACE}-00f067aa0ba902b7-01", "00-x-y-01"])
def test_a_trace_that_is_none_gives_no_id(edge: Edge, said: str) -> None:
    assert given_back(edge, traceparent=said) != TRACE


def test_two_requests_without_one_get_two(edge: Edge) -> None:
    assert given_back(edge) != given_back(edge)


@pytest.mark.parametrize("amount", [SMALL, LARGE])
def test_every_event_of_a_request_names_it(shop: TestClient, engine: Engine, amount: int) -> None:
    answer = asked(shop, amount, **{"X-Request-Id": "order-7.A"})
    events = engine.events_of(answer.json()["decision_id"])
    assert len(events) > 2
    assert {event.draft.trace_id for event in events} == {"order-7.A"}


def test_what_is_done_outside_of_requests_names_none(shop: TestClient, engine: Engine) -> None:
    decided = asked(shop, LARGE, **{"X-Request-Id": "order-7.A"}).json()
    engine.claim(decided["review_id"], Actor("olaf", "user", ("officer",)))
    assert [event.draft.trace_id for event in engine.events_of(decided["decision_id"])][-1] is None


def test_the_line_that_is_logged_names_who_asked_what_and_how_it_went(shop: TestClient, logged: list[str]) -> None:
    answer = asked(shop, SMALL, **{"X-Request-Id": "order-7.A"})
    shop.get(answer.headers["Location"] + "?secret=5")
    lines = [json.loads(line) for line in logged if '"logger":"remit.access"' in line]
    said = [(line["method"], line["route"], line["status"], line["principal"]) for line in lines]
    assert said == [("POST", "/v1/decisions", 200, "shop"), ("GET", "/v1/decisions/{decision_id}", 200, "shop")]
    assert lines[0]["request_id"] == "order-7.A"
    assert [datetime.fromisoformat(line["ts"]).utcoffset() for line in lines] == [timedelta(0)] * 2
    assert [line["client"] for line in lines] == ["testclient"] * 2
    assert not any("secret" in line or answer.headers["Location"] in line for line in logged if "remit.access" in line)


def test_a_line_of_the_log_stays_one_line(logged: list[str]) -> None:
    logging.getLogger("remit.somewhere").warning("first\n\x1b[31msecond", extra={"client": "a\r\nts: b"})
    (line,) = logged
    assert "\x1b" not in line
    assert json.loads(line)["event"] == "first\n\x1b[31msecond"
