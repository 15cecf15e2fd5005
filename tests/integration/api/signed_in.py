"""Real keys and sessions over HTTP, for tests that are about who gets in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from remit.adapters.passwords import Argon2Passwords
from remit.api.app import create_app
from remit.core.words import Actor
from remit.identity.doors import SCOPES
from remit.service.identity.add_user import add_user
from remit.service.identity.create_key import create_key
from remit.wiring import Engine

ADA = Actor("ada", roles=("admin",))
PASSWORD = "a dozen grey herons"
SITE = "https://remit.example"


def real_app(engine: Engine) -> FastAPI:
    """The application with the real authenticator. Passwords are hashed quickly: it is not them that is tested."""
    engine.__dict__["passwords"] = Argon2Passwords(memory_kib=8, time_cost=1)
    return create_app(engine, engine.authenticator)


def browser(app: FastAPI, source: str = "203.0.113.7") -> TestClient:
    """A browser on a page of the site."""
    client = TestClient(app, base_url=SITE, raise_server_exceptions=False, client=(source, 50000))
    client.headers.update({"Origin": SITE, "Sec-Fetch-Site": "same-origin"})
    return client


def person(engine: Engine, name: str, *roles: str) -> None:
    """A person who can sign in."""
    add_user(engine.services, engine.passwords, ADA, name, roles, PASSWORD)


def key_of(engine: Engine, name: str, scopes: Iterable[str] = SCOPES, *, roles: Iterable[str] = ()) -> str:
    """A key of an account; of a new app when roles are given."""
    made = create_key(engine.services, ADA, name, scopes, app=bool(roles), roles=roles)
    return str(made["key"])


def sign_in(client: TestClient, name: str, password: str = PASSWORD) -> Any:
    """Sign in, and send the session's token with everything from then on."""
    answer = client.post("/v1/session", json={"name": name, "password": password})
    if answer.status_code == 200:
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return answer
