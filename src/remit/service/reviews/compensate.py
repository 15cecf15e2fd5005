"""Have undone what was carried out, by the action that its connector declares for that. Asked for once; done once."""

from __future__ import annotations

from typing import Any

from remit.agents.compensation import carry_out_compensation, plan_compensation
from remit.agents.ports import Connectors, Unit
from remit.agents.records import PlannedEffect, StoredDecision, is_as_judged
from remit.approvals.arrangement import reviewer_of
from remit.approvals.reasons import checked_reason
from remit.approvals.undoing import partial_in, role_to_undo
from remit.core.errors import Conflict, Corrupted, NotFound, Refused
from remit.core.words import Actor
from remit.packs.pack import Decision
from remit.service.duties import must_not_be_admin, who_answers_for
from remit.service.runs import PATIENCE_SECONDS, stored_decision
from remit.service.services import Services


def compensate(services: Services, of: str, actor: Actor, reason: str) -> dict[str, Any]:
    """Undo the action of a decision, or of the decision that a review was about. The decision stays executed.

    The intent is durable before anything is done; what a crash cuts off then is carried on by a recovery.

    Raises:
        NotFound: there is no such review or decision.
        Conflict: nothing was carried out, it was erased, or somebody has asked for it already.
        Refused: the action declares nothing that undoes it; the requester, an editor, or none of the reviewers' roles.
        InputError: the reason is missing.
        Corrupted: what is stored is not what was judged and carried out.
    """
    text = checked_reason(reason)
    decision_id = _decision_of(services, of)
    with services.fences.around(decision_id, PATIENCE_SECONDS):
        stored = stored_decision(services, decision_id)
        pack = services.pack_version(stored.versions.pack, stored.versions.pack_sha256)
        decision = services.decision(pack, stored.run.decision)
        connectors = services.parts.connectors(pack)
        with services.store.read() as unit:
            effect = unit.effects.of(decision_id)
        undone_by = _undone_by(of, stored, effect, connectors)
        with services.store.write() as unit:
            # Where several write at once: whoever would erase the case waits for this, and then sees it.
            unit.decisions.move(decision_id, ("executed",), "executed")
            stored = unit.decisions.get(decision_id)
            effect = _compensable(unit, of, stored)
            role = _role_of(unit, services, stored, decision, actor)
            plan_compensation(unit, stored.run, effect, undone_by, actor, role, text)
        compensation = carry_out_compensation(stored.run, services.store, connectors)
    return {"decision_id": decision_id, "status": stored.stage, "compensation": compensation.to_json()}


def carry_on_compensation(services: Services, decision_id: str) -> PlannedEffect:
    """Go on with a compensation that a crash cut off, or of which nobody knows yet what came of it.

    Raises:
        NotFound: there is no such decision, nobody asked for it, or its pack version is not stored here.
        Conflict: another process is at work on it.
        Corrupted: what is stored is not what was judged and carried out.
    """
    with services.fences.around(decision_id):
        stored = stored_decision(services, decision_id)
        pack = services.pack_version(stored.versions.pack, stored.versions.pack_sha256)
        return carry_out_compensation(stored.run, services.store, services.parts.connectors(pack))


def _decision_of(services: Services, of: str) -> str:
    """The decision of that id, or that the review of that id is about. A test item is about none."""
    with services.store.read() as unit:
        try:
            review = unit.reviews.get(of)
        except NotFound:
            return unit.decisions.get(of).run.decision_id
    if review.probe is not None:
        raise _nothing_to_undo(of)
    return review.decision_id


def _undone_by(of: str, stored: StoredDecision, effect: PlannedEffect | None, connectors: Connectors) -> str:
    if stored.stage != "executed" or effect is None:
        raise _nothing_to_undo(of)
    undone_by = connectors.compensation(effect)
    if undone_by is None:
        raise Refused(
            f"`{effect.connector}` declares nothing that undoes it",
            mend="what is done stays done: ask for what sets it right as a case of its own",
        )
    return undone_by


def _compensable(unit: Unit, of: str, stored: StoredDecision) -> PlannedEffect:
    """The effect that is to be undone, if nobody has asked for it yet."""
    decision_id = stored.run.decision_id
    effect = unit.effects.of(decision_id)
    if stored.stage != "executed" or effect is None or effect.state != "confirmed":
        raise _nothing_to_undo(of)
    if stored.erased_at is not None:
        raise Conflict(f"the case of decision {decision_id} was erased: nobody can tell any more what to undo")
    if not is_as_judged(effect, stored):
        raise Corrupted(
            f"the effect of decision {decision_id} is not the action that was judged",
            mend="nothing was undone; run `remit ledger verify`",
        )
    asked = unit.effects.of(decision_id, "compensation")
    if asked is not None:
        who = asked.by.id if asked.by else "somebody"
        raise Conflict(
            f"{who} has asked to undo decision {decision_id} already: it is {asked.state}",
            mend="see what came of it: `remit explain`",
        )
    return effect


def _role_of(unit: Unit, services: Services, stored: StoredDecision, decision: Decision, actor: Actor) -> str:
    """The role in which they may ask for it: one that its review needed, or that reviews under its policy need."""
    must_not_be_admin(actor, "have an action undone")
    review = unit.reviews.get(stored.review_id) if stored.review_id else None
    terms = review.terms if review is not None else decision.policy.reviewers
    reviewer = reviewer_of(actor, unit.arrangements.standing(), services.clock.now())
    partial = partial_in(review, stored.run.actor.id)
    owner = who_answers_for(unit, stored.run.actor.id)
    if owner is not None:
        partial = {owner: "answers for the app that requested this decision", **partial}
    return role_to_undo(stored.run.decision_id, reviewer, terms, partial)


def _nothing_to_undo(of: str) -> Conflict:
    return Conflict(f"nothing was carried out for {of} that could be undone", mend="see `remit explain`")
