"""Search a pack's documents as its agents do: same ranking, same access, same labels."""

from __future__ import annotations

from typing import Any

from remit.service.services import Services


def search(
    services: Services,
    pack_ref: str,
    query: str,
    *,
    roles: tuple[str, ...] = (),
    limit: int = 5,
    for_the_pack: bool = True,
) -> list[dict[str, Any]]:
    """The best passages that this asker may see, best first.

    With `for_the_pack` that is what the pack's own decisions may read, too; else what is for everyone or their roles.

    Raises:
        NotFound: the pack is not there.
    """
    pack = services.pack(pack_ref)
    corpus = services.parts.corpus(pack.name)
    own = pack.audiences if for_the_pack else frozenset({"everyone"})
    audiences = own | frozenset(roles)
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
