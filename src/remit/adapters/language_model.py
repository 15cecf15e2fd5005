"""A language model through LangChain: any provider that it knows, as `provider:model`; loaded when first asked."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from remit.adapters.in_time import in_time
from remit.adapters.langchain import chat_model, messages_of
from remit.core.errors import SystemFailed

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

SECONDS_MAX = 30.0
"""For one answer, all of it: people wait for it."""
TOKENS_MAX = 1_000


class LangChainModel:
    """`remit.chat.ports.ChatModel`. What it says goes to whoever asks; that it failed is all that an error tells."""

    def __init__(self, name: str, model: BaseChatModel | None = None) -> None:
        self.name = name
        self._given = model

    def load(self) -> None:
        """Load what speaks to it, which takes seconds. What fails here is told when it is to say something."""
        with contextlib.suppress(Exception):
            self._model  # noqa: B018  made at its first use

    def say(self, system: str, said: Sequence[tuple[str, str]]) -> str:
        messages = messages_of(system, said)
        try:
            answer = in_time(lambda: self._model.invoke(messages), SECONDS_MAX)
        except SystemFailed:
            raise
        except Exception as error:
            # Every provider has errors of its own, and what they say may repeat the prompt.
            raise SystemFailed(f"the language model failed: {type(error).__name__}", code="language_model") from error
        text = answer.text if isinstance(answer.text, str) else ""
        if not text.strip():
            raise SystemFailed("the language model said nothing", code="language_model")
        return text

    @functools.cached_property
    def _model(self) -> BaseChatModel:
        if self._given is not None:
            return self._given
        return chat_model(self.name, temperature=0, timeout=SECONDS_MAX, max_tokens=TOKENS_MAX, max_retries=1)
