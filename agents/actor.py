"""The actor: commits to an action and carries it out exactly once.

The commit counts the action against the policy's limits, stores the planned effect under a unique key, what the action
obliges to and that it is about to be attempted, in one unit of work. The execution carries it through, and concludes
with what came of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from remit.agents.answer import conclude, record_judgement, say
from remit.agents.attempts import begin_attempt, carry_through, record_end, record_plan
from remit.agents.escalation import void_review, within
from remit.agents.guard import counted, facts_of, judge
from remit.agents.obligations import record_obligations, void_obligations
from remit.agents.ports import ConnectorAnswer, Deps, Unit
from remit.agents.records import PlannedEffect, StoredDecision, action_digest, is_as_judged
from remit.agents.rivals import hear
from remit.agents.state import State, judged_anew, row_stage
from remit.approvals.review import Review, act_on
from remit.core.errors import Corrupted
from remit.policies.limits import Budget, Draw, as_json, places


def commit(state: State, deps: Deps) -> State:
    """Commit to the action: count it, and plan its effect; or conclude as advice where the pack does not act.

    What other decisions have used of a limit since the verdict counts: within this unit of work the verdict is given
    again, by the present counts. An action that it no longer allows, or that a reviewer was not shown like that, is not
    committed to.
    """
    action = state["proposal"]["action"]
    connector = deps.decision.actions[action["name"]].connector
    before = (row_stage(state),)
    state = hear(state, deps)
    heard: State = {"tape": state["tape"], "rival": state["rival"]} if state.get("rival") else {}
    acts = deps.decision.autonomy in ("act", "approve_all")
    with deps.store.write() as unit:
        now = deps.clock.now()
        if connector is None or not acts:
            if judged_anew(state):
                record_judgement(unit, deps, state)
            elif not _uses_the_approval_up(unit, deps, now):
                return {"stage": "awaiting_review"}
            if acts:
                record_obligations(unit, deps.run, state["verdict"])
            conclude(unit, deps.run, "advised", before=before)
            say(unit, deps, state)
            return {"stage": "advised"}
        budgets = deps.decision.policy.budgets(facts_of(state, deps.run, datetime.fromisoformat(state["at"])))
        again = _judged_again(unit, deps, state, budgets, now)
        if judged_anew(state):
            if again["verdict"]["effect"] != "allow":
                return {**heard, **again}
            record_judgement(unit, deps, {**state, **again})
        elif not within(again["verdict"], state["verdict"]):
            return _outrun(unit, deps, again, now)
        elif not _uses_the_approval_up(unit, deps, now):
            return {"stage": "awaiting_review"}
        else:
            again = {"verdict": state["verdict"]}  # what the reviewer was shown is on record, and stands
        effect = _plan(unit, deps, connector, action, _count(unit, deps, budgets, now))
        record_obligations(unit, deps.run, again["verdict"])
        unit.decisions.move(deps.run.decision_id, before, "committed")
        attempt = begin_attempt(unit, deps.run, effect).attempts
    return {**again, "stage": "committed", "attempt": attempt}


def _uses_the_approval_up(unit: Unit, deps: Deps, now: datetime) -> bool:
    """Use the approval up, in this very unit, so that it cannot be taken back any more; False when it was by now."""
    review = _review_of(unit, deps)
    if review.state == "approved":
        unit.reviews.save(act_on(review, now))
        return True
    return False


def _outrun(unit: Unit, deps: Deps, again: State, now: datetime) -> State:
    """What others have used of a limit since the reviewer looked voids the approval, if it is one still."""
    review = _review_of(unit, deps)
    if review.state != "approved":
        return {"stage": "awaiting_review"}
    void_review(unit, deps, review, ["limits"], now)
    return {**again, "stage": "stale"}


def _review_of(unit: Unit, deps: Deps) -> Review:
    return unit.reviews.get(unit.decisions.get(deps.run.decision_id).review_id or "")


def _judged_again(unit: Unit, deps: Deps, state: State, budgets: Sequence[Budget], now: datetime) -> State:
    """Verdict and usage by what is counted now, which nobody else can change before this unit ends."""
    if not budgets:
        return {"verdict": state["verdict"]}
    usage = counted(budgets, unit, now)
    if as_json(usage) == state.get("usage"):
        return {"verdict": state["verdict"]}  # it was given by these very counts
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


def _plan(
    unit: Unit, deps: Deps, connector: str, action: Mapping[str, Any], counts: Mapping[str, Any]
) -> PlannedEffect:
    """Store the effect that is to be carried out."""
    key = action_digest(deps.run.decision_id, action["name"], action["args"])
    effect = PlannedEffect(key, deps.run.decision_id, connector, action["name"], action["args"])
    record_plan(unit, deps.run, effect, counts)
    return effect


def execute(state: State, deps: Deps) -> State:
    """Carry the effect out. Everything is read again from the store: no state that was handed in is trusted.

    Only that this run itself has logged an attempt is taken from it: a run that is re-entered after a crash knows of
    none, and asks the connector before anything is repeated.
    """
    with deps.store.read() as unit:
        stored = unit.decisions.get(deps.run.decision_id)
        effect = unit.effects.of(deps.run.decision_id)
    effect = _checked(stored, effect, deps)
    begun = effect.state == "attempted" and effect.attempts == state.get("attempt")
    effect, answer = carry_through(effect, deps.run, deps.store, deps.connectors, begun=begun)
    if answer.state == "confirmed":
        return _confirm(effect, deps, state, answer)
    if answer.state == "failed":
        return _fail(effect, deps, state, answer)
    return _give_up(deps, state, answer)


def _checked(stored: StoredDecision, effect: PlannedEffect | None, deps: Deps) -> PlannedEffect:
    """The effect must be the one that was judged, to the byte, and go through the connector of its action."""
    if effect is None:
        raise Corrupted(f"decision {stored.run.decision_id} is committed but has no planned effect")
    if not is_as_judged(effect, stored) or effect.connector != deps.decision.actions[effect.action].connector:
        raise Corrupted(
            f"the effect of decision {stored.run.decision_id} is not the action that was judged",
            mend="nothing was executed; run `remit ledger verify`",
        )
    return effect


def _confirm(effect: PlannedEffect, deps: Deps, state: State, answer: ConnectorAnswer) -> State:
    with deps.store.write() as unit:
        record_end(unit, deps.run, effect, answer)
        conclude(unit, deps.run, "executed", before=("committed",), effect_result=answer.result)
        say(unit, deps, state)
    return {"stage": "executed"}


def _fail(effect: PlannedEffect, deps: Deps, state: State, answer: ConnectorAnswer) -> State:
    """The connector says that it surely did not act: the decision failed, and nothing is in doubt."""
    with deps.store.write() as unit:
        record_end(unit, deps.run, effect, answer)
        void_obligations(unit, deps.run)
        conclude(unit, deps.run, "failed", before=("committed",), note=answer.error)
        say(unit, deps, state)
    return {"stage": "failed"}


def _give_up(deps: Deps, state: State, answer: ConnectorAnswer) -> State:
    """Nobody knows whether it was done: the effect stays in doubt and a person has to look."""
    note = f"in doubt: {answer.error}; a person has to look before anything is repeated"
    with deps.store.write() as unit:
        conclude(unit, deps.run, "failed", before=("committed",), note=note)
        say(unit, deps, state)
    return {"stage": "failed"}
