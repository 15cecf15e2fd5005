"""What is common to all that ask a language model through LangChain: how one is made, and how it is spoken to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from remit.core.errors import SystemFailed

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage


def chat_model(name: str, **how: Any) -> BaseChatModel:
    """The model of a name, `provider:model`; `how` it is asked are LangChain's own words.

    Raises:
        SystemFailed: LangChain, the provider's package or its key is missing, or nobody knows the name.
    """
    try:
        from langchain.chat_models import init_chat_model
    except ImportError as error:
        raise SystemFailed(
            "LangChain is not installed, which `REMIT_LLM` needs",
            code="language_model",
            mend="pip install 'remit[llm]'",
        ) from error
    try:
        made: BaseChatModel = init_chat_model(name, **how)
    except Exception as error:
        # Every provider has errors of its own.
        raise SystemFailed(
            f"the language model `{name}` cannot be asked: {type(error).__name__}",
            code="language_model",
            mend="give REMIT_LLM as `provider:model`, with that provider's package and key: see settings.md",
        ) from error
    return made


def messages_of(system: str, said: Sequence[tuple[str, str]]) -> list[BaseMessage]:
    """What the model is told, and what was said: each a role, `user` or `assistant`, and a text."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds: dict[str, Any] = {"user": HumanMessage, "assistant": AIMessage}
    return [SystemMessage(system), *(kinds[role](text) for role, text in said)]
