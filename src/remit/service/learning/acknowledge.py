"""A person has seen an alarm: it is closed with their reason, and what was raised begins with a new reference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from remit.approvals.reasons import checked_reason
from remit.core.errors import Conflict
from remit.core.words import Actor
from remit.service.learning.common import must_manage
from remit.service.services import Services


def acknowledge(services: Services, alarm_id: str, actor: Actor, reason: str) -> dict[str, Any]:
    """The alarm as it is on record then.

    Raises:
        Refused: the actor has none of the roles that may.
        InputError: no reason was given.
        NotFound, Conflict: there is no such alarm, or somebody has acknowledged it already.
    """
    must_manage(actor)
    reason = checked_reason(reason)
    now = services.clock.now()
    with services.store.write() as unit:
        alarm = unit.watches.alarm(alarm_id)
        if alarm.acknowledged_at is not None:
            raise Conflict(
                f"{alarm.acknowledged_by} has acknowledged this alarm", mend="`remit learn drift` lists them"
            )
        seen = replace(alarm, acknowledged_by=actor.id, acknowledged_at=now, reason=reason)
        unit.watches.put_alarm(seen)
        watch = unit.watches.get(alarm.pack, alarm.decision)
        unit.watches.save(replace(watch.renewed(alarm.series), version=watch.version + 1))
        body = {"alarm_id": alarm.id, "pack": alarm.pack, "decision": alarm.decision, "series": alarm.series}
        unit.journal.append("drift.acknowledged", actor=actor, body={**body, "reason": reason})
    return seen.to_json()
