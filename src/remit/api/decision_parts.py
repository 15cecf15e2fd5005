"""What is known of a decision besides its result: its trace, its explanation, its proof."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from remit.agents.records import StoredDecision
from remit.api.doors import Entered, TheEngine, door
from remit.api.examples import example
from remit.service.explain import trace_as_seen
from remit.service.hidden_verdict import must_be_told_whole
from remit.service.runs import stored_decision
from remit.wiring import Engine

router = APIRouter(prefix="/decisions/{decision_id}", tags=["decisions"])

Reader = Annotated[Entered, Depends(door("decisions.read"))]
_AT = "2026-11-02T12:00:00.000000Z"
_TRACE = example(
    "The steps in order.",
    {"ledger": [{"seq": 7, "type": "decision.received", "at": _AT}], "replans": 0, "search_failures": []},
)
_EXPLANATION = example("Everything that is known.", {"status": "executed", "case": {}, "plan": {}, "evidence": []})
_PROOF = example("A proof that stands alone.", {"checkpoint": "…", "events": [{"seq": 7, "body": "…", "path": ["…"]}]})


@router.get("/trace", responses={200: _TRACE})
def trace(decision_id: str, engine: TheEngine, who: Reader) -> dict[str, Any]:
    """The steps of the run as the ledger has them; how often it searched in other words, and why search failed."""
    stored = _seen(engine, who, decision_id)
    return trace_as_seen(engine.services.store, stored, engine.events_of(decision_id), who.actor)


@router.get("/explanation", responses={200: _EXPLANATION})
def explanation(decision_id: str, engine: TheEngine, who: Reader, clauses: bool = False) -> dict[str, Any]:
    """Why: the case, the plan, the cited passages, each rule that spoke, the review and the effect."""
    _seen(engine, who, decision_id)
    return engine.explain(decision_id, clauses=clauses, viewer=who.actor)


@router.get("/proof", responses={200: _PROOF})
def proof(
    decision_id: str, engine: TheEngine, who: Annotated[Entered, Depends(door("decisions.prove"))]
) -> dict[str, Any]:
    """That every event of the decision is in the signed ledger; `verifier.py` checks it with the public key alone."""
    must_be_told_whole(engine.services.store, _seen(engine, who, decision_id), who.actor)
    return engine.safekeeping.prove(decision_id)


def _seen(engine: Engine, who: Entered, decision_id: str) -> StoredDecision:
    stored = stored_decision(engine.services, decision_id)
    who.sees(stored.run.actor.id, "decision")
    return stored
