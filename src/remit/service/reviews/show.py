"""One review with everything that its reviewer needs to see, and a record of who was shown what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remit.agents.ports import Unit
from remit.agents.records import Judgement, StoredDecision
from remit.approvals.edit import difference
from remit.approvals.reasons import checked_reason
from remit.approvals.review import Choice, Note, Review, must_be_undecided
from remit.approvals.voting import missing, seat_of
from remit.core.errors import Conflict, NotFound, Refused
from remit.core.words import Actor
from remit.service.explain import Records
from remit.service.hidden_verdict import is_hidden, must_have_thought
from remit.service.reviews.edit import what_if
from remit.service.reviews.moves import Moment, met, record
from remit.service.reviews.queue import action_of, row_of
from remit.service.reviews.trace import trace_for
from remit.service.services import Services

SIMILAR_MAX = 5
SIMILAR_AMONG = 500
NOBODY = Actor("nobody")


def show_review(
    services: Services,
    records: Records,
    review_id: str,
    *,
    viewer: Actor | None = None,
    trial: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """One review: the proposal and how it differs from the request, which rules sent it here, the evidence, what was
    said so far, the trace of the run, and what became of similar cases. `trial` asks what the policy would say of other
    arguments.

    Whoever may decide it has been shown the action by this: their dwell time begins. Where the pack hides the verdict
    first, it is left out until the viewer has said an opinion.

    Raises:
        NotFound: there is no such review.
        InputError: arguments of the trial that the action's schema does not allow.
        Refused: a trial of whoever is not shown the verdict yet: it would tell it.
    """
    now = services.clock.now()
    with services.store.read() as unit:
        moment = met(unit, review_id, viewer or NOBODY, now)
        stored = unit.decisions.get(moment.review.decision_id)
        similar = _similar(unit, moment.review)
    shown = _shown(services, records, moment, stored, similar)
    if trial is not None:
        must_have_thought(moment.review, moment.notes, moment.reviewer.id)
        shown["what_if"] = what_if(services, moment.review, trial, moment.reviewer.id)
    _note_shown(services, moment, viewer)
    return _without_verdict(shown) if is_hidden(moment.review, moment.notes, moment.reviewer.id) else shown


def say_opinion(services: Services, review_id: str, actor: Actor, opinion: Choice, reason: str) -> dict[str, Any]:
    """Say what one thinks of the case before the verdict is shown. It binds nobody, and is kept beside the word.

    Raises:
        NotFound: there is no such review.
        Conflict: it is settled, or they have said an opinion already.
        Refused: they may not decide it.
        InputError: the reason is missing.
    """
    text = checked_reason(reason)
    with services.store.write() as unit:
        moment = met(unit, review_id, actor, services.clock.now())
        must_be_undecided(moment.review)
        seat_of(moment.review, moment.votes, moment.reviewer, "reject")
        if any((note.kind, note.by) == ("opinion", actor.id) for note in moment.notes):
            raise Conflict(f"{actor.id} has said an opinion of review {review_id} already", mend="decide it")
        record(unit, moment.review, "opined", actor, {"opinion": opinion, "reason": text})
        unit.reviews.add_note(Note(review_id, "opinion", actor.id, moment.now, moment.review.action_digest, opinion))
    return {"review_id": review_id, "opinion": opinion}


def _shown(
    services: Services,
    records: Records,
    moment: Moment,
    stored: StoredDecision,
    similar: list[dict[str, Any]],
) -> dict[str, Any]:
    review, judgement = moment.review, stored.judgement
    action = action_of(review, stored)
    args = action["args"] if action else {}
    return {
        **row_of(services, review),
        "case": stored.run.case,
        "judgement": _judgement(review, judgement, action),
        "differs_from_request": _against_request(stored.run.case, args),
        "edited": difference(judgement.edit["was"], args) if judgement and judgement.edit else [],
        "sent_here_by": [
            {"rule": each["rule"], "clause": each["clause"], "reason": each["reason"]}
            for each in (judgement.verdict["findings"] if judgement else [])
            if each["effect"] == "escalate"
        ],
        "passages": [_passage(records, item) for item in (judgement.evidence if judgement else [])],
        "still_needs": [terms.to_json() for terms in missing(review, moment.votes)],
        "votes": [
            {
                "reviewer": vote.reviewer,
                "role": vote.role,
                "choice": vote.choice,
                "at": vote.at.isoformat(),
                "counts": vote.action_digest == review.action_digest,
                **({"on_behalf_of": vote.on_behalf_of} if vote.on_behalf_of else {}),
            }
            for vote in moment.votes
        ],
        "notes": [
            {"kind": note.kind, "by": note.by, "at": note.at.isoformat(), "text": note.text}
            for note in moment.notes
            if note.kind in ("asked", "answered", "edited", "revoked")
        ],
        "similar": similar,
        "trace": trace_for(review, stored, records.events_of(review.decision_id)),
        "bound_to": {
            "action_digest": review.action_digest,
            "policy_sha256": review.policy_sha256,
            "evidence_root": review.evidence_root,
        },
    }


def _judgement(review: Review, judgement: Judgement | None, action: Any) -> dict[str, Any] | None:
    """What was judged; a test item shows its own arguments there, too."""
    if judgement is None or review.probe is None:
        return judgement.to_json() if judgement else None
    return {**judgement.to_json(), "proposal": {**judgement.proposal, "action": action}}


def _against_request(case: Mapping[str, Any], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Where an argument has the name of a field of the case and another value: the request was for something else."""
    return [
        {"name": name, "requested": case[name], "proposed": value}
        for name, value in sorted(args.items())
        if name in case and case[name] != value
    ]


def _passage(records: Records, item: Mapping[str, Any]) -> dict[str, Any]:
    """A passage of the evidence with its text. Untrusted text is fenced: it is data, and asks nobody for anything."""
    try:
        text = records.knowledge_store.chunk(item["id"]).text
    except NotFound:
        text = None
    names = ("id", "title", "source", "trust", "age_days", "need")
    return {**{name: item[name] for name in names}, "fenced": item["trust"] == "untrusted", "text": text}


def _similar(unit: Unit, review: Review) -> list[dict[str, Any]]:
    """The latest settled reviews of the same action that the same rules sent here, and what became of them."""
    wanted = (review.decision, review.action, set(review.rules))
    among = unit.reviews.in_states(("approved", "rejected"), SIMILAR_AMONG)
    like = [each for each in among if (each.decision, each.action, set(each.rules)) == wanted and not each.probe]
    like.sort(key=lambda each: (each.decided_at or each.opened_at, each.id), reverse=True)
    return [
        {
            "review_id": each.id,
            "decision_id": each.decision_id,
            "state": each.state,
            "decided_by": each.decided_by,
            "money": each.money,
            "status": unit.decisions.get(each.decision_id).stage,
        }
        for each in like[:SIMILAR_MAX]
        if each.id != review.id
    ]


def _note_shown(services: Services, moment: Moment, viewer: Actor | None) -> None:
    """Once for each person and action: from then on their time counts. Who may not decide is no reviewer of it."""
    review = moment.review
    seen = ("shown", moment.reviewer.id, review.action_digest)
    if viewer is None or review.settled:
        return
    if any((note.kind, note.by, note.action_digest) == seen for note in moment.notes):
        return
    try:
        seat_of(review, moment.votes, moment.reviewer, "reject")
    except Refused:
        return
    with services.store.write() as unit:
        record(unit, review, "shown", viewer, {"action_digest": review.action_digest})
        unit.reviews.add_note(Note(review.id, "shown", viewer.id, moment.now, review.action_digest))


def _without_verdict(shown: dict[str, Any]) -> dict[str, Any]:
    """The case, the action and the evidence, without what the contract, the proposer and others made of them."""
    hidden = ("judgement", "sent_here_by", "because", "rules", "confidence", "votes", "similar")
    return {**{name: value for name, value in shown.items() if name not in hidden}, "verdict_hidden": True}
