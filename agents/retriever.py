"""The retrieval agent: follows the plan's evidence steps and says for each need whether it was met."""

from __future__ import annotations

from datetime import datetime

from remit.agents.ports import Deps
from remit.agents.state import State


def retrieve(state: State, deps: Deps) -> State:
    """Gather the evidence that the plan asks for; on a replan, only for the needs that are still open."""
    met = {need["need"] for need in state.get("needs", []) if need["met"]}
    asked = [
        (deps.decision.need(step["need"]), step["query"])
        for step in state["plan"]["steps"]
        if step["kind"] == "retrieve" and step["need"] not in met
    ]
    evidence, results = deps.knowledge.gather(asked, deps.run.case, datetime.fromisoformat(state["at"]))
    kept = [item for item in state.get("evidence", []) if item["need"] in met]
    settled = [need for need in state.get("needs", []) if need["met"]]
    return {
        "evidence": [*kept, *(item.to_json() for item in evidence)],
        "needs": [*settled, *(result.to_json() for result in results)],
    }
