"""The retrieval agent: follows the plan's evidence steps and says for each need whether it was met."""

from __future__ import annotations

from datetime import datetime

from remit.agents.planner import settled
from remit.agents.ports import Deps
from remit.agents.state import State


def retrieve(state: State, deps: Deps) -> State:
    """Gather the evidence that the plan asks for; on a replan, only for the needs that found nothing."""
    kept = [need for need in state.get("needs", []) if settled(need)]
    known = {need["need"] for need in kept}
    asked = [
        (deps.decision.need(step["need"]), step["query"])
        for step in state["plan"]["steps"]
        if step["kind"] == "retrieve" and step["need"] not in known
    ]
    evidence, results = deps.knowledge.gather(asked, deps.run.case, datetime.fromisoformat(state["at"]))
    passages = [item for item in state.get("evidence", []) if item["need"] in known]
    return {
        "evidence": [*passages, *(item.to_json() for item in evidence)],
        "needs": [*kept, *(result.to_json() for result in results)],
    }
