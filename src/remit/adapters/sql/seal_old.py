"""Sealing what an older Remit stored in plain text, once, when its database is opened by this one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select, update

from remit.adapters.sql.decisions import DECISION, PAYLOAD, payload_text
from remit.adapters.sql.effects import EFFECT, place_of
from remit.adapters.sql.json_text import from_text
from remit.adapters.sql.ports import SqlDatabase
from remit.adapters.sql.vault import Sealer, Vault

_AT_ONCE = 200
_SEALED = "sealed"
"""In the place of the salt: this row is sealed, and its plain text may still lie in a free page of the file."""

_OLD = PAYLOAD.c.salt != ""
_JUST_ONE = select(PAYLOAD.c.decision_id).where(_OLD).limit(1)
_SOME = (
    select(DECISION, PAYLOAD.c.salt, PAYLOAD.c.body)
    .join(PAYLOAD, PAYLOAD.c.decision_id == DECISION.c.id)
    .where(_OLD, PAYLOAD.c.salt != _SEALED)
    .limit(_AT_ONCE)
)
_COLUMNS = ("judgement", "effect_result", "note")


def seal_old(database: SqlDatabase, vault: Vault) -> int:
    """Seal every case that is still in plain text, then write the file anew without what it held. Gives how many.

    It may be cut off anywhere and goes on at the next opening. Where nothing is left, it costs one look into an index.
    """
    with database.read() as connection:
        if connection.execute(_JUST_ONE).first() is None:
            return 0
    sealed = 0
    while some := _seal_some(database, vault):
        sealed += some
    database.purge(compact=True)
    with database.write() as connection:
        connection.execute(update(PAYLOAD).where(_OLD, PAYLOAD.c.salt == _SEALED).values(salt=""))
    return sealed


def _seal_some(database: SqlDatabase, vault: Vault) -> int:
    with database.write() as connection:
        rows = connection.execute(_SOME).all()
        sealer = vault.sealer(connection)
        for row in rows:
            _seal_one(connection, sealer, row)
    return len(rows)


def _seal_one(connection: Connection, sealer: Sealer, row: Row[Any]) -> None:
    of = row.id
    ref = sealer.begin(of, row.subject or f"decision:{of}")
    columns: dict[str, Any] = {
        name: sealer.close(of, f"decision.{name}:{of}", text) for name in _COLUMNS if (text := row._mapping[name])
    }
    if row.request_key is not None:
        columns["request_key"] = sealer.request_ref(row.request_key)
    connection.execute(update(DECISION).where(DECISION.c.id == of).values(subject=ref, violations="[]", **columns))
    body = payload_text(from_text(row.body), row.salt, row.subject, row.request_key, from_text(row.violations))
    connection.execute(
        update(PAYLOAD)
        .where(PAYLOAD.c.decision_id == of)
        .values(salt=_SEALED, body=sealer.close(of, f"payload.body:{of}", body))
    )
    for effect in connection.execute(select(EFFECT).where(EFFECT.c.decision_id == of)).all():
        texts = {name: text for name in ("args", "result", "error") if (text := effect._mapping[name]) is not None}
        sealed = {name: sealer.close(of, place_of(name, effect.key), text) for name, text in texts.items()}
        connection.execute(update(EFFECT).where(EFFECT.c.key == effect.key).values(sealed))
