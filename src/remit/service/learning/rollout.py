"""A person's moves of a rollout: start it, move it to a step, take it back. Each needs a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from remit.agents.ports import Unit
from remit.approvals.reasons import checked_reason
from remit.core.errors import Conflict, InputError, NotFound, Refused
from remit.core.words import Actor
from remit.learning.prompt import is_prompt
from remit.learning.registry import Champion, GateWord
from remit.learning.rollout import Plan, Rollout, ended, moved_by_person, rolled_back_by_person, step_named
from remit.packs.pack import Decision, Pack
from remit.service.learning.common import champion_of, meant, must_manage, point
from remit.service.learning.register import must_pin, register_pinned
from remit.service.services import Services


def start_rollout(
    services: Services,
    pack_ref: str,
    challenger: str,
    actor: Actor,
    reason: str,
    *,
    decision: str | None = None,
    plan: Mapping[str, Any] | None = None,
    despite_gate: bool = False,
) -> dict[str, Any]:
    """Let a registered model propose beside the champion: in its shadow, which is the first step.

    The gate must have said `promote` of it against the present champion; `despite_gate` is a person's word against
    that, and is on record. A rollout that is live ends where the next one begins.

    Args:
        challenger: the model's SHA-256, or the beginning of it.
        plan: what is judged otherwise than by default; see `remit.learning.rollout.Plan`.

    Raises:
        NotFound, SourceError: there is no such pack, decision or model.
        InputError: the reason or the plan is off, or the decision proposes by rules.
        Refused: the actor may not, or the gate has not said so.
        Conflict: another rollout of the decision is under way, or the model is the champion already.
    """
    must_manage(actor)
    reason = checked_reason(reason)
    pack = services.pack(pack_ref)
    chosen = services.decision(pack, decision)
    pin = must_pin(chosen)
    now = services.clock.now()
    with services.store.write() as unit:
        model = meant(unit.models.of(pack.name, chosen.name), challenger)
        settled = _plan(chosen, unit.models.artefact(model.sha256)[0], plan or {})
        if model.sha256 == pin.sha256:
            raise Conflict("this model is the champion already", mend="register another one")
        gate = _gate_word(unit, pack, chosen, model.sha256, pin.sha256)
        if gate != "promote" and not despite_gate:
            raise Refused(
                f"the gate has not passed this model against the present champion (it said: {gate or 'nothing'})",
                code="gate",
                mend="run `remit learn gate`, or say --despite-gate and why",
            )
        register_pinned(services, unit, pack, chosen, actor)
        _first_champion(unit, pack, chosen, pin.sha256, now)
        _end_live(unit, pack, chosen, actor, now)
        rollout = Rollout(
            id=services.ids.new(),
            pack=pack.name,
            decision=chosen.name,
            challenger=model.sha256,
            champion=pin.sha256,
            salt=services.chance.token(8).hex(),
            plan=settled,
            version=1,
            state="running",
            step=0,
            step_since=now,
            reason=reason,
            started_by=actor.id,
            started_at=now,
        )
        unit.models.add_rollout(rollout)
        unit.models.mark(pack.name, chosen.name, model.sha256, "challenger")
        body = {**told(rollout), "plan": settled.to_json(), "gate": gate, "reason": reason}
        unit.journal.append("rollout.started", actor=actor, body=body)
    return rollout.to_json()


def move_rollout(services: Services, rollout_id: str, step: int, actor: Actor, reason: str) -> dict[str, Any]:
    """Move a rollout to a step by hand; automation goes on from there, and never takes it back past it.

    Nobody moves what they registered themselves forward: that takes another person, or automation within its gates.

    Raises:
        NotFound: there is no such rollout.
        InputError: the reason or the step is off.
        Refused: the actor may not, or registered the challenger.
        Conflict: it has ended, or somebody else moved it first.
    """
    must_manage(actor)
    reason = checked_reason(reason)
    now = services.clock.now()
    with services.store.write() as unit:
        before = unit.models.rollout(rollout_id)
        author = unit.models.get(before.pack, before.decision, before.challenger).registered_by
        if step > before.step and author == actor.id:
            raise Refused(
                f"{actor.id} registered this model and may not move it forward",
                mend="another person has to, or automation does by what outcomes say",
            )
        after = moved_by_person(before, step, actor.id, reason, now)
        unit.models.save_rollout(after)
        follow(unit, before, after, actor.id, reason, now)
        unit.journal.append("rollout.moved", actor=actor, body={**told(after), "reason": reason})
    return after.to_json()


def move_running(
    services: Services, pack_ref: str, step: str, actor: Actor, reason: str, *, decision: str | None = None
) -> dict[str, Any]:
    """Move the running rollout of a decision to a step by its name; see `move_rollout`. Raises NotFound: none runs."""
    pack = services.pack(pack_ref)
    chosen = services.decision(pack, decision)
    with services.store.read() as unit:
        running = _running(unit, pack.name, chosen.name)
    if running is None:
        raise NotFound(f"no rollout of `{chosen.name}` is running", mend="start one: `remit learn rollout --model`")
    return move_rollout(services, running.id, step_named(step), actor, reason)


def roll_back(
    services: Services, pack_ref: str, actor: Actor, reason: str, *, decision: str | None = None
) -> dict[str, Any]:
    """Take the challenger of a decision back at once, whatever its step: the champion before it decides again.

    Without a running rollout the pointer goes back to the champion before the present one. Gives the rollout, if there
    is one, and the champion that counts from now on.

    Raises:
        NotFound: there is nothing to go back to.
        InputError: the reason is missing.
        Refused: the actor may not.
    """
    must_manage(actor)
    reason = checked_reason(reason)
    pack = services.pack(pack_ref)
    chosen = services.decision(pack, decision)
    now = services.clock.now()
    after: Rollout | None = None
    with services.store.write() as unit:
        running = _running(unit, pack.name, chosen.name)
        if running is not None:
            after = rolled_back_by_person(unit.models.rollout(running.id), actor.id, reason, now)
            unit.models.save_rollout(after)
            follow(unit, running, after, actor.id, reason, now)
            body = {**told(after), "reason": reason}
        else:
            earlier = _earlier(unit, pack.name, chosen.name)
            unit.models.point(_back_to(earlier, unit, actor.id, reason, now))
            body = {"pack": pack.name, "decision": chosen.name, "champion": earlier.sha256, "reason": reason}
        unit.journal.append("rollout.rolled_back", actor=actor, body=body)
        champion = champion_of(unit, pack.name, chosen.name)
    return {"rollout": after and after.to_json(), "champion": champion and champion.to_json()}


def follow(unit: Unit, before: Rollout, after: Rollout, by: str, why: str, now: datetime) -> None:
    """What a rollout's move means for its models: the pointer when it goes live or back from it, and their states."""
    of = (before.pack, before.decision)
    if after.is_live and not before.is_live:
        point(unit, *of, after.challenger, rollout=after.id, by=by, why=why, at=now)
        unit.models.mark(*of, after.challenger, "champion")
        unit.models.mark(*of, after.champion, "retired")
    elif before.is_live and not after.is_live and after.state != "ended":
        point(unit, *of, before.champion, rollout=after.id, by=by, why=why, at=now)
        unit.models.mark(*of, after.champion, "champion")
        unit.models.mark(*of, after.challenger, "challenger")
    if after.state == "rolled_back":
        unit.models.mark(*of, after.challenger, "rolled_back")


def told(rollout: Rollout) -> dict[str, Any]:
    """How the ledger speaks of a rollout."""
    said = rollout.to_json()
    return {name: said[name] for name in ("rollout_id", "pack", "decision", "challenger", "champion", "step", "share")}


def _plan(decision: Decision, artefact: bytes, changes: Mapping[str, Any]) -> Plan:
    usual: dict[str, Any] = {"horizon_days": decision.outcome.horizon_days}
    if is_prompt(artefact) and changes.get("updates_max"):
        raise InputError("a prompt version is never updated online", code="rollout", mend="make another version")
    try:
        return Plan(**{**usual, **changes})
    except TypeError as error:
        raise InputError(f"a rollout's plan has no such part: {error}", code="rollout", mend="mend the plan") from error


def _gate_word(unit: Unit, pack: Pack, decision: Decision, challenger: str, champion: str) -> GateWord | None:
    """What the gate said last of these two; what it said before the challenger was taken back does not count."""
    of = (pack.name, decision.name)
    taken_back = [
        each.ended_at
        for each in unit.models.rollouts(*of)
        if each.challenger == challenger and each.ended_at is not None
    ]
    said = [
        each.word
        for each in unit.models.gates(*of)
        if (each.challenger, each.champion) == (challenger, champion) and all(each.at > end for end in taken_back)
    ]
    return said[-1] if said else None


def _first_champion(unit: Unit, pack: Pack, decision: Decision, sha256: str, now: datetime) -> None:
    if champion_of(unit, pack.name, decision.name) is None:
        why = "pinned by the pack"
        unit.models.point(Champion(pack.name, decision.name, 1, sha256, None, pack.model.metadata.owner, why, now))


def _end_live(unit: Unit, pack: Pack, decision: Decision, actor: Actor, now: datetime) -> None:
    live = _running(unit, pack.name, decision.name)
    if live is not None and live.is_live:
        over = ended(unit.models.rollout(live.id), actor.id, now)
        unit.models.save_rollout(over)
        unit.journal.append("rollout.ended", actor=actor, body=told(over))


def _running(unit: Unit, pack: str, decision: str) -> Rollout | None:
    return next((each for each in unit.models.running() if (each.pack, each.decision) == (pack, decision)), None)


def _earlier(unit: Unit, pack: str, decision: str) -> Champion:
    """The champion before the present one."""
    succession = unit.models.succession(pack, decision)
    if len(succession) < 2:
        raise NotFound(f"`{decision}` has no champion before the present one", mend="there is nothing to take back")
    return next((each for each in reversed(succession) if each.sha256 != succession[-1].sha256), succession[0])


def _back_to(earlier: Champion, unit: Unit, by: str, reason: str, now: datetime) -> Champion:
    version = unit.models.succession(earlier.pack, earlier.decision)[-1].version + 1
    return Champion(earlier.pack, earlier.decision, version, earlier.sha256, None, by, reason, now)
