"""Attempts: an effect is carried through exactly once, whatever its connector answers and wherever a process dies.

Each attempt is logged before it is made. After a crash or a time-out the effect is in doubt, and the connector is asked
before anything is repeated. It is the same for an action and for what compensates it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from remit.agents.ports import ConnectorAnswer, Connectors, Store, Unit
from remit.agents.records import EffectKind, EffectState, PlannedEffect, Run

ATTEMPTS_MAX = 3

_EVENTS: Mapping[EffectKind, Mapping[EffectState, str]] = {
    "action": {
        "planned": "effect.planned",
        "attempted": "effect.attempted",
        "in_doubt": "effect.in_doubt",
        "confirmed": "effect.confirmed",
        "failed": "effect.failed",
    },
    "compensation": {
        "planned": "effect.compensation_planned",
        "attempted": "effect.compensation_attempted",
        "in_doubt": "effect.compensation_in_doubt",
        "confirmed": "effect.compensated",
        "failed": "effect.compensation_failed",
    },
}
_STEPS: Mapping[EffectKind, str] = {"action": "execute", "compensation": "compensate"}


def carry_through(
    effect: PlannedEffect, run: Run, store: Store, connectors: Connectors, *, begun: bool = False
) -> tuple[PlannedEffect, ConnectorAnswer]:
    """Attempt an effect until something is known of it, and give it as it stands by then, with what is known.

    That it is `confirmed` or `failed` (it was surely not done) is left to the caller to record, with `record_end` and
    whatever follows from it. `in_doubt` is recorded: nobody knows whether it was done, and a person has to look.

    Args:
        begun: this very run has logged the attempt that the effect stands at, and is about to make it.
    """
    for attempts_left in range(ATTEMPTS_MAX, -1, -1):
        doubtful = False
        if effect.state != "planned" and not begun:
            earlier = connectors.lookup(effect, run.case)
            if earlier is not None and earlier.state == "confirmed":
                return effect, earlier
            doubtful = earlier is None
            if doubtful and not connectors.repeatable(effect):
                cut_off = "an attempt was cut off and the connector cannot tell what came of it"
                return _left_in_doubt(effect, run, store, cut_off)
        if not attempts_left:
            break
        if not begun:
            with store.write() as unit:
                effect = begin_attempt(unit, run, effect)
        begun = False
        answer = connectors.call(effect, run.case)
        if answer.state == "confirmed":
            return effect, answer
        if answer.state == "failed" and not doubtful:
            return effect, replace(answer, error=answer.error or "the connector refused")
        # A refusal now says nothing of an earlier attempt that nobody could clear up.
        effect = _doubt(effect, run, store, answer.error)
    return _left_in_doubt(effect, run, store, f"not confirmed after {effect.attempts} attempts: {effect.error}")


def record_plan(unit: Unit, run: Run, effect: PlannedEffect, body: Mapping[str, Any]) -> None:
    """Store an effect that is to be carried out, and its event with what else there is to say."""
    unit.effects.plan(effect)
    step = "commit" if effect.kind == "action" else _STEPS[effect.kind]
    said = {"idempotency_key": effect.key, "connector": effect.connector, "action": effect.action, **body}
    _journal(unit, run, effect, "planned", said, step)


def begin_attempt(unit: Unit, run: Run, effect: PlannedEffect) -> PlannedEffect:
    """Log that the connector is about to be called. Who dies after this leaves a doubt, and never acts twice."""
    attempted = unit.effects.advance(effect.key, ("planned", "attempted", "in_doubt"), "attempted")
    _journal(unit, run, effect, "attempted", {"attempt": attempted.attempts})
    return attempted


def record_end(unit: Unit, run: Run, effect: PlannedEffect, answer: ConnectorAnswer) -> PlannedEffect:
    """Store that it was done, or that it surely was not, and its event.

    What went wrong may tell of the case, so the ledger has its commitment only.
    """
    before: tuple[EffectState, ...] = ("attempted", "in_doubt")
    if answer.state == "confirmed":
        ended = unit.effects.advance(effect.key, before, "confirmed", result=answer.result)
        _journal(unit, run, effect, "confirmed", {"attempt": effect.attempts})
    else:
        ended = unit.effects.advance(effect.key, before, "failed", error=answer.error)
        _journal(unit, run, effect, "failed", {"error_commit": run.commit(answer.error)})
    return ended


def _doubt(effect: PlannedEffect, run: Run, store: Store, error: str | None) -> PlannedEffect:
    with store.write() as unit:
        doubtful = unit.effects.advance(effect.key, ("attempted", "in_doubt"), "in_doubt", error=error)
        _journal(unit, run, effect, "in_doubt", {"error_commit": run.commit(error or "")})
    return doubtful


def _left_in_doubt(effect: PlannedEffect, run: Run, store: Store, error: str) -> tuple[PlannedEffect, ConnectorAnswer]:
    left = _doubt(effect, run, store, error) if effect.state == "attempted" else effect
    return left, ConnectorAnswer("in_doubt", error=error)


def _journal(
    unit: Unit, run: Run, effect: PlannedEffect, state: EffectState, body: Mapping[str, Any], step: str | None = None
) -> None:
    unit.journal.append(
        _EVENTS[effect.kind][state],
        decision_id=run.decision_id,
        actor=effect.by or run.actor,
        step=step or _STEPS[effect.kind],
        body={"idempotency_key": effect.key, **body},
    )
