"""The receiver of the webhooks guide receives: what Remit sends is taken, and what anybody else signs is not."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from remit.core.words import Actor
from remit.service.webhooks.deliver import carry_now
from remit.service.webhooks.deliveries import add_test
from remit.service.webhooks.endpoints import add_endpoint, disable_endpoint
from remit.settings import Settings
from remit.webhooks.told import TYPES
from remit.wiring import Engine

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "webhooks.md").read_text("utf-8")
ADAM = Actor("adam", roles=("admin",))
Receive = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine(Settings(home=tmp_path / "home", webhooks_local=True)) as opened:
        yield opened


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def receive(port: int) -> Iterator[Receive]:
    """Runs the guide's receiver with a secret."""
    (code,) = re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    begun: list[subprocess.Popen[str]] = []

    def start(secret: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "WEBHOOK_SECRET": secret, "PORT": str(port)}
        process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        begun.append(process)
        _until_it_listens(process, port)
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def _until_it_listens(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the receiver does not listen")


def test_the_receiver_of_the_guide_takes_what_remit_sends_and_nothing_else(
    engine: Engine, port: int, receive: Receive
) -> None:
    ours, theirs = (add_endpoint(engine.webhooks, f"http://127.0.0.1:{port}/", ADAM) for _ in range(2))
    process = receive(ours["secret"])
    taken, refused = (
        carry_now(engine.webhooks, add_test(engine.webhooks, each["endpoint_id"], ADAM)["delivery_id"])
        for each in (ours, theirs)
    )
    assert (taken.state, taken.status) == ("delivered", 204)
    assert (refused.state, refused.status) == ("dead", 401)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(f"{taken.message_id} webhook.test ")


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_is_explained(kind: str) -> None:
    assert f"\n| `{kind}` | " in GUIDE


def test_the_doctor_tells_of_an_endpoint_that_is_disabled(engine: Engine) -> None:
    from remit.cli.doctor_checks import _webhooks

    assert [check.state for check in _webhooks(engine)] == ["ok"]
    made = add_endpoint(engine.webhooks, "https://shop.example/", ADAM)
    disable_endpoint(engine.webhooks, made["endpoint_id"], ADAM, "it moves")
    (check,) = _webhooks(engine)
    assert (check.state, "1 disabled" in check.message) == ("warn", True)
