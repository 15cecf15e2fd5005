"""What auditors and those who answer for people's data ask of the records, in one object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from remit.core.words import Actor
from remit.ledger.note import Signer
from remit.ledger.ports import LedgerLog
from remit.ledger.verifier import VerifierKey
from remit.service import erase, prove, retention, rotate_keys
from remit.service.ports import CaseDue, DocumentIndex, PrivateStore, SubjectKeys
from remit.service.services import Services


class LedgerKeys(Protocol):
    """The keys that sign the ledger."""

    def anchor(self) -> VerifierKey:
        """The public key that is trusted: the log's first."""
        ...

    def following(self) -> Signer:
        """A new key, whose secret waits beside the present one."""
        ...

    def taken_over(self, key_id: bytes) -> Signer:
        """The signer of that id, which is the present one from then on."""
        ...


@dataclass(frozen=True)
class Safekeeping:
    """Proofs, checkpoints, keys, holds, erasure, retention; see the module of each. `write` opens the log's units."""

    services: Services
    store: PrivateStore
    log: LedgerLog[Any]
    write: Callable[[], Any]
    ledger_keys: LedgerKeys
    subject_keys: SubjectKeys
    index: DocumentIndex

    def prove(self, name: str) -> dict[str, Any]:
        return prove.prove(self.log, name)

    def prove_receipt(self, receipt: Any) -> dict[str, Any]:
        return prove.prove_receipt(self.log, receipt)

    def prove_growth(self, old_note: str) -> dict[str, Any]:
        return prove.prove_growth(self.log, old_note, self.ledger_keys.anchor())

    def take_checkpoint(self) -> str:
        return prove.take_checkpoint(self.write, self.log)

    def rotate_ledger_key(self, reason: str, actor: Actor) -> dict[str, Any]:
        keys = self.ledger_keys
        return rotate_keys.rotate_ledger_key(self.write, self.log, keys.following(), keys.taken_over, reason, actor)

    def rotate_subject_keys(self, reason: str, actor: Actor) -> dict[str, Any]:
        return rotate_keys.rotate_subject_keys(self.services, self.store, self.subject_keys, reason, actor)

    def erase(self, subject: str, reason: str, actor: Actor, *, cancel_reviews: bool = False) -> dict[str, Any]:
        return erase.erase_subject(
            self.services, self.store, self.index, subject, reason, actor, cancel_reviews=cancel_reviews
        )

    def hold(self, subject: str, reason: str, actor: Actor) -> dict[str, Any]:
        return erase.hold_subject(self.services, self.store, subject, reason, actor)

    def release(self, subject: str, reason: str, actor: Actor) -> dict[str, Any]:
        return erase.release_subject(self.services, self.store, subject, reason, actor)

    def overdue(self) -> list[CaseDue]:
        return retention.overdue(self.services, self.store)

    def apply_retention(self, actor: Actor) -> list[CaseDue]:
        return retention.apply_retention(self.services, self.store, self.index, actor)
