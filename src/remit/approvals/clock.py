"""The clock of a review: warn, ask the next in the chain, then deny or hold. It never approves.

Each seat of the present stage that has a time limit has a timer. The clock stands still while the review waits for
information. What is due is given as moves, so that each of them is stored with its event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from remit.approvals.calendar import after, minutes_between
from remit.approvals.review import Review, Timer, moved, settle
from remit.core.words import ApprovalTerms
from remit.packs.review_rules import WorkingHours

SYSTEM = "remit"
"""Who makes the moves that time makes."""


@dataclass(frozen=True, slots=True)
class Due:
    """One move that time made: the review after it, and what its event says. `verb` names the event ``review.verb``."""

    review: Review
    verb: str
    facts: dict[str, Any] = field(default_factory=dict)


def due(review: Review, now: datetime) -> Iterator[Due]:
    """Every move that is due by now, in order, each from the review that the one before it led to."""
    while not review.settled:
        step = _lapsed(review, now) or _woken(review, now) or _timed(review, now)
        if step is None:
            return
        yield step
        review = step.review


def timed_out(review: Review, now: datetime) -> bool:
    """Whether the last time limit of a seat is over by which its terms deny: then nobody may approve any more."""
    return any(
        timer.due_at <= now and timer.step >= len(terms.chain) and terms.on_timeout == "deny"
        for timer, terms in _running(review)
    )


def started(review: Review, missing: Sequence[ApprovalTerms], now: datetime) -> Review:
    """The same review with a timer for each seat that is missing in its present stage: kept, begun anew, or dropped."""
    running = {timer.seat: timer for timer in review.timers}
    timers = tuple(
        running.get(terms.seat) or _timer(terms, review.hours, now)
        for terms in missing
        if terms.within_minutes is not None
    )
    return _with(review, timers)


def shifted(review: Review, since: datetime, now: datetime) -> Review:
    """The clock stood still from `since` to `now`: every timer has as much working time left as it had then."""
    limits = {terms.seat: _hours(terms, review.hours) for terms in review.terms}

    def later(timer: Timer) -> Timer:
        hours = limits.get(timer.seat, review.hours)
        due_at, warn_at = (
            moment if moment is None or moment <= since else after(hours, now, minutes_between(hours, since, moment))
            for moment in (timer.due_at, timer.warn_at)
        )
        return replace(timer, due_at=due_at or timer.due_at, warn_at=warn_at)

    return _with(review, tuple(timer if timer.held else later(timer) for timer in review.timers))


def _lapsed(review: Review, now: datetime) -> Due | None:
    if review.state != "claimed" or review.claimed_until is None or review.claimed_until > now:
        return None
    free = moved(review, SYSTEM, "released", state="open", claimed_by=None, claimed_until=None)
    return Due(free, "released", {"held_by": review.claimed_by, "lapsed": True})


def _woken(review: Review, now: datetime) -> Due | None:
    if review.snoozed_until is None or review.snoozed_until > now:
        return None
    return Due(moved(review, SYSTEM, "woken", snoozed_until=None), "woken")


def _timed(review: Review, now: datetime) -> Due | None:
    for timer, terms in _running(review):
        if timer.due_at <= now:
            return _over(review, timer, terms, now)
        if timer.warn_at is not None and timer.warn_at <= now:
            warned = _changed(review, replace(timer, warn_at=None), "warned")
            return Due(warned, "warned", {"seat": timer.seat, "due_at": timer.due_at.isoformat()})
    return None


def _over(review: Review, timer: Timer, terms: ApprovalTerms, now: datetime) -> Due:
    """A time limit is over: the next of the chain, who gets the whole time; after the last one deny or hold."""
    facts = {"seat": timer.seat, "was_due_at": timer.due_at.isoformat()}
    if timer.step < len(terms.chain):
        following = replace(_timer(terms, review.hours, now), step=timer.step + 1)
        asked = terms.chain[timer.step]
        return Due(_changed(review, following, "escalated"), "escalated", {**facts, "to": asked})
    if terms.on_timeout == "deny":
        return Due(settle(review, "expired", SYSTEM, now), "expired", facts)
    return Due(_changed(review, replace(timer, warn_at=None, held=True), "held"), "held", facts)


def _running(review: Review) -> Iterator[tuple[Timer, ApprovalTerms]]:
    """The timers that run, the one due first at the top, with the terms that they are of."""
    if review.asked_at is not None:
        return
    terms = {each.seat: each for each in review.terms}
    for timer in sorted(review.timers, key=lambda timer: (timer.due_at, timer.seat)):
        if not timer.held and timer.seat in terms:
            yield timer, terms[timer.seat]


def _timer(terms: ApprovalTerms, hours: WorkingHours | None, now: datetime) -> Timer:
    counted = _hours(terms, hours)
    warn = None if terms.warn_minutes is None else after(counted, now, terms.warn_minutes)
    return Timer(terms.seat, after(counted, now, terms.within_minutes or 0), warn)


def _hours(terms: ApprovalTerms, hours: WorkingHours | None) -> WorkingHours | None:
    return None if terms.hours == "always" else hours


def _changed(review: Review, timer: Timer, verb: str) -> Review:
    timers = tuple(timer if each.seat == timer.seat else each for each in review.timers)
    return moved(_with(review, timers), SYSTEM, verb)


def _with(review: Review, timers: tuple[Timer, ...]) -> Review:
    running = [timer.due_at for timer in timers if not timer.held]
    return replace(review, timers=timers, due_at=min(running, default=None))
