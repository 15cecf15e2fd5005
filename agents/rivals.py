"""The other model of a rollout: what it would have proposed for the same case. It never acts, and never hurts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remit.agents.brains.declared import model_failure
from remit.agents.brains.heeding import not_heeded
from remit.agents.ports import Deps, Rival, Unit
from remit.agents.proposer import aids_for, citable
from remit.agents.state import State, judged_anew
from remit.core.errors import RemitError
from remit.learning.registry import Comparison

UNEXPECTED = "unexpected"
"""The code of an error of a model that is none of ours."""

Word = dict[str, Any]
"""What a model proposed: an `action`, or the code of its error (`failed`); and what it `took_us` of the processor.

A model computes, and all the rest of the time is the machine's, which was busy with others.
"""


def hear(state: State, deps: Deps) -> State:
    """Let the other model propose for what is about to be stored; the state with its word, and its calls on the tape.

    It is asked before the unit of work begins, for a language model may take its time. Whatever goes wrong in it is
    only noted. What a reviewer put in place of a proposal is no model's word, and nobody is asked twice.
    """
    rival = deps.rival
    if rival is None or state.get("edit") or state.get("rival") or not judged_anew(state):
        return state
    word, calls = _rivals(deps, rival, state)
    tape: State = {"tape": [*state.get("tape", []), *calls]} if calls else {}
    return {**state, **tape, "rival": word}


def compare(unit: Unit, deps: Deps, state: State) -> None:
    """Store what both models proposed for what was just judged; a difference is an event.

    It is part of the unit of work that stores the judgement.
    """
    rival, theirs = deps.rival, state.get("rival")
    if rival is None or not theirs or state.get("edit"):
        return
    ours = _deciding(state)
    champion, challenger = (ours, theirs) if rival.arm == "champion" else (theirs, ours)
    unit.models.compared(
        Comparison(
            rollout=rival.rollout_id,
            decision_id=deps.run.decision_id,
            step=rival.step,
            arm=rival.arm,
            champion=champion["action"],
            challenger=challenger["action"],
            failed=challenger["failed"],
            took_us=challenger["took_us"],
            at=deps.run.at,
        )
    )
    if champion["action"] != challenger["action"]:
        unit.journal.append(
            "model.compared",
            decision_id=deps.run.decision_id,
            actor=deps.run.actor,
            step="guard",
            body={
                "rollout_id": rival.rollout_id,
                "arm": rival.arm,
                "champion": champion["action"],
                "challenger": challenger["action"],
                **({"failed": challenger["failed"]} if challenger["failed"] else {}),
            },
        )


def _deciding(state: State) -> Word:
    failed = _failure(state["proposal"])
    # What chance drew instead is not what the model thinks best.
    best = (state.get("choice", {}).get("exploration") or {}).get("best")
    action = None if failed else best or state["proposal"]["action"]["name"]
    return {"action": action, "failed": failed, "took_us": state.get("proposer_us", 0)}


def _rivals(deps: Deps, rival: Rival, state: State) -> tuple[Word, list[dict[str, Any]]]:
    began = deps.spent_seconds()
    aids = aids_for(state, deps)
    failed: str | None
    try:
        proposal = rival.brain.propose(deps.decision, deps.run.case, citable(state), aids)
        action, failed = proposal.action, _failure(proposal.to_json())
    except RemitError as error:
        action, failed = "", error.code
    except Exception:  # noqa: BLE001  whatever a challenger does, the decision beside it goes on
        action, failed = "", UNEXPECTED
    took_us = round((deps.spent_seconds() - began) * 1e6)
    return {"action": None if failed else action, "failed": failed, "took_us": took_us}, aids.calls


def _failure(proposal: Mapping[str, Any]) -> str | None:
    """Why a model did not propose this itself; None where it did."""
    return model_failure(proposal) or not_heeded(proposal)
