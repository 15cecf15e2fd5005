"""What the tests of security share: the real application on an engine with something in it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.integration.api.signed_in import SITE, key_of, person, real_app
from tests.security.swarm import the_desk

from remit.identity.principal import ROLES, Role
from remit.wiring import Engine

SECONDS = int(os.environ.get("REMIT_FUZZ_SECONDS", "600"))
"""How long a long run may take."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with the_desk(tmp_path_factory.mktemp("desk")) as engine:
        yield engine


@pytest.fixture(scope="module")
def keys(desk: Engine) -> dict[Role, str]:
    """A key of somebody in each role."""
    for role in ROLES:
        if role != "app":
            person(desk, f"the-{role}".replace("_", "-"), role)
    return {role: key_of(desk, f"the-{role}".replace("_", "-"), roles=["clerk"] * (role == "app")) for role in ROLES}


@pytest.fixture(scope="module")
def app(desk: Engine) -> FastAPI:
    return real_app(desk)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=SITE, raise_server_exceptions=False, follow_redirects=False) as made:
        yield made
