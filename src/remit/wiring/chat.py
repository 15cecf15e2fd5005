"""The chat's desk: which brain thinks, and what its tools stand on."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from remit.service.chat.desk import ChatDesk
from remit.service.services import Services

if TYPE_CHECKING:
    from remit.chat.ports import ChatBrain
    from remit.retrieval.ports import Embedder


def chat_desk(services: Services, *, embedder: Callable[[], Embedder], **operations: Any) -> ChatDesk:
    """The desk. Its brain is made at the first question, once; `operations` are those of `ChatDesk`."""
    turn = threading.Lock()

    @functools.cache
    def made() -> ChatBrain:
        from remit.agents.brains.chatting import DeclaredChatBrain
        from remit.chat.intents import Recogniser

        return DeclaredChatBrain(Recogniser(embedder()))

    def brain() -> ChatBrain:
        with turn:
            return made()

    return ChatDesk(services=services, brain=brain, **operations)
