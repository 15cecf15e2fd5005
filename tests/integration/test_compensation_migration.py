"""Effects that were planned before anything could be undone are still what they were, and may be undone now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.migrate import migrate
from remit.adapters.sql.ports import SqlDatabase
from remit.wiring.backend import open_backend

DECISION = (
    "INSERT INTO decision (id, decision, pack, stage, subject, actor, at, case_quality, violations, versions)"
    " VALUES ('D', 'desk.request', 'desk', 'executed', 'R-1', '{}', '2026-03-01', 'ok', '[]', '{}')"
)
PAID = (
    "INSERT INTO effect (key, decision_id, connector, action, args, state, attempts)"
    " VALUES ('paid', 'D', 'pay', 'pay', '{}', 'confirmed', 1)"
)
BACK = (
    "INSERT INTO effect (key, decision_id, kind, connector, action, args, state, attempts)"
    " VALUES ('{}', 'D', '{}', 'pay_back', 'pay', '{{}}', 'planned', 0)"
)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_an_old_effect_is_an_action_and_one_compensation_fits_beside_it(
    kind: str, database_url: Callable[[str], str], tmp_path: Path
) -> None:
    backend = open_backend(database_url(kind), tmp_path)
    upgrade(backend.database, "0009", DECISION, PAID)
    migrate(backend.database)
    with backend.database.write() as connection:
        connection.execute(text(BACK.format("back", "compensation")))
    for another in ("action", "compensation"):
        with pytest.raises(IntegrityError), backend.database.write() as connection:
            connection.execute(text(BACK.format("another", another)))
    with backend.database.read() as connection:
        rows = connection.execute(text("SELECT key, kind FROM effect ORDER BY key")).all()
    assert [tuple(row) for row in rows] == [("back", "compensation"), ("paid", "action")]
    backend.close()


def upgrade(database: SqlDatabase, revision: str, *rows: str) -> None:
    """Bring a new database up to an older version, with rows that it may hold."""
    config = Config()
    config.set_main_option("script_location", "remit.adapters.sql:migrations")
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for row in rows:
            connection.exec_driver_sql(row)
