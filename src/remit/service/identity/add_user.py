"""Add an account: a person, or an app."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from remit.agents.ports import Unit
from remit.core.words import Actor
from remit.identity.account import Account, checked_name, checked_roles
from remit.identity.passwords import checked_password
from remit.identity.ports import Passwords
from remit.service.duties import must_be_admin
from remit.service.services import Services


def add_user(
    services: Services, passwords: Passwords, actor: Actor, name: str, roles: Iterable[str], password: str | None
) -> dict[str, Any]:
    """Add a person. Without a password they come in by a key of theirs, or not before they have one.

    Raises:
        InputError: a name, role or password that does not do.
        Refused: roles that nobody has together.
        Conflict: the name is taken.
        Forbidden: no admin asks.
    """
    account = Account(
        name=checked_name(name),
        kind="user",
        roles=checked_roles("user", roles),
        created_at=services.clock.now(),
        created_by=actor.id,
        password_hash=None if password is None else passwords.hash(checked_password(password, name)),
    )
    return _added(services, actor, account)


def add_app(services: Services, actor: Actor, name: str, roles: Iterable[str], owner: str | None) -> dict[str, Any]:
    """Add an app, for which `owner` answers; whoever adds it when None. Raises as `add_user` does."""
    return _added(services, actor, new_app(services, actor, name, owner, roles))


def new_app(services: Services, actor: Actor, name: str, owner: str | None, roles: Iterable[str]) -> Account:
    """An app that is not stored yet. Raises InputError, Refused."""
    return Account(
        name=checked_name(name),
        kind="app",
        roles=checked_roles("app", roles),
        created_at=services.clock.now(),
        created_by=actor.id,
        owner=owner or actor.id,
    )


def add_account(unit: Unit, actor: Actor, account: Account) -> None:
    """Store a new account with its event. Raises Conflict when the name is taken."""
    unit.identities.add(account)
    unit.journal.append(
        "user.added",
        actor=actor,
        step="identity",
        body={"account": account.name, "kind": account.kind, "roles": list(account.roles), "owner": account.owner},
    )


def _added(services: Services, actor: Actor, account: Account) -> dict[str, Any]:
    with services.store.write() as unit:
        must_be_admin(unit, actor)
        add_account(unit, actor, account)
    return account.to_json()
