"""Registered models in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from remit.adapters.memory.tables import Tables
from remit.core.errors import Conflict, NotFound
from remit.learning.registry import Champion, Comparison, GateResult, ModelState, RegisteredModel
from remit.learning.rollout import Rollout


class MemoryModels:
    """`remit.learning.ports.Models` over the tables of one unit of work."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def register(self, model: RegisteredModel, onnx: bytes, card: bytes) -> None:
        key = (model.pack, model.decision, model.sha256)
        if key in self._tables.models:
            raise Conflict(f"the model {model.sha256[:12]} is registered already", mend="look again")
        self._tables.models[key] = model
        if model.sha256 not in self._tables.artefacts:
            self._tables.artefacts[model.sha256] = (onnx, card)

    def get(self, pack: str, decision: str, sha256: str) -> RegisteredModel:
        found = self._tables.models.get((pack, decision, sha256))
        if found is None:
            raise NotFound(f"`{decision}` has no model {sha256[:12]}", mend="`remit learn status` lists them")
        return found

    def of(self, pack: str, decision: str) -> list[RegisteredModel]:
        found = [each for each in self._tables.models.values() if (each.pack, each.decision) == (pack, decision)]
        return sorted(found, key=lambda each: (each.registered_at, each.sha256))

    def artefact(self, sha256: str) -> tuple[bytes, bytes]:
        found = self._tables.artefacts.get(sha256)
        if found is None:
            raise NotFound(f"the model {sha256[:12]} is not stored here", mend="restore a backup")
        return found

    def mark(self, pack: str, decision: str, sha256: str, state: ModelState) -> None:
        found = self._tables.models.get((pack, decision, sha256))
        if found is not None:
            self._tables.models[pack, decision, sha256] = replace(found, state=state)

    def champions(self) -> list[Champion]:
        newest: dict[tuple[str, str], Champion] = {}
        for key in sorted(self._tables.champions):
            newest[key[:2]] = self._tables.champions[key]
        return list(newest.values())

    def succession(self, pack: str, decision: str) -> list[Champion]:
        return [self._tables.champions[key] for key in sorted(self._tables.champions) if key[:2] == (pack, decision)]

    def point(self, champion: Champion) -> None:
        before = self.succession(champion.pack, champion.decision)
        if champion.version != (before[-1].version + 1 if before else 1):
            lost = f"somebody else made another model the champion of `{champion.decision}` first"
            raise Conflict(lost, mend="look again")
        self._tables.champions[champion.pack, champion.decision, champion.version] = champion

    def add_gate(self, result: GateResult) -> None:
        self._tables.gates[result.id] = result

    def gates(self, pack: str, decision: str) -> list[GateResult]:
        found = (self._tables.gates[key] for key in sorted(self._tables.gates))
        return [each for each in found if (each.pack, each.decision) == (pack, decision)]

    def add_rollout(self, rollout: Rollout) -> None:
        if any((each.pack, each.decision) == (rollout.pack, rollout.decision) for each in self.running()):
            raise Conflict(f"another rollout of `{rollout.decision}` is running", mend="look again")
        self._tables.rollouts[rollout.id] = rollout

    def rollout(self, rollout_id: str) -> Rollout:
        found = self._tables.rollouts.get(rollout_id)
        if found is None:
            raise NotFound(f"there is no rollout {rollout_id}", mend="`remit learn status` lists them")
        return found

    def rollouts(self, pack: str, decision: str) -> list[Rollout]:
        return [each for each in self._rollouts() if (each.pack, each.decision) == (pack, decision)]

    def running(self) -> list[Rollout]:
        return [each for each in self._rollouts() if each.state == "running"]

    def save_rollout(self, rollout: Rollout) -> None:
        before = self._tables.rollouts.get(rollout.id)
        if before is None or before.version != rollout.version - 1:
            raise Conflict(f"somebody else moved the rollout {rollout.id} first", mend="look again")
        self._tables.rollouts[rollout.id] = rollout

    def compared(self, comparison: Comparison) -> None:
        self._tables.model_comparisons[comparison.rollout, comparison.decision_id] = comparison

    def comparisons(self, rollout_id: str, step: int, since: datetime) -> list[Comparison]:
        found = [
            each
            for each in self._tables.model_comparisons.values()
            if each.rollout == rollout_id and each.step == step and each.at >= since
        ]
        return sorted(found, key=lambda each: (each.at, each.decision_id))

    def _rollouts(self) -> list[Rollout]:
        return [self._tables.rollouts[key] for key in sorted(self._tables.rollouts)]
