"""What is told of which event, and that nothing of a case is."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from remit.core.errors import InputError
from remit.ledger.event import EVENT_TYPES
from remit.webhooks.told import TYPES, checked_types, message_of, notice_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

TOLD = {
    "decision.final": "executed advised denied rejected quarantined failed",
    "review.opened": "opened seeded",
    "review.breached": "escalated held expired",
    "review.decided": "approved rejected revoked cancelled tested",
    "policy.activated": "activated rolled_back",
    "drift.alarm": "alarmed",
}
EXPECTED = {f"{kind.split('.')[0]}.{verb}": kind for kind, verbs in TOLD.items() for verb in verbs.split()}


@pytest.mark.parametrize("event_type", sorted(EVENT_TYPES))
def test_each_event_of_the_ledger_is_told_as_the_table_says_or_not_at_all(event_type: str) -> None:
    notice = notice_of(event_type, {}, "D1")
    assert (notice and notice.type) == EXPECTED.get(event_type)


def test_every_event_that_is_told_can_be_recorded() -> None:
    assert set(EXPECTED) <= EVENT_TYPES
    assert set(EXPECTED.values()) == set(TYPES)


def test_a_final_decision_is_told_with_its_ids_status_and_versions() -> None:
    notice = notice_of("decision.executed", {"note_commit": "c"}, "D1")
    assert notice is not None
    told = message_of(notice, "E1", NOW, decision={"pack": "credit", "versions": {"pack": "1.0.0"}})
    data = {"decision_id": "D1", "pack": "credit", "status": "executed", "versions": {"pack": "1.0.0"}}
    assert json.loads(told.body) == {"type": "decision.final", "timestamp": "2026-03-01T12:00:00+00:00", "data": data}
    assert told.id == "E1"


@pytest.mark.parametrize("event_type", sorted(EXPECTED))
def test_reasons_and_arguments_stay_inside(event_type: str) -> None:
    body = {"review_id": "R1", "reason": "PRIVATE", "args": {"name": "PRIVATE"}, "choice": "PRIVATE", "text": "PRIVATE"}
    notice = notice_of(event_type, body, "D1")
    assert notice is not None
    assert "PRIVATE" not in message_of(notice, "E1", NOW).body


def test_an_alarm_is_told_with_its_series_and_its_id_and_without_numbers() -> None:
    body = {"alarm_id": "A1", "pack": "credit", "decision": "credit.application", "series": "loss", "evidence": 7e6}
    notice = notice_of("drift.alarmed", body, None)
    assert notice is not None
    assert notice.data == {name: body[name] for name in ("pack", "decision", "series", "alarm_id")}


def test_a_test_item_is_opened_in_the_same_words_as_any_review() -> None:
    real = notice_of("review.opened", {"review_id": "R1", "action_digest": "d"}, None)
    seeded = notice_of("review.seeded", {"review_id": "R1", "model": "D1", "expected": "reject"}, None)
    assert real == seeded


def test_a_rollback_tells_what_is_in_force_again() -> None:
    body = {
        "change_id": "C1",
        "pack": "credit",
        "policy": {"version": "2"},
        "in_force": {"version": "1"},
        "reason": "x",
    }
    notice = notice_of("policy.rolled_back", body, None)
    assert notice is not None
    assert notice.data == {"change_id": "C1", "pack": "credit", "rolled_back": True, "policy": {"version": "1"}}


def test_types_are_checked_and_put_in_order() -> None:
    assert checked_types(["review.opened", "decision.final", "review.opened"]) == ("decision.final", "review.opened")
    with pytest.raises(InputError, match=r"decision\.fnal") as raised:
        checked_types(["decision.fnal"])
    assert raised.value.mend == "did you mean `decision.final`?"
