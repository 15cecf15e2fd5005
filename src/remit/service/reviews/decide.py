"""Approve or reject. One person wins; the vote, the move and its event are one unit of work."""

from __future__ import annotations

from typing import Any

from remit.agents.ports import Unit
from remit.approvals.reasons import checked_code
from remit.approvals.review import Choice, Review, Vote
from remit.approvals.voting import decide
from remit.core.errors import Conflict
from remit.core.words import Actor
from remit.packs.review_rules import ReviewRules
from remit.service.duties import must_not_answer_for
from remit.service.hidden_verdict import must_have_thought
from remit.service.reviews.freshness import must_be_fresh
from remit.service.reviews.moves import Moment, carried_on, met, rules_of, store
from remit.service.services import Services


def decide_review(
    services: Services,
    review_id: str,
    actor: Actor,
    choice: Choice,
    reason: str,
    *,
    code: str | None = None,
    version: int | None = None,
    bulk: str | None = None,
) -> dict[str, Any]:
    """Give one person's word. When the review is settled by it, the decision is carried on: rechecked, then acted on.

    An approval of what has changed since the review was opened is refused, and the case is judged again. The word that
    was given is durable before the decision is carried on; if that fails, `remit doctor --recover` goes on from there.

    Args:
        code: one of the pack's reason codes; a rejection needs one where the pack lists any.
        version: the review's version that the reviewer saw; None takes it as they were last shown it.
        bulk: the id of the bulk decision that the word is part of.

    Raises:
        NotFound: there is no such review.
        Conflict: somebody else was first, it has moved or changed, or it is claimed, assigned or out of time.
        Refused: the requester or who answers for it, an editor, an author of the policy, an admin, somebody without
            the role, or a second vote.
        InputError: the reason or its code is missing.
    """
    with services.store.read() as unit:
        review = unit.reviews.get(review_id)
    rules = rules_of(services, review)
    with services.store.read() as unit:
        review = unit.reviews.get(review_id)
        _word(unit, services, review_id, actor, choice, reason, code, version, rules)
    if choice == "approve":
        must_be_fresh(services, review)
    with services.store.write() as unit:
        moved, vote = _word(unit, services, review_id, actor, choice, reason, code, version, rules)
        store(unit, moved, _event(moved), actor, {**_said(vote), "bulk": bulk, **_expected(moved)})
        unit.reviews.add_vote(vote)
    told = {"review_id": review_id, "state": moved.state, "version": moved.version}
    return {**told, **_expected(moved), "decision": carried_on(services, moved) if moved.settled else None}


def _word(
    unit: Unit,
    services: Services,
    review_id: str,
    actor: Actor,
    choice: Choice,
    reason: str,
    code: str | None,
    version: int | None,
    rules: ReviewRules,
) -> tuple[Review, Vote]:
    """The move that the word makes. It is asked once before anything is looked up, and once for good."""
    moment = met(unit, review_id, actor, services.clock.now(), version)
    code = checked_code(code, rules.reasons, required=choice == "reject")
    if choice == "approve":
        _must_have_seen(moment, version)
        must_have_thought(moment.review, moment.notes, moment.reviewer.id)
    moved, vote = decide(
        moment.review,
        moment.votes,
        moment.reviewer,
        choice,
        reason,
        moment.now,
        code=code,
        dwell_seconds=_dwell_seconds(moment),
    )
    must_not_answer_for(unit, moment.review.requested_by, vote.people, "review")
    return moved, vote


def _must_have_seen(moment: Moment, version: int | None) -> None:
    """Nobody approves arguments that were edited since they looked. Whoever names the version has looked."""
    edits = [note for note in moment.notes if note.kind == "edited"]
    if version is not None or not edits or _shown(moment):
        return
    raise Conflict(
        f"{edits[-1].by} edited what review {moment.review.id} proposes, and you have not seen that yet",
        mend="look at it again: `remit reviews show`",
    )


def _dwell_seconds(moment: Moment) -> int | None:
    shown = _shown(moment)
    return None if not shown else max(int((moment.now - shown[0].at).total_seconds()), 0)


def _shown(moment: Moment) -> list[Any]:
    """When this very action was shown to this very person."""
    return [
        note
        for note in moment.notes
        if (note.kind, note.by, note.action_digest) == ("shown", moment.reviewer.id, moment.review.action_digest)
    ]


def _event(review: Review) -> str:
    if review.probe is not None:
        return "tested"
    return review.state if review.settled else "voted"


def _said(vote: Vote) -> dict[str, Any]:
    names = ("choice", "role", "seat", "reason", "code", "on_behalf_of", "dwell_seconds", "action_digest")
    return {name: getattr(vote, name) for name in names}


def _expected(review: Review) -> dict[str, Any]:
    """What a test item tells once it is decided: the word that was expected, and why."""
    if review.probe is None or not review.settled:
        return {}
    caught = review.probe.expected == ("approve" if review.state == "approved" else "reject")
    return {"test_item": {"expected": review.probe.expected, "caught": caught, "why": review.probe.why}}
