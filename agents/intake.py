"""The intake: a decision begins with a durable row, or goes on from where its row stands."""

from __future__ import annotations

from remit.agents.answer import conclude, say
from remit.agents.ports import Deps
from remit.agents.state import GRAPH_VERSION, State


def intake(state: State, deps: Deps) -> State:
    """Store the admitted case before anything is thought about it; a quarantined case ends here, waiting for its data.

    A run that is re-entered after a crash arrives with the stage of its row and is sent on from there.
    """
    update: State = {"graph_version": GRAPH_VERSION}
    if state["stage"] != "new":
        return update
    run = deps.run
    with deps.store.write() as unit:
        unit.decisions.receive(run, deps.versions)
        unit.journal.append(
            "decision.received",
            decision_id=run.decision_id,
            actor=run.actor,
            step="intake",
            body={
                "decision": run.decision,
                "versions": deps.versions.to_json(),
                "input_commit": run.input_commit,
                "case_quality": run.case_quality,
                **({"retention_class": run.retention_class} if run.retention_class else {}),
                "violations": [
                    {"field": item["field"], "rule": item["rule"], "severity": item["severity"]}
                    for item in run.violations
                ],
            },
        )
        if run.case_quality == "quarantined":
            conclude(unit, deps.run, "quarantined", before=("received",))
            say(unit, deps, state)
            return {**update, "stage": "quarantined"}
    return {**update, "stage": "received", "at": run.at.isoformat()}
