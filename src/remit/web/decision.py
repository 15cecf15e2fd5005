"""``/decisions/{id}``: how a decision came about, step by step; its proof, its counterfactual, and its replay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request, Response

from remit.agents.records import StoredDecision
from remit.api.doors import Entered, TheEngine
from remit.core.errors import Conflict
from remit.ledger.event import Event
from remit.ledger.verifier import Tampered, Unusable, verify_proof
from remit.service.hidden_verdict import must_be_told_whole, until_opened
from remit.service.runs import stored_decision
from remit.web.gate import page_door
from remit.web.page_route import pages
from remit.web.queue.view import findings_of, labels_of, numbered, timed
from remit.web.render import page
from remit.wiring import Engine

router = pages()


@router.get("/decisions/{decision_id}")
def decision(
    decision_id: str,
    request: Request,
    engine: TheEngine,
    who: Annotated[Entered, Depends(page_door("decisions.read"))],
    clauses: bool = False,
) -> Response:
    """Everything that is known of it; every clause of its contract only when asked, since they are many."""
    return _show(request, engine, who, decision_id, clauses=clauses)


@router.post("/decisions/{decision_id}/verify")
def verify(
    decision_id: str,
    request: Request,
    engine: TheEngine,
    who: Annotated[Entered, Depends(page_door("decisions.prove"))],
) -> Response:
    """Prove that every event of it is in the signed ledger, and check the proof with the public key alone."""
    _seen(engine, who, decision_id)
    proof = engine.safekeeping.prove(decision_id)
    key = (engine.home / "keys" / "ledger.pub").read_text("utf-8")
    try:
        found = {"holds": True, "text": verify_proof(orjson.dumps(proof).decode(), key)}
    except (Tampered, Unusable) as error:
        found = {"holds": False, "text": str(error)}
    return _show(request, engine, who, decision_id, proof={**found, "events": proof["events"]})


@router.post("/decisions/{decision_id}/replay")
def replay(
    decision_id: str,
    request: Request,
    engine: TheEngine,
    who: Annotated[Entered, Depends(page_door("decisions.read"))],
) -> Response:
    """Think it again under its own versions and at its own moment, and compare byte for byte."""
    must_be_told_whole(engine.services.store, _seen(engine, who, decision_id), who.actor)
    try:
        found = engine.replay(decision_id).to_json()
    except Conflict as error:
        found = {"same": False, "lost": True, "note": error.message, "changes": []}
    return _show(request, engine, who, decision_id, replayed=found)


def _show(
    request: Request, engine: Engine, who: Entered, decision_id: str, *, clauses: bool = False, **more: Any
) -> Response:
    _seen(engine, who, decision_id)
    told = engine.explain(decision_id, clauses=clauses, viewer=who.actor)
    evidence = numbered(told["evidence"])
    said = {
        "told": told,
        "hidden": told.get("verdict_hidden", False),
        "evidence": evidence,
        "cites": labels_of(told["cites"], evidence),
        "findings": findings_of(told["verdict"]["findings"] if told["verdict"] else []),
        "review_open": (open_now := told["review"] is not None and told["review"]["state"] in ("open", "claimed")),
        "steps": _steps(engine, decision_id, told, open_now),
    }
    return page(request, "decision.html", **{"proof": None, "replayed": None, **said, **more})


def _steps(engine: Engine, decision_id: str, told: Mapping[str, Any], open_now: bool) -> list[dict[str, Any]]:
    """The events of the run with what each recorded. The ledger holds digests of cases and arguments, not these.

    As long as a second person has to speak, what the first one gave as a reason is nobody's to read; and from whom the
    verdict is kept, what the events recorded is, too.
    """
    hidden = told.get("verdict_hidden", False)
    steps = [_step(event, without_reason=open_now) for event in engine.events_of(decision_id)]
    return timed([{**step, "body": None} for step in until_opened(steps)] if hidden else steps)


def _step(event: Event, *, without_reason: bool) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "type": event.draft.type,
        "at": event.ts,
        "by": event.draft.actor.id if event.draft.actor else "remit",
        "body": {name: said for name, said in event.draft.body.items() if not (without_reason and name == "reason")},
        "versions": event.draft.versions,
    }


def _seen(engine: Engine, who: Entered, decision_id: str) -> StoredDecision:
    stored = stored_decision(engine.services, decision_id)
    who.sees(stored.run.actor.id, "decision")
    return stored
