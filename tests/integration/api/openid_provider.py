"""A small OpenID provider on loopback: it holds its clients to the protocol, and lies where a test tells it to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import OKPKey, RSAKey

CLIENT, SECRET = "remit", "between us & nobody"
BASIC = "Basic " + base64.b64encode(b"remit:between+us+%26+nobody").decode()


@dataclass
class OpenIdProvider:
    """The provider and whom it vouches for. `claims` go over what is true, `header` and `sign_with` say how it lies."""

    now: int
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "42", "preferred_username": "Olga", "groups": []})
    claims: dict[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    header: dict[str, Any] = field(default_factory=dict)
    sign_with: Any = None
    answers: dict[str, Any] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = [RSAKey.generate_key(2048, {"kid": "first"})]
        self._codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def approve(self, address: str) -> dict[str, str]:
        """The person signs in there and is sent back with these parameters."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert address.startswith(self.issuer + "/authorize?")
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def new_key(self) -> None:
        """The provider changes its key, and forgets the old one."""
        self.keys = [OKPKey.generate_key("Ed25519", {"kid": "second"})]

    def _answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        if path in self.answers:
            return 200, self.answers[path]
        if path == "/.well-known/openid-configuration":
            names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            return 200, {"issuer": self.issuer, **{name: f"{self.issuer}/{at}" for name, at in names.items()}}
        if path == "/keys":
            return 200, {"keys": [key.as_dict(private=False) for key in self.keys]}
        return self._token(form, authorization)

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        asked = self._codes.pop(form.get("code", ""), None)
        challenge = _base64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        good = (
            asked is not None
            and authorization == BASIC
            and challenge == asked["code_challenge"]
            and form.get("redirect_uri") == asked["redirect_uri"]
        )
        if asked is None or not good:
            self.refused.append(form.get("code", ""))
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": self.id_token(asked)}

    def id_token(self, asked: dict[str, str]) -> str:
        truth = {"iss": self.issuer, "aud": CLIENT, "iat": self.now, "exp": self.now + 300, "nonce": asked["nonce"]}
        claims = {**truth, **self.person, **self.claims}
        claims = {name: value for name, value in claims.items() if name not in self.left_out}
        key = self.sign_with or self.keys[0]
        kind = {"RSA": "RS256", "OKP": "Ed25519"}[key.key_type]
        header = {"alg": kind, "kid": self.keys[0].kid, **self.header}
        if header["alg"] in ("none", "HS256"):
            return self._without_a_key(header, claims)
        return jwt.encode(header, claims, key, algorithms=[header["alg"]])

    def _without_a_key(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """A token as somebody makes it who knows no private key: unsigned, or with the public key as HMAC's secret."""
        text = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
        public = self.keys[0].as_pem(private=False)
        mac = b"" if header["alg"] == "none" else hmac.digest(public, text.encode(), "sha256")
        return f"{text}.{_base64(mac)}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._send({})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._send({name: values[0] for name, values in parse_qs(body).items()})

            def _send(self, form: dict[str, str]) -> None:
                status, what = provider._answer(self.path, form, self.headers.get("Authorization", ""))
                body = what if isinstance(what, bytes) else json.dumps(what).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
