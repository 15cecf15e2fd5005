"""Explain a decision in full: what was asked, found, proposed, judged, done; by whom, under which versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from remit.agents.planner import search_failures
from remit.agents.ports import Store
from remit.agents.records import PlannedEffect, StoredDecision
from remit.core.words import Actor
from remit.ledger.event import Event
from remit.retrieval.ports import DocumentErased, KnowledgeStore
from remit.service.hidden_verdict import is_kept_from, until_opened, without_verdict
from remit.service.policy_cases import explain_past
from remit.service.result import result_of
from remit.service.services import Services


class Records(Protocol):
    """What explaining reads besides the store."""

    @property
    def knowledge_store(self) -> KnowledgeStore: ...

    def events_of(self, decision_id: str) -> list[Event]:
        """The ledger's events of a decision, in order."""
        ...


def explain(
    services: Services, records: Records, decision_id: str, *, clauses: bool = False, viewer: Actor | None = None
) -> dict[str, Any]:
    """Everything that is known of a decision, as one JSON object; `clauses` adds every clause of its contract.

    Args:
        viewer: who is told. A verdict that is hidden from a reviewer until they have said an opinion is left out, and
            `verdict_hidden` is true; None hides nothing.

    Raises:
        NotFound: there is no such decision.
    """
    with services.store.read() as unit:
        stored = unit.decisions.get(decision_id)
        review = unit.reviews.get(stored.review_id) if stored.review_id else None
        votes = unit.reviews.votes(review.id) if review else []
        effect = unit.effects.of(decision_id)
        compensation = unit.effects.of(decision_id, "compensation")
        obligations = unit.obligations.of(decision_id)
        hidden = is_kept_from(unit, stored, viewer)
    events = records.events_of(decision_id)
    judgement = stored.judgement
    passages = {
        item["id"]: {**item, "text": _text(records.knowledge_store, item["id"])}
        for item in (judgement.evidence if judgement else [])
    }
    told = {
        **result_of(stored, obligations),
        **(explain_past(services, stored, clauses=clauses) if judgement else {}),
        "asked_by": stored.run.actor.to_json(),
        "asked_at": stored.run.at.isoformat(),
        "case": stored.run.case,
        "erased_at": stored.erased_at,
        "versions": stored.versions.to_json(),
        "plan": judgement.plan if judgement else None,
        "needs": judgement.needs if judgement else [],
        "evidence": list(passages.values()),
        "cites": judgement.proposal["cites"] if judgement else [],
        "choice": judgement.choice if judgement and judgement.choice else None,
        "tape": judgement.tape if judgement else [],
        "edited": judgement.edit if judgement and judgement.edit else None,
        "review": None
        if review is None
        else {
            "review_id": review.id,
            "state": review.state,
            "terms": [terms.to_json() for terms in review.terms],
            "votes": [
                {
                    "reviewer": vote.reviewer,
                    "role": vote.role,
                    "choice": vote.choice,
                    # Whoever is still to give their word does it without having read another's.
                    "reason": vote.reason if review.settled else None,
                }
                for vote in votes
            ],
        },
        "effect": None if effect is None else effect.to_json(),
        "compensation": None if compensation is None else _compensation(compensation, events),
        **trace_of(stored, events),
    }
    return without_verdict(told) if hidden else told


def trace_of(stored: StoredDecision, events: Sequence[Event]) -> dict[str, Any]:
    """The steps of a run, as the ledger has them; how often it asked again in other words, and why search failed."""
    judgement = stored.judgement
    return {
        "ledger": [{"seq": event.seq, "type": event.draft.type, "at": event.ts} for event in events],
        "replans": judgement.plan.get("wording", 0) if judgement else 0,
        "search_failures": list(search_failures(judgement.plan, judgement.needs).values()) if judgement else [],
    }


def trace_as_seen(store: Store, stored: StoredDecision, events: Sequence[Event], viewer: Actor) -> dict[str, Any]:
    """The same for one viewer: from whom the verdict is kept, what reviewers did since is, too."""
    with store.read() as unit:
        hidden = is_kept_from(unit, stored, viewer)
    trace = trace_of(stored, events)
    return {**trace, "ledger": until_opened(trace["ledger"])} if hidden else trace


def _compensation(compensation: PlannedEffect, events: Sequence[Event]) -> dict[str, Any]:
    """What undoes the effect, who asked for it, and why: their words are in the ledger."""
    asked = (event.draft for event in events if event.draft.type == "effect.compensation_planned")
    said = next((draft.body for draft in asked), {})
    by = None if compensation.by is None else compensation.by.id
    return {**compensation.to_json(), "by": by, "role": said.get("role"), "reason": said.get("reason")}


def _text(store: KnowledgeStore, chunk_id: str) -> str | None:
    """A passage's text; None when its document was erased."""
    try:
        return store.chunk(chunk_id).text
    except DocumentErased:
        return None
