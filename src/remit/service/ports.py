"""What the operations ask of the outside, beyond what the agents ask."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from remit.agents.ports import Connectors
from remit.learning.ports import OutcomeModel
from remit.packs.files import PackFiles
from remit.packs.pack import Decision, Pack
from remit.retrieval.search import Corpus


class Fences(Protocol):
    """One process at a time works on one decision."""

    def around(self, decision_id: str, patience_seconds: float = 0.0) -> AbstractContextManager[None]:
        """Hold the decision for the block. Raises Conflict when somebody else is at work on it for too long."""
        ...


class PackVersions(Protocol):
    """Every pack version that ever decided, by content, so that an old decision can be replayed."""

    def keep(self, sha256: str, name: str, version: str, folder: str | None, files_zip: bytes) -> None:
        """Store a version; nothing happens when it is known."""
        ...

    def find(self, sha256: str) -> tuple[str | None, bytes] | None:
        """The folder that it came from and its files, or None."""
        ...


class Library(Protocol):
    """Finds packs by name or folder."""

    def files(self, ref: str) -> PackFiles:
        """The files of the pack of that name or in that folder. Raises NotFound."""
        ...

    def names(self) -> list[str]:
        """The names of the packs that can be found."""
        ...


class LoadableConnectors(Connectors, Protocol):
    """Connectors that can be loaded ahead of the first call."""

    def load(self) -> None:
        """Load the pack's module. Raises SystemFailed when it cannot be."""
        ...


class Parts(Protocol):
    """Makes the parts of a pack that live outside: its model, its connectors, its documents in memory."""

    def model(self, pack: Pack, decision: Decision) -> OutcomeModel | None:
        """The trained proposer; None when the decision proposes by rules. Raises SystemFailed for wrong bytes."""
        ...

    def connectors(self, pack: Pack) -> LoadableConnectors:
        """The pack's connectors."""
        ...

    def corpus(self, pack: str, snapshot: str | None = None) -> Corpus:
        """The pack's documents: the newest snapshot, or one of the past. Raises NotFound before the first index."""
        ...


class Graph(Protocol):
    """The compiled state machine, as far as the operations use it."""

    def invoke(self, state: Any, config: Any, *, context: Any, durability: Any) -> Any:
        """Run until the end or the next interrupt."""
        ...

    def get_state(self, config: Any) -> Any:
        """The checkpointed state of a paused run."""
        ...


class PausedRuns(Protocol):
    """The checkpoints of paused runs."""

    def delete_thread(self, thread_id: str) -> None:
        """Forget a run."""
        ...

    def threads(self) -> list[str]:
        """The ids of the runs that are remembered."""
        ...
