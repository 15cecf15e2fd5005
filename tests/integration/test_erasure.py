"""What is known of a person can be taken away for good, and every proof still verifies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from remit.core.errors import Corrupted, InputError, NotFound, Refused
from remit.core.words import Actor
from remit.ledger.verifier import verify_proof

OLGA = Actor("olga", roles=("privacy",))
WHY = "Asked for it, ticket 4711."
AMOUNT = 4_321
"""An amount that occurs nowhere else, so that its digits can be looked for."""


def names(count: int) -> list[str]:
    return [f"R-7{number:03}7" for number in range(count)]


def bytes_at_home(home: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the data folder. What connectors wrote into other systems is not Remit's to erase."""
    for path in sorted(home.rglob("*")):
        if path.is_file() and "systems" not in path.relative_to(home).parts:
            yield str(path.relative_to(home)), path.read_bytes()


ON_A_FILE = pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
"""Every byte of the data folder is looked at, and the database is in it."""


def found(home: Path, *needles: str | bytes) -> list[tuple[str, str]]:
    """Where something still stands: the file and what."""
    wanted = [needle.encode() if isinstance(needle, str) else needle for needle in needles]
    return [(name, str(needle)) for name, data in bytes_at_home(home) for needle in wanted if needle in data]


def erase(desk: Any, subject: str, reason: str = WHY) -> dict[str, Any]:
    done: dict[str, Any] = desk.engine.safekeeping.erase(subject, reason, OLGA)
    return done


def public_key(desk: Any) -> str:
    return str((desk.home / "keys" / "ledger.pub").read_text("utf-8"))


@pytest.fixture
def decided(desk: Any) -> dict[str, str]:
    """Three decisions by the name of their subject; the last one is about the first one's subject, too."""
    made = {name: desk.decide(request_id=name, amount_cents=AMOUNT, key=f"of {name}") for name in names(2)}
    made["again"] = desk.decide(request_id=names(1)[0], kind="advice")
    return {name: result["decision_id"] for name, result in made.items()}


@ON_A_FILE
def test_nothing_of_a_case_is_stored_in_plain_text(desk: Any, decided: dict[str, str]) -> None:
    assert found(desk.home, *names(2), f'cents":{AMOUNT}', "of R-7") == []


@pytest.mark.parametrize("count", [12, pytest.param(100, marks=pytest.mark.soak)])
@ON_A_FILE
def test_erased_subjects_leave_no_byte_behind_and_every_proof_verifies(desk: Any, count: int) -> None:
    subjects = names(count)
    made = {name: desk.decide(request_id=name, amount_cents=AMOUNT, key=f"of {name}") for name in subjects}
    keys = [wrapped for (wrapped,) in desk.sql("SELECT wrapped FROM subject")]
    refs = [ref for (ref,) in desk.sql("SELECT ref FROM subject")]
    sealed = [body for (body,) in desk.sql("SELECT body FROM payload")]
    assert len(keys) == len(sealed) == count
    for name in subjects:
        erase(desk, name)
    assert found(desk.home, *subjects, f'cents":{AMOUNT}', *keys, *refs, *sealed) == []
    assert (desk.sql("SELECT count(*) FROM subject"), desk.is_sound()) == ([(0,)], True)
    assert desk.engine.verify_records() == (count, [])
    for result in made.values():
        proof = desk.engine.safekeeping.prove(result["decision_id"])
        assert verify_proof(json.dumps(proof), public_key(desk)).startswith("event ")
    desk.close()
    assert found(desk.home, *subjects, f'cents":{AMOUNT}', *keys, *refs, *sealed) == []


@pytest.mark.parametrize("desk", ["postgres"], indirect=True)
def test_on_a_server_nothing_ever_was_in_plain_text_and_the_keys_go(desk: Any, postgres: Any) -> None:
    subjects = names(6)
    for name in subjects:
        waiting = desk.decide(request_id=name, amount_cents=200_737, key=f"of {name}")
        desk.vote(waiting["review_id"])
    keys = [wrapped for (wrapped,) in desk.sql("SELECT wrapped FROM subject")]
    for name in subjects:
        erase(desk, name)
    desk.close()
    postgres.restart("fast")  # so that everything is in its files
    kept = postgres.folder / "data"
    assert found(desk.home, *subjects, 'cents":200737') == found(kept, *subjects, 'cents":200737') == []
    assert found(kept / "base", *keys) == []
    assert found(kept / "base", "desk.request"), "what is in the clear is found"


def test_everything_of_a_subject_goes_and_nothing_of_others(desk: Any, decided: dict[str, str]) -> None:
    ana, ben = names(2)
    assert erase(desk, ana)["decisions"] == sorted([decided[ana], decided["again"]])
    assert desk.engine.explain(decided[ben])["case"]["request_id"] == ben
    assert desk.engine.replay(decided[ben]).same
    assert desk.engine.verify_records() == (3, [])


def test_an_erased_decision_says_so(desk: Any, decided: dict[str, str]) -> None:
    ana = names(1)[0]
    erase(desk, ana)
    told = desk.engine.explain(decided[ana])
    assert (told["status"], told["case"], told["erased_at"][:10]) == ("executed", {}, "2026-11-02")
    assert told["effect"]["state"] == "confirmed"
    assert [event["type"] for event in told["ledger"]][-1] == "decision.erased"
    assert "erased" in desk.engine.replay(decided[ana]).note


def test_the_events_of_an_erasure_name_nobody(desk: Any, decided: dict[str, str]) -> None:
    ana = names(1)[0]
    query = "SELECT subject.id FROM subject JOIN decision ON decision.subject = subject.ref WHERE decision.id = ?"
    [(subject_id,)] = desk.sql(query, decided[ana])
    erase(desk, ana)
    [(body,)] = desk.sql("SELECT body FROM event WHERE type = 'subject.erased'")
    assert json.loads(body)["body"] == {"subject": subject_id, "decisions": 2, "documents": 0, "reason": WHY}


def test_the_same_request_is_not_carried_out_again_after_an_erasure(desk: Any, decided: dict[str, str]) -> None:
    ana = names(1)[0]
    erase(desk, ana)
    again = desk.decide(request_id=ana, amount_cents=AMOUNT, key=f"of {ana}")
    assert (again["decision_id"], again["action"]) == (decided[ana], None)
    assert len(desk.booked()) == 2


def test_an_erased_subject_may_come_back_under_a_new_key(desk: Any, decided: dict[str, str]) -> None:
    ana = names(1)[0]
    before = desk.sql("SELECT ref, wrapped FROM subject")
    erase(desk, ana)
    desk.decide(request_id=ana)
    after = desk.sql("SELECT ref, wrapped FROM subject")
    assert len(after) == 2
    assert {ref for ref, _ in after} == {ref for ref, _ in before}
    assert {wrapped for _, wrapped in after} != {wrapped for _, wrapped in before}


def test_a_subject_whose_review_is_open_is_not_erased(desk: Any) -> None:
    waiting = desk.decide(request_id="R-1", amount_cents=200_123)
    assert found(desk.home, "200123") == [], "not even in the checkpoint of the paused run"
    with pytest.raises(Refused, match=waiting["review_id"]) as refused:
        erase(desk, "R-1")
    assert "reviews reject" in (refused.value.mend or "")
    desk.vote(waiting["review_id"], choice="reject")
    assert erase(desk, "R-1")["decisions"] == [waiting["decision_id"]]
    assert (desk.checkpoints(), found(desk.home, "200123")) == ([], [])


@pytest.mark.parametrize("amount", [200_123, 2_000_123], ids=["shown to an officer", "denied"])
@ON_A_FILE
def test_nothing_of_a_case_that_is_not_carried_out_is_in_plain_text(desk: Any, amount: int) -> None:
    desk.decide(request_id="R-70007", amount_cents=amount)
    assert found(desk.home, "R-70007", str(amount)) == []


def test_a_held_subject_is_not_erased_until_it_is_released(desk: Any, decided: dict[str, str]) -> None:
    ana = names(1)[0]
    desk.engine.safekeeping.hold(ana, "Case 12 of the court.", OLGA)
    with pytest.raises(Refused, match="held by olga"):
        erase(desk, ana)
    with pytest.raises(Refused, match="held already"):
        desk.engine.safekeeping.hold(ana, "Twice.", OLGA)
    desk.engine.safekeeping.release(ana, "Settled.", OLGA)
    assert erase(desk, ana)["subject"]
    types = [kind for (kind,) in desk.sql("SELECT type FROM event WHERE type LIKE 'subject.%' ORDER BY seq")]
    assert types == ["subject.held", "subject.released", "subject.erased"]


@pytest.mark.parametrize("verb", ["erase", "hold", "release"])
def test_nobody_unknown_is_erased_held_or_released(desk: Any, verb: str) -> None:
    with pytest.raises(NotFound, match="nothing is known"):
        getattr(desk.engine.safekeeping, verb)("R-999", WHY, OLGA)


@pytest.mark.parametrize("reason", ["", "  ", "Mrs r-70007 asked."])
def test_a_reason_is_needed_and_must_not_name_the_subject(desk: Any, decided: dict[str, str], reason: str) -> None:
    with pytest.raises(InputError, match="reason"):
        erase(desk, names(1)[0], reason)
    assert desk.engine.explain(decided[names(1)[0]])["case"]


@ON_A_FILE
def test_what_a_connector_says_is_sealed_and_goes(desk: Any) -> None:
    desk.mode("refuse")
    failed = desk.decide(request_id="R-1")
    [reason] = re.findall(r".+", failed["note"])
    assert [name for name, _ in found(desk.home, reason) if name.startswith("remit.db")] == []
    erase(desk, "R-1")
    assert "note" not in desk.engine.carry_on(failed["decision_id"])


def test_without_the_key_file_nothing_is_read_and_no_other_key_is_made(desk: Any, decided: dict[str, str]) -> None:
    desk.close()
    (desk.home / "keys" / "subjects.key").unlink()
    with pytest.raises(Corrupted, match="key file") as error:
        desk.engine.explain(decided["again"])
    assert "backup" in (error.value.mend or "")


# Retention


@pytest.fixture
def keeping(desk: Any) -> Any:
    """The desk, whose cases are kept for 30 days."""
    desk.edit("pack.yaml", "    autonomy: act\n", "    autonomy: act\n    retention: {class: desk, keep_days: 30}\n")
    return desk


def test_cases_are_kept_for_as_long_as_is_declared_and_no_longer(keeping: Any) -> None:
    old = keeping.decide(request_id="R-1")["decision_id"]
    keeping.clock.advance(timedelta(days=10))
    young = keeping.decide(request_id="R-1")["decision_id"]
    assert keeping.engine.safekeeping.overdue() == []
    keeping.clock.advance(timedelta(days=20))
    assert [case.decision_id for case in keeping.engine.safekeeping.overdue()] == [old]
    keeping.engine.safekeeping.apply_retention(OLGA)
    assert (keeping.engine.explain(old)["case"], keeping.engine.explain(young)["case"]["request_id"]) == ({}, "R-1")
    assert keeping.engine.verify_records() == (2, [])
    keeping.clock.advance(timedelta(days=10))
    keeping.engine.safekeeping.apply_retention(OLGA)
    assert (keeping.sql("SELECT * FROM subject"), found(keeping.home, "R-1")) == ([], [])


def test_a_held_subject_outlasts_its_time(keeping: Any) -> None:
    keeping.decide(request_id="R-1")
    keeping.engine.safekeeping.hold("R-1", "Court.", OLGA)
    keeping.clock.advance(timedelta(days=31))
    assert [case.held for case in keeping.engine.safekeeping.overdue()] == [True]
    assert keeping.engine.safekeeping.apply_retention(OLGA) == []


def test_a_case_that_still_waits_for_a_person_outlasts_its_time(keeping: Any) -> None:
    keeping.decide(request_id="R-1", amount_cents=200_000)
    keeping.clock.advance(timedelta(days=31))
    assert keeping.engine.safekeeping.overdue() == []


def test_the_ledger_says_which_class_a_case_is_kept_under(keeping: Any) -> None:
    keeping.decide(request_id="R-1")
    [(body,)] = keeping.sql("SELECT body FROM event WHERE type = 'decision.received'")
    assert json.loads(body)["body"]["retention_class"] == "desk"
