"""``/decisions/{id}``: one decision: what was done and why, what it rests on, its trace, its proof, its replay."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from remit.core.errors import Corrupted
from remit.core.words import plain
from remit.ledger.verifier import verify_proof
from remit.service.runs import stored_decision
from remit.web.look import page
from remit.web.route import PageRoute
from remit.web.visitor import Visitor, page_door

router = APIRouter(prefix="/decisions/{decision_id}", route_class=PageRoute)
Reader = Annotated[Visitor, Depends(page_door("decisions.read"))]
_ORDER = {"deny": 0, "escalate": 1, "allow": 2}


@router.get("")
def show(
    decision_id: str,
    request: Request,
    who: Reader,
    verify: Annotated[bool, Query(description="Prove each of its events.")] = False,
    replay: Annotated[bool, Query(description="Think it again and compare.")] = False,
) -> Response:
    """Everything that is known of a decision."""
    engine = who.engine
    stored = stored_decision(engine.services, decision_id)
    who.sees(stored.run.actor.id, "decision")
    told = engine.explain(decision_id)
    evidence = told.get("evidence") or []
    numbers = {each["id"]: number for number, each in enumerate(evidence, start=1)}
    return page(
        request,
        "decision.html",
        who,
        told=told,
        pack=stored.versions.pack,
        evidence=evidence,
        numbers=numbers,
        cited=[numbers[each] for each in told.get("cites") or () if each in numbers],
        findings=sorted(
            (told.get("verdict") or {}).get("findings") or [], key=lambda each: _ORDER.get(each["effect"], 3)
        ),
        steps=_steps(told.get("ledger") or []),
        proof=_proved(who, decision_id) if verify and who.may("decisions.prove") else None,
        again=plain(engine.replay(decision_id)) if replay else None,
    )


@router.get("/proof.json")
def proof(decision_id: str, who: Annotated[Visitor, Depends(page_door("decisions.prove"))]) -> Response:
    """The proof as a file that stands alone."""
    stored = stored_decision(who.engine.services, decision_id)
    who.sees(stored.run.actor.id, "decision")
    data = orjson.dumps(who.engine.safekeeping.prove(decision_id), option=orjson.OPT_INDENT_2)
    headers = {"Content-Disposition": f'attachment; filename="proof-{decision_id}.json"', "Cache-Control": "no-store"}
    return Response(data, media_type="application/json", headers=headers)


def _steps(ledger: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events with the time that passed since the one before, in milliseconds."""
    steps: list[dict[str, Any]] = []
    before: datetime | None = None
    for event in ledger:
        at = datetime.fromisoformat(event["at"])
        passed = None if before is None else round((at - before).total_seconds() * 1000)
        steps.append({**event, "ms": passed})
        before = at
    return steps


def _proved(who: Visitor, decision_id: str) -> str:
    """Each event of the decision held against the signed checkpoint, by the verifier that auditors carry away."""
    engine = who.engine
    proof = orjson.dumps(engine.safekeeping.prove(decision_id)).decode()
    try:
        return verify_proof(proof, (engine.home / "keys" / "ledger.pub").read_text("utf-8"))
    except ValueError as error:
        raise Corrupted(f"the proof does not hold: {error}") from error
