"""A cursor is no secret, and so can be made up: with places that no list has, on either database."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from tests.integration.api.signed_in import SITE, key_of, person, real_app
from tests.integration.api.test_authorisation import ANOTHER, CASE
from tests.integration.conftest import LARGE
from tests.security.swarm import the_desk

PLACES = [
    (3, "\0"),
    (3, "x" * 500),
    (3, ""),
    (1, "0001-01-01T00:00:00+14:00"),
    (2, "9999-12-31T23:59:59-14:00"),
    (2, "0001-01-01"),
    (1, "9999-12-31T23:59:59"),
    (2, "2026-W01-1"),
    (2, "\0"),
    (4, 1e308),
    (4, True),
    (0, "\u2028"),
]


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_place_that_no_list_has_is_an_empty_page_or_refused(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else None
    with the_desk(tmp_path, url) as engine:
        for number in range(3):
            engine.decide("desk", {**CASE, "request_id": f"R-{number}", "amount_cents": LARGE}, ANOTHER)
        person(engine, "olaf", "reviewer", "officer")
        said = {"Authorization": f"Bearer {key_of(engine, 'olaf')}"}
        with TestClient(real_app(engine), base_url=SITE, raise_server_exceptions=False, headers=said) as client:
            statuses = [_asked(client, order, *each) for order in ("due", "priority") for each in PLACES]
            names = [client.get(f"/v1/{at}/%00").status_code for at in ("reviews", "decisions", "batches")]
    assert set(statuses) == {200, 400}
    assert all(400 <= status < 500 for status in names)


def _asked(client: TestClient, order: str, part: int, value: Any) -> int:
    cursor = client.get("/v1/reviews", params={"limit": 1, "order": order}).json()["next"]
    place = orjson.loads(base64.urlsafe_b64decode(cursor + "=="))
    place[part] = value
    made_up = base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")
    return client.get("/v1/reviews", params={"limit": 1, "order": order, "cursor": made_up}).status_code
