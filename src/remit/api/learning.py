"""``/v1/learning``: by what each decision proposes, what the gate says of a candidate, and how it is rolled out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from remit.api.body import Body
from remit.api.described import answers
from remit.api.doors import Entered, TheEngine, door
from remit.api.packs import PACK_NAME
from remit.api.reviews.common import Reason
from remit.service.describe_packs import learning as learnt
from remit.service.kpis import first_day, measure_kpis
from remit.service.learning.acknowledge import acknowledge
from remit.service.learning.drift import drift_of
from remit.service.learning.gate import ROWS_MIN, run_gate
from remit.service.learning.rollout import move_running, roll_back, start_rollout
from remit.service.learning.shown import find_snapshot, list_snapshots, shown
from remit.service.learning.status import learning_status

router = APIRouter(tags=["learning"])

Reader = Annotated[Entered, Depends(door("learning.read"))]
Manager = Annotated[Entered, Depends(door("learning.manage"))]
OfPack = Annotated[str, Query(pattern=PACK_NAME, description="Of this pack.", examples=["credit"])]
OfDecision = Annotated[str | None, Query(max_length=100, description="Which decision, where a pack has several.")]
Pack = Annotated[str, Field(pattern=PACK_NAME, description="A pack's name.", examples=["credit"])]
Which = Annotated[
    str | None, Field(default=None, max_length=100, description="Which decision, where there are several.")
]
Model = Annotated[
    str, Field(pattern=r"^[0-9a-f]{6,64}$", description="A registered model's SHA-256, or how it begins.")
]


@router.get(
    "/learning",
    responses=answers(
        "Each decision with its strategy and, where a model proposes, its digest and card. `available` is what the"
        " learning loop does today, `not_available_yet` what it does not.",
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
            "available": [
                "snapshot",
                "check",
                "train",
                "register",
                "explore",
                "gate",
                "rollout",
                "online",
                "drift",
                "acknowledge",
                "rollback",
                "examples",
            ],
            "not_available_yet": [],
        },
    ),
)
def learning(engine: TheEngine, _who: Reader) -> dict[str, Any]:
    """By what every decision proposes: rules, or a trained model with its digest and card."""
    return learnt(engine.services)


_CHAMPION: dict[str, Any] = {
    "pack": "credit",
    "decision": "credit.application",
    "version": 2,
    "sha256": "71d0…",
    "rollout": "01KBA0Q8",
    "by": "remit",
    "reason": "the lower bound +0.0120 is above -0.02",
    "since": "2026-11-02T12:00:00+00:00",
}
MODEL: dict[str, Any] = {
    "sha256": "71d0…",
    "pack": "credit",
    "decision": "credit.application",
    "card_sha256": "0c…",
    "snapshot": "9f2c…",
    "state": "registered",
    "registered_by": "pia",
    "registered_at": "2026-11-02T12:00:00+00:00",
}
_ROLLOUT: dict[str, Any] = {
    "rollout_id": "01KBA0Q8",
    "pack": "credit",
    "decision": "credit.application",
    "challenger": "71d0…",
    "champion": "4be1…",
    "state": "running",
    "step": "shadow",
    "share": 0.0,
    "step_since": "2026-11-02T12:00:00+00:00",
    "moved_by_a_person_to": None,
    "reason": "It learnt from last quarter.",
    "started": {"by": "pia", "at": "2026-11-02T12:00:00+00:00"},
    "ended": None,
    "plan": {"margin": 0.02, "pairs_min": 100, "horizon_days": 365},
    "last_look": None,
}
_GATE: dict[str, Any] = {
    "gate_id": "01KBA0Q7",
    "pack": "credit",
    "decision": "credit.application",
    "challenger": "71d0…",
    "champion": "4be1…",
    "word": "promote",
    "report": {"method": "declared_outcome", "reasons": ["better than the champion by +0.0120 at least"]},
    "report_sha256": "a0…",
    "by": "pia",
    "at": "2026-11-02T12:00:00+00:00",
}
_ALARM: dict[str, Any] = {
    "alarm_id": "01KBA0Q9",
    "pack": "credit",
    "decision": "credit.application",
    "series": "loss",
    "evidence": 6100000.0,
    "limit": 6000000.0,
    "usual_rate": 0.21,
    "raised_at": "2026-11-02T12:00:00+00:00",
    "acknowledged": None,
}
_WATCH: dict[str, Any] = {
    "decisions": 1000,
    "labels": 940,
    "self_caused_share": 0.83,
    "watched": ["calibration", "concentration", "escalation", "loss", "violations"],
    "gathering": {"holdout_gap": 52},
    "features": ["duration_months", "evidence source"],
    "features_gathering": 0,
    "promise": {
        "threshold": 0.81,
        "bound": 0.1,
        "delta": 0.1,
        "snapshot": "9f2c61ab" * 8,
        "cases": 212,
        "is_broken": False,
        "holds_from": 0.81,
    },
    "alarms": [_ALARM],
}
_DRIFT: dict[str, Any] = {
    "pack": "credit",
    "decision": "credit.application",
    "cases": 1000,
    "alarms": [{"series": "loss", "evidence": 2100000.0, "limit": 2000000.0, "usual_rate": 0.21, "seen": 412}],
    "holdout": {"share": 0.05, "cases": 52, "difference": 0.02, "lower": -0.1, "upper": 0.14, "alarm": False},
    "self_caused_share": 0.83,
    "watch": _WATCH,
}


class Gated(Body):
    """Which candidate is to be judged."""

    pack: Pack
    model: Model
    decision: Which
    alpha: Annotated[float, Field(gt=0, lt=1, description="How often one that is no better may ever pass.")] = 0.05
    rows_min: Annotated[int, Field(ge=1, le=1_000_000, description="So many matured cases at least.")] = ROWS_MIN


class Started(Body):
    """Which candidate is to be rolled out, why, and by what it is judged where that is not the default."""

    pack: Pack
    model: Model
    reason: Reason
    decision: Which
    margin: Annotated[float | None, Field(default=None, gt=0, lt=1, description="How much worse is good enough.")]
    pairs_min: Annotated[int | None, Field(default=None, ge=1, le=1_000_000, description="Cases for each step.")]
    updates_max: Annotated[
        int | None, Field(default=None, ge=0, le=1000, description="Updates of the challenger online, in canaries.")
    ]
    despite_gate: Annotated[bool, Field(description="Although the gate has not passed it; it is on record.")] = False


class Moved(Body):
    """To which step the running rollout is moved by hand."""

    pack: Pack
    to: Annotated[str, Field(pattern="^(shadow|1|5|25|50|live)$", description="The step.", examples=["25"])]
    reason: Reason
    decision: Which


class Acknowledged(Body):
    """What an alarm was."""

    reason: Reason


class TakenBack(Body):
    """Whose challenger is taken back."""

    pack: Pack
    reason: Reason
    decision: Which


@router.get(
    "/learning/status",
    responses=answers(
        "The champion and those before, the models, what the gate said, the rollouts. `now` is what is known of"
        " the running one at this moment.",
        {
            "pack": "credit",
            "decision": "credit.application",
            "deciding": "71d0…",
            "champion": _CHAMPION,
            "succession": [_CHAMPION],
            "holdout": 0.05,
            "exploration": {"floor": 0.02, "loss_day_max": 5.0, "day": "2026-11-02", "spent": 1.25},
            "models": [MODEL],
            "gates": [_GATE],
            "rollouts": [_ROLLOUT],
            "now": None,
            "watch": _WATCH,
        },
    ),
)
def status(engine: TheEngine, _who: Reader, pack: OfPack, decision: OfDecision = None) -> dict[str, Any]:
    """Where learning stands for a decision."""
    return learning_status(engine.services, pack, decision=decision)


_KPI: dict[str, Any] = {
    "pack": "receivables",
    "decision": "receivables.collect",
    "name": "days_sales_outstanding",
    "description": "Days from an invoice to its payment, weighted by amount",
    "unit": "days",
    "value": 43.2,
    "total": None,
    "target_min": None,
    "target_max": 45.0,
    "met": True,
    "notes": ["decided 2026-06-05 to 2026-07-05: the others have not matured"],
    "count": 210,
    "over": "matured",
    "decided_since": "2026-06-05T00:00:00+00:00",
    "decided_until": "2026-07-05T12:00:00+00:00",
    "without_outcome": 0,
    "unmeasured": 0,
    "partial": False,
    "by_day": [{"day": "2026-11-02", "value": 43.2, "count": 210}],
}


@router.get(
    "/learning/kpis",
    responses=answers(
        "The declared figures. What rests on outcomes is of the decisions whose horizon ended in the span.",
        {"kpis": [_KPI]},
    ),
)
def kpis(
    engine: TheEngine,
    _who: Reader,
    pack: OfPack,
    days: Annotated[int, Query(ge=1, le=3660, description="Over so many days (UTC) until now.")] = 30,
) -> dict[str, Any]:
    """Every figure that a pack declares, measured, beside its target."""
    found = measure_kpis(engine.services, pack, since=first_day(engine.clock.now(), days))
    return {"kpis": [each.to_json() for each in found]}


@router.get("/learning/drift", responses=answers("The holdout beside all others, and who caused the labels.", _DRIFT))
def drift(engine: TheEngine, _who: Reader, pack: OfPack, decision: OfDecision = None) -> dict[str, Any]:
    """How a decision does lately, by the cases whose outcome is due and known."""
    return drift_of(engine.services, pack, decision=decision)


@router.post(
    "/learning/alarms/{alarm_id}/acknowledge",
    responses=answers(
        "The alarm, closed. What it was raised for begins with a new reference.",
        {**_ALARM, "acknowledged": {"by": "pia", "at": "2026-11-02T13:00:00+00:00", "reason": "A new product."}},
    ),
)
def acknowledge_alarm(
    alarm_id: Annotated[str, Path(max_length=100, description="The alarm's id.")],
    said: Acknowledged,
    engine: TheEngine,
    who: Manager,
) -> dict[str, Any]:
    """Close an alarm of the watch for drift, for a reason."""
    return acknowledge(engine.services, alarm_id, who.actor, said.reason)


@router.post("/learning/gates", responses=answers("What the gate said, with reasons and numbers.", _GATE))
def gate(wanted: Gated, engine: TheEngine, who: Manager) -> dict[str, Any]:
    """Hold a registered model against the champion by what was decided since it was registered."""
    return run_gate(
        engine.services,
        wanted.pack,
        wanted.model,
        who.actor,
        decision=wanted.decision,
        alpha=wanted.alpha,
        rows_min=wanted.rows_min,
    )


@router.post(
    "/learning/rollouts", status_code=201, responses=answers("The rollout, in its shadow.", _ROLLOUT, status=201)
)
def start(wanted: Started, engine: TheEngine, who: Manager) -> dict[str, Any]:
    """Let a registered model that the gate has passed propose beside the champion."""
    said = {"margin": wanted.margin, "pairs_min": wanted.pairs_min, "updates_max": wanted.updates_max}
    return start_rollout(
        engine.services,
        wanted.pack,
        wanted.model,
        who.actor,
        wanted.reason,
        decision=wanted.decision,
        plan={part: value for part, value in said.items() if value is not None},
        despite_gate=wanted.despite_gate,
    )


@router.post("/learning/rollouts/move", responses=answers("The rollout, where it was moved to.", _ROLLOUT))
def move(wanted: Moved, engine: TheEngine, who: Manager) -> dict[str, Any]:
    """Move the running rollout to a step by hand; automation never takes it back past that."""
    return move_running(engine.services, wanted.pack, wanted.to, who.actor, wanted.reason, decision=wanted.decision)


@router.post(
    "/learning/rollback",
    responses=answers(
        "The rollout that was taken back, if one was running, and the champion that counts from now on.",
        {"rollout": {**_ROLLOUT, "state": "rolled_back"}, "champion": _CHAMPION},
    ),
)
def rollback(wanted: TakenBack, engine: TheEngine, who: Manager) -> dict[str, Any]:
    """Take a challenger back at once, whatever its step: the champion before it decides again."""
    return roll_back(engine.services, wanted.pack, who.actor, wanted.reason, decision=wanted.decision)


SNAPSHOT = {
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
        "Every snapshot that was ever made, the oldest first. A manifest tells of nobody.", {"snapshots": [SNAPSHOT]}
    ),
)
def snapshots(engine: TheEngine, _who: Annotated[Entered, Depends(door("learning.read"))]) -> dict[str, Any]:
    """The snapshots that were made, and which of them were retired."""
    return {"snapshots": list_snapshots(engine.services)}


@router.get(
    "/learning/snapshots/{sha256}",
    responses=answers("One snapshot, and how it was made as an OpenLineage event.", {**SNAPSHOT, "lineage": {}}),
)
def snapshot(
    sha256: str, engine: TheEngine, _who: Annotated[Entered, Depends(door("learning.read"))]
) -> dict[str, Any]:
    """One snapshot by its SHA-256 or the beginning of it; its rows are not handed out over HTTP."""
    return shown(find_snapshot(engine.services, sha256))
