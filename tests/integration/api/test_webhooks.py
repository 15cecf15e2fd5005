"""Looking after webhooks over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from remit.webhooks.signing import PREFIX

URL = "https://shop.example/T0KEN"


@pytest.fixture
def admin(anyone: TestClient) -> TestClient:
    anyone.headers["Authorization"] = "Bearer adam"
    return anyone


def add(admin: TestClient, **body: Any) -> dict[str, Any]:
    answer = admin.post("/v1/webhooks", json={"url": URL, **body})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_the_secret_is_in_the_first_answer_and_in_no_other(admin: TestClient) -> None:
    answer = admin.post("/v1/webhooks", json={"url": URL})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    assert answer.json()["secret"].startswith(PREFIX)
    for place in (answer.headers["Location"], "/v1/webhooks"):
        shown = admin.get(place)
        assert (shown.status_code, PREFIX in shown.text) == (200, False)


def test_an_endpoint_goes_through_its_life(admin: TestClient) -> None:
    made = add(admin, types=["decision.final"], description="the shop")
    place = f"/v1/webhooks/{made['endpoint_id']}"
    assert (made["types"], made["made_by"], made["state"]) == (["decision.final"], "adam", "enabled")
    assert admin.patch(place, json={"types": []}).json()["types"] == []
    assert admin.post(f"{place}/secret").json()["secret"] != made["secret"]
    assert admin.post(f"{place}/disable", json={"reason": "it moves"}).json()["reason"] == "it moves"
    assert admin.post(f"{place}/enable").json()["state"] == "enabled"
    assert admin.delete(place).json()["state"] == "removed"
    assert admin.get("/v1/webhooks").json() == []
    again = admin.post(f"{place}/enable")
    assert (again.status_code, again.json()["type"]) == (409, "urn:remit:problem:conflict")


def test_a_test_is_put_on_its_way_listed_by_page_and_sent_again(admin: TestClient) -> None:
    place = f"/v1/webhooks/{add(admin)['endpoint_id']}"
    ids = {admin.post(f"{place}/test").json()["delivery_id"] for _ in range(3)}
    first = admin.get(f"{place}/deliveries", params={"limit": 2}).json()
    second = admin.get(f"{place}/deliveries", params={"limit": 2, "before": first["next"]}).json()
    assert {each["delivery_id"] for each in [*first["deliveries"], *second["deliveries"]]} == ids
    assert (len(first["deliveries"]), second["next"]) == (2, None)
    which = first["next"]
    again = admin.post(f"{place}/redeliver", json={"delivery_id": which})
    assert (again.status_code, again.json()) == (202, {"deliveries": [which]})
    assert admin.post(f"{place}/redeliver", json={"since": "2026-01-01T00:00:00Z"}).json() == {"deliveries": []}


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"url": "http://shop.example/"}, 400, "webhook_url"),
        ({"url": "https://169.254.169.254/"}, 400, "webhook_url"),
        ({"url": URL, "types": ["decision.fnal"]}, 400, "webhook_type"),
        ({"url": URL, "secret": "whsec_mine"}, 422, "request"),
        ({}, 422, "request"),
    ],
)
def test_what_cannot_be_told_is_refused(admin: TestClient, body: dict[str, Any], status: int, problem: str) -> None:
    answer = admin.post("/v1/webhooks", json=body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:remit:problem:{problem}")


@pytest.mark.parametrize(
    ("body", "status"), [({}, 400), ({"since": "2026-01-01T00:00:00"}, 422), ({"delivery_id": "X"}, 404)]
)
def test_what_is_to_be_sent_again_is_said_plainly(admin: TestClient, body: dict[str, Any], status: int) -> None:
    place = f"/v1/webhooks/{add(admin)['endpoint_id']}"
    assert admin.post(f"{place}/redeliver", json=body).status_code == status


ROUTES = [
    *(("GET", ""), ("POST", ""), ("GET", "/E1"), ("PATCH", "/E1"), ("DELETE", "/E1"), ("POST", "/E1/secret")),
    *(("POST", "/E1/disable"), ("POST", "/E1/enable"), ("GET", "/E1/deliveries"), ("POST", "/E1/redeliver")),
    ("POST", "/E1/test"),
]


@pytest.mark.parametrize("who", ["shop", "ana", "olaf", "nobody"])
def test_nobody_but_an_admin_looks_after_webhooks(anyone: TestClient, who: str) -> None:
    headers = {"Authorization": f"Bearer {who}"}
    answers = {anyone.request(how, f"/v1/webhooks{place}", headers=headers).status_code for how, place in ROUTES}
    assert answers == {401 if who == "nobody" else 403}


def test_an_endpoint_that_is_not_there_is_not_found(admin: TestClient) -> None:
    bodies = {"/E1/disable": {"reason": "x"}, "/E1": {"description": "x"}, "/E1/redeliver": {"delivery_id": "X"}}
    for how, place in ROUTES[2:]:
        json = bodies.get(place) if how != "GET" else None
        assert admin.request(how, f"/v1/webhooks{place}", json=json).status_code == 404, (how, place)
