"""What is presented at a door."""

from __future__ import annotations

import hashlib
import re

import pytest

from remit.core.system import SeededRandom
from remit.identity.credential import Presented, matches, mint, parse

ID = "01M8A9B64AB3BHF6308N059MYN"
TEXT, SHA256 = mint("remit", ID, SeededRandom(1))


def test_a_credential_has_256_bits_and_says_what_it_is() -> None:
    assert re.fullmatch(rf"remit_{ID}_[a-z2-7]{{52}}[0-9a-f]{{8}}", TEXT)
    assert hashlib.sha256(TEXT.split("_")[2][:52].encode()).hexdigest() == SHA256


def test_what_was_minted_matches_what_was_kept() -> None:
    presented = parse("remit", TEXT)
    assert presented == Presented(ID, SHA256)
    assert matches(presented, SHA256)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "remit",
        TEXT[:-1],
        TEXT + "0",
        TEXT + "\n",
        TEXT.upper(),
        TEXT.replace("remit_", "remitsession_"),
        TEXT.replace(TEXT[40], "z" if TEXT[40] != "z" else "y"),
        TEXT[:-8] + "00000000",
        "remit_" + "é" * 26 + TEXT[32:],
        "remit_" * 100_000,
    ],
    ids=range(11),
)
def test_what_has_not_the_form_is_nothing(text: str) -> None:
    assert parse("remit", text) is None


def test_a_session_is_no_key() -> None:
    token, _ = mint("remitsession", ID, SeededRandom(1))
    assert parse("remit", token) is None
    assert parse("remitsession", token) is not None


@pytest.mark.parametrize("kept", [None, "0" * 64, SHA256[:-1] + ("0" if SHA256[-1] != "0" else "1")])
def test_another_secret_does_not_match(kept: str | None) -> None:
    assert not matches(Presented(ID, SHA256), kept)


def test_the_hash_that_stands_in_for_nobodys_matches_nothing() -> None:
    assert not matches(Presented(ID, "0" * 64), None)
