"""The action agent: proposes one action, and cites what it rests on."""

from __future__ import annotations

from remit.agents.ports import Deps
from remit.agents.state import State


def propose(state: State, deps: Deps) -> State:
    """Propose. Only trusted passages of met needs are cited: untrusted text is shown to people, never relied on."""
    met = {need["need"] for need in state["needs"] if need["met"]}
    cites = tuple(
        item["id"] for item in state["evidence"] if item["need"] in met and item["trust"] in ("trusted", "internal")
    )
    proposal = deps.brain.propose(deps.decision, deps.run.case, cites)
    return {"proposal": proposal.to_json()}
