"""The `remit` command without the wait for its imports: processes forked from one that has imported everything."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from fork_client import Fork, fork

HERE = Path(__file__).parent
SCRIPT = Path(sys.executable).with_name("remit")

_SHIM = """#!{python} -IS
import os, sys
sys.path.insert(0, {here!r})
from fork_client import fork
argv = [{script!r}, *sys.argv[1:]]
child = fork({address!r}, argv, os.getcwd(), dict(os.environ), (0, 1, 2))
if child is None:
    os.execv(argv[0], argv)
code = child.wait()
os.kill(os.getpid(), -code) if code < 0 else sys.exit(code)
"""


@dataclass(frozen=True)
class Warm:
    """A server that forks the command. `environment` is what it began with, and what its children are given."""

    address: Path
    environment: dict[str, str]
    shims: Path
    """A folder for the PATH: its `remit` is forked, or is the command itself where the server refuses."""

    def start(
        self, arguments: list[str], folder: Path, environment: Mapping[str, str], stdout: int | IO[bytes]
    ) -> Process | None:
        """The command, begun, with pipes to its other streams. None if it has to be started anew."""
        pipes = [os.pipe() for _ in range(3)]
        (stdin, feed), (out, printed), (err, complained) = pipes
        own = stdout is not subprocess.PIPE
        given = printed if not own else stdout if isinstance(stdout, int) else stdout.fileno()
        child = fork(
            str(self.address), [str(SCRIPT), *arguments], str(folder), dict(environment), (stdin, given, complained)
        )
        for theirs in (stdin, printed, complained):
            os.close(theirs)
        if child is None or own:
            os.close(out)
        if child is None:
            os.close(feed)
            os.close(err)
            return None
        return Process(child, os.fdopen(feed, "wb"), None if own else os.fdopen(out, "rb"), os.fdopen(err, "rb"))


@dataclass
class Process:
    """A forked command, as far as it is like a ``subprocess.Popen``."""

    fork: Fork
    stdin: IO[bytes]
    stdout: IO[bytes] | None
    stderr: IO[bytes]
    _said: dict[str, bytes] = field(default_factory=dict)

    @property
    def pid(self) -> int:
        return self.fork.pid

    @property
    def returncode(self) -> int | None:
        return self.fork.returncode

    def send_signal(self, number: int) -> None:
        self.fork.send_signal(number)

    def kill(self) -> None:
        self.fork.kill()

    def wait(self, timeout: float | None = None) -> int:
        return self.fork.wait(timeout)

    def communicate(self, data: bytes = b"", timeout: float | None = None) -> tuple[bytes | None, bytes]:
        """What it printed and complained of, to its end."""
        jobs: list[Callable[[], Any]] = [lambda: self._feed(data), lambda: self._hear("err", self.stderr)]
        if (stdout := self.stdout) is not None:
            jobs.append(lambda: self._hear("out", stdout))
        threads = [threading.Thread(target=job) for job in jobs]
        for thread in threads:
            thread.start()
        try:
            self.wait(timeout)
        except TimeoutError:
            self.kill()
            raise
        finally:
            for thread in threads:
                thread.join()
        return self._said.get("out"), self._said["err"]

    def _feed(self, data: bytes) -> None:
        # It need not read what it is given.
        with contextlib.suppress(BrokenPipeError):
            self.stdin.write(data)
        with contextlib.suppress(BrokenPipeError):
            self.stdin.close()

    def _hear(self, name: str, stream: IO[bytes]) -> None:
        self._said[name] = stream.read()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self.wait()


@contextlib.contextmanager
def warm_remit(folder: Path) -> Iterator[Warm]:
    """A server in a folder of its own, until nobody needs it any more. What it began, it kills then."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    environment = {**kept, "LC_ALL": "C.UTF-8", "COLUMNS": "160"}
    address, shims = folder / "server", folder / "bin"
    shims.mkdir()
    (shims / "remit").write_text(
        _SHIM.format(python=sys.executable, here=str(HERE), script=str(SCRIPT), address=str(address))
    )
    (shims / "remit").chmod(0o755)
    command = [sys.executable, HERE / "warm_remit.py", address]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=folder, env=environment) as server:
        try:
            while not address.exists():
                assert server.poll() is None, "the server that forks did not come up"
                time.sleep(0.01)
            yield Warm(address, environment, shims)
        finally:
            assert server.stdin is not None
            server.stdin.close()
