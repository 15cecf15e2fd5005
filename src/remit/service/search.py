"""Search a pack's documents as its agents do: same ranking, same access, same labels."""

from __future__ import annotations

from typing import Any

from remit.service.services import Services


def search(
    services: Services, pack_ref: str, query: str, *, roles: tuple[str, ...] = (), limit: int = 5
) -> list[dict[str, Any]]:
    """The best passages that this asker may see, best first.

    Raises:
        NotFound: the pack is not there.
    """
    pack = services.pack(pack_ref)
    corpus = services.parts.corpus(pack.name)
    audiences = pack.audiences | frozenset(roles)
    return [
        {
            "id": hit.chunk.id,
            "title": hit.document.title,
            "source": hit.document.source,
            "trust": hit.document.trust,
            "age_days": hit.age_days,
            "score": hit.score,
            "similarity": hit.similarity,
            "text": hit.chunk.text,
        }
        for hit in corpus.search(query, audiences=audiences, as_of=services.clock.now(), limit=limit)
    ]
