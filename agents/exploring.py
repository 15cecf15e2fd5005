"""Whether this case is explored, and with what probabilities: within the contract, the budget, and what can be undone.

What was looked at is part of the choice's record, so that the very same probabilities come out again: the best action,
what each was expected to earn, and whether the day's budget had room, which nothing but the record can tell later.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from remit.agents.ports import Deps, Weighed
from remit.agents.state import State
from remit.learning.exploration import spread_over
from remit.packs.pack import Decision

Record = dict[str, Any]


def weighed_of(deps: Deps) -> Weighed | None:
    """What the model expects of every action; None where nothing is explored, or no model answers."""
    explores = deps.decision.exploration is not None and deps.decision.autonomy in ("advise", "act")
    return deps.brain.weigh(deps.decision, deps.run.case) if explores and deps.grant is not None else None


def explored(best: str, weighed: Weighed, mask: Mapping[str, Any], state: State, deps: Deps) -> Record:
    """The record of it: what was looked at, what that costs (millionths), and what was `said`."""
    decision = deps.decision
    assert decision.exploration is not None
    record: Record = {"best": best, "floor": decision.exploration.floor, "expected": dict(weighed.expected)}
    if mask[best] != "allow":
        return {**record, "loss_micros": 0, "said": "best_not_allowed"}
    others = _others(decision, best, mask)
    if not others:
        return {**record, "loss_micros": 0, "said": "no_other"}
    _, loss = spread_over(weighed.expected, best, others, decision.exploration.floor)
    granted = _paid(state, loss) or _granted(deps, datetime.fromisoformat(state["at"]), loss)
    return {**record, "loss_micros": loss, "said": "explored" if granted else "spent"}


def probabilities_of(
    decision: Decision, best: str, mask: Mapping[str, Any], record: Mapping[str, Any]
) -> dict[str, float]:
    """With what probability each declared action is proposed, by the record of an exploration."""
    if record["said"] != "explored":
        return {action: float(action == best) for action in decision.actions}
    return spread_over(record["expected"], best, _others(decision, best, mask), record["floor"])[0]


def _others(decision: Decision, best: str, mask: Mapping[str, Any]) -> list[str]:
    """The actions beside the best one that need no person and can be undone."""
    return [
        name
        for name, action in decision.actions.items()
        if name != best and mask[name] == "allow" and action.schema.reversible
    ]


def _paid(state: State, loss: int) -> bool:
    """Whether this run has paid for it already: it asked for evidence again, and now proposes anew."""
    before = state.get("choice", {}).get("exploration") or {}
    return before.get("said") == "explored" and bool(before["loss_micros"] >= loss)


def _granted(deps: Deps, at: datetime, loss: int) -> bool:
    return deps.grant is not None and deps.grant(at, loss)
