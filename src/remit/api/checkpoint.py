"""``GET /v1/checkpoint`` and ``/v1/tile/…``: the signed note and the hash tiles, as C2SP tlog-tiles lays them out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import PlainTextResponse

from remit.api.described import answers
from remit.api.doors import Entered, TheEngine, door
from remit.service.prove import newest_checkpoint, tile

router = APIRouter(tags=["ledger"])

Reader = Annotated[Entered, Depends(door("ledger.read"))]
OCTETS = "application/octet-stream"
FOR_GOOD = "private, max-age=31536000, immutable"
_BYTES: dict[int | str, dict[str, Any]] = answers(
    "The tile: 32 bytes a hash, 256 of them, or as many as a partial path asks for.",
    "(bytes)",
    media_type=OCTETS,
    headers={"Cache-Control": "A whole tile never changes."},
)


@router.get(
    "/checkpoint",
    response_class=PlainTextResponse,
    responses=answers(
        "The signed note (C2SP tlog-checkpoint): the log's name, its size, its root, and the signature.",
        "remit/01KB9Z\n42\nqg7s…=\n\n— remit/01KB9Z 5l0f…=\n",
        media_type="text/plain",
    ),
)
def checkpoint(engine: TheEngine, _who: Reader) -> PlainTextResponse:
    """The newest signed checkpoint of the ledger."""
    return PlainTextResponse(newest_checkpoint(engine.ledger), headers={"Cache-Control": "no-store"})


@router.get("/tile/{level}/{path:path}", response_class=Response, responses=_BYTES)
@router.get("/tiles/{level}/{path:path}", response_class=Response, responses=_BYTES, operation_id="tiles")
def hash_tile(
    level: Annotated[int, Path(ge=0, le=63, description="0 for the hashes of events.", examples=[0])],
    path: Annotated[str, Path(max_length=60, description="`x001/x234/067`, or `067.p/17`.", examples=["000.p/17"])],
    engine: TheEngine,
    _who: Reader,
) -> Response:
    """Hashes of the log, for whoever mirrors it. What the events say is not among them."""
    hashes, whole = tile(engine.ledger, level, path)
    return Response(hashes, media_type=OCTETS, headers={"Cache-Control": FOR_GOOD if whole else "no-store"})
