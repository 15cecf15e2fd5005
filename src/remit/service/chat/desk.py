"""What the chat's operations share, made once by the wiring."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from remit.chat.ports import ChatBrain
from remit.core.words import Actor
from remit.identity.principal import Principal
from remit.retrieval.ports import KnowledgeStore
from remit.service.decide import Deciding
from remit.service.services import Services

THREADS = 4
"""How many questions a process answers at once."""


class Explaining(Protocol):
    """`Engine.explain`."""

    def __call__(self, decision_id: str, *, viewer: Actor | None = None) -> dict[str, Any]: ...


class Searching(Protocol):
    """`Engine.search`."""

    def __call__(
        self, pack: str, query: str, actor: Actor, *, limit: int = 5, for_the_pack: bool = True
    ) -> list[dict[str, Any]]: ...


@dataclass
class ChatDesk:
    """The operations' common ground. `brain` is a function: it is made at the first question."""

    services: Services
    brain: Callable[[], ChatBrain]
    decide: Deciding
    explain: Explaining
    search: Searching
    knowledge: KnowledgeStore
    denied: Callable[[Principal, str], None]
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "remit-chat"))

    def begin(self, do: Callable[[], None]) -> None:
        """Do it as soon as a thread is free, as part of the request that asks: its id and its trace go along."""
        self._pool.submit(contextvars.copy_context().run, do)

    def close(self) -> None:
        """Finish what is being answered, and leave the rest to other processes."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def principal_json(principal: Principal) -> dict[str, Any]:
    """Who asks, as it is kept with the run: whoever goes on with it has no other rights."""
    return {
        "id": principal.id,
        "kind": principal.kind,
        "roles": list(principal.roles),
        "credential": principal.credential,
        "scopes": None if principal.scopes is None else sorted(principal.scopes),
    }


def principal_of(said: Any) -> Principal:
    """The asker of a run."""
    scopes = said["scopes"]
    return Principal(
        said["id"],
        said["kind"],
        tuple(said["roles"]),
        said["credential"],
        None if scopes is None else frozenset(scopes),
    )
