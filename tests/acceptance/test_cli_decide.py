"""One case in, one governed decision out; and afterwards, why."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
import pytest

if TYPE_CHECKING:
    from conftest import Done, Remit


Case = Callable[..., dict[str, Any]]
Decided = Callable[..., dict[str, Any]]

ULID = "[0-9A-HJKMNP-TV-Z]{26}"
SHA256 = "[0-9a-f]{64}"
STATUSES = "executed|advised|awaiting_review|denied|rejected|quarantined|failed"


@pytest.fixture(scope="module")
def executed(ours: Remit, case: Case) -> Done:
    """A routine case, decided under a request key."""
    return ours("decide", "credit", "--case", ours.write("case.json", case()), "--key", "order-7", "--json")


@pytest.fixture(scope="module")
def asked_again(ours: Remit, executed: Done, case: Case) -> Done:
    """The same request once more, from standard input and for a person's eyes."""
    return ours("decide", "credit", "--case", "-", "--key", "order-7", stdin=orjson.dumps(case()))


def test_a_decision_has_the_shape_that_callers_rely_on(executed: Done) -> None:
    assert (executed.code, executed.err) == (0, "")
    result = executed.json
    assert _shape(result) == {
        "decision_id": ULID,
        "decision": "text",
        "status": STATUSES,
        "action": {"name": "text", "args": {"amount_cents": "number"}},
        "confidence": "number",
        "propensity": "number",
        "reasons": ["text"],
        "verdict": {
            "effect": "allow|escalate|deny",
            "findings": [{"rule": "text", "effect": "allow|escalate|deny", "clause": "text", "reason": "text"}],
            "policy": {"name": "text", "version": "number", "sha256": SHA256},
            "approvals": [],
            "obligations": [],
        },
        "evidence": [
            {
                "id": "text",
                "source": "text",
                "revision": "number",
                "sha256": SHA256,
                "score": "number",
                "trust": "text",
                "need": "text",
            }
        ],
        "case_quality": "text",
        "receipt": {"seq": "number", "leaf_sha256": SHA256},
        "timings_ms": dict.fromkeys(result["timings_ms"], "number"),
        "effect": {"entry": "number", "kind": "text", "amount_cents": "number", "applicant_id": "text"},
    }
    assert {"plan", "retrieve", "propose", "guard", "execute", "total"} <= result["timings_ms"].keys()


def test_what_the_policy_allows_is_carried_out(executed: Done) -> None:
    result = executed.json
    assert (result["status"], result["verdict"]["effect"]) == ("executed", "allow")
    assert result["effect"]["amount_cents"] == result["action"]["args"]["amount_cents"]


def test_a_person_reads_status_action_clause_and_receipt(asked_again: Done) -> None:
    assert asked_again.code == 0
    for words in (": executed", "approve amount_cents=116900", "[routine-grant: ", "receipt   event "):
        assert words in asked_again.out


def test_the_same_request_is_decided_once(executed: Done, asked_again: Done) -> None:
    assert executed.json["decision_id"] in asked_again.out
    assert f"event {executed.json['receipt']['seq']}, " in asked_again.out


def test_a_request_key_is_not_used_for_another_case(ours: Remit, executed: Done, case: Case) -> None:
    done = ours("decide", "credit", "--case", "-", "--key", "order-7", stdin=orjson.dumps(case(age=44)))
    assert (done.code, done.out) == (2, "")
    assert "use a new key" in done.err


def test_a_case_that_needs_a_person_waits_and_exits_0(ours: Remit, case: Case) -> None:
    done = ours("decide", "credit", "--case", "-", "--json", stdin=orjson.dumps(case(amount_cents=900_000)))
    assert (done.code, done.json["status"]) == (0, "awaiting_review")
    assert re.fullmatch(ULID, done.json["review_id"])
    assert "effect" not in done.json


def test_a_denied_case_exits_1_and_does_nothing(ours: Remit, case: Case) -> None:
    denied = case(instalment_rate_class=1, other_instalment_plans="bank")
    done = ours("decide", "credit", "--case", "-", "--json", stdin=orjson.dumps(denied))
    assert (done.code, done.json["status"], done.json["verdict"]["effect"]) == (1, "denied", "deny")
    assert "effect" not in done.json


def test_a_case_that_contradicts_itself_is_quarantined_with_the_rule_it_breaks(ours: Remit, case: Case) -> None:
    done = ours("decide", "credit", "--case", "-", "--json", stdin=orjson.dumps(case(age=19)))
    assert (done.code, done.json["status"], done.json["verdict"]) == (1, "quarantined", None)
    assert done.json["violations"][0]["rule"] == "worked_before_fifteen"


def test_explain_tells_plan_evidence_clause_and_ledger(remit: Remit, decided: Decided) -> None:
    past = decided(status="executed")
    done = remit("explain", past["decision_id"], "--json")
    assert (done.code, done.err) == (0, "")
    told = done.json
    assert told["plan"]["steps"][0]["kind"] == "retrieve"
    assert set(told["cites"]) <= {item["id"] for item in told["evidence"] if item["text"]}
    assert told["verdict"] == past["verdict"]
    assert told["effect"]["state"] == "confirmed"
    assert told["ledger"][0]["type"] == "decision.received"


def test_a_person_reads_the_story_in_the_order_in_which_it_happened(remit: Remit, decided: Decided) -> None:
    done = remit("explain", decided(status="awaiting_review")["decision_id"])
    assert done.code == 0
    places = [done.out.index(f"\n{chapter}") for chapter in ("Plan", "Evidence", "Proposal", "Verdict", "Review")]
    assert places == sorted(places)


def test_every_past_decision_replays_to_the_byte(remit: Remit) -> None:
    done = remit("replay", "--all", "--json")
    assert (done.code, done.json) == (0, {"replayed": 60, "same": 60, "different": [], "lost": []})


def test_one_decision_replays_to_the_byte(remit: Remit, decided: Decided) -> None:
    done = remit("replay", decided(status="denied")["decision_id"])
    assert (done.code, done.out) == (0, "1 replayed, 1 the same, 0 different\n")


def _shape(value: Any) -> Any:
    """What kind of thing stands where: lists by their first item, texts by the pattern they fit."""
    if isinstance(value, dict):
        return {name: _shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_shape(item) for item in value[:1]]
    if isinstance(value, str):
        patterns = (ULID, SHA256, STATUSES, "allow|escalate|deny")
        return next((pattern for pattern in patterns if re.fullmatch(pattern, value)), "text")
    return "number" if isinstance(value, int | float) else value
