"""Governed policy changes in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from remit.adapters.memory.tables import Tables, copied
from remit.approvals.policy_change import InForce, PolicyChange
from remit.core.errors import Conflict, NotFound


class MemoryPolicyChanges:
    """`remit.approvals.ports.PolicyChanges` over the tables of one unit of work."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def keep_text(self, sha256: str, file: str, texts: Mapping[str, str]) -> None:
        if sha256 not in self._tables.policy_texts:
            self._tables.policy_texts[sha256] = (file, copied(dict(texts)))

    def text(self, sha256: str) -> tuple[str, dict[str, str]]:
        if sha256 not in self._tables.policy_texts:
            raise NotFound(f"the policy contract {sha256[:12]} is not stored here", mend="restore a backup")
        file, texts = self._tables.policy_texts[sha256]
        return file, copied(texts)

    def add(self, change: PolicyChange, attachments: Mapping[str, str]) -> None:
        self._tables.policy_changes[change.id] = _apart(change)
        self._tables.attachments[change.id] = copied(dict(attachments))

    def get(self, change_id: str) -> PolicyChange:
        change = self._tables.policy_changes.get(change_id)
        if change is None:
            raise NotFound(f"there is no policy change {change_id}", mend="`remit policy versions PACK` lists them")
        return _apart(change)

    def of_pack(self, pack: str) -> list[PolicyChange]:
        return self._sorted(lambda change: change.pack == pack)

    def save(self, change: PolicyChange) -> None:
        before = self._tables.policy_changes.get(change.id)
        if before is None or before.version != change.version - 1:
            raise Conflict(f"somebody else moved policy change {change.id} first", mend="look again")
        self._tables.policy_changes[change.id] = _apart(change)

    def attachments(self, change_id: str) -> dict[str, str]:
        found: dict[str, str] = copied(self._tables.attachments.get(change_id, {}))
        return found

    def in_force(self) -> list[InForce]:
        return [self._tables.in_force[key] for key in sorted(self._tables.in_force)]

    def point(self, pointer: InForce) -> None:
        before = self._tables.in_force.get((pointer.pack, pointer.decision))
        if pointer.version != (before.version + 1 if before else 1):
            raise Conflict(
                f"somebody else put another policy of `{pointer.decision}` in force first", mend="look again"
            )
        self._tables.in_force[pointer.pack, pointer.decision] = pointer

    def shadowing(self) -> list[PolicyChange]:
        return self._sorted(lambda change: change.state == "shadowing")

    def compared(
        self, change_id: str, decision_id: str, then: Mapping[str, Any], now: Mapping[str, Any], differs: bool
    ) -> None:
        self._tables.comparisons[change_id, decision_id] = (differs, copied(dict(then)), copied(dict(now)))

    def comparisons(self, change_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        found = {change_id: self._differing(change_id) for change_id in change_ids}
        return {change_id: (len(differing), sum(differing)) for change_id, differing in found.items()}

    def _differing(self, change_id: str) -> list[bool]:
        return [differs for (of, _), (differs, _, _) in self._tables.comparisons.items() if of == change_id]

    def _sorted(self, wanted: Callable[[PolicyChange], bool]) -> list[PolicyChange]:
        changes = self._tables.policy_changes
        return [_apart(changes[change_id]) for change_id in sorted(changes) if wanted(changes[change_id])]


def _apart(change: PolicyChange) -> PolicyChange:
    return replace(change, attachments=copied(dict(change.attachments)))
