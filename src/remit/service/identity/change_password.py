"""Give an account another password: one's own, or as an admin somebody's."""

from __future__ import annotations

from typing import Any

from remit.core.errors import Unauthenticated
from remit.core.words import Actor
from remit.identity.account import Account, with_password
from remit.identity.passwords import checked_password, normal
from remit.identity.ports import Passwords
from remit.identity.throttle import FREE_OF_ACCOUNT, attempted, door_of
from remit.service.duties import must_be_admin
from remit.service.identity.sessions import end_all
from remit.service.services import Services


def change_own_password(services: Services, passwords: Passwords, actor: Actor, present: str, new: str) -> None:
    """Change one's own password. Every session of theirs ends, this one too.

    Raises:
        Unauthenticated: the present password is wrong.
        TooSoon: there were too many attempts.
        InputError: the new one does not do.
        Refused: an app asks, which has none.
    """
    door = door_of("account", actor.id)
    with services.store.write() as unit:
        failures = attempted(unit.identities.failures(door), FREE_OF_ACCOUNT, services.clock.now())
        unit.identities.save_failures(door, failures)
        account = unit.identities.get(actor.id)
    if not passwords.verify(normal(present), account.password_hash):
        with services.store.write() as unit:
            body = {"why": "wrong", "account": actor.id, "how": "change of password"}
            unit.journal.append("session.sign_in_failed", actor=actor, step="identity", body=body)
        raise Unauthenticated("the present password is wrong", code="sign_in", mend="try again")
    _store(services, passwords, actor, account, new)


def set_password(services: Services, passwords: Passwords, actor: Actor, name: str, new: str) -> dict[str, Any]:
    """Give somebody a password. Every session of theirs ends.

    Raises:
        NotFound: there is no such account.
        InputError: it does not do.
        Refused: it is an app.
        Forbidden: no admin asks.
    """
    with services.store.read() as unit:
        must_be_admin(unit, actor)
        account = unit.identities.get(name)
    return _store(services, passwords, actor, account, new).to_json()


def _store(services: Services, passwords: Passwords, actor: Actor, before: Account, new: str) -> Account:
    """Raises Conflict when somebody else changed the account meanwhile."""
    after = with_password(before, passwords.hash(checked_password(new, before.name)))
    with services.store.write() as unit:
        unit.identities.save(after)
        unit.identities.save_failures(door_of("account", before.name), None)
        unit.journal.append("user.password_changed", actor=actor, step="identity", body={"account": before.name})
        end_all(services, unit, actor, before.name, "password changed")
    return after
