"""What answers questions in words: the part of the engine that chats."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remit.service.services import Services
from remit.settings import Settings

if TYPE_CHECKING:
    from remit.chat.ports import ChatBrain
    from remit.retrieval.ports import Embedder
    from remit.service.chat.desk import ChatDesk


class Chatting:
    """The chat's desk. The other operations of the engine are its tools."""

    services: Services
    settings: Settings
    home: Path
    embedder: Any
    decide: Any
    explain: Any
    search: Any
    knowledge_store: Any
    denied_access: Any

    @functools.cached_property
    def chat(self) -> ChatDesk:
        """Questions in words, and their answers; see `remit.service.chat`."""
        from remit.service.chat.desk import ChatDesk

        return ChatDesk(
            services=self.services,
            brain=_once(lambda: _brain(self.embedder, self.home / "models" / "questions", self.settings.llm)),
            decide=self.decide,
            explain=self.explain,
            search=self.search,
            knowledge=self.knowledge_store,
            denied=self.denied_access.note,
        )


def _brain(embedder: Embedder, kept: Path, llm: str | None) -> ChatBrain:
    """The declared brain; in front of it a language model, where one is set."""
    from remit.adapters.kept_arrays import KeptArrays
    from remit.agents.brains.chatting import DeclaredChatBrain
    from remit.chat.intents import Recogniser

    declared = DeclaredChatBrain(Recogniser(embedder, KeptArrays(kept)))
    if llm is None:
        return declared
    from remit.adapters.language_model import LangChainModel
    from remit.agents.brains.spoken import SpokenChatBrain

    model = LangChainModel(llm)
    model.load()
    return SpokenChatBrain(model, declared)


def _once(make: Callable[[], ChatBrain]) -> Callable[[], ChatBrain]:
    """A brain that is made at its first use, by one thread, for all of them."""
    turn, made = threading.Lock(), functools.cache(make)

    def brain() -> ChatBrain:
        with turn:
            return made()

    return brain
