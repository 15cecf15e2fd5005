"""Reading a database's URL."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from remit.core.errors import InputError

POSTGRES_HINT = "write postgresql+psycopg://user:password@host:5432/database"
SQLITE_HINT = "write sqlite:///path/to/remit.db, or postgresql+psycopg://user:password@host:5432/database"


def parsed_url(url: str) -> URL:
    """The URL, understood. Raises InputError, which does not repeat it: it may hold a password."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        raise InputError("the database URL cannot be read", code="database_url", mend=SQLITE_HINT) from error
