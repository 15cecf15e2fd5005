"""One process that works: it carries queued decisions on, does what is due, and takes over from workers that died."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from remit.core.errors import RemitError
from remit.service.recover import unfinished
from remit.service.services import Services
from remit.service.work.attempt import attempt
from remit.service.work.chores import Every, Rhythm
from remit.service.work.ports import Chore, Member, Queue, Roster, Shift, Workshop
from remit.service.work.sweep import Sweep, queue_up
from remit.service.work.watch import Watch

_log = logging.getLogger(__name__)

ROUND_SECONDS = 1.0
DRAIN_ROUND_SECONDS = 0.1
BEATS_MISSED_MAX = 5
KEPT_SECONDS = 86_400.0
"""How long the queue remembers what has ended. The decisions' rows and the ledger have it all."""


@dataclass(frozen=True)
class Worker:
    """A worker, ready to start.

    Args:
        me: how it enrols.
        chores: what is to be done from time to time, besides sweeping. One worker does them for all: the oldest.
        patience_seconds: how long another worker may give no sign of life before it is taken for dead.
        steady_seconds: a time that never jumps, in seconds, such as `time.monotonic`.
        finish: waits for what chores have begun and left to threads of their own; in haste, not for what takes long.
    """

    services: Services
    queue: Queue
    workshop: Workshop
    roster: Roster
    me: Member
    chores: Sequence[Chore]
    patience_seconds: float
    steady_seconds: Callable[[], float]
    finish: Callable[[bool], None] = lambda in_haste: None

    def run(self, stop: threading.Event, *, concurrency: int | None = None, drain: bool = False) -> None:
        """Work until `stop` is set, or, to drain, until nothing is queued any more. What is held is finished first.

        Args:
            concurrency: how many decisions at once; see `Workshop.shift`.

        Raises:
            SystemFailed: the database or the queue cannot be used at the start. Later faults are told and waited out.
        """
        # What many threads will share is made before there are many.
        self.services.graph()
        self.services.paused()
        with self._enrolled(), self.workshop.shift(self.me.id, self._attempt, concurrency) as shift:
            try:
                if drain:
                    self._drain(shift, stop)
                else:
                    self._work(shift, stop)
            finally:
                self.finish(stop.is_set())

    def _attempt(self, decision_id: str) -> str:
        return attempt(self.services, decision_id)

    def _work(self, shift: Shift, stop: threading.Event) -> None:
        watch, rhythm = Watch(self.patience_seconds), self._rhythm(shift)
        hindered = False
        while not stop.is_set():
            try:
                members = self._take_over(shift, watch)
                if members and members[0].id == self.me.id:
                    rhythm.run(self.services.clock.now(), self.steady_seconds())
                if hindered:
                    _log.warning("the work goes on")
                hindered = False
            except RemitError as error:
                if not hindered:
                    _log.warning("work is hindered, and tried again until it goes on: %s", error.message)
                hindered = True
            stop.wait(ROUND_SECONDS)

    def _drain(self, shift: Shift, stop: threading.Event) -> None:
        watch = Watch(self.patience_seconds)
        self._rhythm(shift).run(self.services.clock.now(), self.steady_seconds())
        while not stop.is_set():
            self._take_over(shift, watch)
            if not self.queue.backlog(limit=1) and not queue_up(self.queue, unfinished(self.services)):
                return
            stop.wait(DRAIN_ROUND_SECONDS)

    def _rhythm(self, shift: Shift) -> Rhythm:
        forget = Every("forget", 3600.0, lambda now: shift.forget(KEPT_SECONDS))
        return Rhythm([Sweep(self.services, self.queue), forget, *self.chores])

    def _take_over(self, shift: Shift, watch: Watch) -> list[Member]:
        """Strike the dead off the roster, and queue anew what is held by whoever is not on it. Gives the living."""
        # Who holds comes first: a worker enrols before it takes anything, so whoever lives is found on the roster.
        holders, members = shift.holders(), self.roster.all()
        silent = {member.id for member in watch.silent(members, self.steady_seconds())} - {self.me.id}
        for member_id in silent:
            _log.warning("worker %s has died; what it held is queued anew", member_id)
            self.roster.leave(member_id)
        living = [member for member in members if member.id not in silent]
        for holder in holders - {member.id for member in living} - {self.me.id}:
            shift.release(holder)
        return living

    # Signs of life

    @contextlib.contextmanager
    def _enrolled(self) -> Iterator[None]:
        """On the roster, with a heart that beats, from before the first task is taken until after the last one ends."""
        self.roster.join(self.me)
        still = threading.Event()
        heart = threading.Thread(target=self._beat_until, args=(still,), name="remit-heart", daemon=True)
        heart.start()
        try:
            yield
        finally:
            still.set()
            heart.join()
            self.roster.leave(self.me.id)

    def _beat_until(self, still: threading.Event) -> None:
        while not still.wait(self.patience_seconds / BEATS_MISSED_MAX):
            # A database that is away is told of by the rounds.
            with contextlib.suppress(RemitError):
                if not self.roster.beat(self.me.id, self.services.clock.now()):
                    self.roster.join(self.me)
