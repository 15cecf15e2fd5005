"""The queue as people look at it: filtered, ordered, each review in one row; and the filters that they keep."""

from __future__ import annotations

from typing import Any

from remit.agents.ports import Unit
from remit.agents.records import StoredDecision
from remit.approvals.arrangement import Arrangement, Reviewer, over, reviewer_of
from remit.approvals.review import SETTLED, UNDECIDED, Review
from remit.approvals.routing import Filter, checked, concerns, matches, priority
from remit.approvals.voting import seat_of
from remit.core.errors import InputError, NotFound, Refused
from remit.core.problems import did_you_mean
from remit.core.words import Actor
from remit.service.services import Services

REVIEWS_MAX = 100_000


def list_reviews(
    services: Services, wanted: Filter | None = None, *, actor: Actor | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """The reviews that a filter asks for, in its order: the one due first at the top, or the weightiest.

    Raises:
        InputError: a word of the filter that nothing can match, or `mine` without saying who asks.
    """
    wanted = checked(wanted or Filter())
    if wanted.mine and actor is None:
        raise InputError("nobody can say whose reviews are meant", mend="say who asks")
    now = services.clock.now()
    with services.store.read() as unit:
        found = [each for each in unit.reviews.in_states(wanted.states, REVIEWS_MAX) if matches(each, wanted, now)]
        if actor is not None and wanted.mine:
            reviewer = reviewer_of(actor, unit.arrangements.standing(), now)
            found = [each for each in found if concerns(each, reviewer, _may_speak(unit, each, reviewer), now)]
        if wanted.order == "priority":
            found.sort(key=lambda review: (-priority(review, now), review.id))
        return [_row(services, review, unit.decisions.get(review.decision_id)) for review in found[:limit]]


def everything() -> Filter:
    """The filter that hides nothing."""
    return Filter(states=(*UNDECIDED, *SETTLED), snoozed=True)


def save_filter(services: Services, actor: Actor, name: str, wanted: Filter) -> None:
    """Keep a filter under a name, in place of an earlier one of that person. Raises InputError."""
    now = services.clock.now()
    with services.store.write() as unit:
        for earlier in _filters(unit, actor.id, name):
            unit.arrangements.save(over(earlier, now))
        kept = Arrangement(services.ids.new(), "filter", actor.id, 1, now, name=name, body=checked(wanted).to_json())
        unit.arrangements.add(kept)


def saved_filter(services: Services, actor: Actor, name: str) -> Filter:
    """A filter that this person keeps. Raises NotFound."""
    with services.store.read() as unit:
        found = _filters(unit, actor.id, name)
        names = [each.name for each in unit.arrangements.standing() if (each.kind, each.person) == ("filter", actor.id)]
    if not found:
        hint = did_you_mean(name, names) or "keep one with `remit reviews list --save NAME`"
        raise NotFound(f"{actor.id} keeps no filter `{name}`", mend=hint)
    return Filter.from_json(found[0].body)


def row_of(services: Services, review: Review) -> dict[str, Any]:
    """One review as a row of the queue."""
    with services.store.read() as unit:
        return _row(services, review, unit.decisions.get(review.decision_id))


def action_of(review: Review, stored: StoredDecision) -> dict[str, Any] | None:
    """What is proposed: the action of the judgement, or what a test item shows in its place."""
    action = stored.judgement.proposal["action"] if stored.judgement else None
    if action is None or review.probe is None:
        return action
    return {**action, "args": dict(review.probe.args)}


def _row(services: Services, review: Review, stored: StoredDecision) -> dict[str, Any]:
    proposal = stored.judgement.proposal if stored.judgement else None
    hidden = review.verdict_hidden and not review.settled
    findings = stored.judgement.verdict["findings"] if stored.judgement and not hidden else []
    return {
        "review_id": review.id,
        "decision_id": review.decision_id,
        "decision": stored.run.decision,
        "subject": stored.run.subject,
        "state": review.state,
        "version": review.version,
        "action": action_of(review, stored),
        "confidence": proposal["confidence"] if proposal and not hidden else None,
        "because": [finding["reason"] for finding in findings if finding["effect"] == "escalate"],
        "rules": [] if hidden else list(review.rules),
        "terms": [terms.to_json() for terms in review.terms],
        "risk": review.risk,
        "money": review.money,
        "priority": priority(review, services.clock.now()),
        "requested_by": review.requested_by,
        "editors": list(review.editors),
        "claimed_by": review.claimed_by,
        "assigned_to": review.assigned_to,
        "waits_for_answer": review.asked_at is not None,
        "snoozed_until": review.snoozed_until.isoformat() if review.snoozed_until else None,
        "opened_at": review.opened_at.isoformat(),
        "due_at": review.due_at.isoformat() if review.due_at else None,
        "decided_by": review.decided_by,
    }


def _may_speak(unit: Unit, review: Review, reviewer: Reviewer) -> bool:
    try:
        seat_of(review, unit.reviews.votes(review.id), reviewer)
    except Refused:
        return False
    return True


def _filters(unit: Unit, person: str, name: str) -> list[Arrangement]:
    wanted = ("filter", person, name)
    return [each for each in unit.arrangements.standing() if (each.kind, each.person, each.name) == wanted]
