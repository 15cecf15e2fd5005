"""A checkpoint is a signed note: what was signed opens, everything else is refused with its reason."""

import base64

import pytest

from remit.ledger.note import Signer, VerifierKey, open_note, sign_note
from remit.ledger.verifier import DASH, ED25519, Tampered, Unusable

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
