"""Effects happen exactly once, whatever the system of record answers, and whatever somebody does to the tables."""

from __future__ import annotations

from typing import Any

import pytest

from remit.core.errors import Corrupted

SMALL, LARGE = 5_000, 200_000
PAID, WIRED = [("pay", SMALL)], [("wire", SMALL)]


@pytest.mark.parametrize(
    ("kind", "mode", "status", "state", "attempts", "booked"),
    [
        ("payment", "ok", "executed", "confirmed", 1, PAID),
        ("payment", "untidy", "executed", "confirmed", 1, PAID),
        ("payment", "refuse", "failed", "failed", 1, []),
        ("payment", "late", "executed", "confirmed", 1, PAID),
        ("payment", "down,late", "executed", "confirmed", 2, PAID),
        ("payment", "down,down,late", "executed", "confirmed", 3, PAID),
        ("payment", "down,refuse", "failed", "failed", 2, []),
        ("payment", "late blind", "failed", "in_doubt", 1, PAID),
        ("payment", "down", "failed", "in_doubt", 3, []),
        ("wire", "ok", "executed", "confirmed", 1, WIRED),
        ("wire", "refuse", "failed", "failed", 1, []),
        ("wire", "late", "failed", "in_doubt", 1, WIRED),
        ("wire", "down", "failed", "in_doubt", 1, []),
    ],
)
def test_an_effect_happens_at_most_once_and_is_never_guessed(
    desk: Any, kind: str, mode: str, status: str, state: str, attempts: int, booked: Any
) -> None:
    desk.mode(mode)
    result = desk.decide(kind=kind)
    effect = desk.effect(result["decision_id"])
    assert (result["status"], effect["state"], effect["attempts"]) == (status, state, attempts)
    assert desk.booked() == booked
    assert desk.is_sound()


@pytest.mark.parametrize(
    ("mode", "status", "state", "attempts"),
    [
        ("late", "executed", "confirmed", 1),
        ("late blind", "failed", "in_doubt", 3),
        ("late,refuse blind", "failed", "in_doubt", 3),
        ("late,ok blind", "executed", "confirmed", 2),
    ],
)
def test_an_idempotent_connector_may_be_asked_again_and_acts_once(
    desk: Any, mode: str, status: str, state: str, attempts: int
) -> None:
    desk.mode(mode)
    result = desk.decide(kind="order")
    effect = desk.effect(result["decision_id"])
    assert (result["status"], effect["state"], effect["attempts"]) == (status, state, attempts)
    assert desk.ordered() == [("order",)]


def test_a_refusal_after_an_attempt_that_nobody_can_clear_up_is_no_proof_that_nothing_was_done(desk: Any) -> None:
    desk.mode("late,refuse blind")
    result = desk.decide(kind="order")
    assert result["note"].startswith("in doubt: ")
    assert "effect.failed" not in desk.history(result["decision_id"])


@pytest.mark.parametrize("kind", ["payment", "wire"])
def test_what_is_in_doubt_is_left_to_a_person(desk: Any, kind: str) -> None:
    desk.mode("late blind")
    result = desk.decide(kind=kind)
    assert "a person has to look" in result["note"]
    assert desk.history(result["decision_id"])[-2:] == ["effect.in_doubt", "decision.failed"]
    assert desk.engine.carry_on(result["decision_id"])["status"] == "failed"
    assert len(desk.booked()) == 1


def test_each_attempt_is_in_the_ledger_before_it_is_made(desk: Any) -> None:
    desk.mode("down")
    result = desk.decide()
    attempts = [name for name in desk.history(result["decision_id"]) if name.startswith("effect.")]
    assert attempts == ["effect.planned", *["effect.attempted", "effect.in_doubt"] * 3]


def test_a_connector_module_that_cannot_be_loaded_fails_the_decision_and_nothing_is_done(desk: Any) -> None:
    desk.edit(
        "connectors.py", "from remit.packs.local_record", "import nothing_of_that_name\nfrom remit.packs.local_record"
    )
    result = desk.decide()
    assert (result["status"], desk.booked()) == ("failed", [])
    assert "nothing_of_that_name" in result["note"]


def test_a_decision_is_carried_out_by_the_connectors_that_it_was_committed_with(desk: Any, processes: Any) -> None:
    result = cut_off(desk, processes, "effect.planned")
    desk.edit("connectors.py", '(call.key, call.action, call.args["amount_cents"])', "(call.key, call.action, 0)")
    assert desk.engine.carry_on(result)["status"] == "executed"
    assert desk.booked() == PAID


def cut_off(desk: Any, processes: Any, event: str, **case: Any) -> str:
    """A decision whose process was killed right after this event was recorded."""
    desk.close()
    assert processes.decide(desk, die_after=event, **case).wait() == -9
    [decision_id] = desk.engine.unfinished()
    return str(decision_id)


@pytest.mark.parametrize(
    "burglary",
    [
        ("effect.args", '"amount_cents":5000', '"amount_cents":999999'),
        """UPDATE effect SET args = '{"amount_cents":999999}'""",
        "UPDATE effect SET args = ''",
        "UPDATE effect SET action = 'wire'",
        "UPDATE effect SET connector = 'wire'",
        "UPDATE effect SET key = 'another'",
        "DELETE FROM effect",
        ("decision.judgement", '"amount_cents":5000', '"amount_cents":9999'),
        ("decision.judgement", "routine", "routone"),
        "UPDATE decision SET judgement = substr(judgement, 2)",
        "UPDATE decision SET judgement = '{}'",
        "UPDATE decision SET judgement = NULL",
        "UPDATE decision SET judgement_sha256 = 'another'",
        "UPDATE decision SET action_digest = 'another'",
    ],
)
def test_an_effect_that_is_not_the_one_that_was_judged_is_not_carried_out(
    desk: Any, processes: Any, burglary: str | tuple[str, str, str]
) -> None:
    decision_id = cut_off(desk, processes, "effect.planned")
    desk.sql(burglary) if isinstance(burglary, str) else desk.forge(*burglary)
    with pytest.raises(Corrupted):
        desk.engine.carry_on(decision_id)
    assert desk.booked() == []


@pytest.mark.parametrize(
    "burglary",
    [
        ("decision.judgement", '"amount_cents":200000', '"amount_cents":999999'),
        ("decision.judgement", '"effect":"escalate"', '"effect":"allow"'),
        "UPDATE decision SET judgement_sha256 = 'another'",
    ],
)
def test_an_approval_of_a_judgement_that_was_changed_is_not_carried_out(
    desk: Any, burglary: str | tuple[str, str, str]
) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.sql(burglary) if isinstance(burglary, str) else desk.forge(*burglary)
    with pytest.raises(Corrupted):
        desk.vote(waiting["review_id"])
    assert desk.booked() == []


@pytest.mark.parametrize("column", ["action_digest", "evidence_root", "policy_sha256"])
def test_a_review_that_was_bound_to_something_else_does_not_let_an_action_through(desk: Any, column: str) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.sql(f"UPDATE review SET {column} = 'another'")
    assert desk.vote(waiting["review_id"])["decision"]["status"] == "awaiting_review"
    assert (desk.booked(), desk.engine.review(waiting["review_id"])["state"]) == ([], "stale")


def test_a_stored_pack_that_was_changed_is_not_run(desk: Any, processes: Any) -> None:
    decision_id = cut_off(desk, processes, "effect.planned")
    desk.sql("UPDATE pack_version SET files_zip = ?", b"no archive")
    with pytest.raises(Corrupted):
        desk.engine.carry_on(decision_id)
    assert desk.booked() == []
