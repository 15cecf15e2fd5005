"""Erasure and legal hold: what is known of a person goes for good, unless somebody may still need it in court.

The ledger keeps that something was decided, when, by which versions and with what digests; every proof still verifies.
What told of the person goes: case, judgement, arguments, results and notes with the key that they were sealed under,
and every document that says of itself that it is about them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from remit.agents.records import FINAL
from remit.core.errors import InputError, NotFound, Refused, SystemFailed
from remit.core.words import Actor
from remit.service.index_pack import record_indexing
from remit.service.learning.forget import forget_erased
from remit.service.ports import CaseOf, DocumentIndex, PrivateStore, PrivateUnit, SubjectRecord
from remit.service.services import Services
from remit.service.taken_back import cancel_test_items, held_still, take_back_reviews, waiting_in


def erase_subject(
    services: Services,
    store: PrivateStore,
    index: DocumentIndex,
    subject: str,
    reason: str,
    actor: Actor,
    *,
    cancel_reviews: bool = False,
) -> dict[str, Any]:
    """Erase a subject: every case and every document of theirs, and their key. `files` are documents still on disk.

    With `cancel_reviews`, what of theirs waits for people is cancelled in the same unit of work, and nothing of it is
    ever carried out. Erasing somebody again who was erased finishes what a crash left of their bytes.

    Raises:
        NotFound: nothing is known of them, and nothing ever was erased.
        Refused: they, or somebody whom a document of theirs is about, too, are held; or a decision is under way.
        Conflict: a document about them is coming in, or somebody is at work on what is to be cancelled.
        InputError: the reason names them; it would stay in the ledger.
        SystemFailed: they are erased, and somebody who reads keeps old bytes alive.
    """
    _check_reason(subject, reason)
    with store.read() as unit:
        if unit.subjects.find(subject) is None and unit.subjects.is_erased(subject):
            known = None
        else:
            known = _erasable(unit, subject, cancel_reviews)
    if known is None:
        return _finished(services, store, index)
    with held_still(services, [case.decision_id for case in waiting_in(known)]) as still:
        _forget_runs(services, [case.decision_id for case in known.cases])
        record, cancelled = _erased(services, store, subject, reason, actor, still if cancel_reviews else None)
    index.forget_erased()
    leave_nothing(services, store, documents=bool(record.documents))
    files = sorted({file for document in record.documents for file in document.files})
    return {
        "subject": record.id,
        "decisions": [case.decision_id for case in record.cases],
        "documents": _document_ids(record),
        "files": [file for file in files if Path(file).is_file()],
        "cancelled": cancelled,
    }


def _finished(services: Services, store: PrivateStore, index: DocumentIndex) -> dict[str, Any]:
    """What is left to do of an erasure after its unit of work, which a crash may have cut off."""
    index.forget_erased()
    leave_nothing(services, store, documents=True)
    return {"subject": None, "decisions": [], "documents": [], "files": [], "cancelled": []}


def _erased(
    services: Services, store: PrivateStore, subject: str, reason: str, actor: Actor, still: frozenset[str] | None
) -> tuple[SubjectRecord, list[str]]:
    """The unit of work that erases: what was known of them, and which reviews were cancelled. `still` None: none is."""
    now = services.clock.now()
    with store.write() as unit:
        record = _erasable(unit, subject, still is not None)
        cancelled = take_back_reviews(services, unit, record, still or (), reason, actor)
        cancel_test_items(services, unit, [case.decision_id for case in record.cases], actor)
        shrunk = unit.subjects.erase_documents(record, now)
        unit.subjects.erase_cases([case.decision_id for case in record.cases], now)
        must_not_be_about_to_be_undone(unit, [case.decision_id for case in record.cases])
        unit.subjects.mark_erased(record, now)
        unit.subjects.forget({record.id, *(name for document in record.documents for name in document.subjects)})
        for case in record.cases:
            record_erasure(unit, case.decision_id, record.id, "erasure", actor)
        unit.journal.append(
            "subject.erased",
            actor=actor,
            step="erase",
            body={
                "subject": record.id,
                "decisions": len(record.cases),
                "documents": len(_document_ids(record)),
                "reason": reason,
                **({"cancelled": cancelled} if cancelled else {}),
            },
        )
        for each in shrunk:
            record_indexing(unit, each.pack, each.snapshot, actor, removed=each.removed)
    return record, cancelled


def hold_subject(services: Services, store: PrivateStore, subject: str, reason: str, actor: Actor) -> dict[str, Any]:
    """Let nothing of a subject's be erased. Raises NotFound, Refused (held already), InputError."""
    _check_reason(subject, reason)
    with store.write() as unit:
        record = _found(unit, subject)
        if record.held_since is not None:
            raise Refused(f"they are held already, by {record.held_by} since {record.held_since:%Y-%m-%d}")
        unit.subjects.hold(record, services.clock.now(), actor.id, reason)
        unit.journal.append("subject.held", actor=actor, step="hold", body={"subject": record.id, "reason": reason})
    return {"subject": record.id, "held": True}


def release_subject(services: Services, store: PrivateStore, subject: str, reason: str, actor: Actor) -> dict[str, Any]:
    """Lift the hold of a subject. Raises NotFound, Refused (not held), InputError."""
    _check_reason(subject, reason)
    with store.write() as unit:
        record = _found(unit, subject)
        if record.held_since is None:
            raise Refused("they are not held")
        unit.subjects.release(record)
        unit.journal.append("subject.released", actor=actor, step="hold", body={"subject": record.id, "reason": reason})
    return {"subject": record.id, "held": False}


def record_erasure(unit: PrivateUnit, decision_id: str, subject_id: str, why: str, actor: Actor, **more: Any) -> None:
    """The event of one erased decision; verification holds its row against it."""
    unit.journal.append(
        "decision.erased",
        decision_id=decision_id,
        actor=actor,
        step="erase",
        body={"subject": subject_id, "why": why, **more},
    )


def must_not_be_about_to_be_undone(unit: PrivateUnit, decision_ids: list[str]) -> None:
    """Refuse to erase what is to be undone yet. A compensation that stays in doubt keeps nothing from going.

    It is looked at after the decisions' rows were written: from then on nobody else begins to undo one of them.
    """
    planned = [(each, unit.effects.of(each, "compensation")) for each in decision_ids]
    waiting = [each for each, found in planned if found is not None and found.state in ("planned", "attempted")]
    if waiting:
        raise Refused(
            f"{len(waiting)} of their decisions are under way, about to be undone: {', '.join(waiting)}",
            code="under_way",
            mend="run `remit doctor --recover` first",
        )


def leave_nothing(services: Services, store: PrivateStore, *, documents: bool = False) -> None:
    """After rows were taken away: take their bytes away, too.

    Raises:
        SystemFailed: somebody who reads keeps some of them alive.
    """
    services.paused().purge()
    forget_erased(services)
    if not store.purge(documents=documents):
        raise SystemFailed(
            "it is erased, but a program that reads the database keeps old bytes in its write-ahead log",
            code="erasure_lingers",
            mend="end that program and run it again, or `remit ledger retention --apply`, which empties the log",
        )


def _check_reason(subject: str, reason: str) -> None:
    if not reason.strip():
        raise InputError("a reason is needed", mend="give --reason")
    if subject.strip() and subject.casefold() in reason.casefold():
        raise InputError(
            "the reason names the subject, and would stay in the ledger for good",
            code="reason_names_subject",
            mend="give the reason without their name, for instance the number of their request",
        )


def _found(unit: PrivateUnit, subject: str) -> SubjectRecord:
    record = unit.subjects.find(subject)
    if record is None:
        raise NotFound("nothing is known of a subject of that name", mend="names are told apart to the letter")
    return record


def _erasable(unit: PrivateUnit, subject: str, cancel_reviews: bool) -> SubjectRecord:
    record = _found(unit, subject)
    if record.held_since is not None:
        raise Refused(
            f"they are held by {record.held_by} since {record.held_since:%Y-%m-%d}: {record.hold_reason}",
            code="held",
            mend="`remit ledger release` lifts the hold",
        )
    shared = sorted({document.doc_id for document in record.documents if document.held})
    if shared:
        raise Refused(
            f"somebody else whom {', '.join(shared)} is about, too, is held",
            code="held",
            mend="lift that hold with `remit ledger release`, or wait for it",
        )
    cancellable = waiting_in(record) if cancel_reviews else []
    under_way = [case for case in record.cases if case.stage not in FINAL and case not in cancellable]
    if under_way:
        raise Refused(
            f"{len(under_way)} of their decisions are under way: {', '.join(map(_spoken, under_way))}",
            code="under_way",
            mend="settle the reviews first (`remit reviews reject`) or give --cancel-reviews, and run"
            " `remit doctor --recover` for the others",
        )
    return record


def _document_ids(record: SubjectRecord) -> list[str]:
    return sorted({document.doc_id for document in record.documents})


def _spoken(case: CaseOf) -> str:
    waits = f", which waits for review {case.review_id}" if case.stage == "awaiting_review" else ""
    return f"{case.decision_id}{waits}"


def _forget_runs(services: Services, decision_ids: list[str]) -> None:
    for decision_id in decision_ids:
        services.paused().delete_thread(decision_id)
