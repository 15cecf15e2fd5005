"""Accounts, keys and sessions in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.locks import take_turns
from remit.adapters.sql.tables.identity import AccountRow, ApiKeyRow, SessionRow, SignInBegunRow, SignInFailuresRow
from remit.core.errors import Conflict, NotFound
from remit.identity.account import Account
from remit.identity.api_key import ApiKey
from remit.identity.session import Session
from remit.identity.throttle import Failures

ACCOUNT: Table = AccountRow.__table__  # type: ignore[attr-defined]
KEY: Table = ApiKeyRow.__table__  # type: ignore[attr-defined]
SESSION: Table = SessionRow.__table__  # type: ignore[attr-defined]
FAILURES: Table = SignInFailuresRow.__table__  # type: ignore[attr-defined]
BEGUN: Table = SignInBegunRow.__table__  # type: ignore[attr-defined]

# Asked with every request; built once, for building a statement costs more than running it.
_THEIRS = [column.label(f"account_{column.name}") for column in ACCOUNT.c]
_KEY_OF = select(KEY, *_THEIRS).join(ACCOUNT, KEY.c.account == ACCOUNT.c.name).where(KEY.c.id == bindparam("of"))
_SESSION_OF = (
    select(SESSION, *_THEIRS).join(ACCOUNT, SESSION.c.account == ACCOUNT.c.name).where(SESSION.c.id == bindparam("of"))
)


class SqlIdentities:
    """`remit.identity.ports.Identities` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    # Accounts

    def add(self, account: Account) -> None:
        known = self.find(account.name) or (account.subject and self.of_subject(account.subject))
        try:
            if known is None:
                self._connection.execute(insert(ACCOUNT), _account_columns(account))
                return
        except IntegrityError as error:
            raise Conflict(f"there is an account {account.name} already", mend="take another name") from error
        raise Conflict(f"there is an account {account.name} already", mend="take another name")

    def get(self, name: str) -> Account:
        found = self.find(name)
        if found is None:
            raise NotFound(f"there is no account {name}", mend="`remit users list` lists them")
        return found

    def find(self, name: str) -> Account | None:
        query = select(*_THEIRS).where(ACCOUNT.c.name == name)
        row = self._connection.execute(query.with_for_update() if self._writing else query).one_or_none()
        return None if row is None else _account(row)

    def of_subject(self, subject: str) -> Account | None:
        query = select(*_THEIRS).where(ACCOUNT.c.subject == subject)
        row = self._connection.execute(query.with_for_update() if self._writing else query).one_or_none()
        return None if row is None else _account(row)

    def all(self) -> list[Account]:
        return [_account(row) for row in self._connection.execute(select(*_THEIRS).order_by(ACCOUNT.c.name))]

    def save(self, account: Account) -> None:
        before = update(ACCOUNT).where(ACCOUNT.c.name == account.name, ACCOUNT.c.version == account.version - 1)
        if self._connection.execute(before.values(_account_columns(account))).rowcount != 1:
            raise Conflict(f"somebody else changed the account {account.name} first", mend="look again")

    # Keys

    def add_key(self, key: ApiKey) -> None:
        self._connection.execute(insert(KEY), _key_columns(key))

    def key(self, key_id: str) -> ApiKey:
        query = select(KEY).where(KEY.c.id == key_id)
        row = self._connection.execute(query.with_for_update() if self._writing else query).one_or_none()
        if row is None:
            raise NotFound(f"there is no key {key_id}", mend="`remit keys list` lists them")
        return _key(row)

    def find_key(self, key_id: str) -> tuple[ApiKey, Account] | None:
        row = self._connection.execute(_KEY_OF, {"of": key_id}).one_or_none()
        return None if row is None else (_key(row), _account(row))

    def keys(self, account: str | None = None) -> list[ApiKey]:
        query = select(KEY).order_by(KEY.c.id)
        rows = self._connection.execute(query if account is None else query.where(KEY.c.account == account))
        return [_key(row) for row in rows]

    def save_key(self, key: ApiKey) -> None:
        before = update(KEY).where(KEY.c.id == key.id, KEY.c.version == key.version - 1)
        if self._connection.execute(before.values(_key_columns(key))).rowcount != 1:
            raise Conflict(f"somebody else changed the key {key.id} first", mend="look again")

    def key_used(self, key_id: str, at: datetime) -> None:
        earlier = or_(KEY.c.last_used_at.is_(None), KEY.c.last_used_at < at.isoformat())
        self._connection.execute(update(KEY).where(KEY.c.id == key_id, earlier).values(last_used_at=at.isoformat()))

    # Sessions

    def add_session(self, session: Session) -> None:
        self._connection.execute(insert(SESSION), _session_columns(session))

    def find_session(self, session_id: str) -> tuple[Session, Account] | None:
        row = self._connection.execute(_SESSION_OF, {"of": session_id}).one_or_none()
        return None if row is None else (_session(row), _account(row))

    def sessions(self, account: str) -> list[Session]:
        query = select(SESSION).where(SESSION.c.account == account, SESSION.c.ended_at.is_(None)).order_by(SESSION.c.id)
        return [_session(row) for row in self._connection.execute(query)]

    def session_seen(self, session_id: str, at: datetime) -> None:
        earlier = update(SESSION).where(SESSION.c.id == session_id, SESSION.c.seen_at < at.isoformat())
        self._connection.execute(earlier.values(seen_at=at.isoformat()))

    def end_session(self, session_id: str, at: datetime) -> bool:
        going_on = update(SESSION).where(SESSION.c.id == session_id, SESSION.c.ended_at.is_(None))
        return self._connection.execute(going_on.values(ended_at=at.isoformat())).rowcount == 1

    # Signing in

    def failures(self, door: str) -> Failures | None:
        if self._writing:
            take_turns(self._connection, [f"sign in {door}"])
        row = self._connection.execute(select(FAILURES).where(FAILURES.c.door == door)).one_or_none()
        return None if row is None else Failures(row._mapping["count"], datetime.fromisoformat(row.last_at))

    def save_failures(self, door: str, failures: Failures | None) -> None:
        if failures is None:
            self._connection.execute(delete(FAILURES).where(FAILURES.c.door == door))
            return
        facts = {"count": failures.count, "last_at": failures.last_at.isoformat()}
        new = upsert(FAILURES).on_conflict_do_update(index_elements=[FAILURES.c.door], set_=facts)
        self._connection.execute(new, {"door": door, **facts})

    def begin_sign_in(self, state: str, until: datetime) -> None:
        self._connection.execute(insert(BEGUN), {"state": state, "until": until.isoformat()})

    def finish_sign_in(self, state: str, now: datetime) -> bool:
        expected = delete(BEGUN).where(BEGUN.c.state == state).returning(BEGUN.c.until)
        until = self._connection.execute(expected).scalar_one_or_none()
        return until is not None and now < datetime.fromisoformat(until)

    def forget(self, before: datetime) -> int:
        old = before.isoformat()
        gone = (SESSION.c.created_at < old, FAILURES.c.last_at < old, BEGUN.c.until < old)
        return sum(self._connection.execute(delete(each.left.table).where(each)).rowcount for each in gone)


def _account_columns(account: Account) -> dict[str, Any]:
    names = ("name", "kind", "version", "created_by", "owner", "password_hash", "subject")
    return {
        **{name: getattr(account, name) for name in names},
        "roles": to_text(list(account.roles)),
        "created_at": account.created_at.isoformat(),
        "disabled_at": _text(account.disabled_at),
    }


# Asked with every request: neither the table nor the row is asked for its columns anew.
_ACCOUNT_NAMES = tuple(ACCOUNT.c.keys())


def _account(row: Row[Any]) -> Account:
    found = row._mapping
    columns = {name: found[f"account_{name}"] for name in _ACCOUNT_NAMES}
    return Account(
        **{
            **columns,
            "roles": tuple(from_text(columns["roles"])),
            "created_at": datetime.fromisoformat(columns["created_at"]),
            "disabled_at": _moment(columns["disabled_at"]),
        }
    )


_KEY_NAMES = tuple(KEY.c.keys())
_KEY_MOMENTS = ("created_at", "expires_at", "last_used_at", "revoked_at")


def _key_columns(key: ApiKey) -> dict[str, Any]:
    columns = {column.name: getattr(key, column.name) for column in KEY.c}
    moments = {name: _text(columns[name]) for name in _KEY_MOMENTS}
    return {**columns, **moments, "scopes": to_text(list(key.scopes))}


def _key(row: Row[Any]) -> ApiKey:
    found = row._mapping
    columns = {name: found[name] for name in _KEY_NAMES}
    moments = {name: _moment(columns[name]) for name in _KEY_MOMENTS}
    return ApiKey(**{**columns, **moments, "scopes": tuple(from_text(columns["scopes"]))})


_SESSION_NAMES = tuple(SESSION.c.keys())
_SESSION_MOMENTS = ("created_at", "seen_at", "ended_at")


def _session_columns(session: Session) -> dict[str, Any]:
    columns = {column.name: getattr(session, column.name) for column in SESSION.c}
    return {**columns, **{name: _text(columns[name]) for name in _SESSION_MOMENTS}}


def _session(row: Row[Any]) -> Session:
    found = row._mapping
    columns = {name: found[name] for name in _SESSION_NAMES}
    return Session(**{**columns, **{name: _moment(columns[name]) for name in _SESSION_MOMENTS}})


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
