"""Processes that belong together: started, started anew when they die, and stopped together."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import typer

from remit.cli.common import note
from remit.core.errors import InputError

COUNTS = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus-client is told of that folder, before it is imported."""

ROUND_SECONDS = 0.1
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
"""The pause before a process is started anew doubles, from the first to the longest, while it dies again and again."""

LIVELY_SECONDS = 60.0
"""A process that lived for so long begins with the first pause again."""

SAME_WORD_SECONDS = 0.5
"""Signals that follow each other so closely are one."""

LAST_WORDS_SECONDS = 10.0
"""What a process may take beyond the drain to close its files, before it is killed; killing loses nothing either."""

Command = Callable[[int], tuple[list[str], tuple[int, ...]]]
"""Makes a command line, and the descriptors that are inherited, of the one on which to tell that it is ready."""


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that is listened on. Raises InputError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise InputError(
            f"cannot listen on {host} port {port}: {error.strerror or error}",
            mend="give --host and --port that are free",
        ) from error
    with made:
        yield made


def server_command(listening_on: socket.socket) -> Command:
    """A process that serves on a socket."""
    fd = listening_on.fileno()
    return lambda ready: ([sys.executable, "-m", "remit.web.process", str(fd), str(ready)], (fd, ready))


def worker_command() -> Command:
    """A worker beside them, which logs as they do."""
    return lambda ready: ([sys.executable, "-m", "remit.cli.beside", str(ready)], (ready,))


@dataclass
class Child:
    """A process that is to live: the present one, or when the next is due."""

    command: Command
    process: subprocess.Popen[bytes] | None = None
    ready_fd: int = -1
    started_at: float = 0.0
    due_at: float = 0.0
    pause_seconds: float = FIRST_PAUSE_SECONDS

    def start(self) -> None:
        self.ready_fd, told_on = os.pipe()
        words, inherited = self.command(told_on)
        self.process = subprocess.Popen(words, pass_fds=inherited, preexec_fn=_end_with_parent, start_new_session=True)
        os.close(told_on)
        self.started_at = time.monotonic()

    def is_ready(self) -> bool:
        """Whether it has said so; asked for until it has."""
        heard, _, _ = select.select([self.ready_fd], [], [], 0)
        return bool(heard) and os.read(self.ready_fd, 1) == b"1"

    def has_died(self) -> int | None:
        """With which code it has ended, if it has; the next one is due after a pause."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        os.close(self.ready_fd)
        _forget_gauges(self.process.pid)
        self.process = None
        if time.monotonic() - self.started_at > LIVELY_SECONDS:
            self.pause_seconds = FIRST_PAUSE_SECONDS
        self.due_at = time.monotonic() + self.pause_seconds
        self.pause_seconds = min(self.pause_seconds * 2, LONGEST_PAUSE_SECONDS)
        return code


@dataclass
class Supervisor:
    """Keeps processes alive until it is told to stop.

    Args:
        patience_seconds: how long they may take to finish what they are at.
    """

    patience_seconds: float
    _children: list[Child] = field(default_factory=list)
    _told: int = 0
    _told_at: float = 0.0

    def run(self, first: Sequence[Command], then: Sequence[Command], *, ready: str) -> None:
        """Start one process, and the others once it is ready: it has made by then what all of them share.

        Ends when it is told to by SIGTERM or SIGINT and every process has finished; a second signal kills them.

        Raises:
            typer.Exit: the very first process ended before it was ready; with its exit code.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)
        try:
            self._add(first[0])
            if self._first_is_ready():
                for command in (*first[1:], *then):
                    self._add(command)
                note(ready)
                self._keep_alive()
            self._stop()
        finally:
            self._kill()

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        # One stop may be told twice: to the process, and to its group.
        self._told += not self._told or now - self._told_at > SAME_WORD_SECONDS
        self._told_at = now

    def _add(self, command: Command) -> None:
        child = Child(command)
        child.start()
        self._children.append(child)

    def _first_is_ready(self) -> bool:
        """Wait for it. False when told to stop in the meantime."""
        child = self._children[0]
        while not self._told:
            if child.is_ready():
                return True
            if (code := child.has_died()) is not None:
                raise typer.Exit(code if code > 0 else 3)
            time.sleep(ROUND_SECONDS)
        return False

    def _keep_alive(self) -> None:
        while not self._told:
            for child in self._children:
                if (code := child.has_died()) is not None:
                    note(f"remit: a process has ended with {code}; another one takes its place")
                if child.process is None and time.monotonic() >= child.due_at:
                    child.start()
            time.sleep(ROUND_SECONDS)

    def _stop(self) -> None:
        """Tell every process to stop and wait until it has, or patience ends, or a second signal comes."""
        for process in self._living():
            process.terminate()
        deadline = time.monotonic() + self.patience_seconds + LAST_WORDS_SECONDS
        while self._living() and self._told < 2 and time.monotonic() < deadline:
            time.sleep(ROUND_SECONDS)
        if self._living():
            note("remit: what was under way is cut off; it is carried on at the next start")

    def _kill(self) -> None:
        for process in self._living():
            process.kill()
            process.wait()

    def _living(self) -> list[subprocess.Popen[bytes]]:
        return [child.process for child in self._children if child.process and child.process.poll() is None]


@contextlib.contextmanager
def shared_counts() -> Iterator[None]:
    """A folder in which the processes keep their counts together, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="remit-metrics-") as folder:
        os.environ[COUNTS] = folder
        yield


def _forget_gauges(pid: int) -> None:
    """What a process that has died was serving is served no more; what it has counted stays counted."""
    for left in Path(os.environ.get(COUNTS, os.devnull)).glob(f"gauge_live*_{pid}.db"):
        left.unlink(missing_ok=True)


def _end_with_parent() -> None:
    """In the child, on Linux: whoever is left behind by a supervisor that was killed stops in order."""
    if sys.platform == "linux":
        death_signal = 1  # PR_SET_PDEATHSIG, prctl(2)
        ctypes.CDLL(None).prctl(death_signal, signal.SIGTERM)
