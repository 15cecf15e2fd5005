"""Record what became of a decision: once, typed as its pack declares, and corrected only by another report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from remit.agents.records import FINAL, StoredDecision
from remit.core.canonical import digest
from remit.core.errors import Conflict, InputError
from remit.core.words import Actor
from remit.learning.outcomes import ReportedOutcome, check_follows, check_time, value_of
from remit.service.runs import stored_decision
from remit.service.services import Services


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports. `value` is a boolean or a text; `own_id` is their own name for this report.

    Without one, its content names it: the same said twice is one report. `corrects` is the id of the report that was
    wrong, or their own name for it.
    """

    name: str
    value: object
    event_at: datetime
    corrects: str | None = None
    own_id: str | None = None


def record_outcome(
    services: Services, decision_id: str, report: Report, reporter: Actor
) -> tuple[ReportedOutcome, bool]:
    """The outcome as it is recorded, and whether it is new.

    Raises:
        NotFound: there is no such decision, or its pack version is not stored here.
        InputError: the outcome is not one of this decision's, its own id was used for another, or the case was erased.
        Conflict: the decision is not final, or the outcome is reported already and this does not correct it.
    """
    stored = stored_decision(services, decision_id)
    outcome = _outcome(services, stored, report, reporter)
    if report.corrects is not None:
        outcome = replace(outcome, corrects=_named(services, decision_id, report.corrects))
    key = report.own_id or digest([outcome.name, outcome.value, outcome.event_at.isoformat(), outcome.corrects])
    with services.store.write() as unit:
        before = unit.outcomes.find(decision_id, key)
        if before is not None:
            return _same(before, outcome), False
        check_follows(unit.outcomes.of(decision_id), outcome)
        unit.outcomes.add(outcome, key)
        unit.journal.append(
            "outcome.recorded" if outcome.corrects is None else "outcome.corrected",
            decision_id=decision_id,
            actor=reporter,
            step="outcome",
            body={
                "outcome_id": outcome.id,
                "name": outcome.name,
                "value_commit": stored.run.commit([outcome.name, outcome.value]),
                "event_at": outcome.event_at.isoformat(),
                **({"corrects": outcome.corrects} if outcome.corrects else {}),
            },
        )
    return outcome, True


def outcomes_of(services: Services, decision_id: str) -> list[ReportedOutcome]:
    """Everything that was reported of a decision, in the order in which it came in."""
    with services.store.read() as unit:
        return unit.outcomes.of(decision_id)


def _outcome(services: Services, stored: StoredDecision, report: Report, reporter: Actor) -> ReportedOutcome:
    if stored.erased_at is not None:
        raise InputError("the case of this decision was erased", code="gone", mend="nothing is learnt of it")
    if stored.stage not in FINAL:
        raise Conflict("the decision is not final yet", code="not_final", mend="report what became of it afterwards")
    now = services.clock.now()
    check_time(report.event_at, now)
    pack = services.pack_version(stored.versions.pack, stored.versions.pack_sha256)
    declared = services.decision(pack, stored.run.decision).outcome
    return ReportedOutcome(
        id=services.ids.new(),
        decision_id=stored.run.decision_id,
        name=report.name,
        value=value_of(declared, report.name, report.value),
        event_at=report.event_at.astimezone(UTC),
        known_at=now,
        reporter=reporter.id,
        corrects=report.corrects,
    )


def _named(services: Services, decision_id: str, corrects: str) -> str:
    """The id of the report that is to be corrected, if it was given by its reporter's own name for it."""
    with services.store.read() as unit:
        own = unit.outcomes.find(decision_id, corrects)
        ids = {each.id for each in unit.outcomes.of(decision_id)}
    return own.id if own is not None and corrects not in ids else corrects


def _same(before: ReportedOutcome, outcome: ReportedOutcome) -> ReportedOutcome:
    if not before.says_the_same_as(outcome):
        raise InputError(
            "this id was used for another outcome", code="request_key", mend="give each outcome an id of its own"
        )
    return before
