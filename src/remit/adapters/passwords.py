"""Passwords by argon2id, the memory-hard hash of RFC 9106, with the parameters that OWASP advises for servers."""

from __future__ import annotations

import functools
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from remit.core.errors import Corrupted, Refused

MEMORY_KIB, TIME_COST, LANES = 19_456, 2, 1
"""OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane."""

AT_ONCE = 4
"""How many are hashed at once in a process: a crowd at the door waits its turn instead of filling the memory."""


OFF = "passwords are switched off here"


class Argon2Passwords:
    """`remit.identity.ports.Passwords`."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB, time_cost: int = TIME_COST) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=LANES)
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        with self._turns:
            return self._hasher.hash(password)

    def verify(self, password: str, password_hash: str | None) -> bool:
        with self._turns:
            try:
                return self._hasher.verify(password_hash or self._nobodys, password) and password_hash is not None
            except InvalidHashError as error:
                raise Corrupted("a stored password hash is none any more", mend="set the password anew") from error
            except VerificationError:
                return False

    def is_stale(self, password_hash: str) -> bool:
        return self._hasher.check_needs_rehash(password_hash)

    @functools.cached_property
    def _nobodys(self) -> str:
        """What stands in for the hash of somebody who has none, so that an answer takes as long."""
        return self._hasher.hash("nobody has this password")


class NoPasswords:
    """`remit.identity.ports.Passwords` of a house without them: nobody is given one, and none opens a door."""

    def hash(self, password: str) -> str:
        raise Refused(OFF, code="passwords_off", mend="leave the password out: people come by the OpenID provider")

    def verify(self, password: str, password_hash: str | None) -> bool:
        raise Refused(OFF, code="passwords_off", mend="sign in with your organisation")

    def is_stale(self, password_hash: str) -> bool:
        return False
