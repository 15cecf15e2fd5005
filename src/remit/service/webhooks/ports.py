"""What the operations on webhooks share: the store with its webhooks, and the limits of where messages may go."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from remit.agents.ports import Unit
from remit.core.ports import Clock, Ids, Random
from remit.webhooks.ports import Sender, Webhooks


class WebhookUnit(Unit, Protocol):
    """A unit of work that reaches the webhooks, too."""

    @property
    def webhooks(self) -> Webhooks: ...


class WebhookStore(Protocol):
    """A store with webhooks in it."""

    def write(self) -> AbstractContextManager[WebhookUnit]:
        """A unit that is committed at the end, or rolled back by an exception."""
        ...

    def read(self) -> AbstractContextManager[WebhookUnit]:
        """A unit that only reads."""
        ...


@dataclass(frozen=True, slots=True)
class Office:
    """Whatever it takes to look after webhooks. `local` admits http and this very machine, for development."""

    store: WebhookStore
    sender: Sender
    clock: Clock
    ids: Ids
    chance: Random
    local: bool = False
