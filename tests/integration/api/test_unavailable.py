"""503 says that nothing was done only where that is certain."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.api.test_decisions import asked
from tests.integration.conftest import SMALL

from remit.core.errors import SystemFailed


def fails(*_: Any, **__: Any) -> Any:
    raise SystemFailed("the disk of /var/lib/remit has failed", code="disk_failed")


def told(answer: Any) -> tuple[Any, ...]:
    body = answer.json()
    return answer.status_code, body["nothing_done"], body["detail"], body.get("mend")


NOTHING = (503, True, "nothing was done; try again", None)


def test_what_failed_before_anything_was_stored_was_not_done(shop: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(shop, SMALL)  # which also indexes the pack
    monkeypatch.setattr("remit.service.decide.new_run", fails)
    failed = asked(shop, SMALL, key="k-2")
    assert (told(failed), failed.headers["Retry-After"]) == (NOTHING, "1")


def test_what_failed_after_a_commit_is_to_be_repeated_with_the_same_key(
    shop: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("remit.agents.actor.carry_through", fails)
        unknown = (503, False, "it is not known how far this came", "repeat it with the same Idempotency-Key")
        assert told(asked(shop, SMALL)) == unknown
    assert asked(shop, SMALL).json()["status"] == "executed"
    assert len(shop.get("/v1/decisions").json()["decisions"]) == 1


def test_what_failed_after_a_commit_and_has_no_key_is_to_be_looked_at(
    shop: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = asked(shop, SMALL).headers["Location"]
    monkeypatch.setattr("remit.api.outcomes.Reply", fails)
    report = {"name": "settled", "value": True, "event_at": "2026-03-01T12:00:00Z"}
    failed = shop.post(f"{place}/outcomes", json=report)
    assert told(failed)[1::2] == (False, "look how things stand before you repeat it")


def test_a_look_that_fails_has_done_nothing(shop: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    place = asked(shop, SMALL).headers["Location"]
    monkeypatch.setattr("remit.api.decision.result_for", fails)
    assert told(shop.get(place)) == NOTHING
