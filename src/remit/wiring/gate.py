"""What lets people and apps in: the part of the engine that knows who is asking."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from remit.core.ports import Clock
from remit.service.services import Services
from remit.settings import Settings

if TYPE_CHECKING:
    from remit.identity.ports import Authenticator, Passwords
    from remit.identity.provider import Provider
    from remit.service.identity.denied import DeniedAccess


class Gate:
    """Keys, sessions, passwords, and an OpenID provider if one is set."""

    services: Services
    settings: Settings
    clock: Clock

    @functools.cached_property
    def authenticator(self) -> Authenticator:
        """Who presents a key or a session."""
        from remit.service.identity.authenticate import StoredAuthenticator

        return StoredAuthenticator(self.services, self.settings.session_timeouts)

    @functools.cached_property
    def denied_access(self) -> DeniedAccess:
        """Records whom a door stayed shut to."""
        from remit.service.identity.denied import DeniedAccess

        return DeniedAccess(self.services)

    @functools.cached_property
    def passwords(self) -> Passwords:
        """How passwords are hashed, where there are any."""
        from remit.adapters.passwords import Argon2Passwords, NoPasswords

        return Argon2Passwords() if self.settings.passwords else NoPasswords()

    @functools.cached_property
    def provider(self) -> Provider | None:
        """The OpenID provider that people may sign in with, if one is set. Raises InputError for half a setting."""
        from remit.wiring.provider import provider_of

        return provider_of(self.settings, self.clock)
