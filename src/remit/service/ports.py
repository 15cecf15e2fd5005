"""What the operations ask of the outside, beyond what the agents ask."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from remit.agents.aids import LanguageModel
from remit.agents.ports import Connectors, Unit
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
        """The trained proposer, or the one that a prompt version stands on; None when the decision proposes by rules.

        Raises SystemFailed for wrong bytes.
        """
        ...

    def language_model(self, name: str) -> LanguageModel | None:
        """The language model of that name, if it is the one that is set here."""
        ...

    def connectors(self, pack: Pack) -> LoadableConnectors:
        """The pack's connectors."""
        ...

    def corpus(self, pack: str, snapshot: str | None = None) -> Corpus:
        """The pack's documents: the newest snapshot, or one of the past. Raises NotFound before the first index."""
        ...


class Graph(Protocol):
    """The compiled state machine, as far as the operations use it."""

    def invoke(self, state: Any, config: Any, *, context: Any, durability: Any = None) -> Any:
        """Run until the end or the next interrupt."""
        ...

    def get_state(self, config: Any) -> Any:
        """The checkpointed state of a paused run."""
        ...

    def update_state(self, config: Any, values: Any, as_node: str) -> Any:
        """Write a checkpoint of a run, as that node would have left it."""
        ...

    def copy(self, *, update: Any) -> Graph:
        """The same with other fields."""
        ...


class PausedRuns(Protocol):
    """The checkpoints of paused runs."""

    def delete_thread(self, thread_id: str) -> None:
        """Forget a run."""
        ...

    def threads(self) -> list[str]:
        """The ids of the runs that are remembered."""
        ...

    def purge(self) -> None:
        """Leave nothing of forgotten runs behind in the file."""
        ...


@dataclass(frozen=True, slots=True)
class CaseOf:
    """One decision about a subject, and where it stands."""

    decision_id: str
    stage: str
    review_id: str | None


@dataclass(frozen=True, slots=True)
class DocumentOf:
    """One revision of a document about a subject: where it was read, and the ids of all whom it is about.

    `held` says that one of them is under legal hold.
    """

    doc_id: str
    revision: int
    files: tuple[str, ...]
    subjects: tuple[str, ...]
    held: bool


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The SHA-256 of a pack's newest snapshot after an erasure, and the ids of the documents that left it."""

    pack: str
    snapshot: str
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseDue:
    """A decision whose case has been kept for as long as was declared. `subject` is the subject's id in the ledger."""

    decision_id: str
    decision: str
    subject: str
    retention_class: str
    keep_until: datetime
    held: bool


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """Somebody whom cases or documents are about.

    `id` is how the ledger speaks of them, `ref` how the store finds them.
    """

    id: str
    ref: str
    cases: tuple[CaseOf, ...]
    held_since: datetime | None
    held_by: str | None
    hold_reason: str | None
    documents: tuple[DocumentOf, ...] = ()


class Subjects(Protocol):
    """Those whom cases and documents are about, and what is known of them."""

    def find(self, subject: str) -> SubjectRecord | None:
        """The subject of that name, None when nothing is known of them."""
        ...

    def know(self, subject: str) -> str | None:
        """The reference of somebody whom a document is about, who is known from now on; None when they were erased."""
        ...

    def is_erased(self, subject: str) -> bool:
        """Whether somebody of that name was erased once."""
        ...

    def hold(self, record: SubjectRecord, since: datetime, by: str, reason: str) -> None:
        """Let nothing of theirs be erased."""
        ...

    def release(self, record: SubjectRecord) -> None:
        """Lift the hold."""
        ...

    def erase_cases(self, decision_ids: Sequence[str], at: datetime) -> None:
        """Take away everything of these decisions that tells of their subjects."""
        ...

    def erase_documents(self, record: SubjectRecord, at: datetime) -> list[Shrunk]:
        """Take away every revision of theirs, and let the newest snapshots go on without them.

        Raises:
            Conflict: another document about them has come in since the record was read.
        """
        ...

    def mark_erased(self, record: SubjectRecord, at: datetime) -> None:
        """Let no document about them in any more."""
        ...

    def forget(self, subject_ids: Collection[str]) -> None:
        """Delete the keys of those of these subjects of whom no case and no document is left and who are not held."""
        ...

    def due(self, now: datetime, limit: int | None = None, *, held: bool = True) -> list[CaseDue]:
        """The final decisions whose case has been kept long enough, the one due first at the top; with those of held
        subjects among them, or without.
        """
        ...

    def rewrap(self) -> int:
        """Wrap every subject's key by the newest wrapping key; gives how many were by an older one."""
        ...

    def wrapped_by(self) -> set[str]:
        """The ids of the wrapping keys in use."""
        ...


class DocumentIndex(Protocol):
    """What was read of the documents: indexes on disk and in memory."""

    def forget_erased(self) -> None:
        """Leave nothing of erased documents in them."""
        ...


class PrivateUnit(Unit, Protocol):
    """A unit of work that reaches the subjects, too."""

    @property
    def subjects(self) -> Subjects: ...


class PrivateStore(Protocol):
    """A store out of which something can be taken away for good."""

    def write(self) -> AbstractContextManager[PrivateUnit]:
        """A unit that is committed at the end, or rolled back by an exception."""
        ...

    def read(self) -> AbstractContextManager[PrivateUnit]:
        """A unit that only reads."""
        ...

    def purge(self, *, documents: bool = False) -> bool:
        """Leave nothing of what was deleted behind, with `documents` of those, too.

        False when a reader elsewhere still keeps some of it alive.
        """
        ...


class SubjectKeys(Protocol):
    """The key file that wraps subjects' keys."""

    def add(self) -> None:
        """Put a new wrapping key in front of the others."""
        ...

    def keep_only(self, ids: set[str]) -> None:
        """Forget every wrapping key but the newest and these."""
        ...
