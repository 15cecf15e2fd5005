"""What the operations on reviews share: a move is made and stored together with its event, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from remit.agents.ports import Unit
from remit.approvals.arrangement import Reviewer, reviewer_of
from remit.approvals.review import Note, Review, Vote, must_be_at
from remit.core.errors import Conflict
from remit.core.words import Actor
from remit.packs.review_rules import ReviewRules
from remit.service.duties import must_not_be_admin
from remit.service.result import result_in
from remit.service.runs import PATIENCE_SECONDS, carry_on, stored_decision
from remit.service.services import Services


@dataclass(frozen=True, slots=True)
class Moment:
    """A review as one person meets it: as it stands, what was said of it, in whose roles they act, and when."""

    review: Review
    votes: list[Vote]
    notes: list[Note]
    reviewer: Reviewer
    now: datetime


def met(unit: Unit, review_id: str, actor: Actor, now: datetime, version: int | None = None) -> Moment:
    """The review as it stands now. Raises NotFound, Refused for an admin; Conflict when it moved on since `version`."""
    must_not_be_admin(actor, "see or work on reviews")
    review = unit.reviews.get(review_id)
    must_be_at(review, version)
    reviewer = reviewer_of(actor, unit.arrangements.standing(), now)
    return Moment(review, unit.reviews.votes(review_id), unit.reviews.notes(review_id), reviewer, now)


def make_move(
    services: Services,
    review_id: str,
    actor: Actor,
    move: Callable[[Moment], Review],
    *,
    version: int | None = None,
    body: Mapping[str, Any] | None = None,
    text: str | None = None,
) -> Review:
    """Make one move and store it with its event, ``review.`` and the move's name; a `text` is kept as a note."""
    with services.store.write() as unit:
        moment = met(unit, review_id, actor, services.clock.now(), version)
        review = move(moment)
        store(unit, review, str(review.moved_as), actor, body or {})
        if text is not None:
            kind: Any = review.moved_as
            unit.reviews.add_note(Note(review_id, kind, actor.id, moment.now, review.action_digest, text))
    return review


def store(unit: Unit, review: Review, verb: str, actor: Actor, body: Mapping[str, Any]) -> None:
    """Write a move and its event."""
    unit.reviews.save(review)
    record(unit, review, verb, actor, body)


def record(unit: Unit, review: Review, verb: str, actor: Actor, body: Mapping[str, Any]) -> None:
    """Write the event alone. A test item's events are no part of the decision that lends it its looks."""
    said = {name: value for name, value in body.items() if value is not None}
    unit.journal.append(
        f"review.{verb}",
        decision_id=None if review.probe else review.decision_id,
        actor=actor,
        step="review",
        body={"review_id": review.id, "version": review.version, **said},
    )


def carried_on(services: Services, review: Review) -> dict[str, Any] | None:
    """The decision of a settled review, carried on; None for a test item, which nothing ever follows.

    The word stands whatever happens here: whoever is at work on the decision, or a recovery, goes on from it.
    """
    if review.probe is not None:
        return None
    try:
        return carry_on(services, review.decision_id, patience_seconds=PATIENCE_SECONDS)
    except Conflict:
        return result_in(services.store, review.decision_id)


def rules_of(services: Services, review: Review) -> ReviewRules:
    """How reviews of this decision are worked on, as the pack said that judged it."""
    stored = stored_decision(services, review.decision_id)
    pack = services.pack_version(stored.versions.pack, stored.versions.pack_sha256)
    return services.decision(pack, stored.run.decision).reviews
