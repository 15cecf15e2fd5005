"""The sender against a real receiver on loopback, resolvers that lie, and a receiver that means harm."""

from __future__ import annotations

import contextlib
import ipaddress
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from remit.adapters.webhooks.sender import ANSWER_BYTES_MAX, HttpSender, system_addresses
from remit.webhooks.addresses import Target, target_of
from remit.webhooks.delivery import Answer
from remit.webhooks.ports import Unsent

HEADERS = {"webhook-id": "M1"}
BODY = b'{"type":"decision.final"}'


class Receiver(ThreadingHTTPServer):
    """A receiver that answers as its `do` says, and keeps what it was sent."""

    daemon_threads = True

    def __init__(self, do: Callable[[BaseHTTPRequestHandler], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.do = do
        self.got: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def port(self) -> int:
        return self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that hangs up is no fault of the receiver."""


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.server.do(self)

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        pass


def says(status: int, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@contextlib.contextmanager
def receiving(do: Callable[[BaseHTTPRequestHandler], None], tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    with Receiver(do) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def local(server: Receiver, path: str = "/hook?a=b") -> Target:
    return target_of(f"http://127.0.0.1:{server.port}{path}", local=True)


def send(server: Receiver, **options: Any) -> Answer:
    return HttpSender(local=True, **options).send(local(server), HEADERS, BODY)


def test_a_message_arrives_as_it_is_and_the_answer_comes_back() -> None:
    with receiving(says(202, b"thanks", Retry_After="7")) as server:
        assert send(server) == Answer(202, "thanks", "7")
    ((path, headers, body),) = server.got
    assert (path, body) == ("/hook?a=b", BODY)
    assert headers["content-type"] == "application/json"
    assert (headers["webhook-id"], headers["host"]) == ("M1", f"127.0.0.1:{server.port}")


@pytest.mark.parametrize("status", [204, 400, 410, 500])
def test_any_status_is_an_answer(status: int) -> None:
    with receiving(says(status)) as server:
        assert send(server) == Answer(status)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with receiving(says(200)) as inner, receiving(says(status, Location=f"http://127.0.0.1:{inner.port}/")) as server:
        assert send(server).status == status
    assert (len(server.got), inner.got) == (1, [])


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving(says(200)) as proxy, receiving(says(204)) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert send(server).status == 204
    assert proxy.got == []


# Where messages go


class Resolver:
    """Gives one answer after the other, as a name server of an attacker's does."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = iter(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return next(self._answers)


def test_a_name_that_leads_inside_is_not_connected_to() -> None:
    with receiving(says(200)) as server:
        sender = HttpSender(Resolver(["127.0.0.1"]))
        with pytest.raises(Unsent, match=r"leads to 127\.0\.0\.1, which is not public"):
            sender.send(Target("https", "shop.example", server.port, "/"), HEADERS, BODY)
    assert server.got == []


def test_a_name_is_resolved_once_and_the_connection_goes_where_the_check_looked() -> None:
    with receiving(says(200)) as server:
        resolver = Resolver(["127.0.0.1"], ["10.0.0.1"])
        target = target_of(f"http://rebound.example:{server.port}/", local=True)
        assert HttpSender(resolver, local=True).send(target, HEADERS, BODY).status == 200
    assert resolver.asked == 1
    assert server.got[0][1]["host"] == f"rebound.example:{server.port}"


def test_a_name_that_led_outside_and_then_leads_inside_is_caught_at_the_next_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connected: list[str] = []

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> Any:
        connected.append(address[0])
        raise OSError("nobody answers")

    monkeypatch.setattr("socket.create_connection", connect)
    sender = HttpSender(Resolver(["93.184.216.34"], ["169.254.169.254"]))
    for why in ("nobody answers", "169.254.169.254, which is not public"):
        with pytest.raises(Unsent, match=why):
            sender.send(Target("https", "rebound.example", 443, "/"), HEADERS, BODY)
    assert connected == ["93.184.216.34"]


def test_a_name_that_cannot_be_resolved_is_told() -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(Unsent, match=r"shop\.example cannot be resolved"):
        HttpSender(nowhere).send(Target("https", "shop.example", 443, "/"), HEADERS, BODY)


def test_the_systems_resolver_gives_every_address_once() -> None:
    found = system_addresses("localhost", 443)
    assert found == list(dict.fromkeys(found))
    assert all(ipaddress.ip_address(each).is_loopback for each in found)


# Receivers that mean harm


def drips(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.02)


def floods(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 500 Oh\r\n\r\n")
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b"y" * 65_536)


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


def test_an_answer_that_drips_is_cut_off() -> None:
    with receiving(drips) as server, pytest.raises(Unsent, match=r"no whole answer within 0\.3 s"):
        send(server, seconds_max=0.3)


def test_a_receiver_that_says_nothing_is_cut_off() -> None:
    quiet = threading.Event()
    with receiving(lambda handler: bool(quiet.wait(5)) and None) as server:
        with pytest.raises(Unsent, match=r"no whole answer within 0\.2 s"):
            send(server, seconds_max=0.2)
        quiet.set()


def test_of_an_endless_answer_only_the_beginning_is_read() -> None:
    with receiving(floods) as server:
        answer = send(server)
    assert (answer.status, len(answer.beginning)) == (500, ANSWER_BYTES_MAX)


@pytest.mark.parametrize(
    "raw", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 100, b"HTTP/1.1 200 OK\r\nX" * 9]
)
def test_what_is_no_http_is_told_as_a_failure(raw: bytes) -> None:
    def garbles(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(raw)
        hangs_up(handler)

    with receiving(garbles) as server, pytest.raises(Unsent, match="the connection failed"):
        send(server)


def test_a_port_that_nobody_listens_at_is_told_as_a_failure() -> None:
    with receiving(says(200)) as server:
        target = local(server)
    with pytest.raises(Unsent, match="the connection failed"):
        HttpSender(local=True).send(target, HEADERS, BODY)


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of shop.example, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "shop.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def over_tls(certificate: Path, host: str, *, trusting: bool) -> Answer:
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate)
    trusted = ssl.create_default_context(cafile=str(certificate)) if trusting else None
    with receiving(says(200, b"in private"), served) as server:
        sender = HttpSender(Resolver(["127.0.0.1"]), local=True, tls=trusted)
        return sender.send(Target("https", host, server.port, "/"), HEADERS, BODY)


def test_the_certificate_is_that_of_the_name_and_not_of_the_address(certificate: Path) -> None:
    assert over_tls(certificate, "shop.example", trusting=True) == Answer(200, "in private")


@pytest.mark.parametrize(("host", "trusting"), [("other.example", True), ("shop.example", False)])
def test_a_certificate_of_another_name_or_of_nobody_is_refused(certificate: Path, host: str, trusting: bool) -> None:
    with pytest.raises(Unsent, match="CERTIFICATE_VERIFY_FAILED"):
        over_tls(certificate, host, trusting=trusting)
