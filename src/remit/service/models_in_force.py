"""Which model proposes: the champion that was pointed to, or the one that the pack pins when none ever was.

As a contract in force does, a champion stands in the pack's files in place of the folder's own model, and so does a
challenger for the subjects that a canary gives it. So the pack's identity includes it, every stored pack version has it
inside, and a replay finds it there, whatever the pointer says by then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from remit.agents.aids import Aids
from remit.agents.ports import Brain, Rival, Store, Unit, Weighed
from remit.agents.records import Run, StoredDecision
from remit.core.canonical import sha256_hex
from remit.core.errors import Corrupted, NotFound, RemitError, SourceError, SystemFailed
from remit.core.words import Proposal
from remit.learning.assignment import Arm, arm_of
from remit.learning.holdout import in_holdout
from remit.learning.promise import PROMISE
from remit.learning.prompt import is_prompt, read_prompt
from remit.learning.registry import Champion
from remit.learning.rollout import Rollout
from remit.learning.watch import DriftAlarm, sure_from
from remit.packs.files import PackFiles
from remit.packs.manifest import PackModel, ProposerModel
from remit.packs.pack import Decision, Pack
from remit.packs.pins import with_model
from remit.service.prompts import base_files

_log = logging.getLogger(__name__)


@dataclass
class ModelsInForce:
    """Reads the pointers from the store each time: a promotion or a roll-back counts from the next decision on.

    `loaded` makes a pack of files; `brain` the brain of one of its decisions.
    """

    store: Store
    loaded: Callable[[PackFiles], Pack]
    brain: Callable[[Pack, Decision], Brain]
    _champions: list[Champion] = field(default_factory=list)
    _running: list[Rollout] = field(default_factory=list)
    _broken: list[DriftAlarm] = field(default_factory=list)
    _first: dict[tuple[str, str], str] = field(default_factory=dict)
    _artefacts: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    _variants: dict[tuple[str, str, str], PackFiles] = field(default_factory=dict)
    _misfits: set[tuple[str, str]] = field(default_factory=set)

    def look(self, unit: Unit) -> None:
        """Read which models are pointed to, which are on their way, and which promises are broken."""
        self._champions, self._running = unit.models.champions(), unit.models.running()
        self._broken = unit.watches.open_alarms(PROMISE)

    def applied(self, files: PackFiles, manifest: PackModel) -> PackFiles:
        """The files with the champions of the last look in place of the pack's own models.

        They are the very same when that changes nothing.
        A champion that reads other features than the pack by now does not count: who ships other features ships a
        model that reads them. It is told as a warning.
        """
        for each in self._champions:
            declared = _proposer(manifest, each)
            if declared is None or declared.model is None or declared.model.sha256 == each.sha256:
                continue
            if sorted(self._reads(each.sha256)) == sorted(declared.features):
                files = self.variant(files, each.decision, each.sha256)
            elif (each.decision, each.sha256) not in self._misfits:
                self._misfits.add((each.decision, each.sha256))
                _log.warning("the champion %s of `%s` does not fit its pack any more", each.sha256[:12], each.decision)
        return files

    def assigned(self, pack: Pack, decision: Decision, run: Run) -> Pack:
        """The pack with the model that decides for this new run: by holdout, by canary, else the champion."""
        rollout = self._rollout(pack, decision)
        if in_holdout(run.subject, pack.name, decision.name, decision.holdout):
            return self._with(pack, decision, self._first_champion(pack.name, decision.name))
        if rollout is None or rollout.is_live:
            return pack
        arm = arm_of(run.subject, rollout.salt, rollout.share)
        return self._with(pack, decision, rollout.challenger) if arm == "challenger" else pack

    def held(self, pack: Pack, stored: StoredDecision) -> Pack:
        """The pack as it is now, but with the model that a decision under way began with, if that is kept here."""
        decision = pack.decisions.get(stored.run.decision)
        if decision is None or decision.model is None:
            return pack
        return self._with(pack, decision, stored.versions.model_sha256)

    def rival(self, pack: Pack, decision: Decision) -> Rival | None:
        """The other model of a running rollout, beside the one that this pack decides with."""
        rollout = self._rollout(pack, decision)
        deciding = decision.model.sha256 if decision.model else None
        if rollout is None or deciding not in (rollout.champion, rollout.challenger):
            return None
        arm: Arm = "challenger" if deciding == rollout.challenger else "champion"
        other = rollout.champion if arm == "challenger" else rollout.challenger
        return Rival(rollout.id, rollout.step, arm, other, self.brain_of(pack, decision.name, other))

    def sure_from(self, pack: str, decision: str) -> float | None:
        """The strictest of what broken promises have left, until a person has acknowledged each of them."""
        return sure_from([each for each in self._broken if (each.pack, each.decision) == (pack, decision)])

    def brain_of(self, pack: Pack, decision: str, sha256: str) -> Brain:
        """The brain that thinks with a stored model; one that cannot be loaded fails at every case."""
        try:
            variant = self.loaded(self.variant(pack.files, decision, sha256))
            return self.brain(variant, variant.decisions[decision])
        except RemitError as error:
            return _Broken(error)

    def variant(self, files: PackFiles, decision: str, sha256: str) -> PackFiles:
        """The files with a stored model in place of a decision's own. Raises NotFound, SourceError, Corrupted."""
        key = (files.sha256, decision, sha256)
        if key not in self._variants:
            onnx, card = self.artefact(sha256)
            self._variants[key] = with_model(files, decision, sha256, onnx, card, self._stands_on(onnx))
        return self._variants[key]

    def artefact(self, sha256: str) -> tuple[bytes, bytes]:
        """The bytes and the card of a stored model or prompt version. Raises NotFound, Corrupted."""
        if sha256 not in self._artefacts:
            with self.store.read() as unit:
                onnx, card = unit.models.artefact(sha256)
            if sha256_hex(onnx) != sha256:
                raise Corrupted(f"the stored model {sha256[:12]} is not what was stored", mend="restore a backup")
            self._artefacts[sha256] = (onnx, card)
        return self._artefacts[sha256]

    def _stands_on(self, artefact: bytes) -> Mapping[str, bytes]:
        """What a prompt version needs beside it; nothing for a trained model."""
        if not is_prompt(artefact):
            return {}
        base = read_prompt(artefact).base
        return base_files(base, *self.artefact(base))

    def _with(self, pack: Pack, decision: Decision, sha256: str | None) -> Pack:
        if sha256 is None or decision.model is None or decision.model.sha256 == sha256:
            return pack
        try:
            return self.loaded(self.variant(pack.files, decision.name, sha256))
        except (NotFound, SourceError) as error:
            _log.warning("the model %s of `%s` is not used: %s", sha256[:12], decision.name, error.message)
            return pack

    def _rollout(self, pack: Pack, decision: Decision) -> Rollout | None:
        of = (each for each in self._running if (each.pack, each.decision) == (pack.name, decision.name))
        return next(of, None)

    def _first_champion(self, pack: str, decision: str) -> str | None:
        key = (pack, decision)
        if key not in self._first:
            with self.store.read() as unit:
                succession = unit.models.succession(pack, decision)
            if not succession:
                return None
            self._first[key] = succession[0].sha256
        return self._first[key]

    def _reads(self, sha256: str) -> list[str]:
        features = orjson.loads(self.artefact(sha256)[1])["features"]
        return [*features["numbers"], *features["texts"]]


def _proposer(manifest: PackModel, champion: Champion) -> ProposerModel | None:
    """What pack.yaml says of the proposer of a champion's decision; None when the champion is not this pack's."""
    if champion.pack != manifest.metadata.name:
        return None
    return next((each.proposer for each in manifest.decisions if each.name == champion.decision), None)


class _Broken:
    """The brain of a model that cannot be loaded."""

    name = "broken"

    def __init__(self, error: RemitError) -> None:
        self._error = error

    def plan(self, decision: Decision, case: Mapping[str, Any]) -> dict[str, Any]:
        raise SystemFailed(self._error.message, code=self._error.code)

    def propose(
        self, decision: Decision, case: Mapping[str, Any], cites: tuple[str, ...], aids: Aids | None = None
    ) -> Proposal:
        raise SystemFailed(self._error.message, code=self._error.code)

    def weigh(self, decision: Decision, case: Mapping[str, Any]) -> Weighed | None:
        return None
