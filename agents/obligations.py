"""The obligations: what a contract wants done besides an action, recorded with the commit and carried out after it.

They are done at least once, each under its own idempotency key. One that fails undoes nothing: it stays pending, and
is tried again by whoever recovers. It is carried out only where its decision stands; it is void where the action was
surely not carried out, and stays pending where nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from remit.agents.ports import ConnectorAnswer, Connectors, Store, Unit
from remit.agents.records import DONE, Obligation, ObligationState, Run, judged, owed
from remit.core.errors import Corrupted


def record_obligations(unit: Unit, run: Run, verdict: Mapping[str, Any]) -> None:
    """Store what a verdict obliges to, as part of the commit."""
    for each in owed(run.decision_id, verdict):
        unit.obligations.add(each)
        _journal(unit, run, each, "recorded", step="commit")


def void_obligations(unit: Unit, run: Run) -> None:
    """The action was surely not carried out, so nothing is owed for it."""
    for each in unit.obligations.of(run.decision_id):
        if each.state == "pending":
            unit.obligations.settle(each.key, "void")
            _journal(unit, run, each, "voided", step="execute")


def carry_out(
    run: Run, store: Store, connectors: Connectors, last: Callable[[Unit], None] = lambda _: None
) -> list[Obligation]:
    """Carry out what a decision still owes, and give all of its obligations as they are by then.

    Args:
        last: is called at the end of the unit of work that says what came of the last one.

    Raises:
        Corrupted: what is stored as owed is not what was judged; nothing of it was carried out.
    """
    with store.read() as unit:
        stored = unit.decisions.get(run.decision_id)
        found = unit.obligations.of(run.decision_id)
    if stored.stage not in DONE or not any(each.state == "pending" for each in found):
        return found
    judgement = judged(stored)
    genuine = {each.key: each for each in owed(run.decision_id, judgement.verdict)}
    for each in found:
        if genuine.get(each.key) != replace(each, state="pending", attempts=0, result=None, error=None):
            raise Corrupted(
                f"what decision {run.decision_id} owes is not what was judged",
                mend="nothing of it was carried out; run `remit ledger verify`",
            )
    action = judgement.proposal["action"]
    pending = [each for each in found if each.state == "pending"]
    tried: dict[str, Obligation] = {}
    for each in pending:
        answer = connectors.oblige(each, action, run.case)
        with store.write() as unit:
            tried[each.key] = _settled(unit, run, each, answer)
            if len(tried) == len(pending):
                last(unit)
    return [tried.get(each.key, each) for each in found]


def _settled(unit: Unit, run: Run, each: Obligation, answer: ConnectorAnswer) -> Obligation:
    """As it is after a try; pending still when it did not come off."""
    done = answer.state == "confirmed"
    _journal(unit, run, each, "fulfilled" if done else "failed", error=answer.error)
    after: ObligationState = "fulfilled" if done else "pending"
    return unit.obligations.settle(each.key, after, result=answer.result, error=answer.error)


def _journal(
    unit: Unit, run: Run, each: Obligation, verb: str, *, step: str = "oblige", error: str | None = None
) -> None:
    body = {"idempotency_key": each.key, "do": each.do, "to": each.to}
    if error is not None:
        # What went wrong may tell of the case, so the ledger has its commitment only.
        body["error_commit"] = run.commit(error)
    unit.journal.append(f"obligation.{verb}", decision_id=run.decision_id, actor=run.actor, step=step, body=body)
