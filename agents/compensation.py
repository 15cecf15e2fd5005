"""The compensation: what was carried out is undone by the action that its connector declared for that, and only by it.

It is an effect of its own, under its own key, and is carried through like any other. The decision stays executed.
"""

from __future__ import annotations

from dataclasses import replace

from remit.agents.attempts import carry_through, record_end, record_plan
from remit.agents.ports import Connectors, Store, Unit
from remit.agents.records import UNSETTLED, PlannedEffect, Run, StoredDecision, is_as_judged
from remit.core.canonical import digest
from remit.core.errors import Corrupted, NotFound
from remit.core.words import Actor


def plan_compensation(
    unit: Unit, run: Run, effect: PlannedEffect, connector: str, by: Actor, role: str, reason: str
) -> None:
    """Store the intent to undo an effect, before anything is done. Raises Conflict when it is stored already."""
    record_plan(unit, run, undoing(effect, connector, by), {"undoes": effect.key, "role": role, "reason": reason})


def undoing(effect: PlannedEffect, connector: str, by: Actor) -> PlannedEffect:
    """What undoes an effect. Its key follows from the effect's, so that there is one compensation of one effect."""
    return PlannedEffect(
        key=digest({"decision_id": effect.decision_id, "undoes": effect.key}),
        decision_id=effect.decision_id,
        connector=connector,
        action=effect.action,
        args={"undoes": effect.key, "args": effect.args, "result": effect.result},
        kind="compensation",
        by=by,
    )


def carry_out_compensation(run: Run, store: Store, connectors: Connectors) -> PlannedEffect:
    """Carry out what was planned to undo a decision's effect, and give it as it stands by then.

    Raises:
        NotFound: nobody has asked to undo it.
        Corrupted: what is stored is not what was judged and declared; nothing of it was carried out.
    """
    with store.read() as unit:
        stored = unit.decisions.get(run.decision_id)
        effect = unit.effects.of(run.decision_id)
        planned = unit.effects.of(run.decision_id, "compensation")
    if planned is None:
        raise NotFound(f"decision {run.decision_id} has no compensation", mend="see `remit explain`")
    if planned.state not in UNSETTLED or stored.erased_at is not None:
        return planned
    _must_be_genuine(stored, effect, planned, connectors)
    compensation, answer = carry_through(planned, run, store, connectors)
    if answer.state == "in_doubt":
        return compensation
    with store.write() as unit:
        return record_end(unit, run, compensation, answer)


def _must_be_genuine(
    stored: StoredDecision, effect: PlannedEffect | None, planned: PlannedEffect, connectors: Connectors
) -> None:
    """It must undo exactly what was judged and done, through the connector that the pack declares for it."""
    if effect is not None and effect.state == "confirmed" and is_as_judged(effect, stored) and planned.by is not None:
        declared = connectors.compensation(effect)
        begun = replace(planned, state="planned", attempts=0, result=None, error=None)
        if declared is not None and begun == undoing(effect, declared, planned.by):
            return
    raise Corrupted(
        f"the compensation of decision {stored.run.decision_id} is not that of what was carried out",
        mend="nothing of it was carried out; run `remit ledger verify`",
    )
