"""The state machine: which node follows which. Read it beside the picture in docs/architecture.md.

    intake -> plan -> retrieve -> propose -> guard -- deny ------> answer
                         ^                     +----- allow -----> commit -> execute -> answer
                         +- replan, at most 2 -+
                                               +----- escalate --> open_review -> wait_review -> recheck -> commit

A commit for which a limit has no room left goes to open_review or answer instead; one whose approval was taken back in
the meantime to recheck.

A run is re-entered from SQL, the truth, after a crash: intake sends it on from the stage of its row. The checkpoint of
a paused run is a cache that spares the way back; see docs/decisions/0004-checkpoints-are-a-cache.md.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, Protocol

# Strict before the import: langgraph reads it once. Only JSON primitives may come out of a checkpoint.
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, RetryPolicy, interrupt

from remit.agents.actor import commit, execute
from remit.agents.answer import answer
from remit.agents.escalation import open_review, recheck
from remit.agents.guard import guard
from remit.agents.intake import intake
from remit.agents.planner import plan, replan
from remit.agents.ports import Deps
from remit.agents.proposer import propose
from remit.agents.retriever import retrieve
from remit.agents.routes import after_commit, after_guard, after_intake, after_recheck
from remit.agents.state import State
from remit.core.errors import Transient

Node = Callable[[State, Deps], State]


class Timed(Protocol):
    """A node as the graph calls it."""

    def __call__(self, state: State, *, runtime: Runtime[Deps]) -> State: ...


# The pure part may be tried again after a passing fault. Its one mark is on the day's budget of exploration, which
# `propose` charges, once more if it is tried again. What writes or acts is never repeated by the graph:
# the actor and the store know what may be repeated, and under which key.
PURE_RETRY = RetryPolicy(initial_interval=0.05, max_interval=0.5, max_attempts=3, jitter=False, retry_on=Transient)
PURE: dict[str, Node] = {"plan": plan, "retrieve": retrieve, "replan": replan, "propose": propose, "guard": guard}
WRITING: dict[str, Node] = {
    "intake": intake,
    "open_review": open_review,
    "recheck": recheck,
    "commit": commit,
    "execute": execute,
    "answer": answer,
}


RESUME: Command[Any] = Command(resume=True)
"""What a paused run is invoked with. The value says nothing: the recheck reads the review itself."""


def build_graph(checkpointer: BaseCheckpointSaver[Any] | None) -> CompiledStateGraph[State, Deps, State, State]:
    """The compiled graph. `Deps` are handed in at each invoke as the runtime context; they are never persisted."""
    graph = StateGraph(State, context_schema=Deps)
    for name, node in PURE.items():
        graph.add_node(name, _timed(name, node), retry_policy=PURE_RETRY)
    for name, node in WRITING.items():
        graph.add_node(name, _timed(name, node), retry_policy=())
    graph.add_node("wait_review", wait_review, retry_policy=())
    graph.add_edge(START, "intake")
    graph.add_conditional_edges("intake", after_intake, ["plan", "recheck", "execute", "answer"])
    graph.add_edge("plan", "retrieve")
    graph.add_edge("retrieve", "propose")
    graph.add_edge("propose", "guard")
    graph.add_conditional_edges("guard", after_guard, ["answer", "commit", "open_review", "replan"])
    graph.add_edge("replan", "retrieve")
    graph.add_edge("open_review", "wait_review")
    graph.add_edge("wait_review", "recheck")
    graph.add_conditional_edges("recheck", after_recheck, ["commit", "plan", "wait_review", "answer"])
    graph.add_conditional_edges("commit", after_commit, ["execute", "open_review", "recheck", "answer"])
    graph.add_edge("execute", "answer")
    graph.add_edge("answer", END)
    return graph.compile(checkpointer=checkpointer)


def wait_review(state: State) -> State:
    """Wait for a person. Nothing else happens here: what stands before an interrupt runs again on resume."""
    interrupt({"review_id": state["review_id"]})
    return {}


def _timed(name: str, node: Node) -> Timed:
    """The node as the graph calls it: with its deps from the runtime, and its wall time in milliseconds on record."""

    def run(state: State, *, runtime: Runtime[Deps]) -> State:
        started = time.perf_counter()
        with runtime.context.telemetry.span(f"step {name}", {"remit.step": name}):
            update = node(state, runtime.context)
        spent = (time.perf_counter() - started) * 1000
        before = state.get("timings_ms", {}).get(name, 0.0)
        return {**update, "timings_ms": {name: round(before + spent, 3)}}

    run.__name__ = name
    return run
