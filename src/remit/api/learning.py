"""``GET /v1/learning``: by what each decision proposes today. Gates and rollouts are not there yet."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from remit.api.described import answers
from remit.api.doors import Entered, TheEngine, door
from remit.service.describe_packs import learning as learnt
from remit.service.learning.shown import find_snapshot, list_snapshots, shown

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
            "available": ["snapshot", "check", "train"],
            "not_available_yet": ["gate", "rollout", "rollback"],
        },
    ),
)
def learning(engine: TheEngine, _who: Annotated[Entered, Depends(door("learning.read"))]) -> dict[str, Any]:
    """By what every decision proposes: rules, or a trained model with its digest and card."""
    return learnt(engine.services)


_SNAPSHOT = {
    "sha256": "9f2c…",
    "pack": "credit",
    "decision": "credit.application",
    "made_at": "2026-11-02T12:00:00+00:00",
    "retired_at": None,
    "replaced_by": None,
    "manifest": {"counts": {"rows": 1000, "known": 940, "matured": 980}, "remit": "0.1.0"},
}


@router.get(
    "/learning/snapshots",
    responses=answers(
        "Every snapshot that was ever made, the oldest first. A manifest tells of nobody.", {"snapshots": [_SNAPSHOT]}
    ),
)
def snapshots(engine: TheEngine, _who: Annotated[Entered, Depends(door("learning.read"))]) -> dict[str, Any]:
    """The snapshots that were made, and which of them were retired."""
    return {"snapshots": list_snapshots(engine.services)}


@router.get(
    "/learning/snapshots/{sha256}",
    responses=answers("One snapshot, and how it was made as an OpenLineage event.", {**_SNAPSHOT, "lineage": {}}),
)
def snapshot(
    sha256: str, engine: TheEngine, _who: Annotated[Entered, Depends(door("learning.read"))]
) -> dict[str, Any]:
    """One snapshot by its SHA-256 or the beginning of it; its rows are not handed out over HTTP."""
    return shown(find_snapshot(engine.services, sha256))
