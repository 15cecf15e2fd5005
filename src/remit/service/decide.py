"""Decide one case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Protocol

from remit.agents.records import Run, StoredDecision
from remit.core.errors import Conflict, InputError
from remit.core.words import Actor
from remit.packs.admit import Admission, CaseRejected, admit
from remit.packs.pack import Decision, Pack
from remit.service.result import result_of
from remit.service.runs import PATIENCE_SECONDS, Tell, carry_on, start
from remit.service.services import Services


class Deciding(Protocol):
    """`Engine.decide` and `Engine.submit`: a case of a pack by its name, decided now or later."""

    def __call__(
        self, pack: str, case: Any, actor: Actor, *, decision: str | None = None, request_key: str | None = None
    ) -> dict[str, Any]: ...


class DecidingNow(Protocol):
    """`Engine.decide`, which can tell its result inside of the unit of work that makes it so."""

    def __call__(
        self,
        pack: str,
        case: Any,
        actor: Actor,
        *,
        decision: str | None = None,
        request_key: str | None = None,
        tell: Tell | None = None,
    ) -> dict[str, Any]: ...


def decide(
    services: Services,
    pack: Pack,
    raw: Any,
    actor: Actor,
    *,
    decision: str | None = None,
    request_key: str | None = None,
    tell: Tell | None = None,
) -> dict[str, Any]:
    """Decide a raw case (parsed JSON); with a request key, decide it once however often it is asked.

    `tell` is for a decision that is begun here; see `remit.service.runs.start`.

    Raises:
        NotFound: the pack has no such decision, or no indexed documents.
        CaseRejected: the case does not fit its data contract; the refusal is in the ledger.
        InputError: the request key was used for another case or decision.
        Conflict: another process has been at work on this very request for longer than `PATIENCE_SECONDS`.
    """
    return decide_in(services, pack, services.decision(pack, decision), raw, actor, request_key, tell)


def decide_in(
    services: Services,
    pack: Pack,
    decision: Decision,
    raw: Any,
    actor: Actor,
    request_key: str | None,
    tell: Tell | None = None,
) -> dict[str, Any]:
    """`decide`, with the decision already at hand."""
    admission = admitted(services, pack, decision, raw, actor)
    before = made_for(services, request_key)
    if before is None:
        run = new_run(services, decision, admission, actor, request_key)
        try:
            return start(services, services.deps(run, *services.assigned(run, pack, decision)), tell)
        except Conflict:
            # Somebody else may have begun with this key between our looking and our beginning.
            before = made_for(services, request_key)
            if before is None or before.run.decision_id == run.decision_id:
                raise
    again = same_request(before, pack, decision, admission)
    if again.erased_at is not None:
        return result_of(again)
    return carry_on(services, again.run.decision_id, patience_seconds=PATIENCE_SECONDS)


def admitted(services: Services, pack: Pack, decision: Decision, raw: Any, actor: Actor) -> Admission:
    """A raw case through the door; one that does not fit is refused on record. Raises CaseRejected."""
    try:
        return admit(decision, raw)
    except CaseRejected as error:
        _record_rejection(services, pack, decision, actor, error)
        raise


def made_for(services: Services, request_key: str | None) -> StoredDecision | None:
    """The decision that was made for this request before, if any."""
    if request_key is None:
        return None
    with services.store.read() as unit:
        return unit.decisions.find(request_key)


def new_run(services: Services, decision: Decision, admission: Admission, actor: Actor, request_key: str | None) -> Run:
    """How a decision on an admitted case begins, here and now."""
    now, retention = services.clock.now(), decision.retention
    return Run(
        decision_id=services.ids.new(),
        decision=decision.name,
        case=admission.case,
        case_quality=admission.quality,
        violations=tuple(item.to_json() for item in admission.violations),
        subject=str(admission.case.get(decision.subject, "")),
        actor=actor,
        at=now,
        salt=services.chance.token(16).hex(),
        request_key=request_key,
        retention_class=retention.name if retention else None,
        keep_until=now + timedelta(days=retention.keep_days) if retention else None,
    )


def same_request(before: StoredDecision, pack: Pack, decision: Decision, admission: Admission) -> StoredDecision:
    """What was decided for this request key, if it was asked the same. Raises InputError."""
    if before.erased_at is not None:
        return before  # what was asked is not known any more
    if (before.versions.pack, before.run.decision, before.run.case) != (pack.name, decision.name, admission.case):
        raise InputError(
            f"the request key {before.run.request_key!r} was used for another case or decision",
            code="request_key",
            mend="use a new key for a new case",
        )
    return before


def _record_rejection(services: Services, pack: Pack, decision: Decision, actor: Actor, error: CaseRejected) -> None:
    """A refusal at the door is an event too: which fields, never what was in them."""
    with services.store.write() as unit:
        unit.journal.append(
            "case.rejected",
            actor=actor,
            step="intake",
            body={
                "decision": decision.name,
                "pack_sha256": pack.sha256,
                "violations": [{"field": item.field, "rule": item.rule} for item in error.violations[:100]],
            },
        )
