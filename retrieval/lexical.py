"""Search by words: BM25 over the passages of one snapshot, in memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import Stemmer
from numpy.typing import NDArray

_WORD = re.compile(r"\w\w+")


class LexicalIndex:
    """BM25 in Lucene's variant (k1 1.2, b 0.75; Robertson and Zaragoza 2009) over stemmed English words.

    Args:
        ids: the ids of the passages, which break ties.
        texts: one text per id.
    """

    def __init__(self, ids: Sequence[str], texts: Sequence[str]) -> None:
        # Imported here because it brings SciPy, which nobody should wait for who searches nothing.
        import bm25s
        from bm25s.stopwords import STOPWORDS_EN

        self._ids = list(ids)
        self._stopwords = frozenset(STOPWORDS_EN)
        self._stemmer = Stemmer.Stemmer("english")
        words = [self._words(text) for text in texts]
        self._bm25: Any = None
        if any(words):
            self._bm25 = bm25s.BM25(k1=1.2, b=0.75, method="lucene", backend="numpy")
            self._bm25.index(words, show_progress=False)

    def rank(self, query: str, allowed: NDArray[np.bool_], limit: int) -> list[tuple[str, float]]:
        """At most `limit` ids with their scores, best first, ties by id; only what is `allowed` is ranked.

        Args:
            allowed: shape (passages,), in the order of `ids`.
        """
        words = self._words(query)
        if self._bm25 is None or not words:
            return []
        # Scores are float32 sums; six decimals are more than ranks need and the same on every machine.
        scores = np.where(allowed, self._bm25.get_scores(words), 0.0).round(6)
        found = [(self._ids[position], float(scores[position])) for position in np.flatnonzero(scores > 0)]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def _words(self, text: str) -> list[str]:
        words = [word for word in _WORD.findall(text.lower()) if word not in self._stopwords]
        stems: list[str] = self._stemmer.stemWords(words)
        return stems
