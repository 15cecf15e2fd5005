"""``GET /v1/learning``: by what each decision proposes today. Snapshots, gates and rollouts are not there yet."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from remit.api.described import answers
from remit.api.doors import Entered, TheEngine, door
from remit.service.describe_packs import learning as learnt

router = APIRouter(tags=["learning"])


@router.get(
    "/learning",
    responses=answers(
        "Each decision with its strategy and, where a model proposes, its digest and card. `available` is what the"
        " learning loop does today (at the command line), `not_available_yet` what it does not.",
        {
            "decisions": [
                {
                    "pack": "credit",
                    "decision": "credit.application",
                    "strategy": "model",
                    "model": {"sha256": "4be1…", "card": {"kind": "gradient boosting", "rows": 1000}},
                },
                {"pack": "desk", "decision": "desk.request", "strategy": "rules", "model": None},
            ],
            "available": ["train"],
            "not_available_yet": ["snapshot", "gate", "rollout", "rollback"],
        },
    ),
)
def learning(engine: TheEngine, _who: Annotated[Entered, Depends(door("learning.read"))]) -> dict[str, Any]:
    """By what every decision proposes: rules, or a trained model with its digest and card."""
    return learnt(engine.services)
