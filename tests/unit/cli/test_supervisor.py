"""Processes that are started together, kept alive and stopped together."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer

from remit.cli.supervisor import Command, Supervisor, listening
from remit.core.errors import InputError

READY = "import os,sys,time,signal,pathlib; os.write(int(sys.argv[1]), b'1'); "
STAYS = READY + "time.sleep(60)"
DIES_ONCE = READY + "p=pathlib.Path(sys.argv[2]); n=p.exists(); p.touch(); time.sleep(60 if n else 0.1)"
TAKES_ITS_TIME = (
    "import os,sys,time,signal,pathlib; "
    "signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.5), pathlib.Path(sys.argv[2]).touch(), os._exit(0))); "
    "pathlib.Path(sys.argv[2] + '.begun').touch(); time.sleep(60)"
)
DEAF = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    + READY
    + "time.sleep(0.3); pathlib.Path(sys.argv[2]).touch(); time.sleep(60)"
)
FAILS = "import sys; sys.exit(2)"


def of(code: str, *words: str) -> Command:
    return lambda ready: ([sys.executable, "-S", "-c", code, str(ready), *words], (ready,))


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """The signals' handlers, as they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def stopped_once(true: Callable[[], bool], *, times: int = 1) -> threading.Thread:
    """Sends SIGTERM to this process as soon as something is true; again after a second, where asked to."""

    def watch() -> None:
        while not true():
            time.sleep(0.02)
        for number in range(times):
            time.sleep(1.0 if number else 0.0)
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


def test_all_are_started_and_stop_when_told(capfd: pytest.CaptureFixture[str]) -> None:
    made = Supervisor(patience_seconds=5)
    thread = stopped_once(lambda: len(made._living()) == 3)
    made.run([of(STAYS), of(STAYS)], [of(STAYS)], ready="serving")
    thread.join()
    assert made._living() == []
    assert "serving" in capfd.readouterr().err


def test_one_that_dies_is_started_anew(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = Supervisor(patience_seconds=5)
    mark = tmp_path / "mark"
    first: set[int] = set()

    def replaced() -> bool:
        first.update(process.pid for process in made._living())
        return len(first) == 3 and len(made._living()) == 2

    thread = stopped_once(replaced)
    made.run([of(STAYS), of(DIES_ONCE, str(mark))], [], ready="serving")
    thread.join()
    assert "another one takes its place" in capfd.readouterr().err


def test_a_first_one_that_fails_ends_all_with_its_code() -> None:
    with pytest.raises(typer.Exit) as ended:
        Supervisor(patience_seconds=5).run([of(FAILS)], [of(STAYS)], ready="serving")
    assert ended.value.exit_code == 2


def test_what_is_under_way_is_waited_for(tmp_path: Path) -> None:
    made = Supervisor(patience_seconds=10)
    done = tmp_path / "done"
    thread = stopped_once((tmp_path / "done.begun").exists)
    made.run([of(STAYS)], [of(TAKES_ITS_TIME, str(done))], ready="serving")
    thread.join()
    assert done.exists()


def test_a_second_signal_ends_what_does_not_listen(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = Supervisor(patience_seconds=600)
    begun = tmp_path / "begun"
    thread = stopped_once(begun.exists, times=2)
    made.run([of(DEAF, str(begun))], [], ready="serving")
    thread.join()
    assert made._living() == []
    assert "carried on at the next start" in capfd.readouterr().err


def test_a_port_that_is_taken_is_told_in_plain_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match="cannot listen"), listening("127.0.0.1", port):
            pass
