"""Bytes that are no HTTP, or could be read as another request than they are: one refusal at most, and the server lives.

The server is uvicorn with the configuration of `remit serve`, on a real socket.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import uvicorn
from tests.integration.api.conftest import desk_engine
from tests.integration.api.edge.test_serve import Service
from tests.integration.api.signed_in import real_app
from tests.integration.conftest import PACK

from remit.api.process import config_of

MARK = b"smuggled-request"
HIDDEN = b"GET /v1/checkpoint HTTP/1.1\r\nHost: x\r\nX-Request-Id: " + MARK + b"\r\n\r\n"
"""A request within a request: whoever answers it says its id."""

POST = b"POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
GET = b"GET /v1/checkpoint HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n" + HIDDEN

TWO_READINGS = {
    "a length and chunks": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + LAST,
    "chunks and a length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + LAST,
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 120\r\n\r\n{}" + HIDDEN,
    "one length twice": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + HIDDEN,
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\n{}" + HIDDEN,
    "a length with a sign": POST + b"Content-Length: +2\r\n\r\n{}" + HIDDEN,
    "a length below nothing": POST + b"Content-Length: -2\r\n\r\n{}" + HIDDEN,
    "a length in hex": POST + b"Content-Length: 0x2\r\n\r\n{}" + HIDDEN,
    "a length beyond all": POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n{}" + HIDDEN,
    "no length": POST + b"Content-Length: \r\n\r\n" + HIDDEN,
    "a space before the colon": POST + b"Content-Length : 2\r\n\r\n{}" + HIDDEN,
    "a coding that is none": POST + b"Transfer-Encoding: xchunked\r\n\r\n" + LAST,
    "two codings": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + LAST,
    "a list of codings": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + LAST,
    "a coding on a folded line": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + LAST,
    "a coding behind a vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + LAST,
    "chunks in HTTP/1.0": CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + LAST,
    "a folded line": POST + b"X-A: b\r\n c\r\nContent-Length: 2\r\n\r\n{}" + HIDDEN,
    "a length on a folded line": POST + b"X-A: b\r\n\tContent-Length: 120\r\n\r\n" + HIDDEN,
    "a first line that is folded": b"GET /v1/checkpoint\r\n HTTP/1.1\r\nHost: x\r\n\r\n" + HIDDEN,
    "lines that end with LF": GET.replace(b"\r\n", b"\n") + b"\n" + HIDDEN,
    "one line that ends with LF": POST + b"X-A: b\nContent-Length: 2\r\n\r\n{}" + HIDDEN,
    "a head that ends with LF": GET + b"\n" + HIDDEN,
    "a line that ends with CR": GET + b"X-A: b\rContent-Length: 3\r\n\r\nabc" + HIDDEN,
    "NUL in a value": GET + b"X-A: a\x00b\r\n\r\n" + HIDDEN,
    "NUL in a name": GET + b"X\x00: a\r\n\r\n" + HIDDEN,
    "a line without a colon": GET + b"X-A\r\n\r\n" + HIDDEN,
    "no name": GET + b": a\r\n\r\n" + HIDDEN,
    "no Host": b"GET /v1/checkpoint HTTP/1.1\r\n\r\n" + HIDDEN,
    "two Hosts": GET + b"Host: y\r\n\r\n" + HIDDEN,
    "two keys": GET + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n" + HIDDEN,
    "a chunk's size that is none": CHUNKED + b"zz\r\n{}\r\n" + LAST,
    "a chunk's size below nothing": CHUNKED + b"-2\r\n{}\r\n" + LAST,
    "a chunk's size with 0x": CHUNKED + b"0x2\r\n{}\r\n" + LAST,
    "a chunk's size beyond all": CHUNKED + b"f" * 30 + b"\r\n{}\r\n" + LAST,
    "chunks that end with LF": CHUNKED + b"2\n{}\n0\n\n" + HIDDEN,
    "a chunk longer than it says": CHUNKED + b"2\r\n{}XX" + LAST,
    "a line's end in a chunk's extension": CHUNKED + b'2;a="\r\n"\r\n{}\r\n' + LAST,
    "a trailer that ends with LF": CHUNKED + b"2\r\n{}\r\n0\r\nX-A: b\n\r\n" + HIDDEN,
    "trailers that end with LF alone": CHUNKED + b"2\r\n{}\r\n0\r\n\n" + HIDDEN,
}
NO_HTTP = {
    "HTTP/0.9": b"GET /healthz\r\n\r\n",
    "HTTP/1.2": b"GET /healthz HTTP/1.2\r\nHost: x\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "every byte": bytes(range(256)) * 4,
    "an empty line first": b"\r\n" + GET + b"\r\n",
    "a space in the path": b"GET /heal thz HTTP/1.1\r\nHost: x\r\n\r\n",
    "bytes that are no ASCII in the path": b"GET /v1/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "a head without an end": GET + b"X-A: " + b"a" * 300_000,
    "a line without an end": b"GET /" + b"a" * 300_000,
    "a huge head": GET + b"X-A: " + b"a" * 60_000 + b"\r\nConnection: close\r\n\r\n",
    "very many fields": GET + b"X-A: b\r\n" * 8_000 + b"Connection: close\r\n\r\n",
    "a length that is too large": POST + b"Content-Length: 999999999\r\n\r\n{}" + HIDDEN,
}


class Heard(NamedTuple):
    """What a server said until it closed the connection: the statuses, and all of it."""

    statuses: list[int]
    raw: bytes


def tell(address: tuple[str, int], *parts: bytes, pause: float = 0.0) -> Heard:
    """Send bytes, in parts, and listen until the server closes. That it never does is an error."""
    raw = b""
    # Whoever closes while there is more to come resets the connection, which takes what was said with it.
    reset = contextlib.suppress(ConnectionResetError, BrokenPipeError)
    with socket.create_connection(address, timeout=30) as connection, reset:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        while said := connection.recv(65_536):
            raw += said
    return Heard([int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", raw) if found != b"100"], raw)


def lives(address: tuple[str, int]) -> bool:
    return tell(address, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").statuses == [200]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """Where the application is served; heads and bodies may take half a second."""
    with desk_engine(tmp_path_factory.mktemp("raw"), stranger_rate_per_minute=0, body_seconds_max=0.5) as engine:
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(config_of(real_app(engine), engine.settings))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listening.getsockname()
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize("raw", TWO_READINGS.values(), ids=TWO_READINGS)
def test_what_can_be_read_in_two_ways_is_no_request_and_hides_none(raw: bytes, address: tuple[str, int]) -> None:
    heard = tell(address, raw)
    assert heard.statuses == [400]
    assert MARK not in heard.raw
    assert lives(address)


@pytest.mark.parametrize("raw", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_http_is_refused_once(raw: bytes, address: tuple[str, int]) -> None:
    heard = tell(address, raw)
    assert heard.statuses in ([], [400], [413], [431])
    assert MARK not in heard.raw
    assert lives(address)


BYTE_BY_BYTE = ["a length and chunks", "a folded line", "lines that end with LF", "chunks that end with LF"]


@pytest.mark.parametrize("name", BYTE_BY_BYTE)
def test_it_does_not_matter_in_which_parts_it_comes(name: str, address: tuple[str, int]) -> None:
    heard = tell(address, *(TWO_READINGS[name][at : at + 1] for at in range(len(TWO_READINGS[name]))))
    assert heard.statuses in ([], [400])
    assert MARK not in heard.raw


def test_a_request_that_is_the_body_of_another_is_not_answered(address: tuple[str, int]) -> None:
    body = b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN
    for head in (GET, POST, b"DELETE /v1/session HTTP/1.1\r\nHost: x\r\n"):
        heard = tell(address, head + body)
        assert (len(heard.statuses), MARK in heard.raw) == (1, False)


def test_a_tunnel_or_another_protocol_is_not_opened(address: tuple[str, int]) -> None:
    for head in (
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n",
        GET + b"Upgrade: websocket\r\n",
        GET + b"Upgrade: h2c\r\n",
    ):
        assert tell(address, head + b"Connection: upgrade, close\r\n\r\n").statuses[0] in (401, 404)


def test_requests_one_behind_another_are_answered_in_order_each_once(address: tuple[str, int]) -> None:
    first = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: number-%d\r\n\r\n"
    asked = first % 1 + GET + b"X-Request-Id: number-2\r\n\r\n" + first % 3 + GET + b"Connection: close\r\n\r\n"
    for parts in ([asked], [asked[at : at + 7] for at in range(0, len(asked), 7)]):
        heard = tell(address, *parts)
        assert heard.statuses == [200, 401, 200, 401]
        assert re.findall(rb"number-\d", heard.raw) == [b"number-1", b"number-2", b"number-3"]


def test_what_comes_behind_a_good_request_and_is_none_is_refused_after_its_answer(address: tuple[str, int]) -> None:
    heard = tell(address, GET + b"\r\n" + TWO_READINGS["a folded line"])
    assert heard.statuses == [401, 400]
    assert lives(address)


def test_a_body_that_does_not_come_is_not_waited_for(address: tuple[str, int]) -> None:
    heard = tell(address, POST + b"Content-Length: 100\r\n\r\n{")
    assert heard.statuses == [408]
    assert lives(address)


@pytest.mark.parametrize("parts", [[b""], [GET], [b"G", b"E", b"T", b" ", b"/", b"h"], [GET, b"X", b"-", b"A", b":"]])
def test_a_head_that_does_not_come_is_not_waited_for(parts: list[bytes], address: tuple[str, int]) -> None:
    assert tell(address, *parts, pause=0.12).raw == b""
    assert lives(address)


def test_a_second_head_that_does_not_come_is_not_waited_for(address: tuple[str, int]) -> None:
    heard = tell(address, GET + b"\r\n", b"GET /", b"h", b"e", pause=0.12)
    assert heard.statuses == [401]


@pytest.mark.soak
def test_a_service_in_processes_of_its_own_refuses_all_of_it_and_lives_on(tmp_path: Path) -> None:
    shutil.copytree(PACK, tmp_path / "packs" / "desk")
    service = Service(tmp_path, "--workers", "2", "--no-work", REMIT_STRANGER_RATE_PER_MINUTE="0")
    host, _, port = service.url().removeprefix("http://").rpartition(":")
    heard = [tell((host, int(port)), raw) for raw in [*TWO_READINGS.values(), *NO_HTTP.values()] * 5]
    assert all(len(each.statuses) <= 1 and MARK not in each.raw for each in heard)
    assert lives((host, int(port)))
    assert service.stop() == 0
    assert not any('"level":"error"' in line or "Traceback" in line for line in service.lines)
