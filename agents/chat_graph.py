"""The chat as a state machine: think, use a tool, think again, until there is an answer.

    think -- a tool is called for --> use -+
      ^                                    |
      +------------------------------------+
      +-- there is an answer --> the end

It has no checkpointer: a question is answered anew from its row when a process dies, and tools that look things up may
be used twice. Deciding a confirmed case is not repeated, by its request key.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypedDict

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from remit.chat.conversation import Answer
from remit.chat.ports import ChatBrain, Toolbox, Turn
from remit.chat.tools import DECIDE, TOOLS, Call
from remit.chat.wording import not_understood

TOOLS_MAX = 5
"""So many tools are used for one question, at most."""


@dataclass(frozen=True)
class ChatDeps:
    """What a turn needs besides its state. `heard` is told of every step, and may raise to end the run."""

    brain: ChatBrain
    toolbox: Toolbox
    heard: Callable[[str, Mapping[str, Any]], None]


class ChatState(TypedDict, total=False):
    """A turn on its way."""

    turn: Turn
    call: Call | None
    answer: Answer


def converse(turn: Turn, deps: ChatDeps, confirmed: Call | None = None) -> Answer:
    """Answer a question. `confirmed` is a case that its asker said yes to: it is decided, and no brain is asked."""
    done = state_machine().invoke({"turn": turn, "call": confirmed}, {"recursion_limit": 4 * TOOLS_MAX}, context=deps)
    answer: Answer = done["answer"]
    return answer


def think(state: ChatState, runtime: Runtime[ChatDeps]) -> ChatState:
    """Let the brain say what comes next. What was confirmed is decided without asking it; then its result speaks."""
    if (confirmed := state.get("call")) is not None:
        return {"call": confirmed}
    turn = state["turn"]
    if turn.results and (turn.results[-1].tool == DECIDE.name or len(turn.results) >= TOOLS_MAX):
        return {"answer": turn.results[-1].answer}
    thought = runtime.context.brain.next(turn)
    if thought.facts or thought.note:
        runtime.context.heard("thought", {**thought.facts, **({"note": thought.note} if thought.note else {})})
    if thought.call is not None and thought.call.tool in TOOLS:
        return {"call": thought.call, "turn": replace(turn, unaided=turn.unaided or thought.unaided)}
    return {"answer": thought.answer or not_understood()}


def use(state: ChatState, runtime: Runtime[ChatDeps]) -> ChatState:
    """Use the tool that was called for."""
    call = state["call"]
    assert call is not None
    tool = TOOLS.get(call.tool, DECIDE)
    runtime.context.heard("step", {"tool": tool.name, "what": tool.what, "state": "started"})
    begun = time.perf_counter()
    result = runtime.context.toolbox.use(call)
    took = round((time.perf_counter() - begun) * 1000, 1)
    runtime.context.heard(
        "step", {"tool": tool.name, "what": tool.what, "state": "done", "ms": took, "outcome": result.answer.outcome}
    )
    turn = state["turn"]
    return {"turn": replace(turn, results=(*turn.results, result)), "call": None}


def _after_think(state: ChatState) -> str:
    return "use" if state.get("call") is not None else END


@functools.cache
def state_machine() -> CompiledStateGraph[Any, Any, Any, Any]:
    """It, compiled: made once in a process."""
    graph = StateGraph(ChatState, context_schema=ChatDeps)
    graph.add_node("think", think)
    graph.add_node("use", use)
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", _after_think, ["use", END])
    graph.add_edge("use", "think")
    return graph.compile()
