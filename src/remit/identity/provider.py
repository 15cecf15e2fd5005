"""Signing in with an OpenID provider: what is sent along, and what its word is worth here."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from remit.core.errors import Refused
from remit.identity.account import checked_name, checked_roles

PATIENCE = timedelta(minutes=10)
"""How long somebody may take at the provider."""

FREE_OF_SOURCE = 100
"""How often somebody may be sent there from one place without coming back, before it has to wait."""


class Provider(Protocol):
    """An OpenID provider that vouches for people."""

    def address(self, attempt: Attempt) -> str:
        """Where to send the browser. Raises Transient when the provider cannot be reached."""
        ...

    def vouch(self, code: str, attempt: Attempt) -> Mapping[str, Any]:
        """The claims of the ID token that the code is good for: signed by the provider, for us, for this attempt.

        Raises:
            Unauthenticated: the provider does not vouch for anybody by this.
            Transient: it cannot be reached.
        """
        ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to sign in. All of it follows from a secret that only the browser keeps: a stolen code, state or row
    is worth nothing in another browser.
    """

    secret: str

    @property
    def state(self) -> str:
        return self._derived("state")

    @property
    def nonce(self) -> str:
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """PKCE's code verifier (RFC 7636)."""
        return self._derived("verifier")

    @property
    def door(self) -> str:
        """What is kept of it until it comes back."""
        return hashlib.sha256(self.state.encode()).hexdigest()

    def _derived(self, what: str) -> str:
        digest = hmac.digest(self.secret.encode(), f"remit sign-in {what}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Rules:
    """How claims become an account: which claim is the name, which one lists groups, and which roles those open."""

    name_claim: str
    groups_claim: str
    roles: Mapping[str, Iterable[str]]

    def name_in(self, claims: Mapping[str, Any]) -> str:
        """The name of a new account. Raises Refused, InputError where the claim is none."""
        name = claims.get(self.name_claim)
        if not isinstance(name, str) or not name:
            raise Refused(
                f"the provider does not tell `{self.name_claim}`", code="sign_in", mend="set REMIT_OIDC_NAME_CLAIM"
            )
        return checked_name(name.lower())

    def roles_in(self, claims: Mapping[str, Any]) -> tuple[str, ...]:
        """The roles that the groups open; a group that nobody named opens none.

        Raises:
            Refused: together they are roles that nobody has together.
        """
        groups = claims.get(self.groups_claim, [])
        given = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
        known = [group for group in given if isinstance(group, str) and group in self.roles]
        return checked_roles("user", {role for group in known for role in self.roles[group]})


def subject_of(claims: Mapping[str, Any]) -> str:
    """Who somebody is, for good: the issuer and its subject (OpenID Connect Core 5.7). No other claim is."""
    return f"{claims['iss']}#{claims['sub']}"
