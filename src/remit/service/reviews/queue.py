"""The queue as people look at it: filtered, ordered, each review in one row; and the filters that they keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from remit.agents.ports import Unit
from remit.agents.records import StoredDecision
from remit.approvals.arrangement import Arrangement, Reviewer, over, reviewer_of
from remit.approvals.review import SETTLED, UNDECIDED, Place, Review, Vote
from remit.approvals.routing import Filter, checked, concerns, matches, priority
from remit.approvals.voting import seat_of
from remit.core.errors import InputError, NotFound, Refused
from remit.core.problems import did_you_mean
from remit.core.words import Actor
from remit.service.services import Services

AT_ONCE = 200
"""So many reviews are read at once while those are looked for that a filter asks for."""


@dataclass(frozen=True, slots=True)
class After:
    """Where a page of the queue ends, and the next one goes on.

    `at` is the moment from which the first page looked: by it priorities are reckoned, and snoozes end, on every page.
    """

    at: datetime
    place: Place
    priority: float | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the queue; `after` is None when nothing follows."""

    rows: list[dict[str, Any]]
    after: After | None


def list_reviews(
    services: Services, wanted: Filter | None = None, *, actor: Actor | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """The reviews that a filter asks for, in its order: the one due first at the top, or the weightiest.

    Raises:
        InputError: a word of the filter that nothing can match, or `mine` without saying who asks.
    """
    return page_of_reviews(services, wanted, actor=actor, limit=limit).rows


def page_of_reviews(
    services: Services,
    wanted: Filter | None = None,
    *,
    actor: Actor | None = None,
    limit: int = 100,
    after: After | None = None,
    look_at_max: int | None = None,
    about: str | None = None,
) -> Page:
    """A page of what a filter asks for, in its order.

    By due time, what stands before the page is not read. The order of priority changes with every moment and is not
    stored: all that the filter may ask for is read.

    Args:
        look_at_max: so many reviews are looked at, at most, in the order of due time: a page of a filter that hardly
            anything matches may have fewer rows, or none, and still another page behind it. None sets no bound.
        about: what the name of whom the case is about contains, in whatever letters.

    Raises:
        InputError: a word of the filter that nothing can match, or `mine` without saying who asks.
    """
    wanted = checked(wanted or Filter())
    if wanted.mine and actor is None:
        raise InputError("nobody can say whose reviews are meant", mend="say who asks")
    now = services.clock.now() if after is None else after.at
    with services.store.read() as unit:
        if wanted.order == "priority":
            found, end = _weightiest(unit, wanted, actor, now, limit, after, about)
        else:
            found, end = _due_first(unit, wanted, actor, now, limit, after, look_at_max, about)
        decided = unit.decisions.get_all([review.decision_id for review in found])
        return Page([_row(services, review, decided[review.decision_id]) for review in found], end)


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


def saved_filters(services: Services, actor: Actor) -> dict[str, Filter]:
    """The filters that this person keeps, by name."""
    with services.store.read() as unit:
        standing = unit.arrangements.standing()
    kept = [each for each in standing if (each.kind, each.person) == ("filter", actor.id)]
    return {each.name: Filter.from_json(each.body) for each in kept}


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


def _due_first(
    unit: Unit,
    wanted: Filter,
    actor: Actor | None,
    now: datetime,
    limit: int,
    after: After | None,
    look_at_max: int | None,
    about: str | None,
) -> tuple[list[Review], After | None]:
    """The next reviews by due time. One more than asked for is looked for: whether there is another page."""
    found: list[Review] = []
    place = after.place if after else None
    for looked_at, (review, matching) in enumerate(_looked_at(unit, wanted, actor, now, place, limit + 1, about), 1):
        if matching and len(found) == limit:
            return found, After(now, found[-1].place)
        if matching:
            found.append(review)
        if looked_at == look_at_max:
            return found, After(now, review.place)
    return found, None


def _weightiest(
    unit: Unit,
    wanted: Filter,
    actor: Actor | None,
    now: datetime,
    limit: int,
    after: After | None,
    about: str | None,
) -> tuple[list[Review], After | None]:
    """The next reviews by priority, among all that match."""
    every = [review for review, matching in _looked_at(unit, wanted, actor, now, None, AT_ONCE, about) if matching]
    ranked = sorted((-priority(review, now), review.id, review) for review in every)
    if after is not None:
        ranked = [each for each in ranked if each[:2] > (-(after.priority or 0.0), after.place.id)]
    found = [review for _, _, review in ranked[:limit]]
    more = len(ranked) > limit
    return found, After(now, found[-1].place, priority(found[-1], now)) if more else None


def _looked_at(
    unit: Unit,
    wanted: Filter,
    actor: Actor | None,
    now: datetime,
    place: Place | None,
    at_once: int,
    about: str | None,
) -> Iterator[tuple[Review, bool]]:
    """Reviews by due time from a place on, each with whether it is asked for; read in parts, as far as is looked."""
    reviewer = None if actor is None else reviewer_of(actor, unit.arrangements.standing(), now)
    size = min(at_once, AT_ONCE)
    while True:
        narrow = {"decision": wanted.decision, "claimed_by": wanted.claimed_by}
        part = unit.reviews.in_states(wanted.states, size, after=place, **narrow)
        matching = [review for review in part if matches(review, wanted, now)]
        if wanted.mine and reviewer is not None:
            votes = unit.reviews.votes_on([review.id for review in matching])
            may_speak = {each.id: _may_speak(each, votes.get(each.id, ()), reviewer) for each in matching}
            matching = [each for each in matching if concerns(each, reviewer, may_speak[each.id], now)]
        if about is not None:
            subjects = _subjects(unit, matching)
            matching = [each for each in matching if _is_about(each, subjects, about)]
        found = {review.id for review in matching}
        for review in part:
            yield review, review.id in found
        if len(part) < size:
            return
        place, size = part[-1].place, AT_ONCE


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


def _subjects(unit: Unit, reviews: Sequence[Review]) -> dict[str, str]:
    """Whom the cases of reviews are about, by the ids of their decisions."""
    decided = unit.decisions.get_all([review.decision_id for review in reviews])
    return {decision_id: stored.run.subject for decision_id, stored in decided.items()}


def _is_about(review: Review, subjects: Mapping[str, str], about: str) -> bool:
    subject = subjects[review.decision_id]
    return about.casefold() in f"{subject or ''}\n{review.id}\n{review.decision_id}".casefold()


def _may_speak(review: Review, votes: Sequence[Vote], reviewer: Reviewer) -> bool:
    try:
        seat_of(review, votes, reviewer)
    except Refused:
        return False
    return True


def _filters(unit: Unit, person: str, name: str) -> list[Arrangement]:
    wanted = ("filter", person, name)
    return [each for each in unit.arrangements.standing() if (each.kind, each.person, each.name) == wanted]
