"""Asks a server for children; see fork_server.py. Little is imported: the shim of the command does so, too."""

from __future__ import annotations

import array
import json
import os
import signal
import socket
import struct


class Fork:
    """A child of the server: its pid, and how it ended (negative: the signal that killed it)."""

    def __init__(self, pid: int, link: socket.socket) -> None:
        self.pid = pid
        self._link = link
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """How it ended. Raises ``TimeoutError`` after so many seconds."""
        if self.returncode is None:
            self._link.settimeout(timeout)
            self.returncode = int(_line(self._link))
            self._link.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def fork(
    address: str, argv: list[str], folder: str, environment: dict[str, str], streams: tuple[int, int, int]
) -> Fork | None:
    """A child with these arguments (the program's name first), this working folder, this environment, these streams.

    None if the server refuses, because the interpreter itself was to start in another environment than the server's.
    """
    link = socket.socket(socket.AF_UNIX)
    link.connect(address)
    order = json.dumps({"argv": argv, "folder": folder, "environment": environment}).encode()
    files = array.array("i", streams)
    link.sendmsg([struct.pack("!I", len(order))], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
    link.sendall(order)
    answer = _line(link)
    if answer == "refused":
        link.close()
        return None
    return Fork(int(answer), link)


def _line(link: socket.socket) -> str:
    data = b""
    while not data.endswith(b"\n"):
        more = link.recv(1)
        if not more:
            raise ConnectionError("the server that forks is gone")
        data += more
    return data.decode().strip()
