"""``GET /v1/packs``: what packs there are, what they decide, and what a case of theirs looks like."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query

from remit.api.described import answers
from remit.api.doors import Entered, TheEngine, door
from remit.service.describe_packs import describe_contract, describe_pack, list_packs

router = APIRouter(prefix="/packs", tags=["packs"])

PACK_NAME = r"^[a-z][a-z0-9_-]{0,99}$"
"""A pack is found by its name: no path reaches a folder from here."""
PackName = Annotated[str, Path(pattern=PACK_NAME, description="A pack's name.", examples=["credit"])]
DECISION_NAME = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"
Reader = Annotated[Entered, Depends(door("packs.read"))]
_HEAD: dict[str, Any] = {
    "name": "desk",
    "version": "1.0.0",
    "sha256": "5f2b…",
    "owner": "desk",
    "department": "desk",
    "description": "",
}
_ARGS = {
    "type": "object",
    "properties": {"amount_cents": {"type": "integer", "minimum": 1}},
    "required": ["amount_cents"],
    "additionalProperties": False,
}


@router.get(
    "",
    responses=answers(
        "The packs, by name. One whose files have problems has `loads` false.",
        [{**_HEAD, "loads": True, "decisions": ["desk.request"]}, {"name": "draft", "loads": False}],
    ),
)
def packs(engine: TheEngine, _who: Reader) -> list[dict[str, Any]]:
    """Every pack that can be found."""
    return list_packs(engine.services)


@router.get(
    "/{name}",
    responses=answers(
        "The pack, with what each of its decisions may do and what it reads.",
        {
            **_HEAD,
            "decisions": [
                {
                    "name": "desk.request",
                    "question": "What shall the desk do with this request?",
                    "autonomy": "act",
                    "subject": "case.request_id",
                    "actions": [{"name": "pay", "risk": "low", "reversible": True, "has_effect": True, "args": _ARGS}],
                    "evidence": [{"need": "payment_rule", "query": "Which payment limit holds for the desk?"}],
                }
            ],
        },
    ),
)
def pack(name: PackName, engine: TheEngine, _who: Reader) -> dict[str, Any]:
    """One pack: decisions, actions with the schema of their arguments, evidence needs, outcome."""
    return describe_pack(engine.services, name)


@router.get(
    "/{name}/contract",
    responses=answers(
        "The data contract (Open Data Contract Standard 3.1), and the JSON Schema of a case made from it.",
        {
            "decision": "desk.request",
            "odcs": {"apiVersion": "v3.1.0", "kind": "DataContract", "schema": [{"name": "request"}]},
            "schema": {
                "type": "object",
                "properties": {"amount_cents": {"type": "integer", "minimum": 0}},
                "required": ["amount_cents"],
            },
        },
    ),
)
def contract(
    name: PackName,
    engine: TheEngine,
    _who: Reader,
    decision: Annotated[
        str | None, Query(max_length=200, description="Which, where the pack has several.", examples=["desk.request"])
    ] = None,
) -> dict[str, Any]:
    """What a case has to look like: for a form, or for whoever sends cases."""
    return describe_contract(engine.services, name, decision)
