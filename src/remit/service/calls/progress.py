"""How a decision gets on: every step as the ledger records it. SQL has it all, so any process can tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from remit.agents.records import FINAL
from remit.core.words import Actor
from remit.ledger.event import Event
from remit.service.hidden_verdict import is_kept_from, opened_at
from remit.service.services import Services

_ENDS = frozenset(f"decision.{stage}" for stage in FINAL)


class Recorded(Protocol):
    """Where the events of a decision are read."""

    def events_of(self, decision_id: str) -> list[Event]:
        """The ledger's events of a decision, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One recorded step: its place in the ledger, its type, when, and what else may be told to whoever asked."""

    n: int
    type: str
    told: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Progress:
    """The steps since the last time, and how the decision stands; `over` when nothing more is to come."""

    steps: tuple[Step, ...]
    status: str
    over: bool


def progress(services: Services, records: Recorded, decision_id: str, viewer: Actor, after: int = -1) -> Progress:
    """What was recorded after a place in the ledger: for whom the verdict is hidden, only up to where the review began.

    Raises:
        NotFound: there is no such decision.
    """
    with services.store.read() as unit:
        stored = unit.decisions.get(decision_id)
        hidden = is_kept_from(unit, stored, viewer)
    events = records.events_of(decision_id)
    seen = events[: opened_at(event.draft.type for event in events)] if hidden else events
    steps = tuple(_step(event) for event in seen if event.seq > after)
    # The end counts when its event has its place: only then has everything before it been told.
    return Progress(steps, stored.stage, over=any(event.draft.type in _ENDS for event in seen))


def _step(event: Event) -> Step:
    told = {"n": event.seq, "type": event.draft.type, "at": event.ts, "step": event.draft.step}
    return Step(event.seq, event.draft.type, told)
