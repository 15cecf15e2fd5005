"""``/decisions/{id}``: how a decision came about, step by step; its proof, its counterfactual, and its replay."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import Depends, Request, Response

from remit.api.doors import Entered, TheEngine
from remit.core.errors import Conflict
from remit.ledger.verifier import Tampered, Unusable, verify_proof
from remit.service.runs import stored_decision
from remit.web.gate import page_door
from remit.web.page_route import pages
from remit.web.queue.view import findings_of, numbered, timed
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
    _seen(engine, who, decision_id)
    try:
        found = engine.replay(decision_id).to_json()
    except Conflict as error:
        found = {"same": False, "lost": True, "note": error.message, "changes": []}
    return _show(request, engine, who, decision_id, replayed=found)


def _show(
    request: Request, engine: Engine, who: Entered, decision_id: str, *, clauses: bool = False, **more: Any
) -> Response:
    _seen(engine, who, decision_id)
    told = engine.explain(decision_id, clauses=clauses)
    evidence = numbered(told["evidence"])
    labels = {each["id"]: each["label"] for each in evidence}
    said = {
        "told": told,
        "evidence": evidence,
        "cites": [labels[cite] for cite in told["cites"] if cite in labels],
        "findings": findings_of(told["verdict"]["findings"] if told["verdict"] else []),
        "review_open": (open_now := told["review"] is not None and told["review"]["state"] in ("open", "claimed")),
        "steps": _steps(engine, decision_id, without_reasons=open_now),
    }
    return page(request, "decision.html", **{"proof": None, "replayed": None, **said, **more})


def _steps(engine: Engine, decision_id: str, *, without_reasons: bool) -> list[dict[str, Any]]:
    """The events of the run with what each recorded. The ledger holds digests of cases and arguments, not these.

    As long as a second person has to speak, what the first one gave as a reason is nobody's to read.
    """
    events = engine.events_of(decision_id)
    return timed(
        [
            {
                "seq": event.seq,
                "type": event.draft.type,
                "at": event.ts,
                "by": event.draft.actor.id if event.draft.actor else "remit",
                "body": {
                    name: said for name, said in event.draft.body.items() if not (without_reasons and name == "reason")
                },
                "versions": event.draft.versions,
            }
            for event in events
        ]
    )


def _seen(engine: Engine, who: Entered, decision_id: str) -> None:
    who.sees(stored_decision(engine.services, decision_id).run.actor.id, "decision")
