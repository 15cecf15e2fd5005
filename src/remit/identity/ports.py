"""What the doors ask of the outside."""

from __future__ import annotations

from typing import Protocol

from remit.identity.principal import Principal


class Authenticator(Protocol):
    """Knows who presents a credential."""

    def by_key(self, presented: str) -> Principal:
        """Who holds this API key. Raises Unauthenticated when nobody does, or not any more."""
        ...

    def by_session(self, presented: str) -> Principal:
        """Who is signed in under this session token. Raises Unauthenticated."""
        ...
