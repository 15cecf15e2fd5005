"""What is sealed opens in its own place under its own key, and nowhere else."""

from __future__ import annotations

import pytest

from remit.core.errors import Corrupted
from remit.core.system import SeededRandom
from remit.ledger.sealing import KeyRing, Seal

CHANCE = SeededRandom(1)
SEAL = Seal(b"k" * 32)
RING = KeyRing(b"i" * 32, (("new", b"n" * 32), ("old", b"o" * 32)))


def test_a_text_comes_out_as_it_went_in() -> None:
    sealed = SEAL.close("Åse 🙂", "payload.body:D1", CHANCE)
    assert (SEAL.open(sealed, "payload.body:D1"), "Åse" in sealed) == ("Åse 🙂", False)


def test_the_same_text_is_never_sealed_to_the_same_bytes() -> None:
    assert SEAL.close("x", "a.b:1", CHANCE) != SEAL.close("x", "a.b:1", CHANCE)


def test_a_sealed_text_does_not_open_in_another_place() -> None:
    sealed = SEAL.close("5000", "payload.body:D1", CHANCE)
    for place in ("payload.body:D2", "decision.note:D1", ""):
        with pytest.raises(Corrupted, match="not what was written"):
            SEAL.open(sealed, place)


@pytest.mark.parametrize("length", range(1, 7))
def test_every_changed_byte_is_found(length: int) -> None:
    # Of one length in three, the last letter has bits that say nothing.
    sealed = SEAL.close("5" * length, "a.b:1", CHANCE)
    for at in range(len(sealed)):
        changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
        with pytest.raises(Corrupted):
            SEAL.open(changed, "a.b:1")


@pytest.mark.parametrize("text", ["", "s1:", "{}", "s1:AAAA", "s1:!", "s2:AAAA"])
def test_what_is_not_sealed_does_not_open(text: str) -> None:
    with pytest.raises(Corrupted):
        SEAL.open(text, "a.b:1")


def test_a_subjects_key_is_wrapped_by_the_newest_and_unwrapped_by_the_one_that_it_names() -> None:
    by, wrapped = RING.wrap(SEAL, "ref", CHANCE)
    older_by, older = KeyRing(RING.index, RING.wrapping[1:]).wrap(SEAL, "ref", CHANCE)
    assert (by, older_by) == ("new", "old")
    assert RING.unwrap(by, wrapped, "ref") == RING.unwrap(older_by, older, "ref") == SEAL


def test_a_wrapped_key_belongs_to_one_subject() -> None:
    by, wrapped = RING.wrap(SEAL, "ref", CHANCE)
    with pytest.raises(Corrupted):
        RING.unwrap(by, wrapped, "another")


def test_a_wrapping_key_that_is_gone_is_named() -> None:
    with pytest.raises(Corrupted, match="the key lost, which is not in the key file"):
        RING.unwrap("lost", "s1:AAAA", "ref")


def test_a_reference_tells_kinds_and_rings_apart() -> None:
    other = KeyRing(b"j" * 32, RING.wrapping)
    references = {RING.reference("subject", "R-1"), RING.reference("request", "R-1"), other.reference("subject", "R-1")}
    assert len(references) == 3


def test_no_key_is_shown_by_accident() -> None:
    assert "kkk" not in repr(SEAL)
    assert "nnn" not in repr(RING)


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33])
def test_a_key_has_256_bits(length: int) -> None:
    with pytest.raises(Corrupted, match="32"):
        Seal(b"k" * length)
