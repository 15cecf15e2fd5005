"""The desk behind its pages: the real application with real sessions, called in this process as a browser calls it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.integration.api.conftest import desk_engine
from tests.integration.api.signed_in import PASSWORD, browser, person, real_app
from tests.integration.conftest import ANA, SMALL

from remit.web.faces import put_faces_on
from remit.wiring import Engine

PEOPLE = {
    "ann": ("analyst", "clerk"),
    "olaf": ("reviewer", "officer"),
    "otto": ("reviewer", "officer"),
    "paul": ("policy_author",),
    "alba": ("auditor",),
    "ada2": ("admin",),
}


@dataclass
class Pages:
    """The application with its pages, and how people come in."""

    engine: Engine
    app: FastAPI

    def stranger(self) -> TestClient:
        client = browser(self.app)
        client.follow_redirects = False
        return client

    def of(self, name: str) -> TestClient:
        """A browser in which somebody is signed in."""
        client = self.stranger()
        answer = client.post("/sign-in", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client

    def review(self, **changes: Any) -> str:
        """A case that waits for a person."""
        case = {"request_id": "R-1", "kind": "payment", "topic": "none", "divisor": 1, "parts": 1}
        told = self.engine.decide("desk", {**case, "amount_cents": SMALL, **changes}, ANA)
        return str(told["review_id"])


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    with pages_in(tmp_path_factory.mktemp("pages")) as made:
        yield made


@contextlib.contextmanager
def pages_in(folder: Path, **settled: Any) -> Iterator[Pages]:
    """The desk behind its pages, in a folder of its own; without limits of rates but for those that are given."""
    with desk_engine(folder, **{"rate_per_minute": 0, "stranger_rate_per_minute": 0, **settled}) as engine:
        app = real_app(engine)
        put_faces_on(app)
        for name, roles in PEOPLE.items():
            person(engine, name, *roles)
        yield Pages(engine, app)


def token_in(html: str) -> str:
    """The token that a page's forms carry."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', html)
    assert found is not None, html[:2000]
    return found[1]


def version_in(html: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', html)
    assert found is not None
    return found[1]


def send(client: TestClient, page: str, to: str, **fields: str) -> Any:
    """Fill a form of a page in and send it, as a browser without a script does."""
    html = client.get(page).text
    return client.post(to, data={"csrf": token_in(html), "version": version_in(html), **fields})


Send = Callable[..., Any]
