"""A contract beside the one in force: what it would have said of the same facts. It never changes a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from remit.agents.guard import OWN_RULES, counted, facts_of
from remit.agents.ports import Deps, Unit
from remit.agents.state import State
from remit.policies.evaluate import CompiledContract


def shadow(unit: Unit, deps: Deps, state: State) -> None:
    """Evaluate the candidate of a shadow period on what was just judged; a difference is an event.

    It is part of the unit of work that stores the judgement. The evaluation cannot raise: what a contract cannot
    evaluate is a finding like any other. A limit that only the candidate has counts from its activation on: in its
    shadow period nothing is counted against it.
    """
    if deps.shadow is None:
        return
    facts = facts_of(state, deps.run, datetime.fromisoformat(state["at"]))
    facts = replace(facts, usage=counted(deps.shadow.policy.budgets(facts), unit, facts.now))
    then, now = word(state["verdict"]), word(deps.shadow.policy.evaluate(facts).to_json())
    differs = differ(then, now)
    unit.policy_changes.compared(deps.shadow.change_id, deps.run.decision_id, then, now, differs)
    if differs:
        unit.journal.append(
            "policy.shadowed",
            decision_id=deps.run.decision_id,
            actor=deps.run.actor,
            step="guard",
            body={
                "change_id": deps.shadow.change_id,
                "policy": deps.shadow.policy.ref.to_json(),
                "then": then,
                "now": now,
            },
        )


def word(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """A contract's own word, as far as two contracts are compared: effect, deciding rules, approvals and obligations.

    What the guard made of it is left out: under `approve_all`, after a broken promise, or where a language model was
    not heeded, an allow of the contract is still an allow.
    """
    findings = verdict["findings"]
    approvals = verdict["approvals"]
    if findings and findings[0]["rule"] in OWN_RULES:
        findings, approvals = findings[1:], []
    effect = findings[0]["effect"]
    return {
        "effect": effect,
        "rules": [finding["rule"] for finding in findings if finding["effect"] == effect],
        "approvals": approvals,
        "obligations": verdict["obligations"],
    }


def differ(then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether two words lead to something else: another effect, other approvers, other obligations."""
    return any(then[name] != now[name] for name in ("effect", "approvals", "obligations"))


def timeless(policy: CompiledContract) -> CompiledContract:
    """A candidate as if it were in force at any time: what it says is asked of moments before its first day, too."""
    metadata = policy.contract.metadata.model_copy(update={"effective_from": None, "effective_until": None})
    return replace(policy, contract=policy.contract.model_copy(update={"metadata": metadata}))
