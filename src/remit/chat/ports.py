"""What the chat asks of the outside: an encoder, a place for conversations, tools that act, and somebody who thinks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from remit.chat.conversation import About, Answer, Conversation, Result, Run, RunEvent, RunState
from remit.chat.tools import Call
from remit.chat.vocabulary import Vocabulary


class Encoder(Protocol):
    """Turns text into vectors of unit length, one row a text."""

    @property
    def fingerprint(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


class Keeping(Protocol):
    """A place for what can be made again, but takes long. Whatever it loses is made anew."""

    def get(self, name: str) -> Mapping[str, NDArray[np.float32]] | None:
        """What was kept under that name; None when there is nothing, or nothing whole."""
        ...

    def keep(self, name: str, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        """Keep it. That it cannot be kept is no error: it is made again."""
        ...


class Chats(Protocol):
    """Conversations, their runs and their events, inside of one unit of work. Texts are sealed, and go with whom they
    tell of.
    """

    def open(self, conversation: Conversation) -> None:
        """Store a new conversation."""
        ...

    def get(self, conversation_id: str) -> Conversation:
        """The conversation of that id. Raises NotFound."""
        ...

    def of(self, owner: str, limit: int, before: str | None = None) -> list[Conversation]:
        """So many of somebody's conversations, the newest first, below an id."""
        ...

    def rename(self, conversation_id: str, title: str) -> None:
        """Give it another title."""
        ...

    def delete(self, conversation_id: str) -> None:
        """Delete it with everything in it."""
        ...

    def ask(self, run: Run) -> None:
        """Store a new run. Raises Conflict while another one of the conversation is under way."""
        ...

    def run(self, run_id: str) -> Run:
        """The run of that id. Raises NotFound."""
        ...

    def runs(self, conversation_id: str) -> list[Run]:
        """The runs of a conversation, oldest first."""
        ...

    def hold(self, run_id: str, now: datetime, until: datetime) -> Run | None:
        """Begin or go on to work on a run that nobody holds; None when somebody does, or it is over."""
        ...

    def understood(self, run: Run, call: Mapping[str, Any], about: About) -> None:
        """Store what was understood. The question is sealed anew with whom it turned out to be about."""
        ...

    def append(self, run: Run, events: Sequence[RunEvent], until: datetime) -> None:
        """Add events to a run that this holder still holds, until then. Raises Conflict: somebody else has it."""
        ...

    def settle(self, run_id: str, state: RunState, last: RunEvent) -> bool:
        """End a run with its last event; False when it was over already."""
        ...

    def events(self, run_id: str, after: int = 0) -> list[RunEvent]:
        """The events of a run behind the n-th, in order."""
        ...

    def forget(self, before: datetime) -> int:
        """Delete conversations that nobody has asked in since then; says how many."""
        ...


class Toolbox(Protocol):
    """The tools, as one asker may use them."""

    def use(self, call: Call) -> Result:
        """Do it. Everything that can go wrong on the way is an answer, too."""
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """One question, with what was understood before it in the same conversation, the newest last.

    `unaided`: the language model did not answer in this turn, and is not asked again.
    """

    question: str
    vocabulary: Vocabulary
    before: tuple[Call, ...] = ()
    results: tuple[Result, ...] = ()
    unaided: bool = False


@dataclass(frozen=True, slots=True)
class Thought:
    """What comes next: a tool to use, or the answer. `note` is something that the asker is told of the way; `unaided`
    holds for the rest of the turn.
    """

    call: Call | None = None
    answer: Answer | None = None
    note: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    unaided: bool = False


class ChatBrain(Protocol):
    """Decides what comes next in a turn. It holds no rights: the toolbox does."""

    name: str

    def next(self, turn: Turn) -> Thought:
        """The next step, after the results so far."""
        ...


class ChatModel(Protocol):
    """A language model that answers in words."""

    @property
    def name(self) -> str: ...

    def say(self, system: str, said: Sequence[tuple[str, str]]) -> str:
        """What it says after these messages, each a role (`user` or `assistant`) and a text.

        Raises:
            SystemFailed: it cannot be reached, is too slow, or says nothing.
        """
        ...
