"""The state that travels through the graph: JSON primitives and references, nothing else.

Documents, cases and results live in SQL. A checkpoint of this state is a cache that lets a paused run go on.
"""

from __future__ import annotations

import operator
from typing import Annotated, Any, Literal, TypedDict

from remit.agents.records import Judgement, Stage

GRAPH_VERSION = "1"
"""Raised whenever a node is renamed or the order changes: a run paused under another version is not resumed."""

REPLANS_MAX = 2

WorkStage = Literal["new", "received", "awaiting_review", "approved", "stale", "committed"]
"""Where a run stands while it is under way. `approved` and `stale` are what a recheck found; their row still waits."""


class State(TypedDict, total=False):
    """What the nodes hand on.

    `stage` is where the decision's durable row stands, `at` the moment that is judged (RFC 3339), `attempt` the attempt
    that the commit has logged and that is not made yet, `proposer_us` what the proposer took of the processor, in
    microseconds, `rival` the word of the other model of a rollout; the other keys are the decision's substance.
    """

    decision_id: str
    graph_version: str
    stage: WorkStage | Stage
    attempt: int
    at: str
    plan: dict[str, Any]
    replans: int
    evidence: list[dict[str, Any]]
    needs: list[dict[str, Any]]
    proposal: dict[str, Any]
    verdict: dict[str, Any]
    usage: dict[str, dict[str, str]]
    edit: dict[str, Any]
    choice: dict[str, Any]
    tape: list[dict[str, Any]]
    rival: dict[str, Any]
    review_id: str
    proposer_us: int
    timings_ms: Annotated[dict[str, float], operator.or_]


def state_of(judgement: Judgement) -> State:
    """What a judgement puts into the state."""
    return {
        "at": judgement.at,
        "plan": judgement.plan,
        "evidence": judgement.evidence,
        "needs": judgement.needs,
        "proposal": judgement.proposal,
        "verdict": judgement.verdict,
        "usage": judgement.usage,
        "edit": judgement.edit,
        "choice": judgement.choice,
        "tape": judgement.tape,
    }


UNTOLD: State = {
    "plan": {},
    "evidence": [],
    "needs": [],
    "proposal": {},
    "verdict": {},
    "usage": {},
    "choice": {},
    "tape": [],
    "rival": {},
}
"""A state that tells nothing of its case: SQL has all of it."""


def judged_anew(state: State) -> bool:
    """Whether the judgement in this state is not stored yet: the case is new, or its approval went stale."""
    return state["stage"] in ("received", "stale")


def row_stage(state: State) -> Stage:
    """The stage in which the store must still hold the decision when this run goes on."""
    return "received" if state["stage"] == "received" else "awaiting_review"
