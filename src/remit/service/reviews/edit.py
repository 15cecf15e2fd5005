"""Edit what is proposed, then let it be approved: the policy runs again on the edited arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from remit.agents.answer import record_judgement
from remit.agents.ports import Deps
from remit.agents.records import Judgement, StoredDecision, action_digest, judged
from remit.agents.state import state_of
from remit.agents.tape import with_others
from remit.agents.think import think
from remit.approvals.edit import Judged, checked_args, difference, edit, typed
from remit.approvals.reasons import checked_reason
from remit.approvals.review import Note, Review, must_be_undecided
from remit.approvals.voting import seat_of
from remit.core.errors import Refused
from remit.core.words import Actor as Person
from remit.core.words import ApprovalTerms, Finding, PolicyRef, Verdict
from remit.service.duties import must_not_answer_for
from remit.service.exploring import as_it_was
from remit.service.hidden_verdict import must_have_thought
from remit.service.reviews.freshness import deps_now, must_be_fresh, unerased_decision
from remit.service.reviews.moves import met, store
from remit.service.runs import stored_decision
from remit.service.services import Services


def edit_review(
    services: Services,
    review_id: str,
    actor: Person,
    words: Mapping[str, str],
    reason: str,
    *,
    version: int | None = None,
) -> dict[str, Any]:
    """Put other arguments in place of those proposed; words are typed by the action's schema.

    The edited action is judged anew and in full, and that judgement is recorded in place of the first one. The review
    is bound to the new action from then on: earlier words count no more, and the editor may not approve it where the
    policy still wants a person.

    Raises:
        NotFound: there is no such review.
        Conflict: somebody else was first, it is stale, or nothing changes.
        Refused: the editor may not decide it, has not said an opinion where the pack asks for it, or the policy denies
            what they want.
        InputError: arguments that the action's schema does not allow, or no reason.
    """
    reason = checked_reason(reason)
    now = services.clock.now()
    with services.store.read() as unit:
        moment = met(unit, review_id, actor, now, version)
        must_not_answer_for(unit, moment.review.requested_by, {actor.id}, "edit")
    must_be_undecided(moment.review)
    seat_of(moment.review, (), moment.reviewer, "reject")
    must_have_thought(moment.review, moment.notes, moment.reviewer.id)
    if moment.review.probe is not None:
        raise Refused("this proposal cannot be edited", mend="approve or reject it")
    must_be_fresh(services, moment.review)
    stored = unerased_decision(services, moment.review)
    deps = deps_now(services, stored)
    judgement = tried(services, deps, stored, words, actor.id)
    with services.store.write() as unit:
        # What was judged is the review as it was read: whoever moved it since was first.
        moment = met(unit, review_id, actor, now, moment.review.version)
        review = edit(moment.review, moment.reviewer, _judged(judgement, deps), now)
        changes = difference(judgement.edit["was"], judgement.edit["args"])
        body = {
            "reason": reason,
            "changed": [change["name"] for change in changes],
            "was_action_digest": moment.review.action_digest,
            "action_digest": review.action_digest,
            "verdict": judgement.verdict["effect"],
            "terms": [terms.to_json() for terms in review.terms],
        }
        store(unit, review, "edited", actor, body)
        unit.reviews.add_note(Note(review_id, "edited", actor.id, now, review.action_digest, reason))
        record_judgement(unit, deps, {**state_of(judgement), "stage": "awaiting_review"})
    return {
        "review_id": review_id,
        "state": review.state,
        "version": review.version,
        "difference": changes,
        "verdict": judgement.verdict,
        "terms": [terms.to_json() for terms in review.terms],
        "may_approve": actor.id not in review.editors,
    }


def what_if(services: Services, review: Review, words: Mapping[str, str], by: str) -> dict[str, Any]:
    """What the policy would say of other arguments. Nothing is recorded. Raises InputError."""
    stored = stored_decision(services, review.decision_id)
    judgement = tried(services, deps_now(services, stored), stored, words, by)
    return {
        "difference": difference(judgement.edit["was"], judgement.edit["args"]),
        "verdict": judgement.verdict,
    }


def tried(services: Services, deps: Deps, stored: StoredDecision, words: Mapping[str, str], by: str) -> Judgement:
    """The judgement of a waiting decision with other arguments, at this moment. Raises InputError."""
    before = judged(stored)
    action = before.proposal["action"]
    schema = deps.decision.actions[action["name"]].schema.args
    args = {**action["args"], **typed(schema, words)}
    checked_args(schema, args)
    wanted = {"by": by, "action": action["name"], "args": args, "was": action["args"]}
    # Whoever looks at it does not pay for exploring it, or for asking a language model, once more.
    deps = replace(deps, grant=as_it_was(before.choice), recorded=before.tape)
    judgement = think(deps, services.clock.now().isoformat(), wanted)
    return replace(judgement, tape=with_others(judgement.tape, before.tape, deps.versions.model_sha256))


def _judged(judgement: Judgement, deps: Deps) -> Judged:
    action, verdict = judgement.proposal["action"], judgement.verdict
    money = deps.decision.reviews.money
    return Judged(
        action_digest(deps.run.decision_id, action["name"], action["args"]),
        verdict["policy"]["sha256"],
        judgement.evidence_root,
        Verdict(
            verdict["effect"],
            tuple(Finding(**each) for each in verdict["findings"]),
            PolicyRef(**verdict["policy"]),
            approvals=tuple(ApprovalTerms.from_json(terms) for terms in verdict["approvals"]),
        ),
        money.of(deps.run.case, action["args"]) if money else None,
    )
