"""``POST /v1/policies`` and ``/v1/policies/changes``: a contract is proposed by one person and activated by another."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from remit.api.body import Body
from remit.api.described import answers
from remit.api.doors import Entered, TheEngine, door
from remit.api.packs import PACK_NAME
from remit.api.policies import REF, ContractText, PackRef, Reader
from remit.api.reviews.common import Because, Reason
from remit.service.policy_changes import (
    activate_policy,
    policy_versions,
    propose_policy,
    reject_policy,
    review_policy,
    roll_back_change,
)

router = APIRouter(prefix="/policies", tags=["policies"])

ChangeId = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,64}$", description="A policy change's id.")]
Decider = Annotated[Entered, Depends(door("policies.decide"))]
_CHANGE: dict[str, Any] = {
    "change_id": "01KBA0Q8",
    "pack": "desk",
    "decision": "desk.request",
    "state": "proposed",
    "policy": {**REF, "version": 2, "sha256": "71d0…"},
    "base": REF,
    "reason": "The ceiling is lowered.",
    "attachments": {"check": "a0…", "proof": "b1…", "diff": "c2…", "backtest": "d3…"},
    "proposed": {"by": "paul", "at": "2026-11-02T12:00:00+00:00"},
    "reviewed": None,
    "activated": None,
    "ended": None,
}
_ACTIVE = {**_CHANGE, "state": "active", "activated": {"by": "pia", "at": "2026-11-02T13:00:00+00:00"}}


class Proposal(Body):
    """A contract that shall be in force in place of the present one; it says itself which decision it governs."""

    pack: PackRef
    text: ContractText
    reason: Reason


@router.post(
    "", status_code=201, responses=answers("The change, with the digests of its reports.", _CHANGE, status=201)
)
def propose(
    wanted: Proposal,
    response: Response,
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("policies.propose"))],
) -> dict[str, Any]:
    """Propose a contract. It is checked, proved, compared and tried on the past; nothing is in force by it."""
    change = propose_policy(engine.services, wanted.pack, wanted.text, "contract", who.actor, wanted.reason)
    response.headers["Location"] = f"/v1/policies/changes/{change['change_id']}"
    return change


@router.get("/changes", responses=answers("The changes, the newest first.", [_CHANGE]))
def changes(
    pack: Annotated[str, Query(pattern=PACK_NAME, description="Of this pack.", examples=["desk"])],
    engine: TheEngine,
    _who: Reader,
) -> list[dict[str, Any]]:
    """Every change of a pack's contracts."""
    found: list[dict[str, Any]] = policy_versions(engine.services, pack)["changes"]
    return found


@router.get(
    "/changes/{change_id}",
    responses=answers(
        "The change with both texts and every report.",
        {
            **_CHANGE,
            "texts": {"policy.yaml": "…"},
            "base_texts": {"policy.yaml": "…"},
            "reports": {"check": {}, "proof": {}, "diff": {}, "backtest": {}},
            "shadow": {"compared": 0, "differing": 0},
        },
    ),
)
def change(change_id: ChangeId, engine: TheEngine, _who: Reader) -> dict[str, Any]:
    """One change with everything that its reviewer needs to see."""
    return review_policy(engine.services, change_id)


@router.post("/changes/{change_id}/activate", responses=answers("The change, which is in force.", _ACTIVE))
def activate(change_id: ChangeId, why: Because, engine: TheEngine, who: Decider) -> dict[str, Any]:
    """Approve a change and put it in force. Nobody activates what they have proposed."""
    return activate_policy(engine.services, change_id, who.actor, why.reason)


@router.post(
    "/changes/{change_id}/shadow",
    responses=answers("The change, in its shadow period.", {**_CHANGE, "state": "shadowing"}),
)
def shadow(change_id: ChangeId, why: Because, engine: TheEngine, who: Decider) -> dict[str, Any]:
    """Let a change be evaluated beside the contract in force, without any effect."""
    return activate_policy(engine.services, change_id, who.actor, why.reason, in_shadow=True)


@router.post(
    "/changes/{change_id}/reject",
    responses=answers("The change, which is turned down.", {**_CHANGE, "state": "rejected"}),
)
def reject(change_id: ChangeId, why: Because, engine: TheEngine, who: Decider) -> dict[str, Any]:
    """Turn a change down, or end its shadow period."""
    return reject_policy(engine.services, change_id, who.actor, why.reason)


@router.post(
    "/changes/{change_id}/rollback",
    responses=answers(
        "The change, which is no longer in force; `in_force` is what is.",
        {**_ACTIVE, "state": "rolled_back", "in_force": REF},
    ),
)
def rollback(change_id: ChangeId, why: Because, engine: TheEngine, who: Decider) -> dict[str, Any]:
    """Take a change that is in force out of it at once: the contract before it counts again."""
    return roll_back_change(engine.services, change_id, who.actor, why.reason)
