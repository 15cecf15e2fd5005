"""The action agent: proposes one action, and cites what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from remit.agents.aids import Aids
from remit.agents.choice import choose, passing
from remit.agents.ports import Deps
from remit.agents.state import State
from remit.core.words import Proposal


def propose(state: State, deps: Deps) -> State:
    """Propose, and say how the action was chosen, before anything is done about it.

    Only passages that count for a met need are cited: the rest is shown to people, never relied on.
    """
    cites = citable(state)
    aids = aids_for(state, deps, deps.recorded)
    began = deps.spent_seconds()
    best = deps.brain.propose(deps.decision, deps.run.case, cites, aids)
    spent_us = round((deps.spent_seconds() - began) * 1e6)
    proposal, choice = choose(best, state, deps)
    edited = _edited(proposal, state.get("edit") or {})
    tape: State = {"tape": [*state.get("tape", []), *aids.calls]} if aids.calls else {}
    return {"proposal": edited.to_json(), "choice": choice.to_json(), "proposer_us": spent_us, **tape}


def citable(state: State) -> tuple[str, ...]:
    """The ids of the passages that count for a met need."""
    met = {need["need"] for need in state["needs"] if need["met"]}
    steps = {step["need"]: step for step in state["plan"]["steps"] if step["kind"] == "retrieve"}
    return tuple(item["id"] for item in state["evidence"] if item["need"] in met and _counts(item, steps[item["need"]]))


def aids_for(state: State, deps: Deps, recorded: Sequence[Mapping[str, Any]] | None = None) -> Aids:
    """What a brain may use for this case. Nothing of it is looked up before a brain asks."""
    actions = state["plan"]["steps"][-1].get("actions", ())
    return Aids(
        texts=lambda ids: deps.knowledge.texts(ids),
        # The plan settled the actions before anything was retrieved; what was found can only take some away.
        permitted=lambda proposal: [each for each in passing(proposal, state, deps) if each in actions],
        wording=state["plan"].get("wording", 0),
        recorded=recorded,
    )


def _edited(proposal: Proposal, edit: Mapping[str, Any]) -> Proposal:
    """The proposal as a reviewer wants it. Of another action than the proposer's own, nobody was ever sure."""
    if not edit:
        return proposal
    confidence = proposal.confidence if proposal.action == edit["action"] else 0.0
    return replace(proposal, action=edit["action"], args=dict(edit["args"]), confidence=confidence)


def _counts(item: dict[str, Any], step: dict[str, Any]) -> bool:
    """Whether a passage is what the need asked for: trusted and recent enough. Untrusted text never is."""
    trusted = item["trust"] == "trusted" or (item["trust"] == "internal" and not step["trusted"])
    return trusted and (step["max_age_days"] is None or item["age_days"] <= step["max_age_days"])
