"""An answer outlives its process: another one shows the rest of it, and goes on with it when the first has died."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.api.conftest import PEOPLE, Known, desk_engine
from tests.integration.api.test_chat import CASE, SHOP, events_in, outcome, text_of
from tests.integration.conftest import LARGE

from remit.adapters.memory.embedder import HashingEmbedder
from remit.adapters.memory.vectors import MemoryVectorIndex
from remit.api.app import create_app
from remit.chat.conversation import LEASE, Answer, Run, RunEvent
from remit.chat.ports import Thought, Turn
from remit.core.errors import SystemFailed
from remit.core.system import FixedClock, SeededRandom
from remit.service.chat.ask import ask
from remit.service.chat.work import work
from remit.wiring import Engine

ANA = {"Authorization": "Bearer ana"}
WHY = {"message": "why was R-2 escalated?"}


@pytest.fixture(autouse=True)
def streams_end_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remit.api.answering.STREAM_SECONDS_MAX", 10.0)


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Engine]:
    with desk_engine(tmp_path) as opened:
        opened.decide("desk", {**CASE, "request_id": "R-2", "amount_cents": LARGE}, SHOP)
        yield opened


@pytest.fixture
def other(one: Engine) -> Iterator[Engine]:
    """A second process on the same database, as far as engines are concerned, a little later."""
    clock = FixedClock(one.clock.now() + LEASE + timedelta(seconds=1))
    with Engine(one.settings, clock=clock, chance=SeededRandom(2), embedder=HashingEmbedder()) as opened:
        opened.services.parts.__dict__["_index"] = MemoryVectorIndex()
        yield opened


def client(engine: Engine) -> TestClient:
    return TestClient(create_app(engine, Known()), raise_server_exceptions=False, headers=ANA)


def test_another_process_shows_the_rest(one: Engine, other: Engine) -> None:
    seen = events_in(client(one).post("/v1/chat", json=WHY).text)
    path = f"/v1/chat/runs/{seen[0]['data']['run_id']}/events"
    rest = client(other).get(path, headers={"Last-Event-ID": "3"})
    assert events_in(rest.text) == seen[3:]


def test_another_process_goes_on_when_the_first_has_died(
    one: Engine, other: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = _cut_off(one, monkeypatch)
    events = events_in(client(other).get(f"/v1/chat/runs/{run_id}/events").text)
    kinds = [event["type"] for event in events]
    assert (kinds.count("run"), kinds.count("restart"), kinds.count("done")) == (1, 1, 1)
    assert [event["n"] for event in events] == list(range(1, len(events) + 1))
    after = events[kinds.index("restart") :]
    assert "was escalated and waits for a person" in text_of(after)
    assert outcome(after) == "answered"


def test_while_the_first_lives_it_holds_on_however_slow_it_is(one: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remit.service.chat.work.LEASE", timedelta(seconds=0.15))
    thinks, go_on = threading.Event(), threading.Event()

    class Slow:
        name = "slow"

        def next(self, _turn: Turn) -> Thought:
            thinks.set()
            go_on.wait()
            return Thought(answer=Answer("Here I am."))

    monkeypatch.setattr(one.chat, "brain", Slow)
    run_id = ask(one.chat, PEOPLE["ana"], "help").run_id
    thinks.wait()
    one.services.clock = FixedClock(one.clock.now() + timedelta(hours=1))
    while _run(one, run_id).held_until <= one.services.clock.now():
        time.sleep(0.01)
    go_on.set()
    kinds = [event["type"] for event in events_in(client(one).get(f"/v1/chat/runs/{run_id}/events").text)]
    assert (kinds, _run(one, run_id).fence) == (["run", "delta", "done"], 2)


def test_while_the_first_may_live_nobody_else_answers(
    one: Engine, other: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = _cut_off(one, monkeypatch)
    other.clock = other.services.clock = one.clock
    monkeypatch.setattr("remit.api.answering.STREAM_SECONDS_MAX", 0.2)
    events = events_in(client(other).get(f"/v1/chat/runs/{run_id}/events").text)
    assert "restart" not in [event["type"] for event in events]


def test_whoever_looks_at_the_conversation_alone_has_it_gone_on_with(
    one: Engine, other: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _cut_off(one, monkeypatch)
    asking = client(other)
    ((conversation),) = [each["conversation_id"] for each in _listed(asking)]
    assert _until_over(asking, conversation)["state"] == "done"


def test_whoever_asks_on_after_a_crash_waits_for_the_answer_before_and_is_answered(
    one: Engine, other: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = _cut_off(one, monkeypatch)
    asking = client(other)
    ((conversation),) = [each["conversation_id"] for each in _listed(asking)]
    more = {"message": "which rule, which clause?", "conversation_id": conversation}
    assert asking.post("/v1/chat", json=more).status_code == 409
    while not _run(other, run_id).over:
        time.sleep(0.01)
    assert "case.amount_cents > 100000" in text_of(events_in(asking.post("/v1/chat", json=more).text))


def test_a_server_that_was_killed_in_mid_answer_shows_the_rest_once_it_is_back(
    one: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = _cut_off(one, monkeypatch)
    clock = FixedClock(one.clock.now() + LEASE + timedelta(seconds=1))
    seen = len(_events(one, run_id))
    one.close()
    with Engine(one.settings, clock=clock, chance=SeededRandom(3), embedder=HashingEmbedder()) as back:
        path = f"/v1/chat/runs/{run_id}/events"
        rest = events_in(client(back).get(path, headers={"Last-Event-ID": str(seen)}).text)
    assert (rest[0]["type"], outcome(rest)) == ("restart", "answered")


def test_a_run_that_is_stopped_says_no_more(one: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = _cut_off(one, monkeypatch)
    asking = client(one)
    path = f"/v1/chat/runs/{run_id}"
    assert [asking.post(f"{path}/stop").json()["stopped"] for _ in range(2)] == [True, False]
    assert events_in(asking.get(f"{path}/events").text)[-1]["data"]["state"] == "stopped"


def test_what_fails_on_our_side_ends_the_run_and_is_told_without_details(
    one: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise SystemFailed("/secret/path is gone")

    monkeypatch.setattr(one.chat, "explain", broken)
    events = events_in(client(one).post("/v1/chat", json=WHY).text)
    assert (events[-1]["data"]["state"], "secret" in str(events)) == ("failed", False)
    asked_for = {"outcome": "failed", "tools": ["explain"]}
    assert {name: _told(one)[-1][name] for name in asked_for} == asked_for


def test_what_was_said_of_somebody_goes_with_them(one: Engine) -> None:
    asking = client(one)
    events = events_in(asking.post("/v1/chat", json=WHY).text)
    conversation = events[0]["data"]["conversation_id"]
    one.safekeeping.erase("R-2", "They asked for it.", SHOP, cancel_reviews=True)
    (run,) = asking.get(f"/v1/chat/conversations/{conversation}").json()["runs"]
    assert (run["question"], run["erased"]) == (None, True)
    assert all(event["data"] == {"erased": True} for event in run["events"] if event["type"] == "delta")
    assert "R-2" not in str(run["events"])


def test_the_database_alone_says_nothing_of_what_was_said(one: Engine) -> None:
    client(one).post("/v1/chat", json={"message": "why was R-2 escalated? Åsa Nyqvist wants to know"})
    stored = b"".join(file.read_bytes() for file in one.home.glob("remit.db*"))
    assert b"Nyqvist" not in stored


def _told(engine: Engine) -> list[dict[str, Any]]:
    """What the ledger tells of answers, oldest first."""
    with engine.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT body FROM event WHERE type = 'chat.answered' ORDER BY seq").scalars()
        return [json.loads(row)["body"] for row in rows]


def _listed(asking: TestClient) -> list[dict[str, Any]]:
    return list(asking.get("/v1/chat/conversations").json()["conversations"])


def _until_over(asking: TestClient, conversation: str) -> dict[str, Any]:
    """The last run of a conversation, looked at as a page without a script does."""
    while True:
        last: dict[str, Any] = asking.get(f"/v1/chat/conversations/{conversation}").json()["runs"][-1]
        if last["state"] != "running":
            return last
        time.sleep(0.01)


def _run(engine: Engine, run_id: str) -> Run:
    with engine.services.store.read() as unit:
        return unit.chats.run(run_id)


def _events(engine: Engine, run_id: str) -> list[RunEvent]:
    with engine.services.store.read() as unit:
        return unit.chats.events(run_id)


def _cut_off(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> str:
    """Begin to answer, and die after the first step."""
    with monkeypatch.context() as patch:
        patch.setattr(engine.chat, "begin", lambda _do: None)
        run_id = ask(engine.chat, PEOPLE["ana"], WHY["message"]).run_id
        patch.setattr("remit.service.chat.work._finish", _died)
        with pytest.raises(KeyboardInterrupt):
            work(engine.chat, run_id)
    return run_id


def _died(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt
