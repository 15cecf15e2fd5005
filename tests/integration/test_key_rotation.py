"""A key takes over from a key, and whoever trusts one of them verifies everything."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import remit.ledger.verifier
from remit.adapters.keys import KEY_FILE, NEXT_FILE, next_signer, read_verifier_keys
from remit.core.errors import AnswerIsNo, InputError
from remit.core.words import Actor
from remit.ledger.chain import rotate
from remit.ledger.event import Draft
from remit.ledger.note import Signer, VerifierKey, sign_note
from remit.ledger.verifier import verify_export, verify_proof

OTTO = Actor("otto", roles=("operator",))
WHY = "Once a year."


def rotated(desk: Any) -> str:
    """The new key's text."""
    return str(desk.engine.safekeeping.rotate_ledger_key(WHY, OTTO)["verifier_key"])


def public_keys(desk: Any) -> list[str]:
    return [key.text for key in read_verifier_keys(desk.home / "keys")]


def exported(desk: Any, folder: Path) -> tuple[list[str], str]:
    desk.engine.export_ledger(folder)
    return (folder / "events.jsonl").read_text("utf-8").splitlines(), (folder / "checkpoint").read_text("utf-8")


def test_the_ledger_is_sound_before_between_and_after_rotations(desk: Any, tmp_path: Path) -> None:
    desk.decide(request_id="R-1")
    keys = [public_keys(desk)[0]]
    for number in range(3):
        keys.append(rotated(desk))
        assert desk.is_sound()
        desk.decide(request_id=f"R-2{number}")
        assert desk.is_sound()
    assert public_keys(desk) == keys
    lines, note = exported(desk, tmp_path / "audit")
    for trusted in keys:
        assert verify_export(lines, note, trusted).size == len(lines)


def test_the_old_key_names_the_new_one_in_the_last_event_that_it_signs(desk: Any) -> None:
    desk.decide()
    new = rotated(desk)
    [(seq, body)] = desk.sql("SELECT seq, body FROM event WHERE type = 'ledger.key_rotated'")
    assert new in json.loads(body)["body"]["note"]
    assert json.loads(body)["body"]["reason"] == WHY
    [(last,)] = desk.sql("SELECT note FROM ledger_checkpoint WHERE size = ?", seq + 1)
    assert remit.ledger.verifier.open_note(last, VerifierKey.parse(public_keys(desk)[0])).size == seq + 1


def test_the_old_secret_is_gone_and_the_next_process_signs_with_the_new_one(desk: Any) -> None:
    desk.decide()
    old = (desk.home / "keys" / KEY_FILE).read_text("utf-8")
    rotated(desk)
    desk.close()
    assert (desk.home / "keys" / KEY_FILE).read_text("utf-8") != old
    assert not (desk.home / "keys" / NEXT_FILE).exists()
    desk.decide(request_id="R-2")
    assert desk.is_sound()


def test_older_receipts_and_checkpoints_stay_verifiable(desk: Any) -> None:
    before = desk.decide()["receipt"]
    older = desk.engine.safekeeping.take_checkpoint()
    first = public_keys(desk)[0]
    rotated(desk)
    desk.decide(request_id="R-2")
    growth = desk.engine.safekeeping.prove_growth(older)
    inclusion = desk.engine.safekeeping.prove_receipt(before)
    assert "begins with" in verify_proof(json.dumps(growth), first)
    assert verify_proof(json.dumps(inclusion), first).startswith(f"event {before['seq']} ")


def test_a_process_that_was_open_before_signs_with_the_new_key_from_then_on(desk: Any, tmp_path: Path) -> None:
    desk.decide()
    other = desk.another()
    other.decide(request_id="R-2")
    rotated(other)
    other.close()
    desk.decide(request_id="R-3")
    assert desk.is_sound()


@pytest.mark.parametrize("committed", [True, False])
def test_a_rotation_that_was_cut_off_is_finished_or_never_was(desk: Any, committed: bool) -> None:
    desk.decide()
    engine = desk.engine
    new = next_signer(
        desk.home / "keys", Signer.parse((desk.home / "keys" / KEY_FILE).read_text("utf-8")), engine.chance
    )
    if committed:
        with engine.database.write() as unit:
            engine.ledger.rotate(unit, new, Draft("ledger.key_rotated", {"reason": WHY}, actor=OTTO))
    desk.close()
    desk.decide(request_id="R-2")
    assert desk.is_sound()
    assert (new.verifier.text in public_keys(desk)) is committed


def test_a_key_that_nobody_named_does_not_take_over(desk: Any, tmp_path: Path) -> None:
    desk.decide()
    lines, note = exported(desk, tmp_path / "audit")
    size, root = int(note.split("\n")[1]), desk.engine.verify().root
    usurper = Signer(note.split("\n")[0], b"u" * 32)
    with pytest.raises(remit.ledger.verifier.Tampered, match="not signed by"):
        verify_export(lines, sign_note(size, bytes.fromhex(root), usurper), public_keys(desk)[0])


def test_a_log_that_another_key_began_is_not_taken_for_the_trusted_one(desk: Any, tmp_path: Path) -> None:
    desk.decide()
    lines, note = exported(desk, tmp_path / "audit")
    with pytest.raises(remit.ledger.verifier.Tampered, match="signed neither by"):
        verify_export(lines, note, Signer(note.split("\n")[0], b"u" * 32).verifier.text)


def test_a_new_key_must_bear_the_name_of_the_log() -> None:
    old = Signer("remit/a", b"a" * 32)
    for new in (Signer("remit/b", b"b" * 32), old):
        with pytest.raises(InputError, match="another key of the same name"):
            rotate(None, old, new, None, None, None)  # type: ignore[arg-type]


def test_a_proof_and_a_rotated_log_verify_with_the_file_alone(desk: Any, tmp_path: Path) -> None:
    decision = desk.decide()["decision_id"]
    rotated(desk)
    desk.engine.export_ledger(tmp_path)
    (tmp_path / "proof.json").write_text(json.dumps(desk.engine.safekeeping.prove(decision)))
    shutil.copy(remit.ledger.verifier.__file__, tmp_path / "verifier.py")
    for files in (("proof.json", "ledger.pub"), ("events.jsonl", "checkpoint", "ledger.pub")):
        done = subprocess.run(
            [sys.executable, "-I", "verifier.py", *files], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout[:7]) == (0, "sound: "), done.stderr


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
def test_a_fork_does_not_grow_from_the_older_checkpoint(desk: Any, tmp_path: Path) -> None:
    desk.decide()
    desk.close()
    shutil.copytree(desk.home, tmp_path / "fork")
    fork = type(desk)(desk.pack, tmp_path / "fork", clock=desk.clock)
    fork.decide(request_id="R-2")
    note = fork.engine.safekeeping.take_checkpoint()
    fork.close()
    desk.decide(request_id="R-3")
    desk.decide(request_id="R-4")
    with pytest.raises(AnswerIsNo, match="rewritten"):
        desk.engine.safekeeping.prove_growth(note)


# The key that wraps the keys of subjects


def test_subjects_keys_are_wrapped_by_a_new_key_and_everything_is_still_read(desk: Any) -> None:
    made = [desk.decide(request_id=f"R-{number}")["decision_id"] for number in range(3)]
    before = (desk.home / "keys" / "subjects.key").read_text("utf-8")
    wrapped = {text for (text,) in desk.sql("SELECT wrapped FROM subject")}
    assert desk.engine.safekeeping.rotate_subject_keys(WHY, OTTO) == {"keys": 3}
    after = (desk.home / "keys" / "subjects.key").read_text("utf-8")
    old, new = (json.loads(text)["wrapping"] for text in (before, after))
    assert (len(old), len(new), old[0][1] != new[0][1]) == (1, 1, True)
    assert all(desk.engine.replay(decision).same for decision in made)
    assert wrapped.isdisjoint(text for (text,) in desk.sql("SELECT wrapped FROM subject"))
    database = b"".join(path.read_bytes() for path in desk.home.glob("remit.db*"))
    assert [text for text in wrapped if text.encode() in database] == []


def test_a_process_that_was_open_before_wraps_by_the_new_key_from_then_on(desk: Any) -> None:
    desk.decide()
    other = desk.another()
    other.engine.safekeeping.rotate_subject_keys(WHY, OTTO)
    other.close()
    made = desk.decide(request_id="R-2")["decision_id"]
    desk.close()
    assert desk.engine.explain(made)["case"]["request_id"] == "R-2"
