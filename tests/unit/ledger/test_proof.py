"""A proof stands alone: what it shows holds, and bent in any part it does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from remit.adapters.memory.ledger import MemoryCheckpoint, MemoryLedger
from remit.core.errors import AnswerIsNo, InputError, NotFound
from remit.core.system import FixedClock, SeededRandom, UlidIds
from remit.ledger.event import Draft
from remit.ledger.note import Signer, sign_note
from remit.ledger.verifier import Tampered, Unusable, verify_proof
from remit.service.prove import prove, prove_growth, prove_receipt

SIGNER = Signer("remit/test", b"s" * 32)
KEY = SIGNER.verifier.text


def log_of(count: int, seed: int = 1) -> MemoryLedger:
    clock = FixedClock(datetime(2026, 1, 31, tzinfo=UTC))
    log = MemoryLedger(SIGNER, MemoryCheckpoint(), clock, UlidIds(clock, SeededRandom(seed)))
    append(log, count)
    return log


def append(log: MemoryLedger, count: int) -> list[Any]:
    with log.write() as unit:
        return log.append(unit, [Draft("decision.judged", {"n": n}, decision_id=f"D{n % 3}") for n in range(count)])


def note_of(log: MemoryLedger) -> str:
    with log.write() as unit:
        return log.checkpoint(unit)


@pytest.fixture(scope="module")
def log() -> MemoryLedger:
    return log_of(300)


@pytest.mark.parametrize("name", ["0", "255", "256", "300", "D1"])
def test_a_proof_by_place_or_decision_verifies_alone(log: MemoryLedger, name: str) -> None:
    assert verify_proof(json.dumps(prove(log, name)), KEY).endswith("among 301 that were signed")


def test_a_proof_by_the_id_of_an_event_is_of_that_event(log: MemoryLedger) -> None:
    event = json.loads(prove(log, "7")["events"][0]["body"])
    [found] = prove(log, event["event_id"])["events"]
    assert found["seq"] == 7


@pytest.mark.parametrize("name", ["301", "D9", "-1", "", "9" * 30])
def test_what_is_not_there_is_not_proved(log: MemoryLedger, name: str) -> None:
    with pytest.raises(NotFound):
        prove(log, name)


def test_a_receipt_is_held_against_the_log() -> None:
    log = log_of(5)
    receipt = log.receipt(append(log, 1)[0]).to_json()
    assert prove_receipt(log, receipt)["events"][0]["seq"] == 6
    assert prove_receipt(log, {"decision_id": "D1", "receipt": receipt})["events"][0]["seq"] == 6
    with pytest.raises(AnswerIsNo, match="not the one of this receipt"):
        prove_receipt(log, {**receipt, "seq": 5})


@pytest.mark.parametrize("receipt", [None, [], {}, {"seq": "1", "leaf_sha256": "x"}, {"receipt": None}, {"seq": True}])
def test_what_is_no_receipt_is_said(log: MemoryLedger, receipt: Any) -> None:
    with pytest.raises(InputError, match="no receipt"):
        prove_receipt(log, receipt)


Bend = Callable[[dict[str, Any]], Any]
BENT: dict[str, Bend] = {
    "another text": lambda proof: proof["events"][0].update(body=proof["events"][0]["body"].replace('"n":', '"n":1')),
    "another place": lambda proof: proof["events"][0].update(seq=8),
    "a shorter path": lambda proof: proof["events"][0]["path"].pop(),
    "another path": lambda proof: proof["events"][0]["path"].reverse(),
    "another checkpoint": lambda proof: proof.update(checkpoint=sign_note(301, b"\7" * 32, SIGNER)),
    "another signer": lambda proof: proof.update(
        checkpoint=sign_note(301, b"\7" * 32, Signer("remit/test", b"x" * 32))
    ),
}


@pytest.mark.parametrize("bend", BENT.values(), ids=list(BENT))
def test_a_bent_proof_does_not_hold(log: MemoryLedger, bend: Bend) -> None:
    proof = prove(log, "7")
    bend(proof)
    with pytest.raises(Tampered):
        verify_proof(json.dumps(proof), KEY)


NO_PROOFS: list[str] = ["", "[]", "{}", '{"rotations": [], "checkpoint": 7}', "[" * 100_000]


@pytest.mark.parametrize("text", NO_PROOFS, ids=["empty", "list", "object", "number", "deep"])
def test_what_is_no_proof_is_unusable(text: str) -> None:
    with pytest.raises(Unusable):
        verify_proof(text, KEY)


@pytest.mark.parametrize("seq", ["x", 4.0, None, True, [4]])
def test_a_proof_of_what_has_no_place_is_unusable(log: MemoryLedger, seq: Any) -> None:
    """Its text says the same odd thing, so that the two agree."""
    proof = prove(log, "4")
    [event] = proof["events"]
    event["seq"], event["body"] = seq, event["body"].replace('"seq":4', f'"seq":{json.dumps(seq)}')
    with pytest.raises(Unusable):
        verify_proof(json.dumps(proof), KEY)


def test_a_proof_of_nothing_shows_nothing(log: MemoryLedger) -> None:
    proof = {**prove(log, "7"), "events": []}
    with pytest.raises(Unusable, match="no event"):
        verify_proof(json.dumps(proof), KEY)


@pytest.mark.parametrize("size", [1, 100, 256, 257])
def test_a_log_is_shown_to_have_only_grown(size: int) -> None:
    log = log_of(size)
    old = note_of(log)
    append(log, 60)
    proof = prove_growth(log, old, SIGNER.verifier)
    assert f"begins with the {size + 1} " in verify_proof(json.dumps(proof), KEY)
    with pytest.raises(Tampered):
        verify_proof(json.dumps({**proof, "old": sign_note(size + 1, b"\7" * 32, SIGNER)}), KEY)


def test_a_fork_of_the_log_has_not_grown_from_it() -> None:
    with pytest.raises(AnswerIsNo, match="rewritten"):
        prove_growth(log_of(60, seed=2), note_of(log_of(50, seed=1)), SIGNER.verifier)


def test_a_log_that_was_rolled_back_has_not_grown() -> None:
    with pytest.raises(AnswerIsNo, match="cut off"):
        prove_growth(log_of(40), note_of(log_of(50)), SIGNER.verifier)


@pytest.mark.parametrize("note", ["", "hello", sign_note(3, b"\7" * 32, Signer("remit/test", b"x" * 32))])
def test_what_is_no_checkpoint_of_this_log_is_said(log: MemoryLedger, note: str) -> None:
    with pytest.raises(InputError, match="no checkpoint of this ledger"):
        prove_growth(log, note, SIGNER.verifier)


def test_nothing_is_proved_of_an_empty_log() -> None:
    log = MemoryLedger(SIGNER, MemoryCheckpoint(), FixedClock(datetime(2026, 1, 1, tzinfo=UTC)), UlidIds(*_chance()))
    with pytest.raises(NotFound, match="empty"):
        prove(log, "0")


def _chance() -> tuple[FixedClock, SeededRandom]:
    return FixedClock(datetime(2026, 1, 1, tzinfo=UTC)), SeededRandom(2)
