"""Retention: cases are kept for as long as their pack declared, and no longer than somebody cares to look."""

from __future__ import annotations

from typing import Any

from remit.core.words import Actor
from remit.service.erase import leave_nothing, must_not_be_about_to_be_undone, record_erasure
from remit.service.ports import CaseDue, DocumentIndex, PrivateStore
from remit.service.services import Services
from remit.service.taken_back import cancel_test_items

_AT_ONCE = 100


def overdue(services: Services, store: PrivateStore) -> list[CaseDue]:
    """The cases that were kept long enough, the one due first at the top. Those of held subjects are among them."""
    with store.read() as unit:
        return unit.subjects.due(services.clock.now())


def apply_retention(services: Services, store: PrivateStore, index: DocumentIndex, actor: Actor) -> list[CaseDue]:
    """Erase the cases that were kept long enough, but for those of held subjects. Gives the erased ones.

    A subject whose last case goes is forgotten, unless a document is about them.

    Raises:
        SystemFailed: somebody who reads keeps old bytes alive.
        Refused: somebody has just begun to undo one of them; it is left out the next time.
    """
    erased: list[CaseDue] = []
    while some := _apply_to_some(services, store, actor):
        erased += some
    index.forget_erased()
    leave_nothing(services, store)
    return erased


def _apply_to_some(services: Services, store: PrivateStore, actor: Actor) -> list[CaseDue]:
    now = services.clock.now()
    with store.write() as unit:
        some = unit.subjects.due(now, _AT_ONCE, held=False)
        cancel_test_items(services, unit, [case.decision_id for case in some], actor)
        unit.subjects.erase_cases([case.decision_id for case in some], now)
        must_not_be_about_to_be_undone(unit, [case.decision_id for case in some])
        unit.subjects.forget({case.subject for case in some})
        for case in some:
            more: dict[str, Any] = {"retention_class": case.retention_class, "keep_until": case.keep_until.isoformat()}
            record_erasure(unit, case.decision_id, case.subject, "retention", actor, **more)
    for case in some:
        services.paused().delete_thread(case.decision_id)
    return some
