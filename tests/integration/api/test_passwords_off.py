"""Where passwords are switched off, nobody comes in by one, however old it is, and nobody is given one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.integration.api.signed_in import ADA, PASSWORD, browser, key_of
from tests.integration.conftest import NOW

from remit.adapters.passwords import Argon2Passwords
from remit.api.app import create_app
from remit.core.errors import Refused
from remit.core.system import FixedClock, SeededRandom
from remit.service.identity.add_user import add_user
from remit.service.identity.sign_in_link import offer_link
from remit.settings import Settings
from remit.web.faces import put_faces_on
from remit.wiring import Engine


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Ana has a password of earlier days, and a key; Otto has neither."""
    settings = Settings(home=tmp_path_factory.mktemp("off") / "home", passwords=False)
    with Engine(settings, clock=FixedClock(NOW), chance=SeededRandom(1)) as opened:
        earlier = Argon2Passwords(memory_kib=8, time_cost=1)
        add_user(opened.services, earlier, ADA, "ana", ["analyst"], PASSWORD)
        add_user(opened.services, opened.passwords, ADA, "otto", ["admin"], None)
        yield opened


@pytest.fixture(scope="module")
def app(engine: Engine) -> FastAPI:
    made = create_app(engine, engine.authenticator)
    put_faces_on(made)
    return made


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with browser(app) as made:
        yield made


@pytest.mark.parametrize("password", [PASSWORD, "another"])
def test_no_password_opens_a_door(client: TestClient, password: str) -> None:
    answer = client.post("/v1/session", json={"name": "ana", "password": password})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:remit:problem:passwords_off")
    page = client.post("/sign-in", data={"name": "ana", "password": password})
    assert (page.status_code, "Set-Cookie" in page.headers) == (403, False)


def test_the_page_asks_for_none(client: TestClient) -> None:
    html = client.get("/sign-in").text
    assert ("password" in html.replace("passwords are switched off", ""), "<form" in html) == (False, False)


def test_nobody_is_given_one(engine: Engine, client: TestClient) -> None:
    with pytest.raises(Refused, match="switched off"):
        add_user(engine.services, engine.passwords, ADA, "eve", ["analyst"], PASSWORD)
    said = {"Authorization": f"Bearer {key_of(engine, 'otto')}"}
    given = client.put("/v1/users/ana/password", json={"password": PASSWORD}, headers=said)
    own = client.put("/v1/session/password", json={"present": PASSWORD, "new": "eleven other herons"}, headers=said)
    assert [given.status_code, own.status_code] == [403, 403]


def test_an_admin_is_asked_for_none(engine: Engine, client: TestClient) -> None:
    client.post(offer_link(engine.services, ADA, "otto"))
    page = client.get("/admin")
    assert (page.status_code, 'type="password"' in page.text) == (200, False)


def test_keys_open_what_they_opened(engine: Engine, client: TestClient) -> None:
    said = {"Authorization": f"Bearer {key_of(engine, 'ana')}"}
    assert client.get("/v1/session", headers=said).json()["name"] == "ana"
