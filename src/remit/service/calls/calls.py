"""What callers at a distance ask for, in one object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from remit.core.words import Actor
from remit.service.calls.batches import accept_some
from remit.service.calls.deadline import Deciders, decide_within
from remit.service.calls.once import Keeping, once
from remit.service.calls.ports import Answer, Answers, BatchStore, Call
from remit.service.decide import Deciding, DecidingNow
from remit.service.runs import Tell
from remit.service.services import Services


@dataclass(frozen=True)
class Calls:
    """Answers, deadlines and batches; see the module of each. `hours` is how long an answer is given again."""

    services: Services
    store: BatchStore
    answers: Answers
    decide: DecidingNow
    submit: Deciding
    hours: float
    deciders: Deciders = field(default_factory=Deciders)

    def once(
        self,
        call: Call,
        do: Callable[[], Answer],
        *,
        kept: Callable[[Answer], bool],
        keeping: Keeping | None = None,
    ) -> tuple[Answer, bool]:
        """The answer to a call, and whether it was given before."""
        services = self.services
        return once(
            self.answers, services.fences, services.clock, call, do, hours=self.hours, kept=kept, keeping=keeping
        )

    def keeping(self, call: Call, kept: Callable[[Answer], bool]) -> Keeping:
        """What keeps the answer to a call together with the work."""
        return Keeping(self.answers, self.services.clock, call, hours=self.hours, kept=kept)

    def decide_within(
        self,
        seconds: float,
        pack: str,
        case: Any,
        actor: Actor,
        *,
        decision: str | None,
        request_key: str,
        tell: Tell | None = None,
    ) -> tuple[dict[str, Any], bool]:
        """A decision, or how it stands when the time is up; and whether it was up. `tell` as in `start` of runs."""
        return decide_within(
            seconds,
            self.deciders,
            self.services,
            decide=lambda: self.decide(pack, case, actor, decision=decision, request_key=request_key, tell=tell),
            submit=lambda: self.submit(pack, case, actor, decision=decision, request_key=request_key),
            request_key=request_key,
        )

    def accept_some(self, now: datetime) -> int:
        """Let some of the rows of batches become decisions. Gives how many were settled."""
        return accept_some(self.store, self.submit)

    def forget_answers(self, now: datetime) -> int:
        """Delete the answers that have expired. Gives how many there were."""
        return self.answers.forget(now)

    def close(self) -> None:
        """Finish the decisions that are under way."""
        self.deciders.close()
