"""``POST /v1/decisions``: ask for a decision, and wait for it or not."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import Field

from remit.agents.ports import Unit
from remit.agents.records import FINAL
from remit.api.body import Body
from remit.api.doors import Entered, TheEngine, door
from remit.api.examples import ACCEPTED, DECIDED
from remit.api.once import MustRepeat, Reply, rendered
from remit.api.prefer import Preference, preference
from remit.service.calls.once import Keeping
from remit.service.calls.ports import Answer
from remit.wiring import Engine

router = APIRouter(prefix="/decisions", tags=["decisions"])

RETRY_AFTER_SECONDS = 1

PREFER = Annotated[
    str | None,
    Header(
        alias="Prefer",
        description="`respond-async` to be answered at once, `wait=SECONDS` to wait no longer than that (RFC 7240).",
        examples=["respond-async"],
    ),
]


class NewDecision(Body):
    """A case to be decided."""

    pack: str = Field(min_length=1, max_length=100, pattern=r"^[a-z][a-z0-9_-]*$", examples=["credit"])
    decision: str | None = Field(default=None, max_length=100, description="Which, where the pack has several.")
    case: dict[str, Any] = Field(description="The case, as the pack's data contract types it.")


@router.post("", response_class=Response, responses={200: DECIDED, 202: ACCEPTED})
def create(
    request: Request,
    asked: NewDecision,
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("decisions.create"))],
    once: MustRepeat,
    prefer: PREFER = None,
) -> Response:
    """Decide a case, once for each idempotency key.

    200 is a decision that is final; 202 one that a person has to look at, that takes longer than the caller waits, or
    that was only accepted: `Location` says where to look.
    """
    request_key = once.request_key(who.principal)
    assert request_key is not None
    wanted = preference(request.headers.getlist("prefer"))
    return once.answer_within(who, asked, lambda keeping: _decide(engine, asked, who, request_key, wanted, keeping))


def _decide(
    engine: Engine, asked: NewDecision, who: Entered, request_key: str, wanted: Preference, keeping: Keeping
) -> Reply | Answer:
    settings = engine.settings
    seconds = settings.decide_wait_seconds if wanted.wait_seconds is None else float(wanted.wait_seconds)
    seconds = min(seconds, settings.decide_wait_seconds_max)
    what: dict[str, Any] = {"decision": asked.decision, "request_key": request_key}
    if wanted.asynchronous and wanted.wait_seconds is None:
        return _reply(engine.submit(asked.pack, asked.case, who.actor, **what), wanted, seconds)
    told: dict[str, Any] | None = None

    def tell(unit: Unit, result: dict[str, Any]) -> None:
        nonlocal told
        told = result
        keeping.within(unit, rendered(_reply(result, wanted, seconds)))

    result, _ = engine.calls.decide_within(seconds, asked.pack, asked.case, who.actor, **what, tell=tell)
    # It is given back only after the unit of work in which it was told is committed, and the answer with it.
    kept = keeping.answer if result is told else None
    return kept or _reply(result, wanted, seconds)


def _reply(result: dict[str, Any], wanted: Preference, seconds: float) -> Reply:
    headers = {"Location": f"/v1/decisions/{result['decision_id']}"}
    if applied := wanted.applied(seconds):
        headers["Preference-Applied"] = applied
    final = result["status"] in FINAL
    if not final:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return Reply(result, 200 if final else 202, headers, result["decision_id"])
