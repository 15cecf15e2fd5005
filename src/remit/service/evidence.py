"""Evidence for a run, from one snapshot of the pack's documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from remit.agents.planner import SEARCH_FAILED
from remit.agents.ports import EvidenceSource
from remit.core.errors import SystemFailed, Transient
from remit.core.words import Evidence, NeedResult
from remit.packs.pack import Need
from remit.retrieval.needs import Need as Question
from remit.retrieval.needs import gather
from remit.retrieval.search import Corpus


class CorpusEvidence:
    """`remit.agents.ports.EvidenceSource` over a corpus. When search fails, every need is unmet: never an exception."""

    def __init__(self, corpus: Corpus, audiences: frozenset[str]) -> None:
        self._corpus = corpus
        self._audiences = audiences

    def gather(
        self, needs: Sequence[tuple[Need, str]], case: Mapping[str, Any], at: datetime
    ) -> tuple[tuple[Evidence, ...], tuple[NeedResult, ...]]:
        questions = [
            Question(need.need, query, need.min_sources, need.trusted, need.max_age_days, need.min_similarity)
            for need, query in needs
        ]
        try:
            return gather(questions, case, self._corpus, audiences=self._audiences, as_of=at)
        except Transient:
            raise
        except SystemFailed as error:
            return failed_search(needs, f"{SEARCH_FAILED}{error.code}")

    def texts(self, ids: Sequence[str]) -> Mapping[str, str]:
        return self._corpus.texts(ids)

    def unchanged(self, evidence: Sequence[Mapping[str, Any]], at: datetime) -> bool:
        return all(self._corpus.holds(item["id"], item["sha256"], as_of=at) for item in evidence)


class EvidenceAsFound:
    """Evidence for a replay: where search failed when the decision was made, it fails again.

    Args:
        failures: the reasons, by wording, as `remit.agents.planner.search_failures` gives them.
    """

    def __init__(self, source: EvidenceSource, failures: Mapping[str, str]) -> None:
        self._source = source
        self._failures = failures
        self._wording = 0

    def gather(
        self, needs: Sequence[tuple[Need, str]], case: Mapping[str, Any], at: datetime
    ) -> tuple[tuple[Evidence, ...], tuple[NeedResult, ...]]:
        reason = self._failures.get(str(self._wording))
        self._wording += 1
        return self._source.gather(needs, case, at) if reason is None else failed_search(needs, reason)

    def texts(self, ids: Sequence[str]) -> Mapping[str, str]:
        return self._source.texts(ids)

    def unchanged(self, evidence: Sequence[Mapping[str, Any]], at: datetime) -> bool:
        return self._source.unchanged(evidence, at)


def failed_search(
    needs: Sequence[tuple[Need, str]], reason: str
) -> tuple[tuple[Evidence, ...], tuple[NeedResult, ...]]:
    """What a search that failed has found for each need: nothing, and why."""
    return (), tuple(NeedResult(need.need, False, query, 0, reason) for need, query in needs)
