"""The one table of doors: which role may do what, with whose. What is not in it is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from remit.core.errors import Forbidden
from remit.identity.principal import ADMIN, Principal, Role

Whose = Literal["any", "own"]
"""Whether a role reaches everybody's things through a door, or what it asked for itself."""


@dataclass(frozen=True, slots=True)
class Door:
    """One thing that can be done. `scope` is what a key must have been given for it."""

    name: str
    scope: str
    roles: Mapping[Role, Whose]


def _door(name: str, scope: str, **roles: Whose) -> Door:
    return Door(name, scope, cast("Mapping[Role, Whose]", roles))


_TABLE = (
    _door("decisions.create", "decisions:write", analyst="any", app="own"),
    _door("decisions.read", "decisions:read", analyst="any", app="own", reviewer="any", auditor="any"),
    _door("decisions.list", "decisions:read", analyst="any", app="own", reviewer="any", auditor="any"),
    _door("decisions.prove", "decisions:read", analyst="any", app="own", reviewer="any", auditor="any"),
    _door("outcomes.report", "outcomes:write", analyst="any", app="own"),
    _door("batches.create", "batches:write", analyst="any", app="own"),
    _door("batches.read", "batches:read", analyst="any", app="own", auditor="any"),
    _door("reviews.read", "reviews:read", reviewer="any", auditor="any"),
    _door("reviews.work", "reviews:write", reviewer="any"),
    _door("reviews.decide", "reviews:write", reviewer="any"),
    _door("reviews.answer", "decisions:write", analyst="own", app="own", reviewer="any"),
    _door("reviews.cancel", "decisions:write", analyst="own", app="own"),
    _door("reviews.statistics", "reviews:read", auditor="any", admin="any"),
    _door("reviews.test", "reviews:write", auditor="any"),
    _door(
        "packs.read",
        "packs:read",
        analyst="any",
        app="any",
        reviewer="any",
        policy_author="any",
        auditor="any",
        admin="any",
    ),
    _door("knowledge.search", "knowledge:read", analyst="any", app="any", reviewer="any", policy_author="any"),
    # Each tool of the chat has its own doors besides.
    _door("chat.ask", "chat:write", analyst="own", app="own", reviewer="own", policy_author="own", auditor="own"),
    _door("chat.read", "chat:read", analyst="own", app="own", reviewer="own", policy_author="own", auditor="own"),
    _door("policies.read", "policies:read", analyst="any", reviewer="any", policy_author="any", auditor="any"),
    _door("policies.propose", "policies:write", policy_author="any"),
    _door("policies.decide", "policies:write", policy_author="any"),
    _door(
        "ledger.read",
        "ledger:read",
        analyst="any",
        app="any",
        reviewer="any",
        policy_author="any",
        auditor="any",
        admin="any",
    ),
    _door("ledger.events", "ledger:read", auditor="any"),
    _door("ledger.verify", "ledger:read", auditor="any", admin="any"),
    _door("learning.read", "learning:read", analyst="any", policy_author="any", auditor="any", admin="any"),
    _door("learning.manage", "learning:write", policy_author="any", admin="any"),
    _door("keys.manage", "identity:write", admin="any"),
    _door("users.manage", "identity:write", admin="any"),
    _door("webhooks.manage", "webhooks:write", admin="any"),
    _door("metrics.read", "metrics:read", app="any", auditor="any", admin="any"),
    _door(
        "account.own",
        "account:write",
        analyst="own",
        app="own",
        reviewer="own",
        policy_author="own",
        auditor="own",
        admin="own",
    ),
)
DOORS: Mapping[str, Door] = {door.name: door for door in _TABLE}
SCOPES: tuple[str, ...] = tuple(sorted({door.scope for door in _TABLE}))


def enter(principal: Principal, name: str) -> Whose:
    """Let a principal through a door; gives whose things it reaches there.

    Raises:
        Forbidden: no role of theirs opens the door, or the key was not given for it.
        KeyError: there is no such door; a route that names one is a mistake of ours.
    """
    door = DOORS[name]
    if principal.scopes is not None and door.scope not in principal.scopes:
        raise Forbidden(f"this key was not given for `{door.scope}`", mend="use a key with that scope")
    # Whoever gives roles has no other role, whatever is stored: they neither decide nor see cases.
    roles = (ADMIN,) if ADMIN in principal.roles else principal.roles
    reach = {whose for role, whose in door.roles.items() if role in roles}
    if not reach:
        raise Forbidden(
            f"{principal.id} has no role that may do this ({name})",
            mend=f"it takes one of these roles: {', '.join(door.roles)}",
        )
    return "any" if "any" in reach else "own"
