"""Evidence needs: what a decision must have read. Each is met, or it is said why not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from remit.core.words import Evidence, NeedResult
from remit.retrieval.search import Corpus, Hit

SIMILARITY_FLOOR = 0.25
PASSAGES_MAX = 3
_LOOKED_AT = 20
_FIELD = re.compile(r"\{case\.([A-Za-z_][A-Za-z0-9_]*)\}")
_VALUE_MAX_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Need:
    """One thing to be read before a decision.

    `query` may hold ``{case.FIELD}``. `min_sources` counts distinct documents; with `trusted` only trusted documents
    count, with `max_age_days` only those that came in force no longer ago.
    """

    need: str
    query: str
    min_sources: int = 1
    trusted: bool = False
    max_age_days: int | None = None
    min_similarity: float = SIMILARITY_FLOOR


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One wording of a need: all that is similar, and the part of it that counts."""

    query: str
    similar: tuple[Hit, ...]
    counting: tuple[Hit, ...]

    @property
    def sources(self) -> int:
        return len({hit.document.doc_id for hit in self.counting})


def gather(
    needs: Sequence[Need],
    case: Mapping[str, Any],
    corpus: Corpus,
    *,
    audiences: frozenset[str],
    as_of: datetime,
) -> tuple[tuple[Evidence, ...], tuple[NeedResult, ...]]:
    """Look for every need, and once more in other words where too little counts.

    Per need come up to three passages (more only if more sources are asked for): first one of each source that the need
    counts, then the best of the rest. Untrusted and old passages are among them, labelled, so that the policy and a
    reviewer see them; they do not count. What is less similar than the need's `min_similarity` (cosine) is no evidence.

    Raises:
        InputError, SystemFailed: as `Corpus.search`.
    """
    evidence: list[Evidence] = []
    results: list[NeedResult] = []
    for need in needs:
        found, attempt = _satisfy(need, case, corpus, audiences, as_of)
        evidence.extend(hit.as_evidence(need.need) for hit in _shown(found, need))
        met = found.sources >= need.min_sources
        reason = "" if met else _why_not(found, need)
        results.append(NeedResult(need.need, met, attempt.query, found.sources, reason))
    return tuple(evidence), tuple(results)


def fill(query: str, case: Mapping[str, Any]) -> str:
    """The query with the case's values in it. A field that is absent or empty leaves nothing behind."""

    def value(field: re.Match[str]) -> str:
        found = case.get(field[1])
        return "" if found is None else str(found)[:_VALUE_MAX_CHARACTERS]

    return " ".join(_FIELD.sub(value, query).split())


def _satisfy(
    need: Need, case: Mapping[str, Any], corpus: Corpus, audiences: frozenset[str], as_of: datetime
) -> tuple[_Attempt, _Attempt]:
    """The attempt that found more, and the last one made."""

    def attempt(query: str) -> _Attempt:
        def look(trusted: bool | None, max_age_days: int | None) -> tuple[Hit, ...]:
            hits = corpus.search(
                query,
                audiences=audiences,
                as_of=as_of,
                limit=_LOOKED_AT + need.min_sources,
                trusted=trusted,
                max_age_days=max_age_days,
            )
            return tuple(hit for hit in hits if hit.similarity >= need.min_similarity)

        similar = look(None, None)
        # The filters stand in the second search, so that no crowd of old or untrusted pages can push out what counts.
        restricted = need.trusted or need.max_age_days is not None
        return _Attempt(query, similar, look(need.trusted or None, need.max_age_days) if restricted else similar)

    query = fill(need.query, case)
    first = attempt(query)
    if first.sources >= need.min_sources:
        return first, first
    second = attempt(f"{query} {need.need.replace('_', ' ')}".strip())
    better = second if (second.sources, len(second.similar)) > (first.sources, len(first.similar)) else first
    return better, second


def _shown(found: _Attempt, need: Need) -> list[Hit]:
    """The passages that become evidence."""
    one_each = {hit.document.doc_id: hit for hit in reversed(found.counting)}
    counting = sorted(one_each.values(), key=_best_first)[: need.min_sources]
    taken = {hit.chunk.id for hit in counting}
    rest = [hit for hit in found.similar if hit.chunk.id not in taken]
    return counting + rest[: max(0, PASSAGES_MAX - len(counting))]


def _best_first(hit: Hit) -> tuple[float, str]:
    return (-hit.score, hit.chunk.id)


def _why_not(found: _Attempt, need: Need) -> str:
    if not found.similar:
        return "nothing similar was found"
    counted = {hit.document.doc_id for hit in found.counting}
    others = {hit.document.doc_id: hit for hit in found.similar if hit.document.doc_id not in counted}.values()
    untrusted = sum(need.trusted and hit.document.trust != "trusted" for hit in others)
    stale = sum(need.max_age_days is not None and hit.age_days > need.max_age_days for hit in others)
    said = [f"{found.sources} of {need.min_sources} sources found"]
    if untrusted:
        said.append(f"{untrusted} left out as not trusted")
    if stale:
        said.append(f"{stale} left out as older than {need.max_age_days} days")
    return "; ".join(said)
