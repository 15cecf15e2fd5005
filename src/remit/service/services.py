"""Everything that the operations share, made once by the wiring; and how a run's dependencies are put together."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from remit.agents.brains.declared import DeclaredBrain
from remit.agents.ports import Brain, Deps, Grant, Store
from remit.agents.records import Run, Versions
from remit.agents.state import GRAPH_VERSION
from remit.approvals.policy_change import InForce
from remit.core.errors import Corrupted, InputError, NotFound
from remit.core.ports import Clock, Ids, Random
from remit.core.problems import did_you_mean
from remit.core.source import read_yaml
from remit.core.telemetry import SILENCE, Telemetry
from remit.learning.holdout import in_holdout
from remit.learning.ports import SnapshotFiles
from remit.learning.prompt import PromptVersion
from remit.packs.files import PackFiles, read_zip
from remit.packs.kpis import Kpi, read_kpis
from remit.packs.load import load_pack
from remit.packs.pack import Decision, Pack
from remit.retrieval.search import Corpus
from remit.service.evidence import CorpusEvidence
from remit.service.exploring import budget_of
from remit.service.heard import HeardLanguageModel, HeardModel
from remit.service.in_force import PoliciesInForce
from remit.service.kept import Kept
from remit.service.models_in_force import ModelsInForce
from remit.service.ports import Fences, Graph, Library, PackVersions, Parts, PausedRuns
from remit.service.prompts import pinned_prompt

PROOFS_MAX, FIGURES_MAX = 64, 64


@dataclass
class Services:
    """The operations' common ground. `graph` and `paused` are functions: they are made at the first use.

    `proofs` are kept by the digest of their contract: they are about nothing else. `for_a_minute` keeps figures that
    many cases are opened for.
    """

    store: Store
    library: Library
    pack_versions: PackVersions
    parts: Parts
    fences: Fences
    graph: Callable[[], Graph]
    paused: Callable[[], PausedRuns]
    clock: Clock
    ids: Ids
    chance: Random
    telemetry: Telemetry = SILENCE
    snapshot_files: SnapshotFiles | None = None
    _packs: dict[str, Pack] = field(default_factory=dict)
    _brains: dict[tuple[str, str], Brain] = field(default_factory=dict)
    _kept: set[str] = field(default_factory=set)
    _kpis: dict[str, dict[str, tuple[Kpi, ...]]] = field(default_factory=dict)
    _turn: threading.RLock = field(default_factory=threading.RLock)

    @functools.cached_property
    def unsaved(self) -> Graph:
        """The graph without a checkpointer: it runs on what the store knows, and keeps nothing."""
        return self.graph().copy(update={"checkpointer": None})

    def __post_init__(self) -> None:
        self.policies = PoliciesInForce(self.store)
        self.proofs: Kept[dict[str, Any]] = Kept(self.clock, PROOFS_MAX)
        self.for_a_minute: Kept[Any] = Kept(self.clock, FIGURES_MAX, timedelta(minutes=1))
        self.models = ModelsInForce(self.store, self._loaded, self.brain)

    def pack(self, ref: str) -> Pack:
        """The pack of that name or in that folder, with the policies in force and the champions, loaded and checked.

        Raises:
            NotFound, SourceError: it is not there or has problems.
            Corrupted: a policy in force is not the one that was activated.
        """
        return self._in_force(self.library.files(ref), None)

    def drafted_pack(self, ref: str) -> Pack:
        """The pack as its folder has it, whatever policies are in force. Raises NotFound, SourceError."""
        return self._loaded(self.library.files(ref))

    def trial_pack(self, files: PackFiles) -> Pack:
        """A pack of files that are in force nowhere, loaded and checked. Raises SourceError."""
        return load_pack(files)

    def at_present(self, pack: Pack) -> Pack:
        """A loaded pack with the policies and champions that are in force by now. Raises SourceError, Corrupted."""
        return self._in_force(pack.files, pack)

    def pack_version(self, name: str, sha256: str) -> Pack:
        """The exact version of a pack that decided. Raises NotFound when it is no longer known."""
        if sha256 in self._packs:
            return self._packs[sha256]
        found = self.pack_versions.find(sha256)
        if found is None:
            raise NotFound(f"version {sha256[:12]} of the pack `{name}` is not stored here")
        files = read_zip(found[1])
        if files.sha256 != sha256:
            raise Corrupted(f"the stored version {sha256[:12]} of the pack `{name}` is not what was stored")
        return self._loaded(files)

    def present_pack(self, name: str, sha256: str) -> Pack:
        """The pack as it is now: from the folder it came from, else by its name, else the version that decided."""
        found = self.pack_versions.find(sha256)
        for ref in (found[0] if found else None, name):
            try:
                if ref is not None:
                    return self.pack(ref)
            except NotFound:
                continue
        self._look()  # what still is in force of it counts, although its folder is gone
        return self.pack_version(name, sha256)

    def decision(self, pack: Pack, name: str | None) -> Decision:
        """The decision of that name, or the only one. Raises InputError."""
        if name is None and len(pack.decisions) == 1:
            return next(iter(pack.decisions.values()))
        if name is None:
            raise InputError(
                f"the pack `{pack.name}` has several decisions", mend=f"name one: {', '.join(pack.decisions)}"
            )
        if name not in pack.decisions:
            hint = did_you_mean(name, pack.decisions)
            raise NotFound(f"the pack `{pack.name}` has no decision `{name}`", mend=hint)
        return pack.decisions[name]

    def deps(self, run: Run, pack: Pack, decision: Decision, snapshot: str | None = None) -> Deps:
        """What the nodes need for one run, with the pack's newest documents or those of a snapshot."""
        with self._turn:  # of a worker's threads one loads what all of them will share
            self.keep(pack)
            deps = self.trial_deps(run, pack, decision, self.parts.corpus(pack.name, snapshot))
            if snapshot:
                return deps  # of the past, and only thought through
            shadow, rival = self.policies.shadow_of(pack, decision), self.models.rival(pack, decision)
        grant, sure = self._grant(run, pack, decision), self.models.sure_from(pack.name, decision.name)
        return replace(deps, shadow=shadow, rival=rival, usage=None, grant=grant, sure_from=sure, recorded=None)

    def _grant(self, run: Run, pack: Pack, decision: Decision) -> Grant | None:
        """The budget of exploration; None where there is none, and for whom nothing that is learnt reaches."""
        held_out = in_holdout(run.subject, pack.name, decision.name, decision.holdout)
        return None if decision.exploration is None or held_out else budget_of(self.store, pack, decision)

    def assigned(self, run: Run, pack: Pack, decision: Decision) -> tuple[Pack, Decision]:
        """The pack and the decision with the model that decides for a new run; see `ModelsInForce.assigned`."""
        chosen = self.models.assigned(pack, decision, run)
        return chosen, chosen.decisions[decision.name]

    def trial_deps(self, run: Run, pack: Pack, decision: Decision, corpus: Corpus) -> Deps:
        """The same over documents at hand and unused limits, for a run that is only thought through: no language model
        is asked about it.
        """
        return Deps(
            run=run,
            versions=Versions(
                pack=pack.name,
                pack_version=pack.version,
                pack_sha256=pack.sha256,
                policy_sha256=decision.policy.ref.sha256,
                model_sha256=decision.model.sha256 if decision.model else None,
                knowledge_snapshot=corpus.snapshot.sha256,
                graph_version=GRAPH_VERSION,
            ),
            decision=decision,
            brain=self.brain(pack, decision),
            knowledge=CorpusEvidence(corpus, pack.audiences),
            store=self.store,
            connectors=self.parts.connectors(pack),
            clock=self.clock,
            ids=self.ids,
            usage={},
            recorded=(),
            telemetry=self.telemetry,
        )

    def brain(self, pack: Pack, decision: Decision) -> Brain:
        """The brain that thinks for a decision."""
        key = (pack.sha256, decision.name)
        if key not in self._brains:
            model = self.parts.model(pack, decision)
            declared = DeclaredBrain(model and HeardModel(model, self.telemetry))
            prompt = None if model is None else pinned_prompt(pack.files, decision)
            self._brains[key] = declared if prompt is None else self._speaking(prompt, declared)
        return self._brains[key]

    def kpis(self, pack: Pack) -> dict[str, tuple[Kpi, ...]]:
        """The figures of each of a pack's decisions that can be measured; `remit pack check` tells of the others."""
        if pack.sha256 not in self._kpis:
            source = read_yaml(pack.files.text("pack.yaml") or "", pack.files.label("pack.yaml"))
            decisions = enumerate(pack.decisions.values())
            self._kpis[pack.sha256] = {each.name: read_kpis(source, index, each)[0] for index, each in decisions}
        return self._kpis[pack.sha256]

    def _speaking(self, prompt: PromptVersion, declared: Brain) -> Brain:
        from remit.agents.brains.llm import LlmBrain

        model = self.parts.language_model(prompt.model)
        return LlmBrain(prompt, model and HeardLanguageModel(model, self.telemetry), declared)

    def _in_force(self, files: PackFiles, known: Pack | None) -> Pack:
        pointers = self._look()
        governed = self.policies.applied(files, pointers)
        present = self.models.applied(governed, self.policies.manifest(governed))
        if known is not None and present is known.files:
            return known
        return self.policies.verified(self._loaded(present), pointers)

    def _look(self) -> list[InForce]:
        """Read what is in force now, in one view."""
        with self.store.read() as unit:
            self.models.look(unit)
            return self.policies.look(unit)

    def _loaded(self, files: PackFiles) -> Pack:
        sha256 = files.sha256
        with self._turn:
            if sha256 not in self._packs:
                self._packs[sha256] = load_pack(files)
            return self._packs[sha256]

    def keep(self, pack: Pack) -> None:
        """Store the version, so that what it decides can be replayed."""
        if pack.sha256 not in self._kept:
            folder: Any = pack.files.folder
            self.pack_versions.keep(
                pack.sha256, pack.name, pack.version, str(folder.resolve()) if folder else None, pack.files.to_zip()
            )
            self._kept.add(pack.sha256)
