"""Accounts and keys over HTTP, as an admin gives them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.api.signed_in import PASSWORD, SITE, browser, key_of, person, real_app, sign_in

from remit.wiring import Engine


@pytest.fixture
def ada(engine: Engine) -> Iterator[TestClient]:
    """An admin, signed in."""
    app = real_app(engine)
    person(engine, "ada", "admin")
    with browser(app) as client:
        sign_in(client, "ada")
        yield client


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_an_app_is_given_a_key_and_comes_in_by_it(ada: TestClient) -> None:
    added = ada.post("/v1/users", json={"name": "shop", "kind": "app", "roles": ["clerk"], "owner": "ana"})
    made = ada.post("/v1/keys", json={"account": "shop", "scopes": ["account:write"]})
    assert (added.status_code, made.status_code, made.headers["Cache-Control"]) == (201, 201, "no-store")
    with TestClient(ada.app, base_url=SITE) as shop:
        told = shop.get("/v1/session", headers=bearer(made.json()["key"])).json()
    assert told == {
        "name": "shop",
        "kind": "app",
        "roles": ["app", "clerk"],
        "scopes": ["account:write"],
        "credential": made.json()["key_id"],
        "csrf_token": None,
    }


def test_a_key_is_shown_once(ada: TestClient, engine: Engine) -> None:
    key = key_of(engine, "shop", roles=["clerk"])
    listed = ada.get("/v1/keys", params={"account": "shop"}).json()
    shown = ada.get(f"/v1/keys/{listed[0]['key_id']}").json()
    assert listed == [shown]
    assert key.split("_")[2][:20] not in str(shown)
    assert "key" not in shown


def test_a_key_is_rotated_and_revoked(ada: TestClient, engine: Engine) -> None:
    key_id = key_of(engine, "shop", roles=["clerk"]).split("_")[1]
    new = ada.post(f"/v1/keys/{key_id}/rotate", json={"overlap_hours": 1}).json()
    assert ada.get(f"/v1/keys/{key_id}").json()["replaced_by"] == new["key_id"]
    revoked = ada.post(f"/v1/keys/{new['key_id']}/revoke").json()
    assert (revoked["revoked_by"], revoked["opens"]) == ("ada", False)
    again = ada.post(f"/v1/keys/{new['key_id']}/revoke")
    assert (again.status_code, again.json()["type"]) == (409, "urn:remit:problem:conflict")


def test_a_person_is_added_changed_shut_out_and_let_in_again(ada: TestClient) -> None:
    assert ada.post("/v1/users", json={"name": "otto", "roles": ["analyst"], "password": PASSWORD}).status_code == 201
    changed = ada.post("/v1/users/otto/roles", json={"grant": ["reviewer"], "take": ["analyst"]}).json()
    assert (changed["roles"], changed["has_password"]) == (["reviewer"], True)
    with browser(ada.app) as otto:  # type: ignore[arg-type]
        assert sign_in(otto, "otto").status_code == 200
        assert ada.put("/v1/users/otto/password", json={"password": "eleven other herons"}).status_code == 200
        assert ada.post("/v1/users/otto/disable").json()["disabled_at"] is not None
        assert sign_in(otto, "otto", "eleven other herons").status_code == 401
        ada.post("/v1/users/otto/enable")
        assert otto.get("/v1/session").status_code == 401
        assert sign_in(otto, "otto", "eleven other herons").status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "otto", "roles": ["admin", "reviewer"]}, 403, "duties"),
        ({"name": "otto", "kind": "app", "roles": ["reviewer"]}, 403, "duties"),
        ({"name": "otto", "kind": "app", "password": PASSWORD}, 400, "input"),
        ({"name": "otto", "owner": "ada"}, 400, "input"),
        ({"name": "Otto"}, 400, "account_name"),
        ({"name": "otto", "password": "short"}, 400, "password"),
        ({"name": "ada"}, 409, "conflict"),
        ({"name": "otto", "is_admin": True}, 422, "request"),
    ],
    ids=str,
)
def test_an_account_that_should_not_be_is_not_made(
    ada: TestClient, body: dict[str, Any], status: int, code: str
) -> None:
    answer = ada.post("/v1/users", json=body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:remit:problem:{code}")
    assert [each["name"] for each in ada.get("/v1/users").json()] == ["ada"]


@pytest.mark.parametrize("body", [{"present": "hunter22hunter22", "new": 7}, {"name": "ada", "password": ["hunter22"]}])
def test_a_problem_never_repeats_a_password(ada: TestClient, body: dict[str, Any]) -> None:
    answers = [ada.put("/v1/session/password", json=body), ada.post("/v1/session", json=body)]
    assert {answer.status_code for answer in answers} == {422}
    assert not any("hunter22" in answer.text for answer in answers)


def test_a_door_that_stays_shut_is_an_event(ada: TestClient, engine: Engine) -> None:
    key = key_of(engine, "shop", roles=["clerk"])
    with TestClient(ada.app, base_url=SITE) as shop:
        assert [shop.get("/v1/users", headers=bearer(key)).status_code for _ in range(3)] == [403] * 3
    with engine.ledger.snapshot() as snapshot:
        assert sum(b'"access.denied"' in entry.body for entry in snapshot.entries) == 1
