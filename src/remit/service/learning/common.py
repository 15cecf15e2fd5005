"""What the operations on models share: who may, which model is meant, and what a case was worth under each action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from remit.agents.ports import Unit
from remit.agents.records import StoredDecision
from remit.core.errors import InputError, NotFound, Refused
from remit.core.words import Actor
from remit.learning.holdout import Origin
from remit.learning.outcomes import ReportedOutcome, in_force
from remit.learning.registry import Champion, RegisteredModel
from remit.packs.pack import Decision

AUTOMATION = Actor("remit", "system")
MANAGERS = ("policy_author", "admin")
"""The roles that may register, gate, roll out and take back."""

PREFIX_MIN = 6


def must_manage(actor: Actor) -> None:
    """Only who manages models moves them. Raises Refused."""
    if not set(MANAGERS) & set(actor.roles):
        raise Refused(
            f"{actor.id} has none of the roles that may manage models ({', '.join(MANAGERS)})",
            mend="give --role policy_author, if that is your role",
        )


def meant(models: Sequence[RegisteredModel], sha256: str) -> RegisteredModel:
    """The one registered model whose digest begins so. Raises NotFound, InputError."""
    found = [each for each in models if each.sha256.startswith(sha256)]
    if len(sha256) < PREFIX_MIN or len(found) > 1:
        raise InputError(f"`{sha256}` may be several models", mend="give more of the digest")
    if not found:
        raise NotFound(f"no model {sha256[:12]} is registered", mend="`remit learn status PACK` lists them")
    return found[0]


def champion_of(unit: Unit, pack: str, decision: str) -> Champion | None:
    """The pointer of a decision; None when the model that its pack pins was never replaced."""
    return next((each for each in unit.models.champions() if (each.pack, each.decision) == (pack, decision)), None)


def point(unit: Unit, pack: str, decision: str, sha256: str, *, rollout: str, by: str, why: str, at: datetime) -> None:
    """Flip the pointer: from the next decision on this model proposes."""
    before = champion_of(unit, pack, decision)
    version = before.version + 1 if before else 1
    unit.models.point(Champion(pack, decision, version, sha256, rollout, by, why, at))


def outcome_of(decision: Decision, reports: Sequence[ReportedOutcome]) -> str | None:
    """What became of a case, as far as it is known and not erased."""
    valid = (each.value for each in in_force(reports) if each.name == decision.outcome.name)
    return next(valid, None)


def worth(decision: Decision, stored: StoredDecision, outcome: str | None) -> Mapping[str, float] | None:
    """What each action was worth in a case, as a share (0 to 1) of the spread of its rewards; None when not known.

    The outcome that a pack declares is a fact of the world and not of the action, so it says what every action would
    have been worth. Raises Undecidable.
    """
    if outcome is None or outcome not in decision.outcome.values:
        return None
    rewards = decision.rewards(stored.run.case)
    every = [reward for of in rewards.values() for reward in of.values()]
    low, high = min(every), max(every)
    spread = (high - low) or 1.0
    return {action: (of[outcome] - low) / spread for action, of in rewards.items()}


def origin_of(stored: StoredDecision, is_held: bool) -> Origin:
    """Why a judged decision came out as it did; `is_held` says that its subject is of the holdout."""
    assert stored.judgement is not None
    if is_held:
        return "holdout"
    if stored.judgement.edit or stored.stage == "rejected":
        return "person"
    shares = (stored.judgement.choice or {}).get("probabilities") or {}
    best = max(shares, key=lambda name: shares[name]) if shares else None
    return "explored" if best not in (None, stored.judgement.choice["proposed"]) else "model"
