"""Sign a person in by name and password."""

from __future__ import annotations

from typing import Any

from remit.agents.ports import Unit
from remit.core.errors import Unauthenticated
from remit.core.words import Actor
from remit.identity.account import Account, is_name, with_password
from remit.identity.passwords import LENGTH_MAX, normal
from remit.identity.ports import Passwords
from remit.identity.throttle import FREE_OF_ACCOUNT, FREE_OF_SOURCE, attempted, door_of, forgiven, source_of
from remit.service.identity.sessions import begin_session
from remit.service.services import Services

NOBODY = Actor("nobody", "system")
"""Who tries to sign in, as long as they have not."""


def sign_in(
    services: Services, passwords: Passwords, name: str, password: str, *, source: str, before: str | None = None
) -> tuple[dict[str, Any], str]:
    """Sign a person in; gives what they may see of their session, and its token, which is shown this once.

    An attempt is counted before the password is looked at, in a unit of work of its own: guesses that are made side by
    side, on any number of machines, are slowed down as if they came one after another. No lock is held while the
    password is hashed.

    Args:
        source: the address that it comes from.
        before: the token that the browser came with, if any; that session ends.

    Raises:
        TooSoon: the account, or the source, has to wait.
        Unauthenticated: the name or the password is wrong, or the account is shut out; which of it is not told.
    """
    doors = ((door_of("account", name), FREE_OF_ACCOUNT), (door_of("source", source_of(source)), FREE_OF_SOURCE))
    with services.store.write() as unit:
        now = services.clock.now()
        counted = [(door, attempted(unit.identities.failures(door), free, now)) for door, free in sorted(doors)]
        for door, failures in counted:
            unit.identities.save_failures(door, failures)
        account = unit.identities.find(name) if is_name(name) else None
    looked_at = account.password_hash if account else None
    good = passwords.verify(normal(password)[: LENGTH_MAX + 1], looked_at)
    renewed = passwords.hash(normal(password)) if good and looked_at and passwords.is_stale(looked_at) else None
    with services.store.write() as unit:
        account = unit.identities.find(name) if is_name(name) else None
        # A password that was replaced meanwhile is not theirs any more.
        good = good and account is not None and account.password_hash == looked_at
        if not good or account is None or account.disabled:
            _record_failure(unit, account, good)
        else:
            unit.identities.save_failures(door_of("account", name), None)
            source_door = door_of("source", source_of(source))
            unit.identities.save_failures(source_door, forgiven(unit.identities.failures(source_door)))
            if renewed is not None:
                account = with_password(account, renewed)
                unit.identities.save(account)
            return begin_session(services, unit, account, "password", before)
    raise Unauthenticated(
        "the name or the password is wrong", code="sign_in", mend="try again, or ask an admin for another password"
    )


def _record_failure(unit: Unit, account: Account | None, good: bool) -> None:
    """What was typed as a name that nobody has is not recorded: it may be a password."""
    why = "disabled" if good else "wrong"
    body = {"why": why, **({"account": account.name} if account else {})}
    unit.journal.append("session.sign_in_failed", actor=NOBODY, step="identity", body=body)
