"""What a brain may use besides the case: the texts of passages, the contract's mask, a language model, and the tape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from remit.agents.tape import Prompt, Spoken
from remit.core.words import Proposal


class LanguageModel(Protocol):
    """A language model that is asked for an answer of a given form."""

    def say(self, prompt: Prompt, seconds: float) -> Spoken:
        """What it says within so many seconds; what is late is not waited for.

        Raises SystemFailed: it cannot be reached, or its provider says so.
        """
        ...


@dataclass(frozen=True, slots=True)
class Aids:
    """What a brain may use besides the case, if it wants to; one without a language model never does.

    `texts` gives the texts of passages by their ids, None where they are not at hand; `permitted` the actions that the
    contract would not deny, were they proposed as this proposal is. `recorded` is the tape of a decision that is
    thought again: then nobody is asked. What was asked, and what came of it, is put into `calls`.
    """

    texts: Callable[[Sequence[str]], Mapping[str, str]] | None = None
    permitted: Callable[[Proposal], Sequence[str]] | None = None
    wording: int = 0
    recorded: Sequence[Mapping[str, Any]] | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)
