"""A worker, put together: who it is, and which chores there are."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING, Any

from remit.ledger.ports import LedgerLog
from remit.service.calls.calls import Calls
from remit.service.chat.forget import forget_old
from remit.service.identity.forget import forget_old_sessions
from remit.service.learning.advance import advance_rollouts
from remit.service.learning.trainings import Train
from remit.service.learning.watch_drift import watch_drift
from remit.service.recover import forget_final
from remit.service.reviews.due import move_what_is_due
from remit.service.services import Services
from remit.service.webhooks.deliver import Deliver, forget
from remit.service.webhooks.ports import Office
from remit.service.work.chores import Every
from remit.service.work.owed import Compensate, Fulfil
from remit.service.work.ports import Chore, Member, Roster
from remit.service.work.worker import Worker

if TYPE_CHECKING:
    from remit.adapters.dbos.queue import DbosQueue


def new_worker(
    services: Services,
    queue: DbosQueue,
    roster: Roster,
    ledger: LedgerLog[Any],
    calls: Calls,
    webhooks: Office,
    *,
    patience_seconds: float,
    chat_days: int,
) -> Worker:
    """A worker of this process."""
    now = services.clock.now()
    deliver, train = Deliver(webhooks), Train(services)

    def finish(in_haste: bool) -> None:
        deliver.finish()
        train.finish(in_haste=in_haste)

    return Worker(
        services=services,
        queue=queue,
        workshop=queue,
        roster=roster,
        me=Member(services.ids.new(), socket.gethostname(), os.getpid(), since=now, beats=0, beat_at=now),
        chores=[*chores(services, ledger, calls, webhooks, chat_days), deliver, train],
        finish=finish,
        patience_seconds=patience_seconds,
        steady_seconds=time.monotonic,
    )


def chores(services: Services, ledger: LedgerLog[Any], calls: Calls, webhooks: Office, chat_days: int) -> list[Chore]:
    """What has to be done from time to time, besides sweeping. A new chore is a line here."""
    return [
        Fulfil(services),
        Compensate(services),
        Every("move reviews that are due", 30.0, lambda now: len(move_what_is_due(services))),
        Every("watch for drift", 60.0, lambda now: watch_drift(services, now)),
        Every("advance rollouts", 60.0, lambda now: advance_rollouts(services, now)),
        Every("forget final runs", 3600.0, lambda now: forget_final(services)),
        Every("accept rows of batches", 1.0, calls.accept_some),
        Every("forget old answers", 600.0, calls.forget_answers),
        Every("forget old webhooks", 3600.0, lambda now: forget(webhooks, now)),
        Every("forget old sessions", 3600.0, lambda now: forget_old_sessions(services)),
        Every("forget old conversations", 3600.0, lambda now: forget_old(services, now, chat_days)),
        Every("sequence the ledger", 5.0, lambda now: _sequenced(ledger)),
    ]


def _sequenced(ledger: LedgerLog[Any]) -> int:
    """Place what a process left in the intake that was killed before its turn as the sequencer."""
    ledger.sequence()
    return 0
