"""What comes over the wire, through the very server that serves: whose address it is, and where a message ends."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from tests.integration.api.edge.conftest import bare

from remit.api.process import config_of
from remit.settings import Settings

PROXY, STRANGER = "10.0.0.1", "203.0.113.7"
ECHO = b"POST /v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n"


@pytest.mark.parametrize(("came_from", "seen"), [(PROXY, "198.51.100.9"), (STRANGER, STRANGER)])
@pytest.mark.parametrize("before", ["", "192.0.2.1, "], ids=["alone", "behind what the caller made up"])
def test_whoever_is_no_trusted_proxy_names_no_other_address(
    tmp_path: Path, came_from: str, seen: str, before: str
) -> None:
    app = FastAPI()

    @app.get("/")
    def address(request: Request) -> str | None:
        return request.client.host if request.client else None

    config = config_of(app, Settings(home=tmp_path, trusted_proxies=PROXY))
    config.load()
    client = TestClient(config.loaded_app, client=(came_from, 50000))
    assert client.get("/", headers={"X-Forwarded-For": f"{before}198.51.100.9"}).json() == seen


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server in a thread, set up as those of `remit serve`."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(config_of(bare(settings), settings))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join()


def said(port: int, lengths: bytes, body: bytes) -> tuple[int, int, bytes]:
    """The status of the first answer, how many answers came, and all of it."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(ECHO + lengths + b"\r\n" + body)
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    return int(answer.split(b" ")[1]), answer.count(b"HTTP/1.1 "), answer


@pytest.mark.parametrize(
    ("lengths", "body", "status"),
    [
        (b"Content-Length: 3\r\n", b"[1]", 200),
        (b"Content-Length: 3\r\nContent-Length: 4\r\n", b"[1]2", 400),
        (b"Content-Length: 3, 4\r\n", b"[1]2", 400),
        (b"Content-Length: +3\r\n", b"[1]", 400),
        (b"Transfer-Encoding: chunked\r\n", b"3\r\n[1]\r\n0\r\n\r\n", 200),
        (b"Transfer-Encoding: chunked, identity\r\n", b"3\r\n[1]\r\n0\r\n\r\n", 400),
        (b"Transfer-Encoding: xchunked\r\n", b"3\r\n[1]\r\n0\r\n\r\n", 400),
        (b"Transfer-Encoding : chunked\r\n", b"3\r\n[1]\r\n0\r\n\r\n", 400),
        (b"Transfer-Encoding: chunked\r\n", b"0x3\r\n[1]\r\n0\r\n\r\n", 400),
    ],
    ids=str,
)
def test_where_a_message_ends_is_never_in_doubt(port: int, lengths: bytes, body: bytes, status: int) -> None:
    first, answers, answer = said(port, lengths, body)
    assert (min(first, 400), answers) == (status, 1)
    assert status != 200 or b'{"bytes":3}' in answer


def test_of_a_length_and_chunks_the_length_is_never_believed(port: int) -> None:
    # RFC 9112, 6.3: the chunks say it, or it is refused.
    lengths = b"Content-Length: 50\r\nTransfer-Encoding: chunked\r\n"
    first, answers, answer = said(port, lengths, b"3\r\n[1]\r\n0\r\n\r\n")
    assert (first == 400 or b'{"bytes":3}' in answer, answers) == (True, 1)


def heard(port: int, *pieces: bytes) -> bytes:
    """All that is answered to somebody who says everything first and listens then."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        for piece in pieces:
            line.sendall(piece)
        return b"".join(iter(lambda: line.recv(65536), b""))


LONG = b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: "


@pytest.mark.parametrize("more", [0, 1, 40], ids=["not ended", "ended", "ended long after"])
def test_a_head_beyond_the_limit_is_431_however_it_comes(port: int, more: int) -> None:
    answer = heard(port, LONG + b"a" * 70_000, *[b"a" * 100_000] * more, b"\r\n\r\n" * bool(more))
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"urn:remit:problem:head_too_large" in answer


@pytest.mark.parametrize("length", [b"Content-Length: 8000000\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_who_sends_too_much_is_told_so_although_nobody_reads_it(port: int, length: bytes) -> None:
    size = b"7a1200\r\n" if b"chunked" in length else b""
    answer = heard(port, ECHO, length, b"\r\n", size, *[b" " * 1_000_000] * 8)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"urn:remit:problem:too_large" in answer


def test_what_was_never_read_keeps_no_connection(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remit.api.last_word.LINGER_SECONDS", 0.1)
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(LONG + b"a" * 70_000)
        assert line.recv(65536).startswith(b"HTTP/1.1 431 ")
        while line.recv(65536):
            pass
        with pytest.raises(OSError, match=r"reset|pipe"):  # noqa: PT012
            while True:
                line.sendall(b"a" * 1_000)
                time.sleep(0.01)
