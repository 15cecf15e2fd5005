"""The pure part of the graph, walked without it: plan, retrieve, propose, guard, with the same functions and routes.

Replay uses it, and so can anything that asks "what would be decided?" without deciding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remit.agents.answer import judgement_of
from remit.agents.guard import guard
from remit.agents.planner import plan, replan
from remit.agents.ports import Deps
from remit.agents.proposer import propose
from remit.agents.records import Judgement
from remit.agents.retriever import retrieve
from remit.agents.routes import after_guard
from remit.agents.state import State


def think(deps: Deps, at: str, edit: Mapping[str, Any] | None = None) -> Judgement:
    """The judgement of `deps.run` at a moment (RFC 3339). Nothing is stored and nothing is done.

    With an `edit` (see `Judgement`) it is the judgement of the action as a reviewer wants it.
    """
    state: State = {"decision_id": deps.run.decision_id, "stage": "received", "at": at, "edit": dict(edit or {})}
    state.update(plan(state, deps))
    while True:
        for step in (retrieve, propose, guard):
            state.update(step(state, deps))
        if after_guard(state) != "replan":
            return judgement_of(state, deps)
        state.update(replan(state, deps))
