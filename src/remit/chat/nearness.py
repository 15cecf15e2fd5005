"""How near texts are, by what they mean and by their words; and what follows for a text from those that are known.

Kernel ridge regression on the classes (Saunders, Gammerman and Vovk, "Ridge Regression Learning Algorithm in Dual
Variables", 1998; Rifkin, Yeo and Poggio, "Regularized Least-Squares Classification", 2003). It is solved in one step,
the same every time, and what is far from everything that is known comes out near to zero for every class.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import Stemmer
from numpy.typing import NDArray

Numbers = NDArray[np.float32]

WIDTH = 2.0
"""How fast nearness falls with the cosine: exp(2 (cos - 1))."""

RIDGE = 0.1
"""How little one single example is believed."""

_WORD = re.compile(r"[a-z']+|[0-9]+|\?")


def marks_of(text: str) -> frozenset[str]:
    """The stems of a text's words and each two that follow each other, the text's beginning among them."""
    words = ["^", *Stemmer.Stemmer("english").stemWords(_WORD.findall(text.lower()))]
    return frozenset([*words, *(f"{one} {other}" for one, other in pairwise(words))])


class Known:
    """Texts that are known: their vectors, shape (texts, dimensions) and of unit length, and their marks."""

    def __init__(self, texts: Sequence[str], vectors: Numbers) -> None:
        self._vectors = vectors
        marks = [marks_of(text) for text in texts]
        self._lengths: Numbers = np.sqrt(np.array([len(each) for each in marks], np.float32))
        having: defaultdict[str, list[int]] = defaultdict(list)
        for at, each in enumerate(marks):
            for mark in each:
                having[mark].append(at)
        self._having = {mark: np.array(places) for mark, places in having.items()}

    def near(self, texts: Sequence[str], vectors: Numbers) -> Numbers:
        """How near each text is to each known one, from 0 to 1: half by the vectors, half by the marks."""
        by_words: Numbers = np.empty((len(texts), len(self._lengths)), np.float32)
        for row, text in zip(by_words, texts, strict=True):
            row[:] = self._shared(text)
        near: Numbers = vectors @ self._vectors.T
        # In place, here and below: among all that are known each of these matrices has six million numbers.
        near = _falling(near)
        near += _falling(by_words)
        near *= np.float32(0.5)
        return near

    def _shared(self, text: str) -> Numbers:
        """The cosine of the marks: how many are shared, by the geometric mean of how many there are."""
        marks = marks_of(text)
        shared: Numbers = np.zeros(len(self._lengths), np.float32)
        for mark in marks & self._having.keys():
            shared[self._having[mark]] += 1
        shared /= self._lengths * np.float32(len(marks) ** 0.5)
        return shared


def fitted(near: Numbers, classes: Sequence[str], names: Sequence[str]) -> Numbers:
    """What each known text adds to each class, shape (texts, names), from how near they are to each other.

    A class with few examples has each believed more, by the root of how few they are.
    """
    counted = Counter(classes)
    weights = np.array([counted[each] ** -0.5 for each in classes], np.float32)
    ridged = near.copy()
    ridged[np.diag_indices_from(ridged)] += RIDGE * weights.mean() / weights
    wanted = np.array([[float(each == name) for name in names] for each in classes], np.float32)
    found: Numbers = np.linalg.solve(ridged, wanted).astype(np.float32)
    return found


def _falling(cosine: Numbers) -> Numbers:
    """What nearness is left at these cosines, in their place."""
    cosine -= 1
    cosine *= np.float32(WIDTH)
    return np.exp(cosine, out=cosine)
