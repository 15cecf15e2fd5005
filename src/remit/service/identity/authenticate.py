"""Who presents a key or a session's token. It is asked with every request."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NoReturn

from remit.agents.ports import Unit
from remit.core.errors import SystemFailed, Unauthenticated
from remit.identity.account import Account
from remit.identity.credential import matches, parse
from remit.identity.principal import Principal
from remit.identity.session import Timeouts
from remit.service.services import Services

_log = logging.getLogger(__name__)


class StoredAuthenticator:
    """`remit.identity.ports.Authenticator` over the store. What was revoked or changed counts at once."""

    def __init__(self, services: Services, timeouts: Timeouts) -> None:
        self._services = services
        self._timeouts = timeouts

    def by_key(self, presented: str) -> Principal:
        parsed = parse("remit", presented)
        if parsed is None:
            _nobody("holds this key", "send a key as `remit keys create` showed it")
        with self._services.store.read() as unit:
            found = unit.identities.find_key(parsed.id)
        if not matches(parsed, found[0].secret_sha256 if found else None) or found is None:
            _nobody("holds this key", "ask an admin for one")
        key, account = found
        now = self._services.clock.now()
        why = key.ended(now) or _shut_out(account)
        if why is not None:
            raise Unauthenticated(f"this key {why}", mend="ask an admin for another one")
        if key.use_is_news(now):
            self._note(lambda unit: unit.identities.key_used(key.id, now))
        return Principal(account.name, account.kind, account.roles, key.id, frozenset(key.scopes))

    def by_session(self, presented: str) -> Principal:
        parsed = parse("remitsession", presented)
        if parsed is None:
            _nobody("is signed in under this session", "sign in again")
        with self._services.store.read() as unit:
            found = unit.identities.find_session(parsed.id)
        if not matches(parsed, found[0].token_sha256 if found else None) or found is None:
            _nobody("is signed in under this session", "sign in again")
        session, account = found
        now = self._services.clock.now()
        why = session.ended(now, self._timeouts) or _shut_out(account)
        if why is not None:
            raise Unauthenticated(f"this session {why}", mend="sign in again")
        if session.sight_is_news(now):
            self._note(lambda unit: unit.identities.session_seen(session.id, now))
        return Principal(account.name, account.kind, account.roles, session.id)

    def _note(self, write: Callable[[Unit], None]) -> None:
        """Write that somebody was here. They are let in all the same where that cannot be written."""
        try:
            with self._services.store.write() as unit:
                write(unit)
        except SystemFailed as error:
            _log.warning("a use of a credential could not be noted: %s", error.message)


def _shut_out(account: Account) -> str | None:
    return "belongs to an account that is disabled" if account.disabled else None


def _nobody(what: str, mend: str) -> NoReturn:
    raise Unauthenticated(f"nobody {what}", mend=mend)
