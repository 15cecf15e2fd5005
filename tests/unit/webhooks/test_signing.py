"""Signatures: the vector that Standard Webhooks' own libraries are tested with, and everything that must not verify."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from remit.core.errors import InputError
from remit.core.system import SeededRandom
from remit.webhooks.signing import NotVerified, Secret, headers_of, new_secret, rotated, signature, signing, verify

# https://github.com/standard-webhooks/standard-webhooks: the tests of the reference libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
NOW = datetime.fromtimestamp(1614265330, UTC)

HEADERS = {"webhook-id": ID, "webhook-timestamp": "1614265330", "webhook-signature": SIGNATURE}
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()


def test_the_published_vector_is_what_we_sign() -> None:
    assert signature(ID, "1614265330", BODY, SECRET) == SIGNATURE
    assert headers_of(ID, BODY, [SECRET], NOW) == HEADERS


@pytest.mark.parametrize("secret", [SECRET, SECRET.removeprefix("whsec_"), [OTHER, SECRET]])
@pytest.mark.parametrize("payload", [BODY, BODY.decode()])
def test_the_published_vector_verifies(secret: str | list[str], payload: bytes | str) -> None:
    assert verify(payload, HEADERS, secret, now=NOW) == {"test": 2432232314}


def test_header_names_are_read_in_any_case() -> None:
    assert verify(BODY, {name.title(): value for name, value in HEADERS.items()}, SECRET, now=NOW)


@pytest.mark.parametrize(
    "signatures",
    [
        f"v1,{base64.b64encode(b'x' * 32).decode()} {SIGNATURE}",
        f"v1a,whatever {SIGNATURE}",
        f"{SIGNATURE} {SIGNATURE}",
    ],
)
def test_one_signature_that_fits_is_enough(signatures: str) -> None:
    assert verify(BODY, {**HEADERS, "webhook-signature": signatures}, SECRET, now=NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "msg_other"},
        {"webhook-id": ""},
        {"webhook-timestamp": "1614265331"},
        {"webhook-timestamp": "1614265330.0"},
        {"webhook-timestamp": "١٦١٤٢٦٥٣٣٠"},
        {"webhook-timestamp": "-1614265330"},
        {"webhook-timestamp": "9" * 5000},
        {"webhook-signature": ""},
        {"webhook-signature": SIGNATURE[3:]},
        {"webhook-signature": SIGNATURE.replace("v1,", "v2,")},
        {"webhook-signature": SIGNATURE[:-2] + "F="},
        {"webhook-signature": "ü," * 100},
        {"webhook-signature": "v1,x " * 16 + SIGNATURE},
    ],
)
def test_headers_that_were_changed_do_not_verify(changed: dict[str, str]) -> None:
    with pytest.raises(NotVerified):
        verify(BODY, {**HEADERS, **changed}, SECRET, now=NOW)


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_is_missing_does_not_verify(name: str) -> None:
    with pytest.raises(NotVerified):
        verify(BODY, {key: value for key, value in HEADERS.items() if key != name}, SECRET, now=NOW)


@pytest.mark.parametrize("payload", [BODY + b" ", b"", BODY.replace(b"4}", b"5}")])
def test_a_body_that_was_changed_does_not_verify(payload: bytes) -> None:
    with pytest.raises(NotVerified):
        verify(payload, HEADERS, SECRET, now=NOW)


@pytest.mark.parametrize(("seconds", "fresh"), [(0, True), (300, True), (301, False), (-300, True), (-301, False)])
def test_a_message_is_fresh_for_five_minutes_in_either_direction(seconds: int, fresh: bool) -> None:
    now = NOW + timedelta(seconds=seconds)
    if fresh:
        assert verify(BODY, HEADERS, SECRET, now=now)
        return
    with pytest.raises(NotVerified, match="too old"):
        verify(BODY, HEADERS, SECRET, now=now)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[1]", b"not json", b"[" * 100_000])
def test_what_is_signed_and_no_json_object_does_not_verify(body: bytes) -> None:
    with pytest.raises(NotVerified):
        verify(body, headers_of(ID, body, [SECRET], NOW), SECRET, now=NOW)


@pytest.mark.parametrize("size", [0, 23, 65])
def test_a_secret_of_another_size_is_none(size: int) -> None:
    with pytest.raises(InputError, match="no webhook secret"):
        signature(ID, "1", BODY, "whsec_" + base64.b64encode(b"x" * size).decode())


@pytest.mark.parametrize("secret", ["whsec_not base64!", "whsec_ü", "", "sk_live_1234"])
def test_what_is_no_base64_is_no_secret(secret: str) -> None:
    with pytest.raises(InputError):
        verify(BODY, HEADERS, secret, now=NOW)


def test_a_new_secret_has_256_bits_and_never_shows_itself() -> None:
    secret = new_secret(SeededRandom(1))
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert secret not in repr(Secret(secret))


def test_during_a_rotation_both_secrets_sign_and_then_the_new_one_alone() -> None:
    kept = rotated(rotated([Secret(SECRET)], OTHER, NOW, timedelta(hours=24)), "third", NOW, timedelta(hours=24))
    assert [each.text for each in kept] == ["third", OTHER]
    kept = rotated([Secret(SECRET)], OTHER, NOW, timedelta(hours=24))
    soon, later = NOW + timedelta(hours=23), NOW + timedelta(hours=24)
    assert (signing(kept, soon), signing(kept, later)) == ([OTHER, SECRET], [OTHER])
    headers = headers_of(ID, BODY, signing(kept, soon), soon)
    assert headers["webhook-signature"].count(" ") == 1
    for secret in (SECRET, OTHER):
        assert verify(BODY, headers, secret, now=soon)


@pytest.mark.parametrize(
    ("payload", "changed"),
    [
        ("\ud800", {}),
        (BODY, {"webhook-id": "\ud800"}),
        (BODY, {"webhook-signature": f"{SIGNATURE}\ud800"}),
        (BODY, {"webhook-signature": "é"}),
    ],
)
def test_half_a_character_does_not_verify(payload: bytes | str, changed: dict[str, str]) -> None:
    with pytest.raises(NotVerified):
        verify(payload, {**HEADERS, **changed}, SECRET, now=NOW)
