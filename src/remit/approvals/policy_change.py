"""A change of a policy contract: its states and the moves between them. Pure: each takes a change and gives the next.

    proposed -> shadowing -> active -> superseded
       │  └──────────────────^  └────> rolled_back
       └────────┴──> rejected

A change is bound to the contract that was in force when it was proposed: what was compared and replayed was the step
from that one to this. With another contract in force it is a Conflict. As for a review, every move raises `version` by
one, and the store writes a move only over the version that was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from remit.core.errors import Conflict, Refused
from remit.core.words import Actor, PolicyRef

State = Literal["proposed", "shadowing", "active", "superseded", "rolled_back", "rejected"]

AUTHOR = "policy_author"
"""The role that proposes, activates and rolls back. No other role can do it in its place, that of an admin neither."""


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One proposed contract for one decision of a pack.

    `base` was in force when it was proposed, in the pack version `pack_sha256`; `attachments` are the SHA-256 of the
    reports that came with it, by name; `replaced` is the change that was in force before it, None for the pack's own.
    """

    id: str
    pack: str
    pack_sha256: str
    decision: str
    policy: PolicyRef
    base: PolicyRef
    version: int
    state: State
    reason: str
    proposed_by: str
    proposed_at: datetime
    attachments: Mapping[str, str]
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    activated_by: str | None = None
    activated_at: datetime | None = None
    replaced: str | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """The change as its readers see it."""
        return {
            "change_id": self.id,
            "pack": self.pack,
            "decision": self.decision,
            "state": self.state,
            "policy": self.policy.to_json(),
            "base": self.base.to_json(),
            "reason": self.reason,
            "attachments": dict(self.attachments),
            "proposed": _mark(self.proposed_by, self.proposed_at),
            "reviewed": _mark(self.reviewed_by, self.reviewed_at),
            "activated": _mark(self.activated_by, self.activated_at),
            "ended": _mark(self.ended_by, self.ended_at),
        }


@dataclass(frozen=True, slots=True)
class InForce:
    """The pointer: which contract is in force for a decision. `change` led to it; None for the pack's own."""

    pack: str
    decision: str
    version: int
    policy: PolicyRef
    change: str | None
    by: str
    since: datetime


def beside(shadowing: Sequence[PolicyChange], pack: str, decision: str, present: PolicyRef) -> PolicyChange | None:
    """Of the changes in their shadow period the one that stands beside the contract in force, if any.

    One that was proposed in place of another contract waits: it is compared again if that one is restored.
    """
    wanted = (pack, decision, present.sha256)
    return next((each for each in shadowing if (each.pack, each.decision, each.base.sha256) == wanted), None)


def must_be_author(actor: Actor) -> None:
    """Only a policy author changes policies. Raises Refused."""
    if AUTHOR not in actor.roles:
        raise Refused(
            f"{actor.id} has not the role {AUTHOR}, which a change of a policy needs",
            mend=f"give --role {AUTHOR}, if that is your role",
        )


def shadow(change: PolicyChange, actor: Actor, present: PolicyRef, now: datetime) -> PolicyChange:
    """Let the candidate be evaluated beside the contract in force. Raises Conflict, Refused."""
    _must_be_open(change, ("proposed",))
    _must_be_another(change, actor)
    _must_stand_on(change, present)
    return _next(change, "shadowing", reviewed_by=actor.id, reviewed_at=now)


def activate(
    change: PolicyChange, actor: Actor, present: PolicyRef, pointer: InForce | None, now: datetime
) -> tuple[PolicyChange, InForce]:
    """Put the candidate in force in place of `present`, which `pointer` points to once it was ever moved.

    Raises:
        Conflict: the change is settled, or another contract is in force than the one it was compared with.
        Refused: the proposer, an app, or somebody who is no policy author.
    """
    _must_be_open(change, ("proposed", "shadowing"))
    _must_be_another(change, actor)
    _must_stand_on(change, present)
    replaced = pointer.change if pointer else None
    if change.state == "proposed":
        change = replace(change, reviewed_by=actor.id, reviewed_at=now)
    moved = _next(change, "active", activated_by=actor.id, activated_at=now, replaced=replaced)
    version = pointer.version + 1 if pointer else 1
    return moved, InForce(change.pack, change.decision, version, change.policy, change.id, actor.id, now)


def reject(change: PolicyChange, actor: Actor, now: datetime) -> PolicyChange:
    """Turn a candidate down, or end its shadow; the proposer may withdraw it. Raises Conflict, Refused."""
    _must_be_open(change, ("proposed", "shadowing"))
    must_be_author(actor)
    return _next(change, "rejected", reviewed_by=actor.id, reviewed_at=now, ended_by=actor.id, ended_at=now)


def roll_back(change: PolicyChange, actor: Actor, pointer: InForce, now: datetime) -> tuple[PolicyChange, InForce]:
    """Take a contract out of force at once: the one that it replaced is in force again.

    The proposer may do it, too: nothing comes into force that was not in force before. Raises Conflict, Refused.
    """
    must_be_author(actor)
    if change.state != "active" or pointer.change != change.id:
        raise Conflict(f"policy change {change.id} is {change.state}", mend="look again: `remit policy versions`")
    moved = _next(change, "rolled_back", ended_by=actor.id, ended_at=now)
    back = InForce(change.pack, change.decision, pointer.version + 1, change.base, change.replaced, actor.id, now)
    return moved, back


def supersede(change: PolicyChange, actor: Actor, now: datetime) -> PolicyChange:
    """Another contract came into force in its place."""
    return _next(change, "superseded", ended_by=actor.id, ended_at=now)


def restore(change: PolicyChange) -> PolicyChange:
    """What replaced it was rolled back: it is in force again."""
    return _next(change, "active", ended_by=None, ended_at=None)


def _next(change: PolicyChange, state: State, **facts: Any) -> PolicyChange:
    return replace(change, version=change.version + 1, state=state, **facts)


def _must_be_open(change: PolicyChange, states: tuple[State, ...]) -> None:
    if change.state not in states:
        raise Conflict(
            f"policy change {change.id} is already {change.state}", mend="look again: `remit policy versions`"
        )


def _must_be_another(change: PolicyChange, actor: Actor) -> None:
    must_be_author(actor)
    if actor.kind != "user":
        raise Refused(f"{actor.id} is no person: an app does not put a policy in force", mend="a person has to")
    if actor.id == change.proposed_by:
        raise Refused(
            f"{actor.id} proposed this policy and may not put it in force",
            mend="another policy author has to: nobody activates their own policy",
        )


def _must_stand_on(change: PolicyChange, present: PolicyRef) -> None:
    if change.base.sha256 != present.sha256:
        raise Conflict(
            f"policy change {change.id} was compared with version {change.base.version} ({change.base.sha256[:12]}),"
            f" but version {present.version} ({present.sha256[:12]}) is in force by now",
            mend="propose it anew, so that it is compared with what is in force",
        )


def _mark(who: str | None, when: datetime | None) -> dict[str, str] | None:
    return None if who is None or when is None else {"by": who, "at": when.isoformat()}
