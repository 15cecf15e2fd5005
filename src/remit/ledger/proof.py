"""Proofs that stand alone: events, or an older checkpoint, under a signed checkpoint; `verifier.py` reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from remit.core.errors import AnswerIsNo, InputError, NotFound
from remit.ledger.merkle import consistency_proof, inclusion_proof
from remit.ledger.ports import Snapshot
from remit.ledger.verifier import SignedHead, Tampered, Unusable, VerifierKey, next_key, open_note, verify_consistency

VERSION = 1


def prove_events(snapshot: Snapshot, seqs: Sequence[int]) -> dict[str, Any]:
    """A proof that these events are in the log: their exact texts and paths, under the newest checkpoint.

    Raises:
        NotFound: the log has no such event.
    """
    size, checkpoint = _head(snapshot)
    missing = [seq for seq in seqs if not 0 <= seq < size]
    if missing or not seqs:
        raise NotFound(f"there is no event {missing[0] if missing else ''} among {size}", mend="events count from 0")
    hashes, bodies = snapshot.kept.hashes, snapshot.kept.bodies(seqs)
    return {
        "v": VERSION,
        "checkpoint": checkpoint,
        "rotations": snapshot.kept.rotations(),
        "events": [
            {
                "seq": seq,
                "body": body,
                "path": [node.hex() for node in inclusion_proof(hashes, size, seq)],
            }
            for seq, body in zip(seqs, bodies, strict=True)
        ],
    }


def prove_consistency(snapshot: Snapshot, old_note: str, anchor: VerifierKey) -> dict[str, Any]:
    """A proof that the log begins with the one that an older checkpoint names.

    Raises:
        InputError: that is no checkpoint of this log.
        AnswerIsNo: it does not: the log was cut off, or its past was rewritten.
    """
    size, checkpoint = _head(snapshot)
    rotations = snapshot.kept.rotations()
    old = _opened(old_note, anchor, rotations)
    if old.size > size:
        raise AnswerIsNo(
            f"the older checkpoint names {old.size} events, the log has {size}: its end was cut off",
            code="inconsistent",
            mend="keep both, and restore a backup that has them all",
        )
    path = consistency_proof(snapshot.kept.hashes, size, old.size) if old.size else []
    root = snapshot.head.root if snapshot.head else b""
    if old.size and not verify_consistency(old.size, old.root, size, root, path):
        raise AnswerIsNo(
            f"the log of {size} events does not begin with the {old.size} that were signed: its past was rewritten",
            code="inconsistent",
            mend="keep both, and run `remit ledger verify`",
        )
    return {
        "v": VERSION,
        "old": old_note,
        "checkpoint": checkpoint,
        "rotations": rotations,
        "path": [node.hex() for node in path],
    }


def _head(snapshot: Snapshot) -> tuple[int, str]:
    if snapshot.head is None:
        raise NotFound("the ledger is empty: there is nothing to prove")
    return snapshot.head.size, snapshot.head.note


def _opened(note: str, anchor: VerifierKey, rotations: Sequence[str]) -> SignedHead:
    keys = [anchor]
    try:
        for each in rotations:
            keys.append(next_key(each, keys[-1]))
        return open_note(note, *keys)
    except (Unusable, Tampered) as error:
        raise InputError(
            f"this is no checkpoint of this ledger: {error}", mend="give a signed note that it wrote"
        ) from (error)
