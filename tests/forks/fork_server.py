"""A warm process forks a child for each order: a real process that need not wait for imports.

An order comes on a connection of its own: a JSON object, and the three files that are the child's standard streams. The
child's pid goes back at once, and how it ended (negative: the signal that killed it) when it has. A child differs from
a process that was started anew in nothing but what it has imported. What the interpreter, or a library, reads from its
environment when it starts is therefore read already: an order that wants it otherwise is refused.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import struct
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn, TextIO

FREE = frozenset({"PATH", "PWD", "OLDPWD", "SHLVL", "_"})
"""What may differ from order to order, besides ``REMIT_…``: nothing reads it before it works."""


def serve(address: Path) -> dict[str, Any]:
    """Fork for each order, until standard input ends. It returns in each child, with the child's order."""
    return _Server(address).until_it_is_a_child()


class _Server:
    def __init__(self, address: Path) -> None:
        if shared := [*_open_files(), *threading.enumerate()[1:]]:
            raise RuntimeError(f"an import opened or began what no child can have for itself: {shared}")
        self.children: dict[int, socket.socket] = {}
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(address))
        self.listener.listen(64)
        self.bell, self.ringer = socket.socketpair()
        for end in (self.bell, self.ringer):
            end.setblocking(False)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.ringer.fileno())
        self.sources = selectors.DefaultSelector()
        for source in (sys.stdin, self.listener, self.bell):
            self.sources.register(source, selectors.EVENT_READ)
        # A child that collects its garbage leaves alone, and shares, what is here already.
        gc.collect()
        gc.freeze()

    def until_it_is_a_child(self) -> dict[str, Any]:
        while True:
            for key, _ in self.sources.select():
                if key.fileobj is sys.stdin:
                    self._end()
                elif key.fileobj is self.bell:
                    self._reap()
                elif (order := self._take()) is not None:
                    return order

    def _take(self) -> dict[str, Any] | None:
        """Take an order. In the child it is given; in the server, and for an order that is refused, it is None."""
        link, _ = self.listener.accept()
        head, streams, _, _ = socket.recv_fds(link, 4, 3)
        order: dict[str, Any] = json.loads(_read(link, struct.unpack("!I", head)[0]))
        if _bound(order["environment"]) != _BEGAN_WITH:
            link.sendall(b"refused\n")
            link.close()
        elif (child := os.fork()) == 0:
            for ours in (link, self.listener, self.bell, self.ringer, self.sources, *self.children.values()):
                ours.close()
            _become(order, streams)
            return order
        else:
            self.children[child] = link
            link.sendall(f"{child}\n".encode())
        for stream in streams:
            os.close(stream)
        return None

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self.bell.recv(4096):
                pass
        for child in list(self.children):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                # Whoever asked may be gone.
                with self.children.pop(child) as link, contextlib.suppress(OSError):
                    link.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())

    def _end(self) -> NoReturn:
        for child in self.children:
            os.kill(child, signal.SIGKILL)
        os._exit(0)


def _open_files() -> list[int]:
    """What is open besides the standard streams; the list itself is not meant."""
    return [int(name) for name in os.listdir("/dev/fd") if int(name) > 2 and Path(f"/dev/fd/{name}").exists()]


def _bound(environment: dict[str, str]) -> dict[str, str]:
    """What the interpreter and the libraries may have looked at already."""
    return {name: it for name, it in environment.items() if name not in FREE and not name.startswith("REMIT_")}


_BEGAN_WITH = _bound(dict(os.environ))


def _read(link: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        data += link.recv(size - len(data))
    return bytes(data)


def _become(order: dict[str, Any], streams: list[int]) -> None:
    """What a process is when it starts: streams, folder, environment and arguments of its own, and no handler."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
        os.close(stream)
    sys.stdin = sys.__stdin__ = _opened(0, sys.stdin)
    sys.stdout = sys.__stdout__ = _opened(1, sys.stdout)
    sys.stderr = sys.__stderr__ = _opened(2, sys.stderr)
    os.chdir(order["folder"])
    for name in os.environ.keys() - _bound(dict(os.environ)).keys():
        del os.environ[name]
    os.environ.update({name: it for name, it in order["environment"].items() if name not in os.environ})
    sys.argv = order["argv"]
    sys.path[0] = str(Path(sys.argv[0]).parent)


def _opened(descriptor: int, like: TextIO) -> TextIO:
    """As the interpreter opens its streams: errors line by line, the others only where a person looks on."""
    lines = 1 if descriptor == 2 or os.isatty(descriptor) else -1
    mode = "w" if descriptor else "r"
    return open(descriptor, mode, lines, like.encoding, like.errors, closefd=False)  # type: ignore[return-value]
