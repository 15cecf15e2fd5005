"""How long a caller waits for a decision, and what becomes of one that takes longer."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.api.test_decisions import asked
from tests.integration.conftest import SMALL

from remit.agents.records import FINAL
from remit.core.errors import RemitError
from remit.wiring import Engine


def test_who_prefers_not_to_wait_is_told_where_to_look(shop: TestClient, engine: Engine) -> None:
    answer = asked(shop, SMALL, Prefer="respond-async")
    assert (answer.status_code, answer.json()["status"]) == (202, "received")
    assert (answer.headers["Preference-Applied"], answer.headers["Retry-After"]) == ("respond-async", "1")
    assert engine.queue.backlog() == 1
    engine.carry_on(answer.json()["decision_id"])
    assert shop.get(answer.headers["Location"]).json()["status"] == "executed"


@pytest.mark.parametrize(("prefer", "applied"), [("wait=5", "wait=5"), ("wait=9999", "wait=60")])
def test_who_says_how_long_waits_no_longer_than_is_allowed(shop: TestClient, prefer: str, applied: str) -> None:
    answer = asked(shop, SMALL, Prefer=prefer)
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (200, applied)


def test_a_decision_that_takes_longer_goes_on_without_its_asker(
    shop: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_think = threading.Event()
    think(monkeypatch, may_think.wait)
    answer = asked(shop, SMALL, Prefer="wait=0")
    assert (answer.status_code, answer.json()["status"]) == (202, "received")
    may_think.set()
    assert until_final(shop, answer.headers["Location"])["status"] == "executed"
    assert asked(shop, SMALL, Prefer="wait=0").content == answer.content


def test_a_decision_that_breaks_off_after_the_deadline_is_found_by_the_sweep(
    shop: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_think = threading.Event()

    def breaks() -> None:
        may_think.wait()
        raise RemitError("gone")

    with monkeypatch.context() as patch:
        think(patch, breaks)
        answer = asked(shop, SMALL, Prefer="wait=0")
        may_think.set()
        engine.calls.close()
    decision_id = answer.json()["decision_id"]
    assert engine.unfinished() == [decision_id]
    assert engine.carry_on(decision_id)["status"] == "executed"


def test_what_no_thread_is_free_for_is_left_to_the_workers(shop: TestClient, engine: Engine) -> None:
    free = threading.Event()
    for _ in range(engine.calls.deciders.threads):
        engine.calls.deciders.begin(lambda: {"free": free.wait()})
    answer = asked(shop, SMALL, Prefer="wait=0")
    free.set()
    assert (answer.status_code, answer.json()["status"], engine.queue.backlog()) == (202, "received", 1)


def think(patch: pytest.MonkeyPatch, first: Any) -> None:
    """Let every run do something before it plans."""
    from remit.service import runs

    run = runs._run

    def run_later(services: Any, deps: Any, entry: Any) -> Any:
        from remit.agents.intake import intake

        if entry["stage"] == "new":
            intake(entry, deps)
            entry = {**entry, "stage": "received", "at": deps.run.at.isoformat()}
        first()
        return run(services, deps, entry)

    patch.setattr(runs, "_run", run_later)


def until_final(client: TestClient, place: str) -> Any:
    deadline = time.monotonic() + 30
    while (found := client.get(place).json())["status"] not in FINAL:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found
