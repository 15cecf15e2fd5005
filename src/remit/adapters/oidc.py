"""An OpenID provider over HTTP: discovery, authorization code with PKCE, and an ID token that is held to everything.

OpenID Connect Core 3.1, RFC 7636 (PKCE), RFC 8414 (metadata), RFC 8725 (JWT best practice).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import quote_plus, urlsplit

import httpx
import orjson
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from remit.core.errors import InputError, Transient, Unauthenticated
from remit.core.ports import Clock
from remit.identity.provider import Attempt

ALGORITHMS = ["RS256", "PS256", "ES256", "Ed25519", "EdDSA"]
"""Signatures by a private key of the provider's. Never `none`, and never one that our own secret could make."""

LEEWAY_SECONDS = 60
TIMEOUT_SECONDS = 5.0
BYTES_MAX = 1_000_000
KNOWN_FOR = timedelta(hours=1)
KEYS_AGAIN_AFTER = timedelta(seconds=30)
"""A token under an unknown key makes us look for new keys, but not more often than this."""

_KEY_TYPES = ("RSA", "EC", "OKP")


class OidcProvider:
    """`remit.identity.provider.Provider` over HTTP.

    Raises:
        InputError: the issuer's or our own address is not https. On loopback it need not be.
    """

    def __init__(self, issuer: str, client_id: str, client_secret: str, redirect_url: str, clock: Clock) -> None:
        for url in (issuer, redirect_url):
            _must_be_guarded(url)
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_url = redirect_url
        self._clock = clock
        self._turn = threading.Lock()
        self._found: tuple[datetime, dict[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    def address(self, attempt: Attempt) -> str:
        url = prepare_grant_uri(
            self._endpoint("authorization_endpoint"),
            client_id=self._client_id,
            response_type="code",
            redirect_uri=self._redirect_url,
            scope="openid profile email",
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=create_s256_code_challenge(attempt.verifier),
            code_challenge_method="S256",
        )
        return cast("str", url)

    def vouch(self, code: str, attempt: Attempt) -> Mapping[str, Any]:
        answer = self._asked(
            "POST",
            self._endpoint("token_endpoint"),
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._redirect_url,
                "code_verifier": attempt.verifier,
            },
            # RFC 6749, 2.3.1: written as in a form, before they are joined.
            auth=(quote_plus(self._client_id), quote_plus(self._client_secret)),
        )
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _not_vouched("the provider gave no ID token")
        try:
            return self._claims(token, attempt, answer.get("access_token"))
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise _not_vouched(f"the ID token does not hold: {type(error).__name__}") from error

    def _claims(self, token: str, attempt: Attempt, access_token: object) -> Mapping[str, Any]:
        registry = JWSRegistry(algorithms=ALGORITHMS)
        try:
            decoded = jwt.decode(token, self._key_set(), registry=registry)
        except InvalidKeyIdError:
            decoded = jwt.decode(token, self._key_set(anew=True), registry=registry)
        wanted: dict[str, Any] = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": self._client_id},
            "sub": {"essential": True},
            "nonce": {"essential": True, "value": attempt.nonce},
        }
        params = {"nonce": attempt.nonce, "client_id": self._client_id, "access_token": access_token}
        claims = CodeIDToken(decoded.claims, decoded.header, wanted, params)
        claims.validate(now=int(self._clock.now().timestamp()), leeway=LEEWAY_SECONDS)
        return dict(claims)

    def _endpoint(self, name: str) -> str:
        url = self._metadata().get(name)
        if not isinstance(url, str):
            raise Transient(f"the provider {self._issuer} does not tell its {name}", mend="ask whoever runs it")
        _must_be_guarded(url)
        return url

    def _metadata(self) -> dict[str, Any]:
        with self._turn:
            now = self._clock.now()
            if self._found is None or now - self._found[0] >= KNOWN_FOR:
                found = self._asked("GET", self._issuer.rstrip("/") + "/.well-known/openid-configuration")
                if found.get("issuer") != self._issuer:
                    raise Transient(f"the provider at {self._issuer} calls itself another one", mend="set its own name")
                self._found = (now, found)
            return self._found[1]

    def _key_set(self, *, anew: bool = False) -> KeySet:
        """The provider's keys. Raises Transient; ValueError, JoseError for what are no keys."""
        url = self._endpoint("jwks_uri")
        with self._turn:
            now = self._clock.now()
            age = KNOWN_FOR if self._keys is None else now - self._keys[0]
            if self._keys is None or age >= KNOWN_FOR or (anew and age >= KEYS_AGAIN_AFTER):
                keys = [each for each in self._asked("GET", url)["keys"] if each.get("kty") in _KEY_TYPES]
                self._keys = (now, KeySet.import_key_set({"keys": keys}))
            return self._keys[1]

    def _asked(self, method: str, url: str, **what: Any) -> dict[str, Any]:
        """A JSON object, of a bounded size, from exactly this address.

        Raises:
            Unauthenticated: the provider says no (4xx).
            Transient: it cannot be reached, fails, or answers with something else.
        """
        try:
            with (
                httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client,
                client.stream(method, url, headers={"Accept": "application/json"}, **what) as response,
            ):
                body = b""
                for part in response.iter_bytes():
                    body += part
                    if len(body) > BYTES_MAX:
                        raise Transient(f"{url} answers with too much")
        except httpx.HTTPError as error:
            raise Transient(f"{url} cannot be reached: {type(error).__name__}") from error
        if method == "POST" and 400 <= response.status_code < 500:
            raise _not_vouched(f"the provider refused the code ({response.status_code})")
        try:
            found = orjson.loads(body) if response.status_code == 200 else None
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            raise Transient(f"{url} answers {response.status_code}, or no JSON object")
        return found


def _must_be_guarded(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")):
        raise InputError(f"{url} is not https", code="settings", mend="see docs/guides/identity.md")


def _not_vouched(why: str) -> Unauthenticated:
    return Unauthenticated(why, code="sign_in", mend="sign in again")
