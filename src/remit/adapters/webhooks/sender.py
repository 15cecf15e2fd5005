"""Sends messages over HTTP to an address that was looked at before, and to no other.

A name is resolved once. The connection goes to that very address, while SNI, certificate and Host are the name's: a
name that leads elsewhere a moment later gains nothing. httpcore, the engine under httpx, takes the request in parts and
knows neither redirects nor proxies nor cookies; nobody parses the URL a second time.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import httpcore

from remit.core.errors import Refused
from remit.webhooks.addresses import Target, chosen
from remit.webhooks.delivery import Answer
from remit.webhooks.ports import Unsent

SECONDS_MAX = 15.0
ANSWER_BYTES_MAX = 4_096
Resolve = Callable[[str, int], Sequence[str]]


class HttpSender:
    """`remit.webhooks.ports.Sender`. Each message has a connection of its own.

    Args:
        resolve: gives every address of a host; the system's resolver.
        local: admits http and this very machine, for tests and development.
        tls: whom to trust; the public authorities by default.
        seconds_max: how long all of it may take, from the connection to the end of the answer.
    """

    def __init__(
        self,
        resolve: Resolve | None = None,
        *,
        local: bool = False,
        tls: ssl.SSLContext | None = None,
        seconds_max: float = SECONDS_MAX,
    ) -> None:
        self._resolve = resolve or system_addresses
        self._local = local
        self._tls = tls
        self._seconds_max = seconds_max

    def send(self, target: Target, headers: dict[str, str], body: bytes) -> Answer:
        try:
            address = chosen(self._resolve(target.host, target.port), target, local=self._local)
        except Refused as error:
            raise Unsent(error.message) from error
        except (OSError, UnicodeError) as error:
            raise Unsent(f"{target.host} cannot be resolved") from error
        line = _Line(address)
        overdue = threading.Event()
        try:
            with self._cut_off(line, overdue), self._pool(line) as pool:
                return self._exchange(pool, target, headers, body)
        except httpcore.TimeoutException as error:
            raise Unsent(self._too_slow) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise Unsent(self._too_slow if overdue.is_set() else _why(error)) from error

    @property
    def _too_slow(self) -> str:
        return f"no whole answer within {self._seconds_max:g} s"

    def _pool(self, line: _Line) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(
            ssl_context=self._tls, max_connections=1, http1=True, http2=False, retries=0, network_backend=line
        )

    def _exchange(self, pool: httpcore.ConnectionPool, target: Target, headers: dict[str, str], body: bytes) -> Answer:
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        sent = {
            "Host": target.origin.partition("://")[2],
            "Content-Type": "application/json",
            "User-Agent": "remit",
            "Connection": "close",
            **headers,
        }
        each = dict.fromkeys(("connect", "read", "write", "pool"), self._seconds_max)
        with pool.stream("POST", url, headers=[*sent.items()], content=body, extensions={"timeout": each}) as response:
            said = {name.lower(): value for name, value in response.headers}
            beginning = _beginning(response.iter_stream())
        retry_after = said.get(b"retry-after")
        return Answer(
            response.status,
            beginning.decode("utf-8", "replace"),
            None if retry_after is None else retry_after.decode("latin-1"),
        )

    @contextlib.contextmanager
    def _cut_off(self, line: _Line, overdue: threading.Event) -> Iterator[None]:
        """Hang up when the time is over: whoever sends a byte now and then would never meet a limit for each read."""

        def hang_up() -> None:
            overdue.set()
            line.hang_up()

        timer = threading.Timer(self._seconds_max, hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            line.close()


class _Line(httpcore.NetworkBackend):
    """Connects to one address, whatever host is asked for, and can hang up in the midst of anything."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._network.connect_tcp(self._address, port, timeout, local_address, socket_options)
        # TLS takes the socket over; a second handle on the same connection still can end it.
        self._socket = stream.get_extra_info("socket").dup()
        return stream

    def hang_up(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()


def system_addresses(host: str, port: int) -> list[str]:
    """Every address of a host, as the system's resolver gives them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _beginning(stream: Iterable[bytes]) -> bytes:
    """The first bytes of an answer; the rest is not read."""
    read = b""
    for part in stream:
        read += part
        if len(read) >= ANSWER_BYTES_MAX:
            break
    return read[:ANSWER_BYTES_MAX]


def _why(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return f"the connection failed: {text}"
