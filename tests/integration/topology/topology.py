"""The services of compose.yaml as processes on this machine, which can be killed and started again one by one."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.integration.topology.proxy import Proxy, proxy_before
from tests.integration.topology.services import Service, services

READY_SECONDS = 60.0


class Process(Protocol):
    """Something that was started."""

    pid: int

    def wait(self) -> int: ...


class Launcher(Protocol):
    """Starts a service: its words for the command `remit`, and its settings by their names in the environment."""

    def __call__(self, words: list[str], settings: Mapping[str, str], log: Path) -> Process: ...


def launch_command(words: list[str], settings: Mapping[str, str], log: Path) -> Process:
    """Run the installed command, as the container does."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REMIT_")}
    command = [str(Path(sys.executable).with_name("remit")), *words]
    with log.open("ab") as said:
        return subprocess.Popen(
            command, env={**kept, **settings}, stdout=said, stderr=said, cwd=log.parent, start_new_session=True
        )


@dataclass
class Topology:
    """What is at work in a folder, on one database.

    Args:
        settings: what is said beside compose.yaml, such as where the packs are.
        models: compiled encoders, which the image brings along.
    """

    folder: Path
    database_url: str
    settings: Mapping[str, str] = field(default_factory=dict)
    models: Path | None = None
    launch: Launcher = launch_command
    running: dict[str, Process] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    killed: int = 0
    proxy: Proxy | None = None
    url: str = ""

    def __post_init__(self) -> None:
        self.services = {service.name: service for service in services()}
        self.ports = {service.name: _free_port() for service in self.replicas}
        self.home.mkdir(parents=True)
        if self.models is not None:
            shutil.copytree(self.models, self.home / "models")

    @property
    def replicas(self) -> list[Service]:
        return [service for service in self.services.values() if service.serves]

    @property
    def home(self) -> Path:
        """The data folder of all of them, as the volume `data` is."""
        return self.folder / "data"

    def words(self, service: Service) -> list[str]:
        """The service's command: as in compose.yaml, but on loopback and a port of its own."""
        words = list(service.command)
        if service.serves:
            words[words.index("--host") + 1] = "127.0.0.1"
            words[words.index("--port") + 1] = str(self.ports[service.name])
        return words

    def settings_of(self, service: Service) -> dict[str, str]:
        """The service's settings: as in compose.yaml, but for where the database and the data are."""
        own = {"REMIT_DATABASE_URL": self.database_url, "REMIT_HOME": str(self.home)}
        return {**service.settings, "REMIT_TRUSTED_PROXIES": "127.0.0.1", **own, **self.settings}

    def start(self, name: str) -> None:
        service = self.services[name]
        log = self.folder / f"{name}.log"
        self.running[name] = self.launch(self.words(service), self.settings_of(service), log)

    def prepare(self) -> None:
        """Do what has to be done before the others start. Raises RuntimeError with what it said."""
        for service in self.services.values():
            if service.ends:
                self.start(service.name)
                code = self.running.pop(service.name).wait()
                if code != 0:
                    log = self.folder / f"{service.name}.log"
                    raise RuntimeError(f"{service.name} ended with {code}: {log.read_text('utf-8')[-2000:]}")

    def start_all(self) -> None:
        for service in self.services.values():
            if not service.ends:
                self.start(service.name)
        for service in self.replicas:
            self.wait_ready(service.name)

    def is_ready(self, name: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def wait_ready(self, name: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_ready(name):
            assert time.monotonic() < deadline, f"{name} never got ready: {self.folder / name}.log"
            time.sleep(0.02)

    def kill(self, name: str) -> None:
        """SIGKILL, as a machine that loses its power: the service and all that it has started."""
        process = self.running.pop(name)
        for pid in (process.pid, *_descendants(process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        self.killed += 1

    def stop_all(self) -> dict[str, int]:
        """Tell all to stop, the replicas first; gives how each ended."""
        for process in self.running.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)
        codes = {name: process.wait() for name, process in self.running.items()}
        self.running.clear()
        return codes


@contextlib.contextmanager
def running(topology: Topology, port: int = 0) -> Iterator[Topology]:
    """All of it at work behind the proxy, whose address is `url`. Nothing of it is left when the block ends."""
    with proxy_before(list(topology.ports.values()), port) as (topology.proxy, at):
        topology.url = f"http://127.0.0.1:{at}"
        try:
            topology.prepare()
            topology.start_all()
            yield topology
        finally:
            for name in list(topology.running):
                topology.kill(name)


def _descendants(pid: int) -> list[int]:
    """All processes that a process has started, and they."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found += [int(child), *_descendants(int(child))]
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
