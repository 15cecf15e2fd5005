"""Which contract governs: the one that was activated, or the one in the pack's folder when none ever was.

An activated contract stands in the pack's files in place of the folder's own. So the pack's identity includes it, every
stored pack version has it inside, and a replay finds it there.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from remit.agents.ports import Shadow, Store, Unit
from remit.agents.shadow import timeless
from remit.approvals.policy_change import InForce, PolicyChange, beside
from remit.core.errors import Corrupted, SourceError
from remit.packs.files import PackFiles
from remit.packs.load import load_policy
from remit.packs.manifest import PackModel, read_manifest
from remit.packs.pack import Decision, Pack
from remit.policies.evaluate import CompiledContract

_log = logging.getLogger(__name__)


@dataclass
class PoliciesInForce:
    """Reads the pointers from the store each time: an activation or a roll-back counts from the next decision on."""

    store: Store
    _shadowing: list[PolicyChange] = field(default_factory=list)
    _texts: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    _manifests: dict[bytes, PackModel] = field(default_factory=dict)
    _candidates: dict[tuple[str, str], Shadow | None] = field(default_factory=dict)

    def pointers(self) -> list[InForce]:
        """Every pointer there is."""
        with self.store.read() as unit:
            return unit.policy_changes.in_force()

    def look(self, unit: Unit) -> list[InForce]:
        """Every pointer there is. What is in its shadow period is read at the same time."""
        self._shadowing = unit.policy_changes.shadowing()
        return unit.policy_changes.in_force()

    def applied(self, files: PackFiles, pointers: Sequence[InForce]) -> PackFiles:
        """The files with the contracts in force; the very same object when that changes nothing."""
        if not pointers:
            return files
        manifest = self.manifest(files)
        for pointer in pointers:
            file = policy_file(manifest, pointer.decision)
            if pointer.pack == manifest.metadata.name and file is not None:
                label = f"{pointer.policy.name} version {pointer.policy.version}, in force since {pointer.since:%F}"
                files = self.with_text(files, file, pointer.policy.sha256, label)
        return files

    def with_text(self, files: PackFiles, file: str, sha256: str, label: str) -> PackFiles:
        """The files with a stored contract, and what it imports, in place of a decision's own. Raises NotFound."""
        if sha256 not in self._texts:
            with self.store.read() as unit:
                self._texts[sha256] = unit.policy_changes.text(sha256)
        own, texts = self._texts[sha256]
        # pack.yaml may have given the contract's file another name since it was stored.
        named = {file if name == own else name: text for name, text in texts.items()}
        return files.replaced(named, {name: f"{label} ({name})" for name in named})

    def verified(self, pack: Pack, pointers: Sequence[InForce]) -> Pack:
        """The pack, if its contracts are those that were put in force. Raises Corrupted."""
        for pointer in pointers:
            if pointer.pack == pack.name and pointer.decision in pack.decisions:
                found = pack.decisions[pointer.decision].policy.ref.sha256
                if found != pointer.policy.sha256:
                    raise Corrupted(
                        f"the policy in force for `{pointer.decision}` is not the one that was activated",
                        mend="run `remit ledger verify`, and restore a backup",
                    )
        return pack

    def manifest(self, files: PackFiles) -> PackModel:
        """What pack.yaml says. Raises SourceError."""
        key = files.contents.get("pack.yaml", b"")
        if key not in self._manifests:
            self._manifests[key] = read_manifest(files)[1]
        return self._manifests[key]

    def shadow_of(self, pack: Pack, decision: Decision) -> Shadow | None:
        """The candidate to evaluate beside the decision's contract, if one was in its shadow period at the last look.

        One that does not fit the pack any more is left out with a warning: a candidate stops no decision.
        """
        change = beside(self._shadowing, pack.name, decision.name, decision.policy.ref)
        if change is None:
            return None
        key = (pack.sha256, change.id)
        if key not in self._candidates:
            try:
                policy = self.loaded(pack.files, decision.name, change.policy.sha256, f"policy change {change.id}")
                self._candidates[key] = Shadow(change.id, timeless(policy))
            except (SourceError, Corrupted) as error:
                _log.warning("policy change %s is not evaluated in its shadow period: %s", change.id, error)
                self._candidates[key] = None
        return self._candidates[key]

    def loaded(self, files: PackFiles, decision: str, sha256: str, label: str) -> CompiledContract:
        """A stored contract with the types that the pack's files give it now.

        Raises:
            SourceError: it does not load with them.
            Corrupted: it is not the contract that was stored.
        """
        file = policy_file(self.manifest(files), decision)
        if file is None:
            raise SourceError([read_manifest(files)[0].problem(f"there is no decision `{decision}` any more")])
        policy = load_policy(self.with_text(files, file, sha256, label), file)
        if policy.ref.sha256 != sha256:
            raise Corrupted(f"the stored policy {sha256[:12]} is not what was stored", mend="restore a backup")
        return policy


def policy_file(manifest: PackModel, decision: str) -> str | None:
    """The contract's file of a decision; None when the pack has no such decision."""
    return next((item.policy for item in manifest.decisions if item.name == decision), None)


def texts_of(files: PackFiles, file: str, policy: CompiledContract) -> Mapping[str, str]:
    """The text of a loaded contract and of every rule file that it imports, by name in the pack."""
    names = policy.contract.imports
    return {file: policy.source.text, **{name: files.text(name) or "" for name in names}}
