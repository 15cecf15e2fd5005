"""``/ledger``: how far the log is, its signed checkpoint, its events, and its verification."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import Depends, Query, Request, Response

from remit.api.doors import Entered, TheEngine
from remit.service.prove import envelopes
from remit.service.verify_all import verify_all
from remit.web.gate import opens, page_door
from remit.web.page_route import pages
from remit.web.render import page

router = pages()
ROWS = 50


@router.get("/ledger")
def ledger(
    request: Request,
    engine: TheEngine,
    who: Annotated[Entered, Depends(page_door("ledger.read"))],
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
) -> Response:
    """The newest events, or those before a place; what they say of cases is not shown."""
    note = engine.checkpoint.read()
    with engine.ledger.snapshot() as snapshot:
        size = snapshot.head.size if snapshot.head else 0
    end = size if before is None else min(before, size)
    first = max(end - ROWS, 0)
    written_at = engine.checkpoint.written_at()
    may_read = opens(who.principal, "ledger.events")
    return page(
        request,
        "ledger.html",
        size=size,
        note=note,
        written_at=written_at.isoformat() if written_at else None,
        events=envelopes(engine.ledger, first, end - first)[::-1] if may_read else None,
        older=f"?before={first}" if may_read and first > 0 else None,
        newer=f"?before={min(end + ROWS, size)}" if may_read and end < size else None,
        may_verify=opens(who.principal, "ledger.verify"),
        report=None,
    )


@router.post("/ledger/verify")
def verify(
    request: Request, engine: TheEngine, _who: Annotated[Entered, Depends(page_door("ledger.verify"))]
) -> Response:
    """Verify every event against the signed checkpoint, and every decision against its events."""
    return page(request, "ledger_verified.html", report=verify_all(engine))


@router.get("/ledger/proof")
def proof(
    of: Annotated[str, Query(min_length=1, max_length=64)],
    engine: TheEngine,
    _who: Annotated[Entered, Depends(page_door("ledger.events"))],
) -> Response:
    """The proof of an event, or of every event of a decision, as a file that stands alone."""
    data = orjson.dumps(engine.safekeeping.prove(of), option=orjson.OPT_INDENT_2)
    name = f"proof-{of}.json" if of.isalnum() and of.isascii() else "proof.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, media_type="application/json", headers=headers)
