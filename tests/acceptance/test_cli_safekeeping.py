"""Proofs, keys, holds, erasure and retention at the terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Remit


Decided = Callable[..., dict[str, Any]]
WHY = ("--reason", "as the procedure asks")


def audited(folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """What the verifier of an export says, alone."""
    command = [sys.executable, "-I", "verifier.py", *files]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def subject_of(remit: Remit, decision_id: str) -> str:
    return str(remit("explain", decision_id, "--json").json["case"]["applicant_id"])


def test_a_decision_is_proved_for_whoever_has_the_public_key(ours: Remit, decided: Decided) -> None:
    decision_id = decided(status="executed")["decision_id"]
    assert ours("ledger", "export", "--out", "audit").code == 0
    ours.write("audit/proof.json", ours("ledger", "proof", decision_id, "--json").out)
    done = audited(ours.folder / "audit", "proof.json", "ledger.pub")
    assert (done.returncode, done.stdout[:13]) == (0, "sound: event ")
    assert (ours.folder / "audit" / "tile" / "0" / "000").stat().st_size == 256 * 32


def test_a_receipt_is_checked_against_the_ledger_later(remit: Remit, decided: Decided) -> None:
    result = decided(status="executed")
    done = remit("ledger", "proof", "-", stdin=json.dumps(result).encode())
    assert done.code == 0
    assert f"event {result['receipt']['seq']}, proved by" in done.out
    receipt = {**result["receipt"], "leaf_sha256": "ab" * 32}
    forged = remit("ledger", "proof", "-", stdin=json.dumps(receipt).encode())
    assert (forged.code, "not the one of this receipt" in forged.err) == (1, True)


@pytest.mark.parametrize("name", ["99999999", "01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_what_is_not_in_the_ledger_is_not_proved(remit: Remit, name: str) -> None:
    assert remit("ledger", "proof", name).code == 2


def test_the_log_is_shown_to_have_only_grown(ours: Remit, case: Callable[..., dict[str, Any]]) -> None:
    note = ours.write("old.note", ours("ledger", "checkpoint").out)
    ours.write("case.json", case(applicant_id="C-9001"))
    assert ours("decide", "credit", "--case", "case.json").code in (0, 1)
    done = ours("ledger", "consistency", note)
    assert (done.code, done.out.startswith("consistent: the log begins with the ")) == (0, True)
    nonsense = ours.write("nonsense.note", "nonsense")
    assert ours("ledger", "consistency", nonsense).code == 2


def test_the_log_of_another_home_did_not_grow_from_here(ours: Remit, fresh: Remit, models: Path) -> None:
    note = ours.write("ours.note", ours("ledger", "checkpoint", "--json").json["checkpoint"])
    fresh("decide", "steel", "--case", "-", stdin=b"{}")
    assert fresh("ledger", "consistency", note).code == 2


def test_a_subject_is_held_released_and_erased(own: Remit, decided: Decided) -> None:
    decision_id = decided(status="executed")["decision_id"]
    whom = ("--subject", subject_of(own, decision_id))
    assert own("ledger", "hold", *whom, *WHY).code == 0
    held = own("ledger", "erase", *whom, *WHY)
    assert (held.code, "held by ana" in held.err) == (1, True)
    assert own("ledger", "release", *whom, *WHY).code == 0
    assert own("ledger", "erase", *whom, *WHY, "--json").json["decisions"] == [decision_id]
    told = own("explain", decision_id)
    assert (told.code, "its case was erased" in told.out) == (0, True)
    assert own("replay", decision_id).code == 0
    assert own("ledger", "verify").code == 0
    again = own("ledger", "erase", *whom, *WHY)
    assert (again.code, "erased before" in again.out) == (0, True)


def test_what_waits_for_a_person_is_cancelled_when_its_subject_is_erased(own: Remit, decided: Decided) -> None:
    waiting = decided(status="awaiting_review")
    whom = ("--subject", subject_of(own, waiting["decision_id"]))
    refused = own("ledger", "erase", *whom, *WHY)
    assert (refused.code, "--cancel-reviews" in refused.err) == (1, True)
    done = own("ledger", "erase", *whom, *WHY, "--cancel-reviews")
    assert (done.code, f"cancelled: review {waiting['review_id']}" in done.out) == (0, True)
    assert own("reviews", "approve", waiting["review_id"], "--reason", "late", "--as", "otto").code == 1
    assert own("explain", waiting["decision_id"], "--json").json["status"] == "rejected"


def test_a_reason_that_names_the_subject_is_not_taken(remit: Remit, decided: Decided) -> None:
    subject = subject_of(remit, decided(status="executed")["decision_id"])
    done = remit("ledger", "erase", "--subject", subject, "--reason", f"{subject} asked for it")
    assert (done.code, "names the subject" in done.err) == (2, True)


def test_nothing_is_past_its_time_on_the_first_day(remit: Remit) -> None:
    done = remit("ledger", "retention", "--json")
    assert (done.code, done.json) == (0, {"applied": False, "cases": []})


def test_keys_take_over_and_an_export_verifies_with_the_first(own: Remit) -> None:
    first = (own.home / "keys" / "ledger.pub").read_text("utf-8")
    assert own("ledger", "rotate-key", *WHY).code == 0
    assert own("ledger", "rotate-key", "--subjects", *WHY, "--json").json["keys"] > 0
    assert own("ledger", "verify").code == 0
    assert own("ledger", "export", "--out", "audit").code == 0
    own.write("audit/first.pub", first)
    assert audited(own.folder / "audit", "events.jsonl", "checkpoint", "first.pub").returncode == 0
