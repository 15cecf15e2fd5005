"""Keys take over from keys: the ledger's signing key, and the key that wraps the keys of subjects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from remit.core.tracing import present_trace_id
from remit.core.words import Actor
from remit.ledger.event import Draft
from remit.ledger.note import Signer
from remit.ledger.ports import LedgerLog
from remit.service.erase import leave_nothing
from remit.service.ports import PrivateStore, SubjectKeys
from remit.service.services import Services


def rotate_ledger_key(
    write: Callable[[], Any],
    log: LedgerLog[Any],
    new: Signer,
    taken_over: Callable[[bytes], Signer],
    reason: str,
    actor: Actor,
) -> dict[str, Any]:
    """Let a new key sign the ledger from now on; the old one names it in the last event that it signs.

    Args:
        write: opens the log's unit of work.
        taken_over: makes the key of that id the present one, for good.

    Raises:
        SystemFailed: the ledger cannot be trusted, or the key files cannot be written.
    """
    with write() as unit:
        draft = Draft("ledger.key_rotated", {"reason": reason}, actor=actor, step="keys", trace_id=present_trace_id())
        log.rotate(unit, new, draft)
    taken_over(new.verifier.key_id)
    return {"verifier_key": new.verifier.text, "key_id": new.verifier.key_id.hex()}


def rotate_subject_keys(
    services: Services, store: PrivateStore, keys: SubjectKeys, reason: str, actor: Actor
) -> dict[str, Any]:
    """Wrap every subject's key by a new key, and forget the older ones. It may be cut off and run again.

    Raises:
        SystemFailed: the key file cannot be written, or somebody who reads keeps old bytes alive.
    """
    keys.add()
    with store.write() as unit:
        wrapped = unit.subjects.rewrap()
        unit.journal.append("subject.rewrapped", actor=actor, step="keys", body={"keys": wrapped, "reason": reason})
    with store.read() as unit:
        in_use = unit.subjects.wrapped_by()
    keys.keep_only(in_use)
    leave_nothing(services, store)
    return {"keys": wrapped}
