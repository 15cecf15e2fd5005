"""Search the packs' documents, as the asker may see them. A passage is named here and read when it is shown."""

from __future__ import annotations

from typing import Any

from remit.chat.conversation import Answer, Citation, Result, RunEvent
from remit.chat.tools import Call
from remit.core.errors import RemitError
from remit.service.chat.reach import Reach

PASSAGES_MAX = 4
SIMILARITY_MIN = 0.30
"""A passage that is further from the question than this is none: better nothing than something else."""


def search_knowledge(reach: Reach, call: Call) -> Result:
    """The passages nearest to a question, best first. What is said of them is where they stand, not what they say."""
    query = str(call.args["query"])[:500]
    named = call.args.get("pack")
    services = reach.desk.services
    packs = [services.pack(str(named)).name] if named else services.library.names()
    hits = sorted(_hits(reach, packs, query), key=lambda hit: -hit["similarity"])[:PASSAGES_MAX]
    citations = tuple(Citation("passage", hit["id"], hit["id"], {"trust": hit["trust"]}) for hit in hits)
    if not hits:
        text = "I found no passage on that in the documents that you may read."
        return Result("search_knowledge", Answer(text, outcome="not_found", title="Documents"), {"text": text})
    lines = [f"{len(hits)} passage{'' if len(hits) == 1 else 's'} on that, the nearest first:"]
    lines += [f"{_where(hit)} [{n}]" for n, hit in enumerate(hits, start=1)]
    untrusted = [str(n) for n, hit in enumerate(hits, start=1) if hit["trust"] == "untrusted"]
    if untrusted:
        lines.append(f"Do not rest on {', '.join(f'[{n}]' for n in untrusted)}: nobody vouches for it.")
    parts = tuple(
        RunEvent("passage", {"n": n, "id": hit["id"], "trust": hit["trust"], "age_days": hit["age_days"]})
        for n, hit in enumerate(hits, start=1)
    )
    text = "\n".join(lines)
    told = {"text": text, "passages": [{"n": n, "text": hit["text"]} for n, hit in enumerate(hits, start=1)]}
    return Result("search_knowledge", Answer(text, citations, parts, title="Documents"), told)


def _hits(reach: Reach, packs: list[str], query: str) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for pack in packs:
        try:
            hits = reach.desk.search(pack, query, reach.principal.actor(), limit=PASSAGES_MAX, for_the_pack=False)
        except RemitError:
            if len(packs) == 1:
                raise
            continue  # another pack that does not load keeps nobody from reading this one
        found.update({hit["id"]: hit for hit in hits if hit["similarity"] >= SIMILARITY_MIN})
    return list(found.values())


def _where(hit: dict[str, Any]) -> str:
    return f"{hit['id']} ({hit['trust']}, {hit['age_days']} days old)"
