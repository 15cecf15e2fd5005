"""Effects and usage in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from remit.adapters.memory.tables import Tables, copied
from remit.agents.records import DONE, UNSETTLED, EffectKind, EffectState, Obligation, ObligationState, PlannedEffect
from remit.core.errors import Conflict
from remit.core.scalars import INT64_MAX


class MemoryEffects:
    """`remit.agents.ports.Effects` over the tables of one unit of work."""

    def __init__(self, tables: Tables) -> None:
        self._effects = tables.effects

    def plan(self, effect: PlannedEffect) -> None:
        if effect.key in self._effects or self.of(effect.decision_id, effect.kind) is not None:
            raise Conflict(f"the {effect.kind} of decision {effect.decision_id} is planned already")
        self._effects[effect.key] = _apart(effect)

    def of(self, decision_id: str, kind: EffectKind = "action") -> PlannedEffect | None:
        wanted = (decision_id, kind)
        found = (effect for effect in self._effects.values() if (effect.decision_id, effect.kind) == wanted)
        effect = next(found, None)
        return None if effect is None else _apart(effect)

    def compensating(self) -> list[str]:
        kind = "compensation"
        return sorted(
            each.decision_id for each in self._effects.values() if each.kind == kind and each.state in UNSETTLED
        )

    def advance(
        self,
        key: str,
        before: Sequence[EffectState],
        after: EffectState,
        *,
        result: dict[str, Any] | None = None,
        error: str | None = None,
    ) -> PlannedEffect:
        effect = self._effects.get(key)
        if effect is None or effect.state not in before:
            raise Conflict(f"the effect {key} has moved on", mend="look at the decision again: `remit explain`")
        self._effects[key] = replace(
            effect,
            state=after,
            attempts=effect.attempts + (after == "attempted"),
            result=effect.result if result is None else copied(result),
            error=copied(error),
        )
        return _apart(self._effects[key])


class MemoryObligations:
    """`remit.agents.ports.Obligations` over the tables of one unit of work."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, obligation: Obligation) -> None:
        if obligation.key in self._tables.obligations:
            raise Conflict(f"decision {obligation.decision_id} owes this already")
        self._tables.obligations[obligation.key] = obligation

    def of(self, decision_id: str) -> list[Obligation]:
        found = (each for each in self._tables.obligations.values() if each.decision_id == decision_id)
        return sorted(found, key=lambda each: each.key)

    def due(self) -> list[str]:
        decisions = self._tables.decisions
        pending = (each.decision_id for each in self._tables.obligations.values() if each.state == "pending")
        return sorted({decision_id for decision_id in pending if decisions[decision_id].stage in DONE})

    def settle(
        self, key: str, after: ObligationState, *, result: dict[str, Any] | None = None, error: str | None = None
    ) -> Obligation:
        before = self._tables.obligations.get(key)
        if before is None or before.state != "pending":
            raise Conflict(f"the obligation {key} is not pending", mend="look at the decision again: `remit explain`")
        attempts = before.attempts + (after != "void")
        settled = replace(before, state=after, attempts=attempts, result=copied(result), error=error)
        self._tables.obligations[key] = settled
        return settled


class MemoryUsage:
    """`remit.agents.ports.Usage` over the tables of one unit of work."""

    def __init__(self, tables: Tables) -> None:
        self._usage = tables.usage

    def read(self, budgets: Sequence[tuple[str, str]]) -> list[int]:
        return [self._usage.get(budget, 0) for budget in budgets]

    def add(self, key: str, window: str, amount: int) -> None:
        self._usage[key, window] = min(self._usage.get((key, window), 0) + amount, INT64_MAX)


def _apart(effect: PlannedEffect) -> PlannedEffect:
    """The same effect, which shares nothing with the caller's that could be changed."""
    return replace(effect, args=copied(effect.args), result=copied(effect.result))
