"""Who asks what in the tests of the routes."""

from __future__ import annotations

import itertools
from typing import Any

from fastapi.testclient import TestClient
from tests.integration.conftest import LARGE

CASE = {"request_id": "R-1", "kind": "payment", "topic": "none", "divisor": 1, "parts": 1}
_keys = itertools.count(1)


def ask(client: TestClient, who: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """One request of a person of conftest.PEOPLE."""
    said = {"Authorization": f"Bearer {who}", **{name.replace("_", "-"): text for name, text in headers.items()}}
    return client.request(method, f"/v1{path}", json=body, headers=said)


def decided(client: TestClient, amount: int = LARGE, who: str = "ana", **case: Any) -> dict[str, Any]:
    """The result of a decision that somebody asked for."""
    body = {"pack": "desk", "case": {**CASE, "amount_cents": amount, **case}}
    found: dict[str, Any] = ask(client, who, "POST", "/decisions", body, Idempotency_Key=f"n-{next(_keys)}").json()
    return found


def word(client: TestClient, who: str, review_id: str, version: int | None = 1, **said: Any) -> Any:
    """One person's word on a version of a review."""
    body = {"choice": "approve", "reason": "as it should be", **said}
    if body["choice"] in ("ask", "snooze"):
        del body["reason"]
    headers = {} if version is None else {"If_Match": f'"{version}"'}
    return ask(client, who, "POST", f"/reviews/{review_id}/decisions", body, **headers)
