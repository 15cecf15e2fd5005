"""The guard: holds the proposal against the policy contract. Nothing gets past it by being clever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from remit.agents.brains.heeding import PERSON, not_heeded
from remit.agents.ports import Deps, Unit
from remit.agents.records import Run
from remit.agents.state import State
from remit.core.words import ApprovalTerms, Evidence, Finding, NeedResult, Verdict
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Facts, Used
from remit.policies.limits import Budget, as_json, places

AUTONOMY_RULE = "autonomy"
PROMISE_RULE = "learning.promise"
"""It has a dot, so that no rule of a contract can be called so."""
BRAIN_RULE = "language_model"
OWN_RULES = (AUTONOMY_RULE, PROMISE_RULE, BRAIN_RULE)
"""What the guard itself finds, over the contract's word."""
REVIEWER_ROLE = "reviewer"


def guard(state: State, deps: Deps) -> State:
    """Give the verdict over case, proposal, evidence, needs and actor, at the moment that is judged."""
    at = datetime.fromisoformat(state["at"])
    usage = usage_of(deps.decision.policy, facts_of(state, deps.run, at), deps)
    return {"verdict": judge(state, deps, at, usage).to_json(), "usage": as_json(usage)}


def judge(state: State, deps: Deps, at: datetime, usage: Mapping[str, Used]) -> Verdict:
    """The verdict at a moment, when the limits have counted so much. Replay calls it with the recorded moment, the
    recheck with the present one.
    """
    facts = replace(facts_of(state, deps.run, at), usage=usage)
    verdict = _within_promise(_within_autonomy(deps.decision.policy.evaluate(facts), deps), facts.confidence, deps)
    return _within_reason(verdict, not_heeded(state["proposal"]))


def usage_of(policy: CompiledContract, facts: Facts, deps: Deps) -> dict[str, Used]:
    """What the limits that a verdict rests on have counted by now; what is on record when a run is thought through.

    It may have changed by the time of the commit, which reads it again.
    """
    budgets = policy.budgets(facts)
    if not budgets:
        return {}
    if deps.usage is not None:
        return dict(deps.usage)
    with deps.store.read() as unit:
        return counted(budgets, unit, facts.now)


def counted(budgets: Sequence[Budget], unit: Unit, at: datetime) -> dict[str, Used]:
    """What each limit has counted in its window around a moment."""
    where = places(budgets, at)
    counts = unit.usage.read(where)
    return {each.limit.id: Used(window, count) for each, (_, window), count in zip(budgets, where, counts, strict=True)}


def facts_of(state: State, run: Run, at: datetime) -> Facts:
    """What a contract may look at: everything that was judged, as it stood at a moment."""
    proposal = state["proposal"]
    return Facts(
        case=run.case,
        action=proposal["action"]["name"],
        args=proposal["action"]["args"],
        actor=run.actor,
        evidence=tuple(aged(item, state["at"], at) for item in state["evidence"]),
        needs=tuple(NeedResult(**need) for need in state["needs"]),
        confidence=proposal["confidence"],
        propensity=proposal["propensity"],
        proposer=proposal["proposer"],
        case_quality="ok" if run.case_quality == "ok" else "degraded",
        cites=tuple(proposal["cites"]),
        now=at,
    )


def _within_autonomy(verdict: Verdict, deps: Deps) -> Verdict:
    """Under `approve_all` every allow becomes an escalation: the pack's owner has not handed over the wheel yet."""
    if deps.decision.autonomy != "approve_all" or verdict.effect != "allow":
        return verdict
    finding = Finding(AUTONOMY_RULE, "escalate", "autonomy == approve_all", "Every action of this pack needs approval.")
    return _asking(verdict, finding)


def _within_promise(verdict: Verdict, confidence: float, deps: Deps) -> Verdict:
    """Where outcomes have broken the promise of a threshold, an allow that is less sure than what still holds is none.

    The finding's clause is on record, and says from where on it held: replay reads it there (`sure_then`).
    """
    if deps.sure_from is None or confidence >= deps.sure_from or verdict.effect != "allow":
        return verdict
    why = "By what became of past cases the promise of this threshold is broken."
    return _asking(verdict, Finding(PROMISE_RULE, "escalate", f"proposal.confidence < {deps.sure_from!r}", why))


def sure_then(verdict: Mapping[str, Any]) -> float | None:
    """The confidence from which on a machine decided when this verdict was given, if that made the verdict."""
    clauses = (each["clause"] for each in verdict["findings"] if each["rule"] == PROMISE_RULE)
    return next((float(clause.rpartition(" ")[2]) for clause in clauses), None)


def _asking(verdict: Verdict, finding: Finding) -> Verdict:
    """The verdict, but a person is asked first, for this reason."""
    return replace(
        verdict,
        effect="escalate",
        findings=(finding, *verdict.findings),
        approvals=verdict.approvals or (ApprovalTerms(role=REVIEWER_ROLE),),
    )


def _within_reason(verdict: Verdict, code: str | None) -> Verdict:
    """Where a language model answered what it should not, a person looks before anything is done: it may be misled."""
    if code not in PERSON or verdict.effect != "allow":
        return verdict
    finding = Finding(BRAIN_RULE, "escalate", f"language model: {code}", "The language model was not heeded; look why.")
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
