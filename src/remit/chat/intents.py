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

from remit.chat.cues import CUES
from remit.chat.examples import ELSEWHERE, EXAMPLES
from remit.chat.ports import Encoder
from remit.chat.slots import REFERENCE, ULID

THRESHOLD = 0.45
"""Below this score a question is not understood. Calibrated on `eval/suites/chat/tuning.yaml`; see the suite."""

NEIGHBOURS = 3
CUE = 0.12
"""What a word that hardly any other intent uses adds to the nearness."""

_WORD = re.compile(r"[A-Za-z]{2,}")
_NUMBER = re.compile(r"[$€£]?\s?\b[0-9][0-9.,' ]*[0-9]\b\s?(?:k|m)?\b|\b[0-9]+k?\b")
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Guess:
    """The nearest intent, how near it is, and the one after it."""

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
        self._names = np.array([intent for intent, phrases in EXAMPLES.items() for _ in phrases])
        self._vectors = encoder.embed([masked(each) for phrases in EXAMPLES.values() for each in phrases])

    def guess(self, question: str) -> Guess:
        """The intent of one question."""
        return self.guesses([question])[0]

    def guesses(self, questions: Sequence[str]) -> list[Guess]:
        """The intents of several."""
        near = self._encoder.embed([masked(each) for each in questions]) @ self._vectors.T
        return [self._ranked(question, row) for question, row in zip(questions, near, strict=True)]

    def _ranked(self, question: str, near: NDArray[np.float32]) -> Guess:
        scores = {intent: self._score(question, near, intent) for intent in EXAMPLES}
        (first, score), (second, after) = sorted(scores.items(), key=lambda each: -each[1])[:2]
        if not _WORD.search(ULID.sub(" ", REFERENCE.sub(" ", question))):
            score = 0.0  # ids and numbers alone ask for nothing
        return Guess(first, score, second, after)

    def _score(self, question: str, near: NDArray[np.float32], intent: str) -> float:
        """Half the nearest example, half the mean of the nearest few; and a cue, if there is one."""
        own = np.sort(near[self._names == intent])[::-1]
        cue = CUE if CUES[intent].search(question) else 0.0
        return float((own[0] + own[:NEIGHBOURS].mean()) / 2) + cue


def masked(question: str) -> str:
    """The question with a word in place of each id, number and object: which one it is does not tell what is wanted."""
    text = _OBJECT.sub(" this case ", question[:2_000])
    text = ULID.sub(" the decision ", text)
    text = REFERENCE.sub(" the case ", text)
    return re.sub(r"\s+", " ", _NUMBER.sub(" 1000 ", text)).strip().lower()
