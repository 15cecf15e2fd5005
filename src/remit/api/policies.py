"""``/v1/policies``: which contract is in force, its text and history; and to try one without keeping anything."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import Field

from remit.api.body import Body
from remit.api.described import answers
from remit.api.doors import Entered, TheEngine, door
from remit.api.packs import DECISION_NAME, PACK_NAME, PackName
from remit.service.describe_packs import policies_in_force
from remit.service.policy_changes import policy_in_force, policy_versions
from remit.service.try_policy import check_text, try_facts

router = APIRouter(prefix="/policies", tags=["policies"])

TEXT_CHARACTERS_MAX = 1_000_000
DecisionName = Annotated[str, Path(pattern=DECISION_NAME, description="A decision's name.", examples=["desk.request"])]
PackRef = Annotated[str, Field(pattern=PACK_NAME, description="A pack's name.", examples=["desk"])]
ContractText = Annotated[
    str,
    Field(min_length=1, max_length=TEXT_CHARACTERS_MAX, description="A policy contract, as YAML."),
]
Reader = Annotated[Entered, Depends(door("policies.read"))]
REF: dict[str, Any] = {"name": "desk", "version": 1, "sha256": "9c41…"}
IN_FORCE: dict[str, Any] = {
    "decision": "desk.request",
    "policy": REF,
    "change_id": None,
    "set": None,
    "folder_is_the_same": True,
}


class Contract(Body):
    """A contract that is to be checked with the types of a pack."""

    pack: PackRef
    text: ContractText


class Trial(Body):
    """Facts on which a contract is to give a verdict."""

    pack: PackRef
    decision: str | None = Field(default=None, max_length=200, description="Which, where the pack has several.")
    facts: dict[str, Any] = Field(
        description="Case, action and facts, in the shape of a contract's own tests.",
        examples=[{"case": {"amount_cents": 5000}, "action": {"name": "pay", "args": {"amount_cents": 5000}}}],
    )
    text: ContractText | None = Field(default=None, description="Another contract than the one in force.")


@router.get(
    "",
    responses=answers("What is in force, by pack.", [{"pack": "desk", "in_force": [IN_FORCE]}]),
)
def policies(engine: TheEngine, _who: Reader) -> list[dict[str, Any]]:
    """The contract in force for every decision of every pack that loads."""
    return policies_in_force(engine.services)


@router.post(
    "/check",
    responses=answers(
        "What the check found: the contract's own tests and how much of it they cover. A contract that does not load"
        " is a problem that names every place.",
        {"ok": True, "policy": REF, "decision": "desk.request", "warnings": [], "tests": [], "failures": []},
    ),
)
def check(
    wanted: Contract, engine: TheEngine, _who: Annotated[Entered, Depends(door("policies.propose"))]
) -> dict[str, Any]:
    """Check a contract: types and tests. Nothing is kept; a proposal has the proof besides."""
    return check_text(engine.services, wanted.pack, wanted.text)


@router.post(
    "/eval",
    responses=answers(
        "The verdict with its findings, clause by clause, and the smallest change that would have turned it.",
        {"effect": "allow", "policy": REF, "findings": [], "approvals": [], "explanation": {}, "counterfactual": None},
    ),
)
def evaluate(wanted: Trial, engine: TheEngine, _who: Reader) -> dict[str, Any]:
    """Give a verdict on facts. Nothing is decided, and nothing is kept."""
    return try_facts(engine.services, wanted.pack, wanted.facts, decision=wanted.decision, text=wanted.text)


@router.get(
    "/{name}",
    responses=answers("What is in force, and every change.", {"pack": "desk", "in_force": [IN_FORCE], "changes": []}),
)
def versions(name: PackName, engine: TheEngine, _who: Reader) -> dict[str, Any]:
    """Which contracts of a pack are in force since when, and every proposed change, the newest first."""
    return policy_versions(engine.services, name)


@router.get(
    "/{name}/{decision}",
    responses=answers(
        "The contract in force: its text, and those of the rule files that it imports, by file.",
        {"pack": "desk", **IN_FORCE, "texts": {"policy.yaml": "apiVersion: remit/v1\nkind: PolicyContract\n…"}},
    ),
)
def in_force(name: PackName, decision: DecisionName, engine: TheEngine, _who: Reader) -> dict[str, Any]:
    """The contract in force for a decision: text, version, digest, and since when."""
    return policy_in_force(engine.services, name, decision)
