"""The day's budget of exploration: charged where everybody counts, before anything is done; in replay, as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from remit.agents.ports import Grant, Store
from remit.learning.exploration import MICROS, micros_of
from remit.packs.pack import Decision, Exploration, Pack


def budget_of(store: Store, pack: Pack, decision: Decision) -> Grant:
    """Charges the budget of the day in a unit of work of its own, so that nobody spends the same part of it twice.

    What was charged stays charged, whatever becomes of the decision, and one that is thought again after a crash is
    charged again: it errs towards exploring less.
    """
    declared = decision.exploration
    assert declared is not None
    limit = micros_of(declared.loss_day_max)

    def grant(at: datetime, loss: int) -> bool:
        where = _where(pack.name, decision.name, at)
        with store.write() as unit:
            (spent,) = unit.usage.read([where])
            if spent + loss > limit:
                return False
            unit.usage.add(*where, loss)
        return True

    return grant


def as_it_was(choice: Mapping[str, Any]) -> Grant | None:
    """The budget as a recorded choice found it; None where nothing was to be explored. Nothing is charged."""
    record = choice.get("exploration")
    if record is None:
        return None
    said: bool = record["said"] == "explored"
    return lambda at, loss: said


def exploration_now(store: Store, pack: Pack, decision: Decision, at: datetime) -> dict[str, Any] | None:
    """What a decision may explore, and what of the day's budget is spent; None where it explores nothing."""
    declared: Exploration | None = decision.exploration
    if declared is None:
        return None
    with store.read() as unit:
        (spent,) = unit.usage.read([_where(pack.name, decision.name, at)])
    return {**declared.to_json(), "day": at.astimezone(UTC).date().isoformat(), "spent": spent / MICROS}


def _where(pack: str, decision: str, at: datetime) -> tuple[str, str]:
    return f"exploration/{pack}/{decision}", at.astimezone(UTC).date().isoformat()
