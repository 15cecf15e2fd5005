"""What time does: lapsed claims, ended snoozes, warnings, the chain, time limits, the ends of arrangements.

Run it as often as you like, from a timer or by hand: what was done is not done again. It never approves anything.
"""

from __future__ import annotations

from typing import Any

from remit.agents.ports import Unit
from remit.approvals.arrangement import over
from remit.approvals.clock import SYSTEM, due
from remit.core.errors import Conflict, RemitError
from remit.core.words import Actor
from remit.service.reviews.moves import store
from remit.service.runs import carry_on
from remit.service.services import Services

TIME = Actor(SYSTEM, "system")
REVIEWS_MAX = 1_000


def move_what_is_due(services: Services, *, limit: int = REVIEWS_MAX) -> list[dict[str, Any]]:
    """Make every move that is due now, each in a unit of work with its event, and carry on what it ended.

    Returns what was done: ``{"review_id", "did", …}`` for each move, ``{"arrangement_id", "did"}`` for each end. A
    review that somebody moved at the same moment is left to the next run.
    """
    with services.store.read() as unit:
        waking = [review.id for review in unit.reviews.waking(services.clock.now(), limit)]
    done = [each for review_id in waking for each in _moved(services, review_id)]
    ended = [each for each in done if each["did"] == "expired"]
    return [*done, *(_carried_on(services, each) for each in ended), *_arrangements_over(services)]


def _moved(services: Services, review_id: str) -> list[dict[str, Any]]:
    done: list[dict[str, Any]] = []
    try:
        with services.store.write() as unit:
            review = unit.reviews.get(review_id)
            for step in due(review, services.clock.now()):
                store(unit, step.review, step.verb, TIME, step.facts)
                told = {"review_id": review_id, "decision_id": review.decision_id, "did": step.verb}
                done.append({**told, **step.facts})
    except Conflict:
        return []
    return done


def _carried_on(services: Services, expired: dict[str, Any]) -> dict[str, Any]:
    """The end of the decision. What fails here is told, and left to recovery: the expiry itself is durable."""
    told = {"review_id": expired["review_id"], "decision_id": expired["decision_id"]}
    try:
        return {**told, "did": "ended", "status": carry_on(services, expired["decision_id"])["status"]}
    except RemitError as error:
        return {**told, "did": "left to recovery", "error": error.message}


def _arrangements_over(services: Services) -> list[dict[str, Any]]:
    now = services.clock.now()
    with services.store.read() as unit:
        over_by_now = [each for each in unit.arrangements.standing() if each.until is not None and each.until <= now]
    if not over_by_now:
        return []
    with services.store.write() as unit:
        return [_ended(unit, each.id, now) for each in over_by_now if unit.arrangements.get(each.id).ended_at is None]


def _ended(unit: Unit, arrangement_id: str, now: Any) -> dict[str, Any]:
    arrangement = over(unit.arrangements.get(arrangement_id), now)
    unit.arrangements.save(arrangement)
    unit.journal.append(
        f"{arrangement.kind}.ended",
        actor=TIME,
        body={"arrangement_id": arrangement.id, "person": arrangement.person, "deputy": arrangement.deputy},
    )
    return {"arrangement_id": arrangement.id, "did": f"{arrangement.kind} ended", "person": arrangement.person}
