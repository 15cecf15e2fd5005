"""Deciding over HTTP."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient
from tests.integration.conftest import LARGE, SMALL

CASE = {"request_id": "R-1", "kind": "payment", "topic": "none", "divisor": 1, "parts": 1}


def asked(client: TestClient, amount: int, key: str = "k-1", **headers: str) -> Any:
    case = {**CASE, "amount_cents": amount}
    body = {"pack": "desk", "case": case}
    return client.post("/v1/decisions", json=body, headers={"Idempotency-Key": key, **headers})


def test_a_small_amount_is_executed_with_200(shop: TestClient) -> None:
    answer = asked(shop, SMALL)
    assert (answer.status_code, answer.json()["status"]) == (200, "executed")


def test_what_waits_for_a_person_is_202_and_says_where_to_look(shop: TestClient) -> None:
    answer = asked(shop, LARGE)
    assert (answer.status_code, answer.json()["status"]) == (202, "awaiting_review")
    assert shop.get(answer.headers["Location"]).json()["decision_id"] == answer.json()["decision_id"]


def test_another_apps_decision_does_not_exist_for_an_app(shop: TestClient) -> None:
    place = asked(shop, SMALL).headers["Location"]
    refused = shop.get(place, headers={"Authorization": "Bearer till"})
    assert (refused.status_code, refused.json()["type"]) == (404, "urn:remit:problem:not_found")


def test_nobody_decides_without_saying_who_they_are(anyone: TestClient) -> None:
    answer = asked(anyone, SMALL)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_admin_asks_for_no_decision(anyone: TestClient) -> None:
    answer = asked(anyone, SMALL, Authorization="Bearer adam")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:remit:problem:forbidden")
