"""What people arrange: roles lent for a time, absences with a deputy, and the end of both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from remit.agents.ports import Unit
from remit.approvals.arrangement import Arrangement, end, leave, lend
from remit.approvals.review import UNDECIDED, moved
from remit.core.words import Actor
from remit.service.reviews.moves import store
from remit.service.services import Services

REVIEWS_MAX = 100_000


def delegate(
    services: Services, actor: Actor, to: str | None, roles: Sequence[str], until: datetime | None
) -> dict[str, Any]:
    """Lend one's roles to somebody, until a time. Raises Refused, InputError."""
    arrangement = lend(services.ids.new(), actor, to, roles, until, services.clock.now())
    with services.store.write() as unit:
        _add(unit, arrangement, "delegation.given", actor)
    return arrangement.to_json()


def go_away(
    services: Services, actor: Actor, deputy: str | None, roles: Sequence[str], until: datetime | None
) -> dict[str, Any]:
    """Be out of office until a time. Claims are given back; what is assigned goes to the deputy, or is free for all.

    Raises Refused, InputError.
    """
    arrangement = leave(services.ids.new(), actor, deputy, roles, until, services.clock.now())
    with services.store.write() as unit:
        _add(unit, arrangement, "absence.announced", actor)
        handed = [_handed_on(unit, review.id, actor, deputy) for review in _held_by(unit, actor.id)]
    return {**arrangement.to_json(), "handed_on": handed}


def end_arrangement(services: Services, arrangement_id: str, actor: Actor) -> dict[str, Any]:
    """End a delegation or an absence before its time. Raises NotFound, Conflict, Refused."""
    with services.store.write() as unit:
        ended = end(unit.arrangements.get(arrangement_id), actor.id, services.clock.now())
        unit.arrangements.save(ended)
        unit.journal.append(
            f"{ended.kind}.ended",
            actor=actor,
            body={"arrangement_id": ended.id, "person": ended.person, "deputy": ended.deputy},
        )
    return ended.to_json()


def list_arrangements(services: Services) -> list[dict[str, Any]]:
    """The delegations and absences that are in force now."""
    now = services.clock.now()
    with services.store.read() as unit:
        standing = unit.arrangements.standing()
    return [each.to_json() for each in standing if each.kind != "filter" and each.in_force(now)]


def _add(unit: Unit, arrangement: Arrangement, event: str, actor: Actor) -> None:
    unit.arrangements.add(arrangement)
    unit.journal.append(event, actor=actor, body=arrangement.to_json())


def _held_by(unit: Unit, person: str) -> list[Any]:
    undecided = unit.reviews.in_states(UNDECIDED, REVIEWS_MAX)
    return [each for each in undecided if person in (each.assigned_to, each.claimed_by)]


def _handed_on(unit: Unit, review_id: str, actor: Actor, deputy: str | None) -> str:
    review = unit.reviews.get(review_id)
    taker = deputy if review.assigned_to == actor.id else review.assigned_to
    free = {"state": "open", "claimed_by": None, "claimed_until": None, "assigned_to": taker}
    store(unit, moved(review, actor.id, "assigned", **free), "assigned", actor, {"to": taker, "instead_of": actor.id})
    return review_id
