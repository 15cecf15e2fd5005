"""Automation's moves of rollouts: a worker looks at what has matured, and promotes, holds, updates or takes back."""

from __future__ import annotations

import logging
import re
from datetime import datetime

from remit.core.errors import Conflict, RemitError
from remit.learning.rollout import Evidence, Move, Rollout, judge, moved
from remit.service.learning.common import AUTOMATION
from remit.service.learning.evidence import evidence_of
from remit.service.learning.rollout import follow, told
from remit.service.learning.update import update_challenger
from remit.service.services import Services

_log = logging.getLogger(__name__)
_EVENTS = {
    "advance": "rollout.advanced",
    "promote": "rollout.promoted",
    "hold": "rollout.held",
    "roll_back": "rollout.rolled_back",
}
SERIES = "rollout"
"""How alarms call what a rollout watches."""


def advance_rollouts(services: Services, now: datetime) -> int:
    """Look at every rollout that is running; gives how many were moved. One that cannot be judged stops no other."""
    with services.store.read() as unit:
        running = unit.models.running()
    done = 0
    for each in running:
        try:
            after = advance_rollout(services, each, now)
            done += after.step != each.step
            if after.step == each.step:
                update_challenger(services, after, now)
        except Conflict:
            continue  # a person was first; the next look sees what they did
        except RemitError as error:
            _log.error("the rollout %s cannot be judged: %s", each.id, error.message)
    return done


def advance_rollout(services: Services, rollout: Rollout, now: datetime) -> Rollout:
    """Judge a running rollout by what has matured, and do what follows; gives it as it stands then.

    A hold is on record once for each cause, not for each look. Raises Conflict: somebody else has moved it meanwhile.
    """
    evidence = evidence_of(services, rollout, now)
    move = judge(rollout, evidence)
    if move.verb == "hold" and _said_before(rollout, move):
        return rollout
    after = moved(rollout, move, AUTOMATION.id, evidence, now)
    with services.store.write() as unit:
        unit.models.save_rollout(after)
        follow(unit, rollout, after, AUTOMATION.id, move.why, now)
        body = {**told(after), "why": move.why, "evidence": evidence.to_json()}
        unit.journal.append(_EVENTS[move.verb], actor=AUTOMATION, body=body)
        if move.alarms:
            unit.journal.append("drift.alarmed", actor=AUTOMATION, body=_alarm(rollout, move, evidence))
    return after


def _said_before(rollout: Rollout, move: Move) -> bool:
    """Whether the last word was the same, numbers aside."""
    return rollout.said is not None and _cause(str(rollout.said["why"])) == _cause(move.why)


def _cause(why: str) -> str:
    return re.sub(r"[-+]?[0-9][0-9.]*", "#", why)


def _alarm(rollout: Rollout, move: Move, evidence: Evidence) -> dict[str, object]:
    return {**told(rollout), "series": SERIES, "why": move.why, "evidence": evidence.to_json()}
