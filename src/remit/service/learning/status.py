"""Where learning stands for a decision: its champion, its models, what the gate said, and every rollout."""

from __future__ import annotations

from typing import Any

from remit.learning.rollout import judge
from remit.service.exploring import exploration_now
from remit.service.learning.common import champion_of
from remit.service.learning.evidence import evidence_of
from remit.service.services import Services


def learning_status(services: Services, pack_ref: str, *, decision: str | None = None) -> dict[str, Any]:
    """Everything that is on record of a decision's models, and what automation would do with a running rollout now.

    Raises:
        NotFound, SourceError, InputError: there is no such pack or decision.
    """
    pack = services.pack(pack_ref)
    chosen = services.decision(pack, decision)
    of = (pack.name, chosen.name)
    with services.store.read() as unit:
        models, gates = unit.models.of(*of), unit.models.gates(*of)
        rollouts, succession = unit.models.rollouts(*of), unit.models.succession(*of)
        champion = champion_of(unit, *of)
        watch, alarms = unit.watches.get(*of), unit.watches.alarms(*of)
    running = next((each for each in rollouts if each.state == "running"), None)
    return {
        "pack": pack.name,
        "decision": chosen.name,
        "deciding": chosen.model.sha256 if chosen.model else None,
        "champion": champion and champion.to_json(),
        "succession": [each.to_json() for each in succession],
        "holdout": chosen.holdout,
        "exploration": exploration_now(services.store, pack, chosen, services.clock.now()),
        "models": [each.to_json() for each in models],
        "gates": [_without_state(each.to_json()) for each in gates],
        "rollouts": [each.to_json() for each in rollouts],
        "now": None if running is None else _now(services, running),
        "watch": {**watch.to_json(), "alarms": [each.to_json() for each in alarms if each.acknowledged_at is None]},
    }


def _now(services: Services, running: Any) -> dict[str, Any]:
    """What is known of the running rollout's step at this moment."""
    evidence = evidence_of(services, running, services.clock.now())
    move = judge(running, evidence)
    return {**evidence.to_json(), "would": move.verb, "why": move.why}


def _without_state(gate: dict[str, Any]) -> dict[str, Any]:
    """What the next look goes on from is nothing to read."""
    return {**gate, "report": {name: part for name, part in gate["report"].items() if name != "state"}}
