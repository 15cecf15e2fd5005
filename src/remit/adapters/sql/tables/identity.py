"""The tables of accounts, keys and sessions. Times are RFC 3339 text in UTC; of secrets only hashes are here."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class AccountRow(SQLModel, table=True):
    """A person or an app. `version` guards every change; `subject` is issuer and subject at a provider."""

    __tablename__ = "account"

    name: str = Field(primary_key=True)
    kind: str
    roles: str
    version: int
    created_at: str
    created_by: str
    owner: str | None = None
    password_hash: str | None = None
    subject: str | None = Field(default=None, unique=True)
    disabled_at: str | None = None


class ApiKeyRow(SQLModel, table=True):
    """A key of an account; `secret_sha256` is of its secret alone."""

    __tablename__ = "api_key"

    id: str = Field(primary_key=True)
    account: str = Field(foreign_key="account.name", index=True)
    label: str
    secret_sha256: str
    scopes: str
    version: int
    created_at: str
    created_by: str
    expires_at: str
    last_used_at: str | None = None
    revoked_at: str | None = None
    revoked_by: str | None = None
    replaced_by: str | None = None


class SessionRow(SQLModel, table=True):
    """A signed-in browser."""

    __tablename__ = "session"

    id: str = Field(primary_key=True)
    account: str = Field(foreign_key="account.name", index=True)
    token_sha256: str
    how: str
    created_at: str = Field(index=True)
    seen_at: str
    ended_at: str | None = None


class SignInFailuresRow(SQLModel, table=True):
    """Attempts to sign in that failed, for an account or a source; `door` is a hash of which."""

    __tablename__ = "sign_in_failures"

    door: str = Field(primary_key=True)
    count: int
    last_at: str


class SignInBegunRow(SQLModel, table=True):
    """Somebody who was sent to a provider and is expected back once; `state` is a hash."""

    __tablename__ = "sign_in_begun"

    state: str = Field(primary_key=True)
    until: str
