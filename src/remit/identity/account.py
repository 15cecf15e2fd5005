"""An account: a person who may come in, or an app; which roles they have, and when they were shut out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from remit.core.errors import Conflict, InputError, Refused
from remit.identity.principal import ADMIN, ROLES

Kind = Literal["user", "app"]

APP = "app"
ROLES_MAX = 50
SEES_PAYLOADS = frozenset({"analyst", "reviewer", "auditor"})
"""The roles of people that open payloads; an admin gives roles, and has none of these."""

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,98}[a-z0-9])?")
_ROLE = re.compile(r"[a-z][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may come in. `version` guards every change.

    People and apps share one space of names: what belongs to a name belongs to one of them. `owner` is the person who
    answers for an app, and counts as having asked for what it asks for. `subject` is who a person is at the provider
    that vouches for them (issuer and subject); `password_hash` is None for whoever has no password here.
    """

    name: str
    kind: Kind
    roles: tuple[str, ...]
    created_at: datetime
    created_by: str
    version: int = 1
    owner: str | None = None
    password_hash: str | None = None
    subject: str | None = None
    disabled_at: datetime | None = None

    @property
    def disabled(self) -> bool:
        return self.disabled_at is not None

    def to_json(self) -> dict[str, Any]:
        """As people may see it: whether there is a password, never its hash."""
        return {
            "name": self.name,
            "kind": self.kind,
            "roles": list(self.roles),
            "owner": self.owner,
            "has_password": self.password_hash is not None,
            "by_provider": self.subject is not None,
            "created": {"by": self.created_by, "at": self.created_at.isoformat()},
            "disabled_at": self.disabled_at.isoformat() if self.disabled_at else None,
        }


def with_roles(account: Account, roles: Iterable[str]) -> Account:
    """The account with other roles. Raises InputError, Refused as `checked_roles` does."""
    return _next(account, roles=checked_roles(account.kind, roles))


def with_password(account: Account, password_hash: str) -> Account:
    """The account with another password. Raises Refused for an app: it has keys."""
    if account.kind != "user":
        raise Refused(f"{account.name} is an app: it has keys, and no password", mend="`remit keys create`")
    return _next(account, password_hash=password_hash)


def disabled(account: Account, now: datetime) -> Account:
    """The account, shut out. Raises Conflict when it is already."""
    if account.disabled:
        raise Conflict(f"{account.name} is disabled already")
    return _next(account, disabled_at=now)


def enabled(account: Account) -> Account:
    """The account, let in again. Raises Conflict when it was not shut out."""
    if not account.disabled:
        raise Conflict(f"{account.name} is not disabled")
    return _next(account, disabled_at=None)


def is_name(text: str) -> bool:
    """Whether an account can be called so. What cannot be one need not be looked for."""
    return _NAME.fullmatch(text) is not None


def checked_name(name: str) -> str:
    """A name as accounts have it. Raises InputError."""
    if not is_name(name):
        raise InputError(
            f"`{name[:60]}` cannot be the name of an account",
            code="account_name",
            mend="up to 100 small letters, digits and `. _ @ + -`, such as ana or ana.lopez@example.com",
        )
    return name


def checked_roles(kind: Kind, roles: Iterable[str]) -> tuple[str, ...]:
    """Roles that one account may have together, sorted. An app has the role `app`, and those that packs name.

    Raises:
        InputError: one of them is no word, or they are too many.
        Refused: roles that one account may not have together: whoever gives roles neither decides nor sees cases.
    """
    given = {*roles, APP} if kind == "app" else set(roles)
    for role in sorted(given):
        if not _ROLE.fullmatch(role):
            raise InputError(f"`{role[:60]}` is no role", code="role", mend="roles are small words such as reviewer")
    if len(given) > ROLES_MAX:
        raise InputError(f"{len(given)} roles are more than {ROLES_MAX}", code="role")
    ours = given & set(ROLES)
    if kind == "app" and ours != {APP}:
        raise Refused(
            f"an app is no {', no '.join(sorted(ours - {APP}))}", code="duties", mend="such a role is for people"
        )
    if kind == "user" and APP in ours:
        raise Refused("a person is no app", code="duties", mend="add an app with an owner, and give it a key")
    if ADMIN in ours and ours & SEES_PAYLOADS:
        raise Refused(
            f"an admin cannot be {' or '.join(sorted(ours & SEES_PAYLOADS))} as well",
            code="duties",
            mend="whoever gives roles neither decides nor sees cases: use two accounts of two people",
        )
    return tuple(sorted(given))


def _next(account: Account, **facts: Any) -> Account:
    return replace(account, version=account.version + 1, **facts)
