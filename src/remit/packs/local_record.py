"""A system of record in one SQLite file: what the shipped packs' connectors act on, so that an effect can be seen.

It behaves as a good real one does: it takes an idempotency key, and can be asked about it.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class LocalRecord:
    """Entries by idempotency key. Writing one twice under one key leaves one, and gives back the first."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, key: str, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Write an entry, or give back the one that is there under this key: ``{"entry": number, "kind": …, …}``."""
        with self._open() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO entry (key, kind, fields) VALUES (?, ?, ?)",
                (key, kind, json.dumps(fields, sort_keys=True)),
            )
            connection.commit()
            found = self._find(connection, key)
        if found is None:
            raise RuntimeError(f"{self._path} did not keep what was written")
        return found

    def find(self, key: str) -> dict[str, Any] | None:
        """The entry under this key, or None when there surely is none."""
        with self._open() as connection:
            return self._find(connection, key)

    def entries(self) -> list[dict[str, Any]]:
        """All entries, oldest first."""
        with self._open() as connection:
            rows = connection.execute("SELECT number, kind, fields FROM entry ORDER BY number").fetchall()
        return [_entry(row) for row in rows]

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        # A rollback journal: this file has one short write at a time, and no reader that would mind. Its file is kept:
        # to make and remove one costs more waits for the disk than the entry itself.
        with contextlib.closing(sqlite3.connect(self._path, timeout=30)) as connection:
            connection.execute("PRAGMA journal_mode=PERSIST")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS entry"
                " (number INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, kind TEXT NOT NULL, fields TEXT NOT NULL)"
            )
            yield connection

    @staticmethod
    def _find(connection: sqlite3.Connection, key: str) -> dict[str, Any] | None:
        row = connection.execute("SELECT number, kind, fields FROM entry WHERE key = ?", (key,)).fetchone()
        return None if row is None else _entry(row)


def _entry(row: tuple[int, str, str]) -> dict[str, Any]:
    return {"entry": row[0], "kind": row[1], **json.loads(row[2])}
