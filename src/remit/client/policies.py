"""Which contract is in force, and how another one gets there: proposed by one person, activated by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from remit.client.wire import Call, Request, segment


def in_force() -> Call[Sequence[Mapping[str, Any]]]:
    """The contract in force for every decision, by pack."""
    answer = yield Request("GET", "/v1/policies")
    return answer.read_objects()


def text(pack: str, decision: str) -> Call[Mapping[str, Any]]:
    """The contract in force for a decision: its version and digest, and under `texts` its files."""
    answer = yield Request("GET", f"/v1/policies/{segment(pack)}/{segment(decision)}")
    return answer.read_object()


def history(pack: str) -> Call[Mapping[str, Any]]:
    """What is in force of a pack and since when, and every proposed change, the newest first."""
    answer = yield Request("GET", f"/v1/policies/{segment(pack)}")
    return answer.read_object()


def check(pack: str, text: str) -> Call[Mapping[str, Any]]:
    """Check a contract, as YAML: types and its own tests. Nothing is kept."""
    answer = yield Request("POST", "/v1/policies/check", body={"pack": pack, "text": text})
    return answer.read_object()


def evaluate(
    pack: str, facts: Mapping[str, Any], *, decision: str | None = None, text: str | None = None
) -> Call[Mapping[str, Any]]:
    """The verdict on facts, by the contract in force or another `text`. Nothing is decided, and nothing is kept."""
    said = {"decision": decision, "text": text}
    body = {"pack": pack, "facts": dict(facts), **{name: value for name, value in said.items() if value is not None}}
    answer = yield Request("POST", "/v1/policies/eval", body=body)
    return answer.read_object()


def propose(pack: str, text: str, reason: str) -> Call[Mapping[str, Any]]:
    """Propose a contract. It is checked, proved, compared and tried on the past; nothing is in force by it."""
    body = {"pack": pack, "text": text, "reason": reason}
    answer = yield Request("POST", "/v1/policies", body=body, again=False)
    return answer.read_object()


def change(change_id: str) -> Call[Mapping[str, Any]]:
    """A change with everything that its reviewer needs to see."""
    answer = yield Request("GET", f"/v1/policies/changes/{segment(change_id)}")
    return answer.read_object()


def activate(change_id: str, reason: str) -> Call[Mapping[str, Any]]:
    """Approve a change and put it in force. Nobody activates what they have proposed."""
    return _move(change_id, "activate", reason)


def shadow(change_id: str, reason: str) -> Call[Mapping[str, Any]]:
    """Let a change be evaluated beside the contract in force, without any effect."""
    return _move(change_id, "shadow", reason)


def reject(change_id: str, reason: str) -> Call[Mapping[str, Any]]:
    """Turn a change down, or end its shadow period."""
    return _move(change_id, "reject", reason)


def roll_back(change_id: str, reason: str) -> Call[Mapping[str, Any]]:
    """Take a change that is in force out of it at once: the contract before it counts again."""
    return _move(change_id, "rollback", reason)


def _move(change_id: str, verb: str, reason: str) -> Call[Mapping[str, Any]]:
    path = f"/v1/policies/changes/{segment(change_id)}/{verb}"
    answer = yield Request("POST", path, body={"reason": reason}, again=False)
    return answer.read_object()
