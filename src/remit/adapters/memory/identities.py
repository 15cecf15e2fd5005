"""Accounts, keys and sessions in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from remit.adapters.memory.tables import Tables
from remit.core.errors import Conflict, NotFound
from remit.identity.account import Account
from remit.identity.api_key import ApiKey
from remit.identity.session import Session
from remit.identity.throttle import Failures


class MemoryIdentities:
    """`remit.identity.ports.Identities` over the tables of one unit of work."""

    def __init__(self, tables: Tables) -> None:
        self._accounts = tables.accounts
        self._keys = tables.api_keys
        self._sessions = tables.sessions
        self._failures = tables.sign_in_failures
        self._begun = tables.sign_ins_begun

    def add(self, account: Account) -> None:
        if account.name in self._accounts or (account.subject and self.of_subject(account.subject)):
            raise Conflict(f"there is an account {account.name} already", mend="take another name")
        self._accounts[account.name] = account

    def get(self, name: str) -> Account:
        if name not in self._accounts:
            raise NotFound(f"there is no account {name}", mend="`remit users list` lists them")
        return self._accounts[name]

    def find(self, name: str) -> Account | None:
        return self._accounts.get(name)

    def of_subject(self, subject: str) -> Account | None:
        return next((each for each in self._accounts.values() if each.subject == subject), None)

    def all(self) -> list[Account]:
        return [self._accounts[name] for name in sorted(self._accounts)]

    def save(self, account: Account) -> None:
        before = self._accounts.get(account.name)
        if before is None or before.version != account.version - 1:
            raise Conflict(f"somebody else changed the account {account.name} first", mend="look again")
        self._accounts[account.name] = account

    def add_key(self, key: ApiKey) -> None:
        self._keys[key.id] = key

    def key(self, key_id: str) -> ApiKey:
        if key_id not in self._keys:
            raise NotFound(f"there is no key {key_id}", mend="`remit keys list` lists them")
        return self._keys[key_id]

    def find_key(self, key_id: str) -> tuple[ApiKey, Account] | None:
        key = self._keys.get(key_id)
        return None if key is None else (key, self._accounts[key.account])

    def keys(self, account: str | None = None) -> list[ApiKey]:
        return [key for _, key in sorted(self._keys.items()) if account in (None, key.account)]

    def save_key(self, key: ApiKey) -> None:
        before = self._keys.get(key.id)
        if before is None or before.version != key.version - 1:
            raise Conflict(f"somebody else changed the key {key.id} first", mend="look again")
        self._keys[key.id] = key

    def key_used(self, key_id: str, at: datetime) -> None:
        key = self._keys.get(key_id)
        if key is not None and (key.last_used_at is None or key.last_used_at < at):
            self._keys[key_id] = replace(key, last_used_at=at)

    def add_session(self, session: Session) -> None:
        self._sessions[session.id] = session

    def find_session(self, session_id: str) -> tuple[Session, Account] | None:
        session = self._sessions.get(session_id)
        return None if session is None else (session, self._accounts[session.account])

    def sessions(self, account: str) -> list[Session]:
        found = (each for _, each in sorted(self._sessions.items()) if each.account == account)
        return [each for each in found if each.ended_at is None]

    def session_seen(self, session_id: str, at: datetime) -> None:
        session = self._sessions.get(session_id)
        if session is not None and session.seen_at < at:
            self._sessions[session_id] = replace(session, seen_at=at)

    def end_session(self, session_id: str, at: datetime) -> bool:
        session = self._sessions.get(session_id)
        if session is None or session.ended_at is not None:
            return False
        self._sessions[session_id] = replace(session, ended_at=at)
        return True

    def failures(self, door: str) -> Failures | None:
        return self._failures.get(door)

    def save_failures(self, door: str, failures: Failures | None) -> None:
        if failures is None:
            self._failures.pop(door, None)
        else:
            self._failures[door] = failures

    def begin_sign_in(self, state: str, until: datetime) -> None:
        self._begun[state] = until

    def finish_sign_in(self, state: str, now: datetime) -> bool:
        until = self._begun.pop(state, None)
        return until is not None and now < until

    def forget(self, before: datetime) -> int:
        sessions = [name for name, each in self._sessions.items() if each.created_at < before]
        failures = [name for name, each in self._failures.items() if each.last_at < before]
        begun = [name for name, until in self._begun.items() if until < before]
        for table, names in ((self._sessions, sessions), (self._failures, failures), (self._begun, begun)):
            for name in names:
                del table[name]
        return len(sessions) + len(failures) + len(begun)
