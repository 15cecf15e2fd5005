"""What the doors ask of the outside."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from remit.identity.account import Account
from remit.identity.api_key import ApiKey
from remit.identity.principal import Principal
from remit.identity.session import Session
from remit.identity.throttle import Failures


class Authenticator(Protocol):
    """Knows who presents a credential."""

    def by_key(self, presented: str) -> Principal:
        """Who holds this API key. Raises Unauthenticated when nobody does, or not any more."""
        ...

    def by_session(self, presented: str) -> Principal:
        """Who is signed in under this session token. Raises Unauthenticated."""
        ...


class Identities(Protocol):
    """Accounts, keys and sessions, inside of one unit of work."""

    def add(self, account: Account) -> None:
        """Store a new account. Raises Conflict when its name, or who it is at a provider, is taken."""
        ...

    def get(self, name: str) -> Account:
        """The account of that name. Raises NotFound."""
        ...

    def find(self, name: str) -> Account | None:
        """The account of that name, if there is one."""
        ...

    def of_subject(self, subject: str) -> Account | None:
        """The account of somebody whom a provider vouches for."""
        ...

    def all(self) -> list[Account]:
        """Every account, by name."""
        ...

    def save(self, account: Account) -> None:
        """Store a changed account. Raises Conflict when somebody else changed it first."""
        ...

    def add_key(self, key: ApiKey) -> None:
        """Store a new key."""
        ...

    def key(self, key_id: str) -> ApiKey:
        """The key of that id. Raises NotFound."""
        ...

    def find_key(self, key_id: str) -> tuple[ApiKey, Account] | None:
        """The key of that id and whose it is, if there is one."""
        ...

    def keys(self, account: str | None = None) -> list[ApiKey]:
        """The keys of an account, or all, oldest first."""
        ...

    def save_key(self, key: ApiKey) -> None:
        """Store a changed key. Raises Conflict when somebody else changed it first."""
        ...

    def key_used(self, key_id: str, at: datetime) -> None:
        """Note a use of a key, unless a later one was noted already."""
        ...

    def add_session(self, session: Session) -> None:
        """Store a new session."""
        ...

    def find_session(self, session_id: str) -> tuple[Session, Account] | None:
        """The session of that id and whose it is, if there is one."""
        ...

    def sessions(self, account: str) -> list[Session]:
        """The sessions of an account that nobody has ended, oldest first."""
        ...

    def session_seen(self, session_id: str, at: datetime) -> None:
        """Note that somebody used a session, unless a later moment was noted already."""
        ...

    def end_session(self, session_id: str, at: datetime) -> bool:
        """End a session; False when it was over already."""
        ...

    def failures(self, door: str) -> Failures | None:
        """The attempts to sign in that failed there of late; in a writing unit nobody else changes them meanwhile."""
        ...

    def save_failures(self, door: str, failures: Failures | None) -> None:
        """Store them; None forgets them."""
        ...

    def begin_sign_in(self, state: str, until: datetime) -> None:
        """Expect somebody to come back from a provider with this state, until then."""
        ...

    def finish_sign_in(self, state: str, now: datetime) -> bool:
        """Expect them no more; False when nobody was expected: a state works once."""
        ...

    def forget(self, before: datetime) -> int:
        """Delete sessions that began, failures that happened and sign-ins that lapsed before then; says how many."""
        ...


class Passwords(Protocol):
    """Hashes passwords slowly, and tells whether one is the one that was hashed."""

    def hash(self, password: str) -> str:
        """The hash, with its parameters and salt."""
        ...

    def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether it is this password. It takes as long when there is none (None)."""
        ...

    def is_stale(self, password_hash: str) -> bool:
        """Whether it was hashed by other parameters than those of today."""
        ...
