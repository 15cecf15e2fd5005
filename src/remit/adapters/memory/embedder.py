"""An embedder without a model: texts that share words are near each other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from remit.retrieval.ports import Vectors

_WORD = re.compile(r"\w+")


class HashingEmbedder:
    """Twin of the sentence encoder: every word is a fixed random direction drawn from its hash, a text their sum."""

    def __init__(self, dimensions: int = 64, seed: int = 0) -> None:
        self._dimensions = dimensions
        self._seed = seed

    @property
    def fingerprint(self) -> str:
        return f"hashing-{self._dimensions}-{self._seed}"

    @property
    def dimensions(self) -> int:
        return self._dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = [self._row(text) for text in texts]
        return np.array(rows, np.float32).reshape(len(texts), self._dimensions)

    def _row(self, text: str) -> Vectors:
        # A text without words still needs a direction: that of the empty word.
        words = _WORD.findall(text.lower()) or [""]
        total = np.sum([self._direction(word) for word in words], axis=0)
        unit: Vectors = (total / np.linalg.norm(total)).astype(np.float32)
        return unit

    def _direction(self, word: str) -> Vectors:
        seed = hashlib.sha256(f"{self._seed}:{word}".encode()).digest()[:8]
        return np.random.default_rng(int.from_bytes(seed, "big")).standard_normal(self._dimensions, np.float32)
