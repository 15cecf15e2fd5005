"""The answer: every decision ends in one of the final stages, with a receipt from the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from remit.agents.ports import Deps, Unit
from remit.agents.records import FINAL, Judgement, Run, Stage, action_digest
from remit.agents.rivals import compare, hear
from remit.agents.shadow import shadow
from remit.agents.state import State, row_stage


def answer(state: State, deps: Deps) -> State:
    """Conclude what no earlier step has concluded: what the contract denies."""
    if state["stage"] in FINAL:
        return {}
    state = hear(state, deps)
    with deps.store.write() as unit:
        record_judgement(unit, deps, state)
        conclude(unit, deps.run, "denied", before=(row_stage(state),))
        say(unit, deps, state)
    return {"stage": "denied"}


def record_judgement(unit: Unit, deps: Deps, state: State) -> Judgement:
    """Store what was judged, its digests in the ledger, and what a policy or a model beside would have said."""
    judgement = judgement_of(state, deps)
    action = judgement.proposal["action"]
    digest_of_action = action_digest(deps.run.decision_id, action["name"], action["args"])
    unit.decisions.judge(deps.run.decision_id, judgement, digest_of_action)
    unit.journal.append(
        "decision.judged",
        decision_id=deps.run.decision_id,
        actor=deps.run.actor,
        step="guard",
        body={
            "versions": judgement.versions,
            "judgement_sha256": judgement.sha256,
            "action": action["name"],
            "action_digest": digest_of_action,
            "verdict": judgement.verdict["effect"],
            "findings": [
                {"rule": finding["rule"], "effect": finding["effect"]} for finding in judgement.verdict["findings"]
            ],
            "evidence": [
                {"id": item["id"], "sha256": item["sha256"], "trust": item["trust"]} for item in judgement.evidence
            ],
            "evidence_root": judgement.evidence_root,
        },
    )
    shadow(unit, deps, state)
    compare(unit, deps, state)
    return judgement


def judgement_of(state: State, deps: Deps) -> Judgement:
    """The judgement that the state holds, under the versions in force."""
    return Judgement(
        at=state["at"],
        versions=deps.versions.to_json(),
        plan=state["plan"],
        evidence=state["evidence"],
        needs=state["needs"],
        proposal=state["proposal"],
        verdict=state["verdict"],
        usage=state.get("usage", {}),
        edit=state.get("edit", {}),
        choice=state.get("choice", {}),
        tape=state.get("tape", []),
    )


def conclude(unit: Unit, run: Run, status: Stage, *, before: Sequence[Stage], **facts: Any) -> None:
    """Move the decision to its final stage and write the event that says so; its id goes onto the row.

    A note may tell of the case, so the ledger has its commitment only.
    """
    event_id = unit.journal.append(
        f"decision.{status}",
        decision_id=run.decision_id,
        actor=run.actor,
        step="answer",
        body={"note_commit": run.commit(facts["note"])} if facts.get("note") is not None else {},
    )
    unit.decisions.move(run.decision_id, before, status, receipt_event=event_id, **facts)


def say(unit: Unit, deps: Deps, state: State) -> None:
    """Say the last words, if somebody waits for them. Nothing else is done in this unit afterwards."""
    if deps.last_words is not None:
        deps.last_words(unit, state.get("timings_ms", {}))
