"""``/v1/batches``: many cases handed in at once, and what has become of them."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError

from remit.api.body import Body
from remit.api.doors import Entered, TheEngine, door
from remit.api.examples import example
from remit.api.once import MustRepeat, Reply
from remit.api.pages import links
from remit.core.errors import InputError
from remit.packs.pack import Decision
from remit.service.calls.batches import batch_of, hand_in, report_of, results_of
from remit.service.calls.ports import Batch
from remit.service.tables import case_rows
from remit.wiring import Engine

router = APIRouter(prefix="/batches", tags=["batches"])

RESULTS_MAX = 1_000
PACK = r"^[a-z][a-z0-9_-]*$"
"""A pack by its name. Folders, which the command line takes too, are none of a caller's business."""

NDJSON = "application/x-ndjson"
_SUFFIXES = {"text/csv": ".csv", NDJSON: ".jsonl", "application/jsonl": ".jsonl"}
_REPORT = {
    "batch_id": "01M93F5T0V6N2A0R2T1YV5Q8ZJ",
    "pack": "credit",
    "decision": "credit.application",
    "handed_in_at": "2026-11-02T12:00:00+00:00",
    "status": "deciding",
    "rows": 3,
    "counts": {"executed": 1, "invalid": 1, "received": 1},
}


class NewBatch(Body):
    """Cases to be decided one by one."""

    pack: str = Field(min_length=1, max_length=100, pattern=PACK, examples=["credit"])
    decision: str | None = Field(default=None, max_length=100)
    cases: list[dict[str, Any]] = Field(min_length=1)


_TABLE = {"schema": {"type": "string"}}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": NewBatch.model_json_schema()},
            NDJSON: _TABLE,
            "text/csv": _TABLE,
        },
    }
}


async def body_of(request: Request) -> bytes:
    """The body as it came."""
    return await request.body()


@router.post(
    "",
    status_code=202,
    response_class=Response,
    openapi_extra=_BODY,
    responses={202: example("On the disk, to be decided by workers.", _REPORT, headers={"Location": "Where to look."})},
)
def create(
    request: Request,
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("batches.create"))],
    once: MustRepeat,
    body: Annotated[bytes, Depends(body_of)],
    pack: Annotated[
        str | None, Query(max_length=100, pattern=PACK, description="With CSV or JSON lines: the pack.")
    ] = None,
    decision: Annotated[str | None, Query(max_length=100, description="With these: which decision.")] = None,
) -> Response:
    """Hand in many cases: as JSON, or as CSV or JSON lines with `pack` in the query. Workers decide them, each once."""
    content = hashlib.sha256(body).hexdigest()
    request_key = once.request_key(who.principal)
    assert request_key is not None

    def handed_in() -> Reply:
        name, chosen, cases = _cases(engine, request, body, pack, decision)
        told = {"request_key": request_key, "content": content}
        batch = hand_in(engine.services, engine.store, name, chosen, cases, who.actor, **told)
        return Reply(report_of(engine.store, batch), 202, {"Location": f"/v1/batches/{batch.id}", "Retry-After": "1"})

    return once.answer(who, {"content": content}, handed_in)


@router.get("/{batch_id}", responses={200: example("How it gets on.", _REPORT)})
def progress(
    batch_id: str, engine: TheEngine, who: Annotated[Entered, Depends(door("batches.read"))]
) -> dict[str, Any]:
    """How a batch gets on: `accepting`, `deciding`, `reviewing` (only people have something to do) or `done`."""
    return report_of(engine.store, _seen(engine, who, batch_id))


@router.get(
    "/{batch_id}/results",
    response_class=Response,
    responses={
        200: {
            "description": "JSON lines, one for each row, in order.",
            "content": {NDJSON: {**_TABLE, "example": '{"row":1,"status":"executed","decision_id":"…"}\n'}},
        }
    },
)
def results(
    request: Request,
    batch_id: str,
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("batches.read"))],
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="The last row seen.")] = 0,
    limit: Annotated[int, Query(ge=1, le=RESULTS_MAX)] = RESULTS_MAX,
) -> Response:
    """What has become of the rows so far. The Link header leads on to the rows after these."""
    batch = _seen(engine, who, batch_id)
    rows = results_of(engine.services, engine.store, batch, after, limit)
    lines = b"".join(orjson.dumps(row) + b"\n" for row in rows)
    following = str(rows[-1]["row"]) if rows and rows[-1]["row"] < batch.rows else None
    return Response(lines, media_type=NDJSON, headers=links(request, "after", next=following))


def _seen(engine: Engine, who: Entered, batch_id: str) -> Batch:
    batch = batch_of(engine.store, batch_id)
    who.sees(batch.actor.id, "batch")
    return batch


def _cases(
    engine: Engine, request: Request, body: bytes, pack: str | None, decision: str | None
) -> tuple[str, Decision, list[Any]]:
    """The pack's name, the decision and the cases, from a body of any of the kinds. Raises InputError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        asked = _parsed(body)
        pack, decision, cases = asked.pack, asked.decision, list(asked.cases)
        chosen = engine.services.decision(engine.services.pack(pack), decision)
    elif kind in _SUFFIXES:
        if pack is None:
            raise InputError("the pack is missing", code="pack_missing", mend="say ?pack=NAME")
        chosen = engine.services.decision(engine.services.pack(pack), decision)
        cases = list(case_rows(body, _SUFFIXES[kind], chosen.contract.record))
    else:
        raise InputError(
            "a batch is JSON, JSON lines or CSV", code="media_type", mend=f"say application/json, {NDJSON} or text/csv"
        )
    if len(cases) > engine.settings.batch_rows_max:
        raise InputError(
            f"{len(cases)} cases are too many at once",
            code="too_large",
            mend=f"hand in {engine.settings.batch_rows_max} at most",
        )
    return pack, chosen, cases


def _parsed(body: bytes) -> NewBatch:
    try:
        return NewBatch.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
