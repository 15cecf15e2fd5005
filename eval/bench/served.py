"""Services as processes, for a benchmark to call: started, waited for, weighed and stopped."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from remit.core.errors import SystemFailed

READY_SECONDS = 120.0
_PAUSE_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Served:
    """A service that is ready, and how long it took from its start, in milliseconds."""

    port: int
    pid: int
    ready_ms: float

    def resident_bytes(self) -> int:
        """What it and the processes that it has started hold in memory, by Linux's count of resident pages."""
        pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in _tree(self.pid))
        return sum(pages) * os.sysconf("SC_PAGE_SIZE")


@contextlib.contextmanager
def served(arguments: Sequence[str], port: int, log: Path, settings: Mapping[str, str]) -> Iterator[Served]:
    """A Python process at work on a port, for the block.

    Raises:
        SystemFailed: it ended before it was ready, or was not ready in time; with its last words.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REMIT_")}
    started = time.perf_counter()
    with log.open("wb") as said:
        process = subprocess.Popen([sys.executable, *arguments], env={**kept, **settings}, stdout=said, stderr=said)
    try:
        while not _is_ready(port):
            if process.poll() is not None or time.perf_counter() - started > READY_SECONDS:
                raise SystemFailed(f"a service of the benchmark failed: {log.read_text('utf-8', 'replace')[-500:]}")
            time.sleep(_PAUSE_SECONDS)
        yield Served(port, process.pid, (time.perf_counter() - started) * 1000)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_ready(port: int) -> bool:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(link):
        try:
            link.request("GET", "/readyz")
            return link.getresponse().status == 200
        except OSError:
            return False


def _tree(pid: int) -> list[int]:
    """A process and all that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _tree(int(child)))]
