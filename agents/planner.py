"""The planner: which evidence this case calls for, and in which words to ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from remit.agents.ports import Deps
from remit.agents.state import REPLANS_MAX, State

SEARCH_FAILED = "search failed: "
"""How the reason of a need begins that could not be looked for."""


def plan(state: State, deps: Deps) -> State:
    """Make the plan. The set of possible actions and needs is fixed here, before any document is read."""
    return {"plan": deps.brain.plan(deps.decision, deps.run.case), "replans": 0, "tape": [], "rival": {}}


def replan(state: State, deps: Deps) -> State:
    """Ask again, in wider words, for each need for which nothing was found. No other need is asked for again.

    That search had failed is kept, by the wording that it failed on: a replay has to fail where the decision did.
    """
    attempt = state["replans"] + 1
    unfound = {need["need"] for need in state["needs"] if not settled(need)}
    steps = [
        {**step, "query": _wider(step, deps.decision.question, attempt)} if step.get("need") in unfound else step
        for step in state["plan"]["steps"]
    ]
    failures = search_failures(state["plan"], state["needs"])
    kept = {"failed": failures} if failures else {}
    return {"plan": {**state["plan"], "steps": steps, "wording": attempt, **kept}, "replans": attempt}


def can_replan(state: State) -> bool:
    """Another wording is worth a try only when a need found nothing, and at most `REPLANS_MAX` times."""
    return state["replans"] < REPLANS_MAX and not all(settled(need) for need in state["needs"])


def settled(need: dict[str, Any]) -> bool:
    """Whether a need's result stands: it is met, or what was found is too little and other words may lose it."""
    return bool(need["met"] or need["found"])


def search_failures(plan: Mapping[str, Any], needs: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The reasons for which search has failed, by wording: of those before, and of the one that found `needs`."""
    reasons = (str(need.get("reason", "")) for need in needs)
    failure = next((reason for reason in reasons if reason.startswith(SEARCH_FAILED)), None)
    before: dict[str, str] = plan.get("failed", {})
    return before if failure is None else {**before, str(plan.get("wording", 0)): failure}


def _wider(step: dict[str, Any], question: str, attempt: int) -> str:
    words = str(step["need"]).replace("_", " ")
    return f"{words}: {step['query']}" if attempt == 1 else f"{words}. {question}"
