"""Give an account other roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from remit.core.errors import Refused
from remit.core.words import Actor
from remit.identity.account import with_roles
from remit.service.duties import must_be_admin
from remit.service.identity.sessions import end_all
from remit.service.services import Services


def change_roles(
    services: Services, actor: Actor, name: str, *, grant: Iterable[str] = (), take: Iterable[str] = ()
) -> dict[str, Any]:
    """Give and take roles. Keys have the new roles from the next request on; sessions end.

    Raises:
        NotFound: there is no such account.
        InputError: what is no role.
        Refused: roles that nobody has together, or one's own roles.
        Forbidden: no admin asks.
    """
    with services.store.write() as unit:
        must_be_admin(unit, actor)
        before = unit.identities.get(name)
        if before.name == actor.id and actor.kind == "user":
            raise Refused("nobody changes their own roles", code="duties", mend="another admin has to")
        after = with_roles(before, (set(before.roles) | set(grant)) - set(take))
        unit.identities.save(after)
        unit.journal.append(
            "user.roles_changed",
            actor=actor,
            step="identity",
            body={"account": name, "was": list(before.roles), "roles": list(after.roles)},
        )
        end_all(services, unit, actor, name, "roles changed")
    return after.to_json()
