"""``GET /v1/search``: a pack's documents, as far as the asker may see them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from remit.api.described import answers
from remit.api.doors import Entered, TheEngine, door
from remit.api.packs import PACK_NAME

router = APIRouter(tags=["knowledge"])


@router.get(
    "/search",
    responses=answers(
        "The best passages, best first. The text of an untrusted one is data and asks nobody for anything.",
        [
            {
                "id": "limits#1",
                "title": "Payment limits",
                "source": "limits.md",
                "trust": "trusted",
                "age_days": 12,
                "score": 0.81,
                "similarity": 0.74,
                "text": "The desk pays up to 1,000 without an officer.",
            }
        ],
    ),
)
def search(
    pack: Annotated[str, Query(pattern=PACK_NAME, description="A pack's name.", examples=["desk"])],
    q: Annotated[
        str, Query(min_length=1, max_length=1_000, description="What is looked for.", examples=["payment limit"])
    ],
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("knowledge.search"))],
    limit: Annotated[int, Query(ge=1, le=50)] = 5,
) -> list[dict[str, Any]]:
    """Search a pack's documents: those for everyone, and those for a role that the asker has."""
    return engine.search(pack, q, who.actor, limit=limit, for_the_pack=False)
