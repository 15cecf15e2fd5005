"""The guard: holds the proposal against the policy contract. Nothing gets past it by being clever."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from remit.agents.ports import Deps
from remit.agents.state import State
from remit.core.words import ApprovalTerms, Evidence, Finding, NeedResult, Verdict
from remit.policies.facts import Facts

AUTONOMY_RULE = "autonomy"
REVIEWER_ROLE = "reviewer"


def guard(state: State, deps: Deps) -> State:
    """Give the verdict over case, proposal, evidence, needs and actor, at the moment that is judged."""
    return {"verdict": judge(state, deps, datetime.fromisoformat(state["at"])).to_json()}


def judge(state: State, deps: Deps, at: datetime) -> Verdict:
    """The verdict at a moment. Replay calls it with the recorded moment, the recheck with the present one."""
    proposal = state["proposal"]
    facts = Facts(
        case=deps.run.case,
        action=proposal["action"]["name"],
        args=proposal["action"]["args"],
        actor=deps.run.actor,
        evidence=tuple(aged(item, state["at"], at) for item in state["evidence"]),
        needs=tuple(NeedResult(**need) for need in state["needs"]),
        confidence=proposal["confidence"],
        propensity=proposal["propensity"],
        proposer=proposal["proposer"],
        case_quality="ok" if deps.run.case_quality == "ok" else "degraded",
        now=at,
    )
    return _within_autonomy(deps.decision.policy.evaluate(facts), deps)


def _within_autonomy(verdict: Verdict, deps: Deps) -> Verdict:
    """Under `approve_all` every allow becomes an escalation: the pack's owner has not handed over the wheel yet."""
    if deps.decision.autonomy != "approve_all" or verdict.effect != "allow":
        return verdict
    finding = Finding(AUTONOMY_RULE, "escalate", "autonomy == approve_all", "Every action of this pack needs approval.")
    return replace(
        verdict,
        effect="escalate",
        findings=(finding, *verdict.findings),
        approvals=verdict.approvals or (ApprovalTerms(role=REVIEWER_ROLE),),
    )


def aged(item: dict[str, Any], gathered_at: str, at: datetime) -> Evidence:
    """A passage grows older between gathering and recheck; its age is counted to the moment of judging."""
    elapsed = (at.date() - datetime.fromisoformat(gathered_at).date()).days
    return Evidence(**{**item, "age_days": item["age_days"] + elapsed})
