"""``/learning``: who decides, which challengers there are, what the gate said, how rollouts stand, what has shifted."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from remit.api.doors import Entered, TheEngine
from remit.core.errors import InputError, RemitError
from remit.learning.rollout import STEPS
from remit.service.learning.acknowledge import acknowledge
from remit.service.learning.gate import run_gate
from remit.service.learning.rollout import move_running, roll_back, start_rollout
from remit.service.learning.shown import list_snapshots
from remit.service.learning.status import learning_status
from remit.web.gate import Form, opens, page_door
from remit.web.page_route import pages
from remit.web.render import page

router = pages()
Reader = Annotated[Entered, Depends(page_door("learning.read"))]
Manager = Annotated[Entered, Depends(page_door("learning.manage"))]
Verb = Literal["gate", "start", "move", "rollback", "acknowledge"]


@router.get("/learning")
def everything(request: Request, engine: TheEngine, _who: Reader) -> Response:
    """Each decision in one row."""
    rows: list[dict[str, Any]] = []
    for name in engine.services.library.names():
        try:
            pack = engine.services.pack(name)
            rows += [learning_status(engine.services, name, decision=each) for each in pack.decisions]
        except RemitError as error:
            rows.append({"pack": name, "problem": error.message})
    return page(request, "learning.html", rows=rows, snapshots=list_snapshots(engine.services)[::-1][:20])


@router.get("/learning/{pack}")
def one(
    pack: str,
    request: Request,
    engine: TheEngine,
    who: Reader,
    decision: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Everything that is on record of a decision's models."""
    return page(
        request,
        "learning_of.html",
        of=learning_status(engine.services, pack, decision=decision),
        steps=STEPS,
        may_manage=opens(who.principal, "learning.manage"),
    )


@router.post("/learning/{pack}/{verb}")
def act(pack: str, verb: Verb, engine: TheEngine, who: Manager, form: Form) -> Response:
    """Run the gate, start or move a rollout, take a challenger back, close an alarm."""
    services, decision, reason = engine.services, form.get("decision") or None, form.get("reason", "")
    match verb:
        case "gate":
            run_gate(services, pack, form.get("model", ""), who.actor, decision=decision)
        case "start":
            despite = form.get("despite_gate") == "true"
            start_rollout(
                services, pack, form.get("model", ""), who.actor, reason, decision=decision, despite_gate=despite
            )
        case "move":
            move_running(services, pack, _step(form.get("to", "")), who.actor, reason, decision=decision)
        case "rollback":
            roll_back(services, pack, who.actor, reason, decision=decision)
        case "acknowledge":
            acknowledge(services, form.get("alarm", ""), who.actor, reason)
    onward = urlencode({"decision": decision}) if decision else ""
    return RedirectResponse(f"/learning/{pack}" + (f"?{onward}" if onward else ""), 303)


def _step(said: str) -> str:
    if said not in ("shadow", "1", "5", "25", "50", "live"):
        raise InputError("that is no step of a rollout", mend="choose one of the list")
    return said
