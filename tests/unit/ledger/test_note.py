"""A checkpoint is a signed note: what was signed opens, everything else is refused with its reason."""

import base64
from collections.abc import Callable

import pytest

from remit.ledger.note import Signer, VerifierKey, open_note, sign_note, sign_rotation
from remit.ledger.verifier import DASH, ED25519, Tampered, Unusable, next_key

SIGNER = Signer("remit/test", bytes(range(32)))
NOTE = sign_note(3, b"\x07" * 32, SIGNER)
# The key and the signature of the example in the documentation of Go's x/mod/sumdb/note.
GO_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_MESSAGE = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="


def test_a_signed_head_opens() -> None:
    head = open_note(NOTE, SIGNER.verifier)
    assert (head.origin, head.size, head.root) == ("remit/test", 3, b"\x07" * 32)


def test_keys_and_signatures_are_those_of_other_signed_note_libraries() -> None:
    signer = Signer.parse(GO_SECRET)
    assert signer.verifier.text == GO_PUBLIC
    assert base64.b64encode(signer.verifier.key_id + signer.sign(GO_MESSAGE.encode())).decode() == GO_SIGNATURE


# RFC 8032, 7.1: secret seed, public key, message, signature of tests 1 to 3.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
        "655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
        "b00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
        "c027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_signatures_are_those_of_rfc_8032(seed: str, public: str, message: str, signature: str) -> None:
    signer = Signer("remit/test", bytes.fromhex(seed))
    assert signer.verifier.public.hex() == public
    assert signer.sign(bytes.fromhex(message)).hex() == signature


def test_a_rotation_names_the_key_that_takes_over_and_is_no_checkpoint() -> None:
    new = Signer("remit/test", b"n" * 32).verifier
    note = sign_rotation(SIGNER, new)
    assert next_key(note, SIGNER.verifier) == new
    with pytest.raises(Unusable):
        open_note(note, SIGNER.verifier)


@pytest.mark.parametrize(
    "note",
    [
        NOTE,
        sign_rotation(Signer("remit/test", b"x" * 32), SIGNER.verifier),
        sign_rotation(SIGNER, VerifierKey("remit/another", Signer("remit/another", b"n" * 32).verifier.public)),
        sign_rotation(SIGNER, Signer("remit/test", b"n" * 32).verifier).replace("key_rotated", "key_rotates"),
        "",
    ],
    ids=["checkpoint", "another signer", "another log", "changed", "empty"],
)
def test_what_the_key_before_did_not_sign_does_not_take_over(note: str) -> None:
    with pytest.raises(Tampered):
        next_key(note, SIGNER.verifier)


def test_a_signature_has_one_spelling() -> None:
    for spelling in (NOTE.replace("=\n", "\n"), NOTE[:-1] + "\x0b", NOTE[:-1] + " \n"):
        with pytest.raises((Unusable, Tampered)):
            open_note(spelling, SIGNER.verifier)


def test_a_key_reads_back_as_it_was_written() -> None:
    assert Signer.parse(SIGNER.text) == SIGNER
    assert VerifierKey.parse(SIGNER.verifier.text) == SIGNER.verifier


def test_the_secret_is_not_shown_by_accident() -> None:
    assert "seed" not in repr(SIGNER)


def test_signatures_of_others_beside_ours_are_passed_over() -> None:
    assert open_note(NOTE + f"{DASH} witness abcdefgh\n", SIGNER.verifier).size == 3


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda note: note.replace("\n3\n", "\n4\n"), "does not hold"),
        (lambda note: note.replace("remit/test\n3", "remit/best\n3"), "does not hold"),
        (lambda note: note.replace("BwcH", "BwcI", 1), "does not hold"),
        (lambda note: note.replace(f"{DASH} remit/test", f"{DASH} someone"), "not signed by"),
        (lambda note: note.split("\n\n")[0] + "\n\n", "not signed by"),
        (lambda note: sign_note(3, b"\x07" * 32, Signer("remit/test", b"x" * 32)), "not signed by"),
    ],
    ids=["size", "origin", "root", "signer", "unsigned", "another key"],
)
def test_a_changed_checkpoint_is_tampered_with(change: object, why: str) -> None:
    with pytest.raises(Tampered, match=why):
        open_note(change(NOTE), SIGNER.verifier)  # type: ignore[operator]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "a\n1\n\n",
        NOTE.replace("\n3\n", "\n03\n"),
        NOTE.replace("\n3\n", "\n-3\n"),
        NOTE.replace("\n3\n", "\n" + "9" * 5000 + "\n"),
    ],
    ids=["empty", "prose", "short", "leading zero", "negative", "endless"],
)
def test_what_is_no_checkpoint_is_unusable(text: str) -> None:
    with pytest.raises(Unusable):
        open_note(text, SIGNER.verifier)


PRIME = 2**255 - 19
# As in the list of keys that libsodium refuses.
ORDER_8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
LOW_ORDER = {
    "zero": 0,
    "one": 1,
    "minus one": PRIME - 1,
    "order 8": ORDER_8,
    "order 8, negated": PRIME - ORDER_8,
    "zero, spelled as p": PRIME,
    "one, spelled as p + 1": PRIME + 1,
}


@pytest.mark.parametrize("sign_bit", [0, 1 << 255], ids=["plus", "minus"])
@pytest.mark.parametrize("y", list(LOW_ORDER.values()), ids=list(LOW_ORDER))
def test_a_key_of_low_order_is_refused(y: int, sign_bit: int) -> None:
    key = VerifierKey("remit/test", (y | sign_bit).to_bytes(32, "little"))
    with pytest.raises(Unusable, match="low order"):
        VerifierKey.parse(key.text)


@pytest.mark.parametrize(
    "text", ["", "name", "name+00000000+AA==", "name+zz+!!", SIGNER.text, "x" + SIGNER.verifier.text]
)
def test_what_is_no_public_key_is_unusable(text: str) -> None:
    with pytest.raises(Unusable):
        VerifierKey.parse(text)


@pytest.mark.parametrize(
    "text", ["", "PRIVATE+KEY+a", SIGNER.verifier.text, SIGNER.text[:-8], SIGNER.text.replace("test", "rest")]
)
def test_what_is_no_private_key_is_unusable(text: str) -> None:
    with pytest.raises(Unusable):
        Signer.parse(text)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\nbreak"])
def test_a_key_needs_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        Signer(name, b"x" * 32)


def test_the_kind_of_key_is_part_of_its_text() -> None:
    assert base64.b64decode(SIGNER.verifier.text.split("+", 2)[2])[:1] == ED25519


HALF = "\ud800"
HALVES = {
    "a checkpoint": lambda: open_note(NOTE.replace("remit/test", HALF, 1), SIGNER.verifier),
    "a change of keys": lambda: next_key(
        sign_rotation(SIGNER, SIGNER.verifier).replace(SIGNER.verifier.text, HALF), SIGNER.verifier
    ),
    "a public key": lambda: VerifierKey.parse(HALF + SIGNER.verifier.text),
    "a private key": lambda: Signer.parse(SIGNER.text.replace("remit/test", HALF)),
}


@pytest.mark.parametrize("read", HALVES.values(), ids=HALVES)
def test_half_a_character_was_signed_by_nobody(read: Callable[[], object]) -> None:
    with pytest.raises((Unusable, Tampered)):
        read()
