"""``/v1/decisions/{id}/outcomes``: what became of a decision."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import Field, StrictBool, StrictStr

from remit.api.body import Body, Moment
from remit.api.doors import Entered, TheEngine, door
from remit.api.examples import example
from remit.api.once import MayRepeat, Reply
from remit.learning.outcomes import in_force
from remit.service.record_outcome import Report, outcomes_of, record_outcome
from remit.service.runs import stored_decision
from remit.wiring import Engine

router = APIRouter(prefix="/decisions/{decision_id}/outcomes", tags=["outcomes"])

_OUTCOME = {
    "outcome_id": "01M93F5T0V6N2A0R2T1YV5Q8ZJ",
    "decision_id": "01M832VBTANGPPSM8E6ND743RG",
    "name": "good",
    "value": "true",
    "event_at": "2026-11-01T12:00:00+00:00",
    "known_at": "2026-11-02T08:30:00+00:00",
    "reporter": "loan-desk",
    "corrects": None,
}


class NewOutcome(Body):
    """What happened. Reported again with the same `outcome_id`, or word for word, it is one report."""

    name: str = Field(min_length=1, max_length=63, description="As the pack declares it.", examples=["good"])
    value: StrictBool | StrictStr = Field(description="One of the values that the pack declares.", examples=[True])
    event_at: Moment = Field(description="When it happened.")
    outcome_id: str | None = Field(default=None, pattern=r"^[!-~]{1,200}$", description="The reporter's own id for it.")
    corrects: str | None = Field(
        default=None,
        max_length=200,
        description="The id of the report that was wrong, or the reporter's own id for it.",
    )


@router.post(
    "",
    status_code=201,
    response_class=Response,
    responses={201: example("Recorded.", _OUTCOME), 200: example("It was recorded before.", _OUTCOME)},
)
def report(
    decision_id: str,
    asked: NewOutcome,
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("outcomes.report"))],
    once: MayRepeat,
) -> Response:
    """Report what became of a final decision. A report is never changed: another one may correct it."""
    _seen(engine, who, decision_id)
    return once.answer(who, asked, lambda: _record(engine, decision_id, asked, who))


@router.get(
    "",
    responses={
        200: example(
            "Every report, in the order in which they came in.", {"outcomes": [{**_OUTCOME, "in_force": True}]}
        )
    },
)
def reported(
    decision_id: str, engine: TheEngine, who: Annotated[Entered, Depends(door("decisions.read"))]
) -> dict[str, Any]:
    """What was reported of a decision; `in_force` is what no later report corrects."""
    _seen(engine, who, decision_id)
    reports = outcomes_of(engine.services, decision_id)
    valid = {each.id for each in in_force(reports)}
    return {"outcomes": [{**each.to_json(), "in_force": each.id in valid} for each in reports]}


def _record(engine: Engine, decision_id: str, asked: NewOutcome, who: Entered) -> Reply:
    told = Report(asked.name, asked.value, asked.event_at, asked.corrects, asked.outcome_id)
    outcome, new = record_outcome(engine.services, decision_id, told, who.actor)
    return Reply(outcome.to_json(), 201 if new else 200, decision_id=decision_id)


def _seen(engine: Engine, who: Entered, decision_id: str) -> None:
    who.sees(stored_decision(engine.services, decision_id).run.actor.id, "decision")
