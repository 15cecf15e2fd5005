"""Which step follows which. Pure functions of the state: the graph and the replayer both ask them."""

from __future__ import annotations

from remit.agents.planner import can_replan
from remit.agents.records import FINAL
from remit.agents.state import State


def after_intake(state: State) -> str:
    """A new case is planned; a run that is re-entered goes on from the stage of its row."""
    return {"received": "plan", "awaiting_review": "recheck", "committed": "execute"}.get(state["stage"], "answer")


def after_guard(state: State) -> str:
    """Deny ends the case, allow commits; an escalation asks for evidence once more before it asks a person."""
    effect = state["verdict"]["effect"]
    if effect == "deny":
        return "answer"
    if effect == "allow":
        return "commit"
    return "replan" if can_replan(state) else "open_review"


def after_recheck(state: State) -> str:
    """An approval that still holds commits; a stale one is judged anew; none yet waits on."""
    return {"approved": "commit", "stale": "plan", "awaiting_review": "wait_review"}.get(state["stage"], "answer")


def after_commit(state: State) -> str:
    """Advice is final at once, an action is carried out; what a used-up limit stopped is denied or shown to people.

    An approval that was taken back in the meantime is looked at anew.
    """
    if state["stage"] == "committed":
        return "execute"
    if state["stage"] == "awaiting_review":
        return "recheck"
    stopped = state["stage"] not in FINAL and state["verdict"]["effect"] == "escalate"
    return "open_review" if stopped else "answer"
