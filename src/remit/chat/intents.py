"""What a question wants, by its nearness to questions that are known (centroids and neighbours of an embedding).

Snell, Swersky and Zemel, "Prototypical Networks for Few-shot Learning" (2017), without their training: the encoder is
the one that searches the documents. What is near to nothing is not understood, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.chat.examples import ELSEWHERE, EXAMPLES
from remit.chat.ports import Encoder
from remit.chat.slots import REFERENCE, ULID

THRESHOLD = 0.50
"""Below this score a question is not understood. Calibrated on `eval/suites/chat/tuning.yaml`; see the suite."""

NEIGHBOURS = 3
_NUMBER = re.compile(r"[$€£]?\s?\b[0-9][0-9.,' ]*[0-9]\b\s?(?:k|m)?\b|\b[0-9]+k?\b")
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Guess:
    """The nearest intent, how near it is (0 to 1), and the one after it."""

    intent: str
    score: float
    second: str
    second_score: float

    @property
    def understood(self) -> bool:
        return self.score >= THRESHOLD and self.intent not in ELSEWHERE


class Recogniser:
    """Knows the examples' vectors. Made once for an encoder: embedding the examples takes a second."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._names = [intent for intent, phrases in EXAMPLES.items() for _ in phrases]
        self._vectors = encoder.embed([masked(each) for phrases in EXAMPLES.values() for each in phrases])

    def guess(self, question: str) -> Guess:
        """The intent of one question."""
        return self.guesses([question])[0]

    def guesses(self, questions: Sequence[str]) -> list[Guess]:
        """The intents of several."""
        near = self._encoder.embed([masked(each) for each in questions]) @ self._vectors.T
        return [self._ranked(row) for row in near]

    def _ranked(self, near: NDArray[np.float32]) -> Guess:
        scores = {intent: self._score(near, intent) for intent in EXAMPLES}
        (first, score), (second, after) = sorted(scores.items(), key=lambda each: -each[1])[:2]
        return Guess(first, score, second, after)

    def _score(self, near: NDArray[np.float32], intent: str) -> float:
        """Half the nearest example, half the mean of the nearest few."""
        own = np.sort(near[[at for at, name in enumerate(self._names) if name == intent]])[::-1]
        return float((own[0] + own[:NEIGHBOURS].mean()) / 2)


def masked(question: str) -> str:
    """The question with a word in place of each id, number and object: which one it is does not tell what is wanted."""
    text = _OBJECT.sub(" this case ", question[:2_000])
    text = ULID.sub(" the decision ", text)
    text = REFERENCE.sub(" the case ", text)
    return re.sub(r"\s+", " ", _NUMBER.sub(" 1000 ", text)).strip().lower()
