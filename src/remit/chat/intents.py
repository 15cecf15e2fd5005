"""What a question wants, by its nearness to questions that are known, in meaning and in words.

The encoder is the one that searches the documents. What is near to nothing, or as near to one thing as to another, is
not understood, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remit.chat.examples import ELSEWHERE, EXAMPLES
from remit.chat.moments import DAY, ISO, MONTH
from remit.chat.nearness import RIDGE, WIDTH, Known, Numbers, fitted
from remit.chat.ports import Encoder, Keeping
from remit.chat.slots import REFERENCE, ULID
from remit.core.canonical import digest

THRESHOLD = 0.25
"""Below this sureness a question is not understood. Calibrated on `eval/suites/chat/development.yaml`, so that of what
is none of the chat's business at most one in twenty is taken for something; see ADR 66.
"""

_RECIPE = 1
"""Part of the name of what is kept: raise it when `masked` or `nearness` changes."""

_WORD = re.compile(r"[A-Za-z]{2,}")
_NUMBER = re.compile(r"[$€£]?\s?\b[0-9](?:[0-9.,' ]*[0-9])?(?:\s?(?:k|m|thousand|million))?\b")
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Guess:
    """The intent that a question is nearest to, how much speaks for it, and how much for the one after it."""

    intent: str
    score: float
    second: str
    second_score: float

    @property
    def sureness(self) -> float:
        """What speaks for the intent, less half of what speaks for another."""
        return self.score - max(self.second_score, 0.0) / 2

    @property
    def understood(self) -> bool:
        return self.sureness >= THRESHOLD and self.intent != ELSEWHERE


class Recogniser:
    """Knows the examples. Made once for an encoder; what takes seconds of it is kept, where there is a place for it."""

    def __init__(self, encoder: Encoder, kept: Keeping | None = None) -> None:
        self._encoder = encoder
        self._names = tuple(EXAMPLES)
        texts = [masked(each) for phrases in EXAMPLES.values() for each in phrases]
        classes = [name for name, phrases in EXAMPLES.items() for _ in phrases]
        name = digest([encoder.fingerprint, _RECIPE, str(WIDTH), str(RIDGE), texts, classes])
        found = kept.get(name) if kept is not None else None
        if found is None or {each.shape[0] for each in found.values()} != {len(texts)}:
            found = _made(encoder, texts, classes, self._names)
            if kept is not None:
                kept.keep(name, found)
        self._known = Known(texts, found["vectors"])
        self._adds = found["adds"]

    def guess(self, question: str) -> Guess:
        """The intent of one question."""
        return self.guesses([question])[0]

    def guesses(self, questions: Sequence[str]) -> list[Guess]:
        """The intents of several."""
        texts = [masked(each) for each in questions]
        scores = self._known.near(texts, self._encoder.embed(texts)) @ self._adds
        return [self._ranked(question, row) for question, row in zip(questions, scores, strict=True)]

    def _ranked(self, question: str, scores: Numbers) -> Guess:
        first, second = np.argsort(-scores, kind="stable")[:2]
        score = float(scores[first])
        if not _WORD.search(ULID.sub(" ", REFERENCE.sub(" ", question))):
            score = 0.0  # ids and numbers alone ask for nothing
        return Guess(self._names[first], score, self._names[second], float(scores[second]))


def masked(question: str) -> str:
    """The question with a word in place of each id, number, day, month and object: which one it is does not tell what
    is wanted.
    """
    text = _OBJECT.sub(" this case ", question[:2_000])
    text = ULID.sub(" the decision ", text)
    text = REFERENCE.sub(" the case ", text)
    text = MONTH.sub("october", DAY.sub("monday", ISO.sub("monday", text.lower())))
    return re.sub(r"\s+", " ", _NUMBER.sub(" 1000 ", text)).strip()


def _made(encoder: Encoder, texts: list[str], classes: list[str], names: Sequence[str]) -> Mapping[str, Numbers]:
    vectors = encoder.embed(texts)
    return {"vectors": vectors, "adds": fitted(Known(texts, vectors).near(texts, vectors), classes, names)}
