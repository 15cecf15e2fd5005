"""Signatures as Standard Webhooks 1.0 has them: HMAC-SHA256 over ``id.timestamp.body``, under a secret ``whsec_…``.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from remit.core.errors import AnswerIsNo, InputError
from remit.core.ports import Random
from remit.core.system import SystemClock

PREFIX = "whsec_"
SECRET_BYTES = 32
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 24, 64
TOLERANCE_SECONDS = 300
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"

_SCHEME = "v1"
_SIGNATURES_MAX = 16
_WHEN = re.compile(r"[0-9]{1,12}", re.ASCII)


class NotVerified(AnswerIsNo):
    """A message was not signed with the secret, was changed on its way, or is too old."""

    code = "webhook_not_verified"


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret of an endpoint. `until` is when one that was replaced stops to sign; None for the present one."""

    text: str = field(repr=False)
    until: datetime | None = None


def new_secret(chance: Random) -> str:
    """A new secret of 256 bits."""
    return PREFIX + base64.b64encode(chance.token(SECRET_BYTES)).decode()


def rotated(secrets: Sequence[Secret], new: str, now: datetime, overlap: timedelta) -> tuple[Secret, ...]:
    """The secrets with a new one in front. The one before it signs beside it for a while; older ones are gone."""
    return (Secret(new), *(Secret(each.text, now + overlap) for each in secrets[:1]))


def signing(secrets: Sequence[Secret], now: datetime) -> list[str]:
    """Those of the secrets that sign now, the newest first."""
    return [each.text for each in secrets if each.until is None or now < each.until]


def headers_of(message_id: str, body: bytes, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The three headers of a message that is sent now, with a signature for each secret."""
    timestamp = str(int(now.timestamp()))
    signatures = [signature(message_id, timestamp, body, secret) for secret in secrets]
    return {ID: message_id, TIMESTAMP: timestamp, SIGNATURE: " ".join(signatures)}


def signature(message_id: str, timestamp: str, body: bytes, secret: str) -> str:
    """``v1,`` and the signature in base64. Raises InputError: the secret is none."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"{_SCHEME},{base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()}"


def verify(
    payload: bytes | str,
    headers: Mapping[str, str],
    secret: str | Sequence[str],
    *,
    now: datetime | None = None,
    tolerance_seconds: int = TOLERANCE_SECONDS,
) -> dict[str, Any]:
    """What a receiver does first: make sure that a message is from Remit, whole and fresh. Gives what it says.

    Args:
        payload: the body, exactly as it came.
        headers: the request's headers, in any case of letters.
        secret: the endpoint's secret, or several while they change.
        now: the present moment; by the machine's clock when it is left out.
        tolerance_seconds: how far the timestamp may be away from now, in either direction.

    Raises:
        NotVerified: a header is missing, the time is off, or no signature fits. Answer with 400 or 401.
        InputError: the secret is none.
    """
    body = _encoded(payload) if isinstance(payload, str) else payload
    said = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp, signatures = (said.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    _must_be_fresh(timestamp, now or SystemClock().now(), tolerance_seconds)
    presented = [_encoded(each) for each in signatures.split(" ")[:_SIGNATURES_MAX]]
    _encoded(message_id)
    expected = [
        signature(message_id, timestamp, body, each).encode()
        for each in ([secret] if isinstance(secret, str) else secret)
    ]
    # Every pair is compared, each in constant time: how long it takes tells nothing of which one fits.
    fits = [hmac.compare_digest(ours, theirs) for ours in expected for theirs in presented]
    if not message_id or not any(fits):
        raise NotVerified("no signature of this message fits", mend="is it the secret of this endpoint?")
    return _said(body)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise NotVerified("the message holds half a character") from None


def _must_be_fresh(timestamp: str, now: datetime, tolerance_seconds: int) -> None:
    if not _WHEN.fullmatch(timestamp):
        raise NotVerified(f"the header `{TIMESTAMP}` is missing or no number of seconds")
    if abs(int(timestamp) - now.timestamp()) > tolerance_seconds:
        raise NotVerified("the message is too old, or from the future", mend="set the clock, or wait to be told again")


def _said(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise NotVerified("the message is signed, and is no JSON object")
    return said


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        raise InputError(
            f"this is no webhook secret: {PREFIX} and {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes in base64",
            code="webhook_secret",
        )
    return key
