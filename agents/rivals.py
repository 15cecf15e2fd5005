"""The other model of a rollout: what it would have proposed for the same case. It never acts, and never hurts."""

from __future__ import annotations

from dataclasses import dataclass

from remit.agents.brains.declared import model_failure
from remit.agents.ports import Deps, Rival, Unit
from remit.agents.state import State
from remit.core.errors import RemitError
from remit.learning.registry import Comparison

UNEXPECTED = "unexpected"
"""The code of an error of a model that is none of ours."""


@dataclass(frozen=True, slots=True)
class _Word:
    """What a model proposed: an action, or the code of its error; and what it took of the processor, in microseconds.

    A model computes and waits for nothing, so all the rest of the time is the machine's, which was busy with others.
    """

    action: str | None
    failed: str | None
    took_us: int


def compare(unit: Unit, deps: Deps, state: State) -> None:
    """Let the other model propose for what was just judged, and store both words; a difference is an event.

    It is part of the unit of work that stores the judgement, and whatever goes wrong in the other model is only
    noted. What a reviewer put in place of a proposal is no model's word, and is not compared.
    """
    rival = deps.rival
    if rival is None or state.get("edit"):
        return
    ours, theirs = _deciding(state), _rivals(deps, rival, state)
    champion, challenger = (ours, theirs) if rival.arm == "champion" else (theirs, ours)
    unit.models.compared(
        Comparison(
            rollout=rival.rollout_id,
            decision_id=deps.run.decision_id,
            step=rival.step,
            arm=rival.arm,
            champion=champion.action,
            challenger=challenger.action,
            failed=challenger.failed,
            took_us=challenger.took_us,
            at=deps.run.at,
        )
    )
    if champion.action != challenger.action:
        unit.journal.append(
            "model.compared",
            decision_id=deps.run.decision_id,
            actor=deps.run.actor,
            step="guard",
            body={
                "rollout_id": rival.rollout_id,
                "arm": rival.arm,
                "champion": champion.action,
                "challenger": challenger.action,
                **({"failed": challenger.failed} if challenger.failed else {}),
            },
        )


def _deciding(state: State) -> _Word:
    failed = model_failure(state["proposal"])
    # What chance drew instead is not what the model thinks best.
    best = (state.get("choice", {}).get("exploration") or {}).get("best")
    action = None if failed else best or state["proposal"]["action"]["name"]
    return _Word(action, failed, state.get("proposer_us", 0))


def _rivals(deps: Deps, rival: Rival, state: State) -> _Word:
    began = deps.spent_seconds()
    failed: str | None
    try:
        proposal = rival.brain.propose(deps.decision, deps.run.case, tuple(state["proposal"]["cites"]))
        action, failed = proposal.action, model_failure(proposal.to_json())
    except RemitError as error:
        action, failed = "", error.code
    except Exception:  # noqa: BLE001  whatever a challenger does, the decision beside it goes on
        action, failed = "", UNEXPECTED
    return _Word(None if failed else action, failed, round((deps.spent_seconds() - began) * 1e6))
