"""Shut an account out, and let it in again. Nothing of it is deleted: the ledger names it for good."""

from __future__ import annotations

from typing import Any

from remit.core.errors import Refused
from remit.core.words import Actor
from remit.identity.account import disabled, enabled
from remit.service.duties import must_be_admin
from remit.service.identity.sessions import end_all
from remit.service.services import Services


def disable_user(services: Services, actor: Actor, name: str) -> dict[str, Any]:
    """Shut an account out: its sessions end, and its keys open nothing from the next request on.

    Raises:
        NotFound: there is no such account.
        Conflict: it is shut out already.
        Refused: it is one's own.
        Forbidden: no admin asks.
    """
    with services.store.write() as unit:
        must_be_admin(unit, actor)
        if name == actor.id:
            raise Refused("nobody shuts themselves out", mend="another admin has to")
        account = disabled(unit.identities.get(name), services.clock.now())
        unit.identities.save(account)
        unit.journal.append("user.disabled", actor=actor, step="identity", body={"account": name})
        end_all(services, unit, actor, name, "disabled")
    return account.to_json()


def enable_user(services: Services, actor: Actor, name: str) -> dict[str, Any]:
    """Let an account in again, with the roles, password and keys that it had. Raises NotFound, Conflict, Forbidden."""
    with services.store.write() as unit:
        must_be_admin(unit, actor)
        account = enabled(unit.identities.get(name))
        unit.identities.save(account)
        unit.journal.append("user.enabled", actor=actor, step="identity", body={"account": name})
    return account.to_json()
