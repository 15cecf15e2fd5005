"""The tape: every call of a language model for a decision, and what it said. A replay reads it and asks nobody.

What is on it is part of the judgement: sealed, digested and erased with it. A call is named by the SHA-256 of all that
the model was sent; a replay builds that anew, so another prompt for the same answer comes out as a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from remit.core.canonical import digest
from remit.core.errors import SystemFailed

NOT_ON_TAPE = "not_on_tape"


@dataclass(frozen=True, slots=True)
class Prompt:
    """All that a model is sent: what it is told to do (`system`), what was said (roles and texts), the form of the
    answer (a JSON Schema), how warm and how long.
    """

    model: str
    system: str
    said: tuple[tuple[str, str], ...]
    schema: Mapping[str, Any]
    temperature: float
    answer_tokens_max: int

    @property
    def sha256(self) -> str:
        return digest(
            [
                *(self.model, self.system, [list(each) for each in self.said], dict(self.schema)),
                *(self.temperature, self.answer_tokens_max),
            ]
        )

    @property
    def tokens(self) -> int:
        """How many tokens it takes, about: one for three characters, which is rather too many."""
        return (len(self.system) + sum(len(text) for _, text in self.said)) // 3


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a model said: its words, or the code of why there are none; and what it took, in tokens."""

    text: str = ""
    failed: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0


class Tape:
    """The tape of one proposal of one prompt version.

    Args:
        version: the prompt version's SHA-256.
        wording: which wording of the plan the evidence was asked for in; a plan that asks again proposes again.
        recorded: what was said then; without it the model itself is asked.
        steady_seconds: a clock that only goes forward, to tell how long an answer took.
    """

    def __init__(
        self,
        version: str,
        wording: int = 0,
        *,
        recorded: Sequence[Mapping[str, Any]] | None = None,
        steady_seconds: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._version = version
        self._wording = wording
        self._left = None if recorded is None else [each for each in recorded if self._is_mine(each)]
        self._now = steady_seconds
        self.calls: list[dict[str, Any]] = []

    @property
    def took_ms(self) -> int:
        """How long the answers took, together."""
        return sum(each["took_ms"] for each in self.calls)

    @property
    def tokens(self) -> int:
        """How many tokens the calls took, both ways."""
        return sum(each["tokens_in"] + each["tokens_out"] for each in self.calls)

    def ask(self, prompt: Prompt, live: Callable[[Prompt], Spoken]) -> Spoken:
        """What the model says, or said. It never raises: no answer is an answer, too."""
        if self._left is not None:
            then = self._left.pop(0) if self._left else {}
            spoken = Spoken(
                then.get("answer") or "",
                then.get("failed", None if then else NOT_ON_TAPE),
                then.get("tokens_in", 0),
                then.get("tokens_out", 0),
            )
            took_ms, verdict = then.get("took_ms", 0), then.get("verdict")
        else:
            begun = self._now()
            try:
                spoken = live(prompt)
            except SystemFailed as error:
                spoken = Spoken(failed=error.code)
            took_ms, verdict = round((self._now() - begun) * 1000), None
        self.calls.append(
            {
                "version": self._version,
                "wording": self._wording,
                "prompt_sha256": prompt.sha256,
                "model": prompt.model,
                "parameters": {
                    "temperature": prompt.temperature,
                    "answer_tokens_max": prompt.answer_tokens_max,
                },
                "answer": None if spoken.failed else spoken.text,
                "failed": spoken.failed,
                "tokens_in": spoken.tokens_in,
                "tokens_out": spoken.tokens_out,
                "took_ms": took_ms,
                "verdict": verdict,
            }
        )
        return spoken

    def judged(self, verdict: str) -> None:
        """Note what the last answer was found to be."""
        self.calls[-1]["verdict"] = verdict

    @property
    def judged_then(self) -> str | None:
        """What the last answer was found to be when it was recorded, where this tape is read."""
        verdict: str | None = self.calls[-1]["verdict"]
        return verdict

    def _is_mine(self, call: Mapping[str, Any]) -> bool:
        return (call["version"], call["wording"]) == (self._version, self._wording)


def with_others(own: Sequence[Mapping[str, Any]], then: Sequence[Mapping[str, Any]], version: str | None) -> list[Any]:
    """A tape that was made anew, with the calls of other versions that were on the one of then: those stand."""
    return [*own, *(each for each in then if each["version"] != version)]
