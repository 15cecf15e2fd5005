"""Sign a person in whom an OpenID provider vouches for."""

from __future__ import annotations

import hmac
from typing import Any

from remit.agents.ports import Unit
from remit.core.errors import RemitError, Unauthenticated
from remit.core.words import Actor
from remit.identity.account import Account, with_roles
from remit.identity.provider import FREE_OF_SOURCE, PATIENCE, Attempt, Provider, Rules, subject_of
from remit.identity.throttle import attempted, door_of, forgiven, source_of
from remit.service.identity.add_user import add_account
from remit.service.identity.sessions import begin_session, end_all
from remit.service.identity.sign_in import NOBODY
from remit.service.services import Services

PROVIDER = Actor("openid", "system")
"""Whoever the provider's word changes an account for."""


def send_to_provider(services: Services, provider: Provider, source: str) -> tuple[str, str]:
    """Where to send the browser, and the secret that it keeps meanwhile.

    Raises:
        TooSoon: too many were sent from there who did not come back.
        Transient: the provider cannot be reached.
    """
    attempt = Attempt(services.chance.token(32).hex())
    address = provider.address(attempt)
    door = _door_of(source)
    with services.store.write() as unit:
        now = services.clock.now()
        unit.identities.save_failures(door, attempted(unit.identities.failures(door), FREE_OF_SOURCE, now))
        unit.identities.begin_sign_in(attempt.door, now + PATIENCE)
    return address, attempt.secret


def come_from_provider(
    services: Services,
    provider: Provider,
    rules: Rules,
    *,
    code: str | None,
    state: str,
    secret: str | None,
    source: str,
    before: str | None = None,
) -> tuple[dict[str, Any], str]:
    """Sign in whoever comes back; gives what they may see of their session, and its token, which is shown this once.

    Their account is found by issuer and subject alone, and is made at the first time. Roles are those of their groups
    today: when they changed there, they change here, and older sessions end.

    Raises:
        Unauthenticated: another browser began this, it was used, it is too late, or the provider does not vouch.
        Refused: none of their groups opens anything, or roles that nobody has together; the account is shut out.
        Conflict: their name is somebody else's here.
        Transient: the provider cannot be reached.
    """
    attempt = Attempt(secret or "")
    if secret is None or not hmac.compare_digest(attempt.state.encode(), state.encode()):
        raise _again("this sign-in was not begun in this browser")
    with services.store.write() as unit:
        expected = unit.identities.finish_sign_in(attempt.door, services.clock.now())
    if not expected:
        raise _again("this sign-in is over")
    try:
        if code is None:
            raise _again("the provider let nobody in")
        claims = provider.vouch(code, attempt)
        roles = rules.roles_in(claims)
    except RemitError as error:
        _record_failure(services, error.code)
        raise
    with services.store.write() as unit:
        account = unit.identities.of_subject(subject_of(claims))
        if account is None and roles:
            account = _new_account(services, unit, rules.name_in(claims), roles, subject_of(claims))
        elif account is not None:
            account = _with_roles(services, unit, account, roles)
        if account is not None and roles and not account.disabled:
            door = _door_of(source)
            unit.identities.save_failures(door, forgiven(unit.identities.failures(door)))
            return begin_session(services, unit, account, "oidc", before)
        unit.journal.append(
            "session.sign_in_failed",
            actor=NOBODY,
            step="identity",
            body={"why": "no role" if not roles else "disabled", "how": "oidc"},
        )
    raise Unauthenticated(
        "the provider knows you, but nothing here is open to you", code="sign_in", mend="ask an admin for a role"
    )


def _new_account(services: Services, unit: Unit, name: str, roles: tuple[str, ...], subject: str) -> Account:
    account = Account(name, "user", roles, services.clock.now(), PROVIDER.id, subject=subject)
    add_account(unit, PROVIDER, account)
    return account


def _with_roles(services: Services, unit: Unit, before: Account, roles: tuple[str, ...]) -> Account:
    """The account with the roles of today; what was opened by others is shut. Who is shut out stays as they are."""
    if before.roles == roles or before.disabled:
        return before
    after = with_roles(before, roles)
    unit.identities.save(after)
    unit.journal.append(
        "user.roles_changed",
        actor=PROVIDER,
        step="identity",
        body={"account": after.name, "was": list(before.roles), "roles": list(after.roles)},
    )
    end_all(services, unit, PROVIDER, after.name, "roles changed")
    return after


def _record_failure(services: Services, why: str) -> None:
    with services.store.write() as unit:
        _append_failure(unit, why)


def _append_failure(unit: Unit, why: str) -> None:
    unit.journal.append("session.sign_in_failed", actor=NOBODY, step="identity", body={"why": why, "how": "oidc"})


def _door_of(source: str) -> str:
    return door_of("provider", source_of(source))


def _again(why: str) -> Unauthenticated:
    return Unauthenticated(why, code="sign_in", mend="sign in again")
