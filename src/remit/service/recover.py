"""What a crash left unfinished."""

from __future__ import annotations

from remit.agents.records import FINAL
from remit.core.errors import NotFound
from remit.service.services import Services


def unfinished(services: Services) -> list[str]:
    """Decisions that somebody has to carry on: begun or committed ones, and those whose review is settled.

    `carry_on` finishes each of them; one that another process is at work on is left to it.
    """
    with services.store.read() as unit:
        return sorted({*unit.decisions.ids(("received", "committed")), *unit.decisions.settled()})


def owing(services: Services) -> list[str]:
    """Decisions that stand and still owe something: `fulfil` tries again."""
    with services.store.read() as unit:
        return unit.obligations.due()


def compensating(services: Services) -> list[str]:
    """Decisions that are to be undone, and nobody knows yet what came of it: `carry_on_compensation` goes on."""
    with services.store.read() as unit:
        return unit.effects.compensating()


def forget_final(services: Services) -> int:
    """Remove the checkpoints that a crash right after the end left of final decisions. Gives how many there were."""
    leftover = [decision_id for decision_id in services.paused().threads() if _is_final(services, decision_id)]
    for decision_id in leftover:
        services.paused().delete_thread(decision_id)
    return len(leftover)


def _is_final(services: Services, decision_id: str) -> bool:
    with services.store.read() as unit:
        try:
            return unit.decisions.get(decision_id).stage in FINAL
        except NotFound:
            return True
