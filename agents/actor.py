"""The actor: commits to an action and carries it out exactly once.

The commit counts the action against the policy's limits, stores the planned effect under a unique key and what the
action obliges to, in one unit of work. The execution logs each attempt before it is made; after a crash or a time-out
the effect is in doubt, and the connector is asked before anything is repeated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from remit.agents.answer import conclude, record_judgement
from remit.agents.escalation import void_review, within
from remit.agents.guard import counted, facts_of, judge
from remit.agents.obligations import record_obligations, void_obligations
from remit.agents.ports import ConnectorAnswer, Deps, Unit
from remit.agents.records import PlannedEffect, StoredDecision, action_digest, judged
from remit.agents.state import State, judged_anew, row_stage
from remit.core.errors import Corrupted
from remit.policies.limits import Budget, Draw, as_json, places

ATTEMPTS_MAX = 3


def commit(state: State, deps: Deps) -> State:
    """Commit to the action: count it, and plan its effect; or conclude as advice where the pack does not act.

    What other decisions have used of a limit since the verdict counts: within this unit of work the verdict is given
    again, by the present counts. An action that it no longer allows, or that a reviewer was not shown like that, is not
    committed to.
    """
    action = state["proposal"]["action"]
    connector = deps.decision.actions[action["name"]].connector
    before = (row_stage(state),)
    acts = deps.decision.autonomy in ("act", "approve_all")
    with deps.store.write() as unit:
        if connector is None or not acts:
            if judged_anew(state):
                record_judgement(unit, deps, state)
            if acts:
                record_obligations(unit, deps.run, state["verdict"])
            conclude(unit, deps, "advised", before=before)
            return {"stage": "advised"}
        now = deps.clock.now()
        budgets = deps.decision.policy.budgets(facts_of(state, deps.run, datetime.fromisoformat(state["at"])))
        again = _judged_again(unit, deps, state, budgets, now)
        if judged_anew(state):
            if again["verdict"]["effect"] != "allow":
                return again
            record_judgement(unit, deps, {**state, **again})
        elif within(again["verdict"], state["verdict"]):
            again = {"verdict": state["verdict"]}  # what the reviewer was shown is on record, and stands
        else:
            review = unit.reviews.get(unit.decisions.get(deps.run.decision_id).review_id or "")
            void_review(unit, deps, review, ["limits"], now)
            return {**again, "stage": "stale"}
        _plan(unit, deps, connector, action, _count(unit, deps, budgets, now))
        record_obligations(unit, deps.run, again["verdict"])
        unit.decisions.move(deps.run.decision_id, before, "committed")
    return {**again, "stage": "committed"}


def _judged_again(unit: Unit, deps: Deps, state: State, budgets: Sequence[Budget], now: datetime) -> State:
    """Verdict and usage by what is counted now, which nobody else can change before this unit ends."""
    if not budgets:
        return {"verdict": state["verdict"]}
    usage = counted(budgets, unit, now)
    verdict = judge(state, deps, datetime.fromisoformat(state["at"]), usage)
    return {"verdict": verdict.to_json(), "usage": as_json(usage)}


def _count(unit: Unit, deps: Deps, budgets: Sequence[Budget], now: datetime) -> dict[str, Any]:
    """Count what the action takes from each limit. It stays counted even when the connector then refuses to act.

    An amount is a fact of the case, so the ledger has its commitment only.
    """
    draws = [each for each in budgets if isinstance(each, Draw)]
    counts: list[dict[str, str]] = []
    for each, (key, window) in zip(draws, places(draws, now), strict=True):
        unit.usage.add(key, window, each.amount)
        amount = deps.run.commit([each.limit.id, each.amount])
        counts.append({"limit": each.limit.id, "window": window, "amount_commit": amount})
    return {"counted": counts} if counts else {}


def _plan(unit: Unit, deps: Deps, connector: str, action: Mapping[str, Any], counts: Mapping[str, Any]) -> None:
    """Store the effect that is to be carried out."""
    key = action_digest(deps.run.decision_id, action["name"], action["args"])
    unit.effects.plan(PlannedEffect(key, deps.run.decision_id, connector, action["name"], action["args"]))
    unit.journal.append(
        "effect.planned",
        decision_id=deps.run.decision_id,
        actor=deps.run.actor,
        step="commit",
        body={"idempotency_key": key, "connector": connector, "action": action["name"], **counts},
    )


def execute(state: State, deps: Deps) -> State:
    """Carry the effect out. Everything is read again from the store: no state that was handed in is trusted."""
    with deps.store.read() as unit:
        stored = unit.decisions.get(deps.run.decision_id)
        effect = unit.effects.of(deps.run.decision_id)
    effect = _checked(stored, effect, deps)
    for attempts_left in range(ATTEMPTS_MAX, -1, -1):
        doubtful = False
        if effect.state != "planned":
            earlier = deps.connectors.lookup(effect, deps.run.case)
            if earlier is not None and earlier.state == "confirmed":
                return _confirm(effect, deps, earlier)
            doubtful = earlier is None
            if doubtful and not deps.connectors.repeatable(effect):
                return _give_up(effect, deps, "an attempt was cut off and the connector cannot tell what came of it")
        if not attempts_left:
            break
        effect = _begin_attempt(effect, deps)
        answer = deps.connectors.call(effect, deps.run.case)
        if answer.state == "confirmed":
            return _confirm(effect, deps, answer)
        if answer.state == "failed" and not doubtful:
            return _fail(effect, deps, answer.error or "the connector refused")
        # A refusal now says nothing of an earlier attempt that nobody could clear up.
        effect = _doubt(effect, deps, answer.error)
    return _give_up(effect, deps, f"not confirmed after {effect.attempts} attempts: {effect.error}")


def _checked(stored: StoredDecision, effect: PlannedEffect | None, deps: Deps) -> PlannedEffect:
    """The effect must be the one that was judged, to the byte, and go through the connector of its action."""
    if effect is None:
        raise Corrupted(f"decision {stored.run.decision_id} is committed but has no planned effect")
    action = judged(stored).proposal["action"]
    expected = action_digest(stored.run.decision_id, action["name"], action["args"])
    planned = action_digest(stored.run.decision_id, effect.action, effect.args)
    same = expected == planned == effect.key == stored.action_digest
    if not same or effect.connector != deps.decision.actions[effect.action].connector:
        raise Corrupted(
            f"the effect of decision {stored.run.decision_id} is not the action that was judged",
            mend="nothing was executed; run `remit ledger verify`",
        )
    return effect


def _begin_attempt(effect: PlannedEffect, deps: Deps) -> PlannedEffect:
    with deps.store.write() as unit:
        attempted = unit.effects.advance(effect.key, ("planned", "attempted", "in_doubt"), "attempted")
        unit.journal.append(
            "effect.attempted",
            decision_id=deps.run.decision_id,
            actor=deps.run.actor,
            step="execute",
            body={"idempotency_key": effect.key, "attempt": attempted.attempts},
        )
    return attempted


def _confirm(effect: PlannedEffect, deps: Deps, answer: ConnectorAnswer) -> State:
    with deps.store.write() as unit:
        unit.effects.advance(effect.key, ("attempted", "in_doubt"), "confirmed", result=answer.result)
        unit.journal.append(
            "effect.confirmed",
            decision_id=deps.run.decision_id,
            actor=deps.run.actor,
            step="execute",
            body={"idempotency_key": effect.key, "attempt": effect.attempts},
        )
        conclude(unit, deps, "executed", before=("committed",), effect_result=answer.result)
    return {"stage": "executed"}


def _doubt(effect: PlannedEffect, deps: Deps, error: str | None) -> PlannedEffect:
    with deps.store.write() as unit:
        doubtful = unit.effects.advance(effect.key, ("attempted", "in_doubt"), "in_doubt", error=error)
        unit.journal.append(
            "effect.in_doubt",
            decision_id=deps.run.decision_id,
            actor=deps.run.actor,
            step="execute",
            body={"idempotency_key": effect.key, "error_commit": deps.run.commit(error or "")},
        )
    return doubtful


def _fail(effect: PlannedEffect, deps: Deps, error: str) -> State:
    """The connector says that it surely did not act: the decision failed, and nothing is in doubt."""
    with deps.store.write() as unit:
        unit.effects.advance(effect.key, ("attempted", "in_doubt"), "failed", error=error)
        unit.journal.append(
            "effect.failed",
            decision_id=deps.run.decision_id,
            actor=deps.run.actor,
            step="execute",
            body={"idempotency_key": effect.key, "error_commit": deps.run.commit(error)},
        )
        void_obligations(unit, deps.run)
        conclude(unit, deps, "failed", before=("committed",), note=error)
    return {"stage": "failed"}


def _give_up(effect: PlannedEffect, deps: Deps, error: str) -> State:
    """Nobody knows whether it was done: the effect stays in doubt and a person has to look."""
    note = f"in doubt: {error}; a person has to look before anything is repeated"
    if effect.state == "attempted":
        _doubt(effect, deps, error)
    with deps.store.write() as unit:
        conclude(unit, deps, "failed", before=("committed",), note=note)
    return {"stage": "failed"}
