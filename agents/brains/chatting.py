"""The brain of the chat that needs no language model: nearness to known questions, and typed slots."""

from __future__ import annotations

from remit.chat.intents import Recogniser
from remit.chat.ports import Thought, Turn
from remit.chat.understand import understand


class DeclaredChatBrain:
    """`remit.chat.ports.ChatBrain`: one tool a question, and its result is the answer. It makes nothing up."""

    name = "declared"

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser

    def next(self, turn: Turn) -> Thought:
        if turn.results:
            return Thought(answer=turn.results[-1].answer)
        return understand(turn, self._recogniser)
