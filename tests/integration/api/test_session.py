"""Signing in over HTTP, staying in, and being out again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.integration.api.signed_in import ADA, PASSWORD, SITE, browser, key_of, person, real_app, sign_in

from remit.adapters.passwords import Argon2Passwords
from remit.api.doors import SESSION_COOKIE
from remit.core.system import FixedClock
from remit.service.identity.change_roles import change_roles
from remit.service.identity.disable_user import disable_user
from remit.wiring import Engine

HOUR = timedelta(hours=1)
ANOTHER = "eleven other herons"


@pytest.fixture
def app(engine: Engine) -> FastAPI:
    made = real_app(engine)
    person(engine, "ana", "analyst")
    return made


@pytest.fixture
def ana(app: FastAPI) -> Iterator[TestClient]:
    with browser(app) as client:
        assert sign_in(client, "ana").status_code == 200
        yield client


def events(engine: Engine, prefix: str) -> list[str]:
    with engine.ledger.snapshot() as snapshot:
        types = [json.loads(entry.body)["type"] for entry in snapshot.entries]
    return [each for each in types if each.startswith(prefix)]


def is_in(client: TestClient) -> bool:
    return client.get("/v1/session").status_code == 200


def moved_on(engine: Engine, by: timedelta) -> None:
    assert isinstance(engine.clock, FixedClock)
    engine.clock.advance(by)


def test_who_signed_in_is_known_by_the_cookie(ana: TestClient) -> None:
    told = ana.get("/v1/session").json()
    assert (told["name"], told["roles"], told["scopes"]) == ("ana", ["analyst"], None)
    assert ana.get("/v1/users").status_code == 403


def test_the_cookie_is_one_that_no_script_and_no_other_site_gets_at(app: FastAPI) -> None:
    with browser(app) as client:
        cookie = sign_in(client, "ana").headers["Set-Cookie"].lower()
    assert cookie.startswith("__host-remit-session=remitsession_")
    for part in ("; httponly", "; secure", "; samesite=lax", "; path=/"):
        assert part in cookie
    assert "domain" not in cookie


def test_the_token_is_nowhere_in_the_database(engine: Engine, ana: TestClient) -> None:
    secret = ana.cookies[SESSION_COOKIE].split("_")[2][:20].encode()
    engine.close()
    assert not any(secret in file.read_bytes() for file in engine.home.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    ("name", "password"),
    [("ana", ANOTHER), ("nobody", PASSWORD), ("", ""), ("a\0", "\0"), ("ana", "x" * 1000)],
)
def test_a_wrong_name_and_a_wrong_password_are_answered_alike(
    engine: Engine, app: FastAPI, name: str, password: str
) -> None:
    with browser(app) as client:
        answer = sign_in(client, name, password)
    assert (answer.status_code, answer.json()["detail"]) == (401, "the name or the password is wrong")
    assert events(engine, "session.") == ["session.sign_in_failed"]


def test_who_is_shut_out_is_told_no_more_than_anybody(engine: Engine, app: FastAPI) -> None:
    disable_user(engine.services, ADA, "ana")
    with browser(app) as client:
        assert sign_in(client, "ana").json()["detail"] == "the name or the password is wrong"


def test_what_is_typed_in_place_of_a_name_is_not_recorded(engine: Engine, app: FastAPI) -> None:
    with browser(app) as client:
        sign_in(client, "my-secret-instead-of-a-name", ANOTHER)
    with engine.ledger.snapshot() as snapshot:
        assert not any(b"my-secret" in entry.body or b"herons" in entry.body for entry in snapshot.entries)


def test_each_signing_in_has_a_token_of_its_own_and_ends_the_browsers_last(engine: Engine, ana: TestClient) -> None:
    first = ana.cookies[SESSION_COOKIE]
    sign_in(ana, "ana")
    assert ana.cookies[SESSION_COOKIE] != first
    assert len(ana.get("/v1/session/all").json()) == 1
    ana.cookies.set(SESSION_COOKIE, first, domain="remit.example", path="/")
    assert events(engine, "session.") == ["session.signed_in"] * 2


def test_signing_out_ends_the_session(engine: Engine, ana: TestClient) -> None:
    token = ana.cookies[SESSION_COOKIE]
    assert ana.delete("/v1/session").status_code == 204
    assert SESSION_COOKIE not in ana.cookies
    ana.cookies.set(SESSION_COOKIE, token)
    assert not is_in(ana)
    assert events(engine, "session.")[-1] == "session.signed_out"


def test_signing_out_empties_the_browser(ana: TestClient) -> None:
    assert ana.delete("/v1/session").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_a_password_does_not_grow_old(engine: Engine, app: FastAPI) -> None:
    moved_on(engine, timedelta(days=3650))
    with browser(app) as client:
        assert sign_in(client, "ana").status_code == 200


def test_not_a_letter_of_it_is_cut_or_lowered(engine: Engine, app: FastAPI) -> None:
    long = f"{'heron ' * 40}X"
    with browser(app) as client:
        assert sign_in(client, "ana").status_code == 200
        assert client.put("/v1/session/password", json={"present": PASSWORD, "new": long}).status_code == 204
        others = (long[:-1], long.lower(), f"{long} ", long)
        assert [sign_in(client, "ana", each).status_code for each in others] == [401, 401, 401, 200]


def test_a_session_that_rests_ends(engine: Engine, ana: TestClient) -> None:
    for _ in range(4):
        moved_on(engine, timedelta(minutes=25))
        assert is_in(ana)
    moved_on(engine, timedelta(minutes=30))
    assert not is_in(ana)


def test_a_busy_session_ends_too(engine: Engine, ana: TestClient) -> None:
    for _ in range(12 * 3 - 1):
        moved_on(engine, timedelta(minutes=20))
        assert is_in(ana)
    moved_on(engine, timedelta(minutes=20))
    assert not is_in(ana)


def test_other_roles_end_every_session(engine: Engine, ana: TestClient) -> None:
    change_roles(engine.services, ADA, "ana", grant=["auditor"])
    assert not is_in(ana)


def test_being_shut_out_ends_every_session_and_every_key(engine: Engine, ana: TestClient) -> None:
    key = key_of(engine, "ana")
    disable_user(engine.services, ADA, "ana")
    assert not is_in(ana)
    ana.cookies.clear()
    assert ana.get("/v1/session", headers={"Authorization": f"Bearer {key}"}).status_code == 401


def test_another_password_ends_every_session(engine: Engine, app: FastAPI, ana: TestClient) -> None:
    wrong = ana.put("/v1/session/password", json={"present": ANOTHER, "new": ANOTHER})
    weak = ana.put("/v1/session/password", json={"present": PASSWORD, "new": "short"})
    assert (wrong.status_code, weak.status_code, is_in(ana)) == (401, 400, True)
    assert ana.put("/v1/session/password", json={"present": PASSWORD, "new": ANOTHER}).status_code == 204
    with browser(app) as client:
        assert not is_in(ana)
        assert [sign_in(client, "ana", each).status_code for each in (PASSWORD, ANOTHER)] == [401, 200]


def test_one_ends_ones_own_other_sessions_and_nobody_elses(engine: Engine, app: FastAPI, ana: TestClient) -> None:
    person(engine, "otto", "reviewer")
    with browser(app) as elsewhere, browser(app) as otto:
        sign_in(elsewhere, "ana")
        sign_in(otto, "otto")
        theirs = elsewhere.get("/v1/session").json()["credential"]
        assert otto.delete(f"/v1/session/all/{theirs}").status_code == 404
        assert is_in(elsewhere)
        assert ana.delete(f"/v1/session/all/{theirs}").status_code == 204
        assert not is_in(elsewhere)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": None, "Sec-Fetch-Site": None},
        {"X-CSRF-Token": None},
        {"X-CSRF-Token": "0" * 64},
    ],
    ids=str,
)
def test_a_change_that_another_site_makes_a_browser_send_is_refused(
    ana: TestClient, headers: dict[str, str | None]
) -> None:
    for name, value in headers.items():
        if value is None:
            del ana.headers[name]
        else:
            ana.headers[name] = value
    answer = ana.delete("/v1/session")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:remit:problem:cross_site")
    assert is_in(ana)


@pytest.mark.parametrize("kept", ["Origin", "Sec-Fetch-Site"])
def test_one_of_the_two_headers_is_enough(ana: TestClient, kept: str) -> None:
    del ana.headers[{"Origin": "Sec-Fetch-Site", "Sec-Fetch-Site": "Origin"}[kept]]
    assert ana.delete("/v1/session").status_code == 204


def test_another_site_signs_nobody_in(app: FastAPI) -> None:
    with browser(app) as client:
        client.headers.update({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})
        assert sign_in(client, "ana").status_code == 403


def test_a_key_needs_no_page(engine: Engine, app: FastAPI) -> None:
    with TestClient(app, base_url=SITE) as client:
        client.headers["Authorization"] = f"Bearer {key_of(engine, 'shop', roles=['clerk'])}"
        answer = client.delete("/v1/session")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:remit:problem:refused")


def test_guesses_have_to_wait_and_nobody_is_locked_out_for_good(engine: Engine, app: FastAPI) -> None:
    with browser(app) as client:
        guesses = [sign_in(client, "ana", ANOTHER) for _ in range(6)]
        assert [each.status_code for each in guesses] == [401] * 5 + [429]
        assert int(guesses[-1].headers["Retry-After"]) >= 1
        assert sign_in(client, "ana").status_code == 429
        for _ in range(40):
            moved_on(engine, timedelta(minutes=15))
            assert sign_in(client, "ana", ANOTHER).status_code == 401
        moved_on(engine, timedelta(minutes=15))
        assert sign_in(client, "ana").status_code == 200


def test_names_that_nobody_has_are_slowed_down_alike(app: FastAPI) -> None:
    with browser(app) as client:
        answers = [sign_in(client, "nobody", ANOTHER).status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


def test_who_tries_many_names_from_one_place_is_slowed_down(app: FastAPI) -> None:
    with browser(app) as client, browser(app, "198.51.100.9") as elsewhere:
        answers = [sign_in(client, f"name{n}", ANOTHER).status_code for n in range(21)]
        assert answers == [401] * 20 + [429]
        assert sign_in(client, "ana").status_code == 429
        assert sign_in(elsewhere, "ana").status_code == 200


def test_a_password_is_hashed_anew_when_more_is_asked_of_hashes(engine: Engine, app: FastAPI) -> None:
    def hashed() -> str:
        with engine.store.read() as unit:
            return str(unit.identities.get("ana").password_hash)

    engine.__dict__["passwords"] = Argon2Passwords(memory_kib=16, time_cost=1)
    before = hashed()
    with browser(app) as client:
        assert [sign_in(client, "ana").status_code for _ in range(2)] == [200, 200]
    assert ("m=8," in before, "m=16," in hashed()) == (True, True)
