"""Who is at the door: a person or an app that has proved who it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from remit.core.words import Actor

Role = Literal["analyst", "app", "reviewer", "policy_author", "auditor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""The roles that open doors. Packs and contracts name others besides, such as `underwriter`; those open none."""

ADMIN: Role = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is at the door, and by which credential.

    `roles` holds the roles that open doors beside those that packs name (a review's seat, a document's audience).
    `scopes` narrows what the roles open to what this credential was given for; None narrows nothing.
    `credential` is the id of the key or session, never its secret.
    """

    id: str
    kind: Literal["user", "app"]
    roles: tuple[str, ...]
    credential: str
    scopes: frozenset[str] | None = None

    def actor(self) -> Actor:
        """The principal as the ledger and the policies know it."""
        return Actor(self.id, self.kind, self.roles)
