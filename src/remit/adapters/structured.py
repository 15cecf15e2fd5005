"""A language model that answers in a given form, through LangChain's structured output by JSON Schema.

Of the ways to ask for a form only this one is dependable over servers that people run themselves; where a model does
not offer it, or its answer is not the bare object, its words are handed on as they are: whoever asked reads them.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from remit.adapters.in_time import in_time
from remit.adapters.langchain import chat_model, messages_of
from remit.agents.tape import Prompt, Spoken
from remit.core.errors import SystemFailed

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class StructuredModel:
    """`remit.agents.aids.LanguageModel`. That it failed is all that an error tells: a provider may repeat the prompt.

    Args:
        name: as LangChain names it, `provider:model`.
        model: one that is made already, in place of that.
    """

    def __init__(self, name: str, model: BaseChatModel | None = None) -> None:
        self.name = name
        self._given = model
        self._made = functools.lru_cache(maxsize=8)(self._make)

    def say(self, prompt: Prompt, seconds: float) -> Spoken:
        model = self._given or self._made(prompt.temperature, prompt.answer_tokens_max)
        try:
            return in_time(lambda: _asked(model, prompt), seconds)
        except Exception as error:
            # Every provider has errors of its own.
            if "timeout" in type(error).__name__.lower():
                return Spoken(failed="late")
            raise SystemFailed(f"the language model failed: {type(error).__name__}", code="language_model") from error

    def _make(self, temperature: float, tokens_max: int) -> BaseChatModel:
        return chat_model(self.name, temperature=temperature, max_tokens=tokens_max, timeout=SECONDS_MAX, max_retries=0)


SECONDS_MAX = 120.0
"""After so long a connection is given up on that nobody waits for any more."""


def _asked(model: BaseChatModel, prompt: Prompt) -> Spoken:
    messages = messages_of(prompt.system, prompt.said)
    try:
        asking = model.with_structured_output(dict(prompt.schema), method="json_schema", include_raw=True)
    except (NotImplementedError, ValueError, TypeError):
        return _spoken(model.invoke(messages), None)
    said: Any = asking.invoke(messages)
    return _spoken(said["raw"], said.get("parsed"))


def _spoken(raw: Any, parsed: Any) -> Spoken:
    usage = getattr(raw, "usage_metadata", None) or {}
    took = (int(usage.get("input_tokens", 0)), int(usage.get("output_tokens", 0)))
    if raw.additional_kwargs.get("refusal") or raw.response_metadata.get("finish_reason") == "content_filter":
        return Spoken("", "refused", *took)
    text = raw.text if isinstance(raw.text, str) else ""
    if not text.strip() and isinstance(parsed, dict):
        text = json.dumps(parsed)
    return Spoken(text, None, *took) if text.strip() else Spoken("", "malformed", *took)
