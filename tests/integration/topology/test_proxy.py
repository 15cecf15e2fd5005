"""The proxy sends a request on once, unless nothing of it was sent."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator

import pytest
from tests.integration.topology.proxy import proxy_before


@contextlib.contextmanager
def replica(answer: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A replica that says this to every request and breaks off; gives its port and what it was sent."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    link, _ = server.accept()
                    with link:
                        heard.append(link.recv(65_536))
                        link.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def nobody() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def status(port: int) -> int:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as link:
        link.request("POST", "/", b"once", {"Content-Length": "4"})
        return link.getresponse().status


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def test_replicas_take_turns() -> None:
    with replica(OK) as (one, _), replica(OK) as (two, _), proxy_before([one, two]) as (proxy, port):
        assert [status(port) for _ in range(4)] == [200] * 4
        assert proxy.sent_to == {one: 2, two: 2}


def test_a_replica_that_does_not_listen_is_passed_over() -> None:
    with replica(OK) as (one, heard), proxy_before([nobody(), one]) as (_, port):
        assert [status(port), status(port)] == [200, 200]
        assert len(heard) == 2


def test_what_was_sent_to_one_that_breaks_off_is_sent_to_nobody_else() -> None:
    with replica(b"") as (bad, heard), replica(OK) as (_, others), proxy_before([bad]) as (_, port):
        assert status(port) == 502
        assert (len(heard), others) == (1, [])


def test_an_answer_that_ends_too_early_ends_too_early_for_the_client() -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
    with contextlib.ExitStack() as stack:
        bad, _ = stack.enter_context(replica(half))
        _, port = stack.enter_context(proxy_before([bad]))
        link = stack.enter_context(contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)))
        link.request("GET", "/")
        with pytest.raises(http.client.IncompleteRead):
            link.getresponse().read()


def test_without_any_replica_nothing_was_done() -> None:
    with proxy_before([nobody(), nobody()]) as (_, port):
        assert status(port) == 503
