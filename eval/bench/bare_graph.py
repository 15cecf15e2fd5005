"""The bare LangGraph graph that a decision is held against: the nodes and edges of Remit's own, and nothing in them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Literal, Protocol, TypedDict

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import interrupt

Verdict = Literal["allow", "deny", "escalate"]
NODES = (
    "intake",
    "plan",
    "retrieve",
    "replan",
    "propose",
    "guard",
    "open_review",
    "recheck",
    "commit",
    "execute",
    "answer",
)


class BareState(TypedDict, total=False):
    """`verdict` is handed in, and says which way the run goes."""

    verdict: Verdict
    stage: str


def build_bare_graph(
    checkpointer: BaseCheckpointSaver[Any] | None, act: Callable[[], object] = lambda: None
) -> CompiledStateGraph[BareState, None, BareState, BareState]:
    """The graph of `remit.agents.graph` with empty nodes; what is allowed may `act` in the one that executes."""
    graph = StateGraph(BareState)
    for name in NODES:
        graph.add_node(name, _node(name, act if name == "execute" else None))
    graph.add_node("wait_review", _wait)
    graph.add_edge(START, "intake")
    graph.add_conditional_edges("intake", lambda _: "plan", ["plan", "recheck", "execute", "answer"])
    graph.add_edge("plan", "retrieve")
    graph.add_edge("retrieve", "propose")
    graph.add_edge("propose", "guard")
    graph.add_conditional_edges("guard", _after_guard, ["answer", "commit", "open_review", "replan"])
    graph.add_edge("replan", "retrieve")
    graph.add_edge("open_review", "wait_review")
    graph.add_edge("wait_review", "recheck")
    graph.add_conditional_edges("recheck", lambda _: "commit", ["commit", "plan", "wait_review", "answer"])
    graph.add_conditional_edges("commit", lambda _: "execute", ["execute", "open_review", "recheck", "answer"])
    graph.add_edge("execute", "answer")
    graph.add_edge("answer", END)
    return graph.compile(checkpointer=checkpointer)


class _Node(Protocol):
    def __call__(self, state: BareState) -> BareState: ...


def _node(name: str, act: Callable[[], object] | None) -> _Node:
    def run(state: BareState) -> BareState:
        if act is not None:
            act()
        return {"stage": name}

    return run


def _wait(state: BareState) -> BareState:
    interrupt({"stage": state["stage"]})
    return {}


def _after_guard(state: BareState) -> str:
    return {"allow": "commit", "deny": "answer", "escalate": "open_review"}[state["verdict"]]
