"""The application as a server loads it: warm before it is ready, and told to stop."""

from __future__ import annotations

import asyncio
import functools
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient
from tests.integration.conftest import PACK

from remit.adapters.memory.embedder import HashingEmbedder
from remit.api.edge.standing import Standing
from remit.api.process import Draining
from remit.api.serve import application
from remit.chat.conversation import Answer
from remit.chat.ports import ChatBrain, Thought, Turn
from remit.core.errors import SystemFailed
from remit.core.words import Actor
from remit.identity.principal import Principal
from remit.service.chat.ask import ask
from remit.service.chat.read import answer_in, progress
from remit.service.chat.work import FAILED
from remit.service.identity.create_key import create_key
from remit.settings import Settings
from remit.wiring import Engine

Opened = Callable[[], Engine]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the desk's pack, which the environment names; its engine needs no embedding model, and no brain."""
    shutil.copytree(PACK, tmp_path / "packs" / "desk")
    monkeypatch.setenv("REMIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REMIT_PACKS", str(tmp_path / "packs"))
    monkeypatch.setenv("REMIT_WARM_PACKS", "desk")
    monkeypatch.setattr("remit.api.serve.Engine", functools.partial(Engine, embedder=HashingEmbedder()))
    monkeypatch.setattr("remit.wiring.chat._brain", lambda *_: object())
    return tmp_path


@pytest.fixture
def served(home: Path) -> Iterator[TestClient]:
    with TestClient(application(), raise_server_exceptions=False) as client:
        yield client


def test_a_process_is_ready_with_its_packs_indexed(served: TestClient) -> None:
    engine: Engine = served.app.state.engine  # type: ignore[attr-defined]
    assert served.get("/readyz").json() == {"status": "ready"}
    assert engine.knowledge_store.latest("desk") is not None


def test_a_pack_with_problems_keeps_no_other_from_being_served(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "packs" / "broken").mkdir()
    (home / "packs" / "broken" / "pack.yaml").write_text("name: [")
    monkeypatch.setenv("REMIT_WARM_PACKS", "broken, desk")
    with TestClient(application()) as client:
        assert client.get("/readyz").status_code == 200


def test_a_process_prepares_the_chat_before_anybody_asks(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr("remit.wiring.chat._brain", lambda *_: made.append(threading.current_thread().name))
    with TestClient(application()) as client:
        assert client.get("/readyz").status_code == 200
    assert [name.startswith("remit-chat") for name in made] == [True]


def test_a_chat_that_cannot_be_prepared_says_so_to_who_asks_until_it_can(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Brain:
        name = "plain"

        def next(self, _turn: Turn) -> Thought:
            return Thought(answer=Answer("Here I am."))

    made: Iterator[ChatBrain | SystemFailed] = iter([*[SystemFailed("the encoder is broken")] * 2, Brain()])

    def make(*_: object) -> ChatBrain:
        if isinstance(found := next(made), SystemFailed):
            raise found
        return found

    monkeypatch.setattr("remit.wiring.chat._brain", make)
    with TestClient(application()) as client:
        engine: Engine = client.app.state.engine  # type: ignore[attr-defined]
        asker = Principal("ana", "user", ("analyst",), "key-ana")
        _until(lambda: "the chat could not be prepared: the encoder is broken" in caplog.text)
        told = [_answered(engine, asker) for _ in range(2)]
        assert client.get("/readyz").status_code == 200
    assert told == [FAILED, "Here I am."]


def test_a_process_that_is_about_to_stop_is_not_ready_and_serves_on(served: TestClient) -> None:
    served.app.state.standing.draining = True  # type: ignore[attr-defined]
    answer = served.get("/readyz")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:remit:problem:draining")
    assert served.get("/healthz").status_code == 200


def _until(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(0.01)


def _answered(engine: Engine, asker: Principal) -> str:
    run_id = ask(engine.chat, asker, "help").run_id
    _until(lambda: progress(engine.chat, asker, run_id, 0).over)
    return answer_in(engine.chat, list(progress(engine.chat, asker, run_id, 0).events))


WRONG_DATABASES = {
    "other tables": "UPDATE alembic_version SET version_num = '9999'",
    "no tables": "DROP TABLE alembic_version",
}


@pytest.mark.parametrize("change", WRONG_DATABASES.values(), ids=WRONG_DATABASES)
def test_a_process_whose_database_is_not_its_own_any_more_is_not_ready(served: TestClient, change: str) -> None:
    engine: Engine = served.app.state.engine  # type: ignore[attr-defined]
    with engine.database.write() as connection:
        connection.exec_driver_sql(change)
    assert served.get("/readyz").status_code == 503


def test_a_process_whose_ledger_cannot_be_written_is_not_ready(
    served: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_database: object) -> None:
        raise SystemFailed("/var/lib/remit: the disk is full", code="disk_full")

    monkeypatch.setattr("remit.wiring.operate.hold_writable", full)
    answer = served.get("/readyz")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:remit:problem:disk_full")
    assert "/var/lib" not in answer.text


def test_the_first_signal_gives_notice_and_only_then_nothing_new_is_accepted() -> None:
    told, write = os.pipe()
    standing = Standing()
    server = Draining(uvicorn.Config("unused:app"), standing, write, notice_seconds=0.2)
    server.handle_exit(signal.SIGTERM, None)
    ticks = [(standing.draining, asyncio.run(server.on_tick(1)))]
    time.sleep(0.25)
    ticks.append((standing.draining, asyncio.run(server.on_tick(1))))
    os.close(told)
    os.close(write)
    assert ticks == [(True, False), (True, True)]


# In real processes


class Service:
    """`remit serve` in a process of its own."""

    def __init__(self, home: Path, *options: str, url: str | None = None, **settings: str) -> None:
        environment = {name: text for name, text in os.environ.items() if not name.startswith("REMIT_")}
        environment |= {"REMIT_HOME": str(home / "home"), "REMIT_PACKS": str(home / "packs"), **settings}
        environment |= {"REMIT_WARM_PACKS": "desk"} | ({"REMIT_DATABASE_URL": url} if url else {})
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from remit.cli.main import run; run()", "serve", "--port", "0", *options],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(iter(self.process.stderr.readline, ""))

    def url(self) -> str:
        """Where it serves, once it is ready."""
        while True:
            for line in list(self.lines):
                if line.startswith("serving on "):
                    return line.split()[2]
            assert self.process.poll() is None, self.lines
            time.sleep(0.1)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait()
        self._reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str | None:
    """The URL of a database of each kind; None is SQLite's."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("postgres_url")
    return url


def new_key(home: Path, url: str | None) -> str:
    with Engine(Settings(home=home / "home", database_url=url), embedder=HashingEmbedder()) as engine:
        adam = Actor("adam", "user", ("admin",))
        scopes = ("decisions:write", "decisions:read", "metrics:read")
        return str(create_key(engine.services, adam, "shop", scopes, app=True, owner="adam", roles=("clerk",))["key"])


@pytest.mark.soak
@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_processes_that_are_told_to_stop_under_load_answer_what_they_have_accepted(
    home: Path, database: str | None
) -> None:
    key = new_key(home, database)
    service = Service(home, "--workers", "2", url=database)
    url, answers, stop = service.url(), [], threading.Event()

    def ask(number: int) -> None:
        case = {
            "request_id": "R-1",
            "kind": "payment",
            "topic": "none",
            "divisor": 1,
            "parts": 1,
            "amount_cents": 5_000,
        }
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
            for turn in range(100_000):
                headers = {"Idempotency-Key": f"{number}-{turn}"}
                try:
                    answer = client.post("/v1/decisions", json={"pack": "desk", "case": case}, headers=headers)
                except httpx.TransportError:  # a connection was closed on which no answer had begun
                    return
                answers.append(answer.status_code)
                if stop.is_set():
                    return

    askers = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for asker in askers:
        asker.start()
    while len(answers) < 60:
        time.sleep(0.05)
    exit_code = service.stop()
    stop.set()
    for asker in askers:
        asker.join()
    assert (exit_code, set(answers)) == (0, {200})
    assert not any("cut off" in line for line in service.lines)
    with Engine(Settings(home=home / "home", database_url=database), embedder=HashingEmbedder()) as engine:
        assert engine.verify().size > 60
        assert engine.unfinished() == []


@pytest.mark.soak
def test_a_serving_process_that_is_killed_is_replaced_and_counts_go_on(home: Path) -> None:
    key = new_key(home, None)
    service = Service(home, "--workers", "2", "--no-work")
    url = service.url()
    headers = {"Authorization": f"Bearer {key}", "Connection": "close"}
    for _ in range(10):
        httpx.get(f"{url}/v1/decisions/none", headers=headers)
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(service.process.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    os.kill(int(children[0]), signal.SIGKILL)
    while not any("takes its place" in line for line in service.lines):
        time.sleep(0.1)
    text = httpx.get(f"{url}/metrics", headers=headers, timeout=60).text
    assert 'remit_http_requests_total{method="GET",route="/v1/decisions/{decision_id}",status="404"} 10.0' in text
    assert "remit_http_requests_serving 1.0" in text
    assert service.stop() == 0


@pytest.mark.soak
def test_a_head_of_any_size_ends_at_the_limit(home: Path) -> None:
    service = Service(home, "--no-work")
    answer = httpx.get(f"{service.url()}/v1/decisions/none", headers={"X-Long": "a" * 70_000})
    assert answer.status_code == 431
    assert "server" not in answer.headers
    assert service.stop() == 0
