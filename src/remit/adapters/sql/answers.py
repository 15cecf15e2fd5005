"""Answers in SQL. Their bodies may tell of people: they are sealed, and go with whom they tell of."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from sqlalchemy import Connection, Table, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.ports import SqlDatabase
from remit.adapters.sql.store import SqlUnit
from remit.adapters.sql.tables.calls import AnswerRow
from remit.adapters.sql.vault import Vault
from remit.agents.ports import Unit
from remit.core.canonical import digest
from remit.core.errors import Conflict
from remit.ledger.sealing import Seal
from remit.service.calls.ports import Answer, Call, Kept

ANSWER: Table = AnswerRow.__table__  # type: ignore[attr-defined]
_FIND = select(ANSWER).where(ANSWER.c.ref == bindparam("of"), ANSWER.c.expires_at > bindparam("now"))
_EXPIRED = delete(ANSWER).where(ANSWER.c.ref == bindparam("of"), ANSWER.c.expires_at <= bindparam("now"))
_INSERT = insert(ANSWER)
_FORGET = delete(ANSWER).where(ANSWER.c.expires_at <= bindparam("now"))


class SqlAnswers:
    """`remit.service.calls.ports.Answers` over a migrated database."""

    def __init__(self, database: SqlDatabase, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def find(self, call: Call, now: datetime) -> Kept | None:
        ref = self._ref(call)
        with self._database.read() as connection:
            row = connection.execute(_FIND, {"of": ref, "now": _text(now)}).one_or_none()
            if row is None:
                return None
            if row.fingerprint != self._fingerprint(call):
                return Kept(same=False, answer=None)
            seal = self._seal(connection, call, row.decision_id, adding=False)
        if seal is None:
            return None  # whom it told of was erased since
        body = seal.open(row.body, f"answer.body:{ref}")
        return Kept(same=True, answer=Answer(row.status, from_text(row.headers), body, row.decision_id))

    def keep(self, call: Call, answer: Answer, now: datetime, until: datetime) -> None:
        with self._database.write() as connection:
            try:
                self._keep(connection, call, answer, now, until)
            except IntegrityError as error:
                raise Conflict("another answer is kept under this key", code="in_flight") from error

    def keep_within(self, unit: Unit, call: Call, answer: Answer, now: datetime, until: datetime) -> bool:
        if not isinstance(unit, SqlUnit):
            return False
        found = unit.connection.execute(_FIND, {"of": self._ref(call), "now": _text(now)}).first()
        return found is None and self._keep(unit.connection, call, answer, now, until)

    def _keep(self, connection: Connection, call: Call, answer: Answer, now: datetime, until: datetime) -> bool:
        ref = self._ref(call)
        seal = self._seal(connection, call, answer.decision_id, adding=True)
        if seal is None:
            return False
        connection.execute(_EXPIRED, {"of": ref, "now": _text(now)})
        row = {
            "ref": ref,
            "fingerprint": self._fingerprint(call),
            "decision_id": answer.decision_id,
            "status": answer.status,
            "headers": to_text(dict(answer.headers)),
            "body": seal.close(answer.body, f"answer.body:{ref}", self._vault.chance),
            "expires_at": _text(until),
        }
        connection.execute(_INSERT, row)
        return True

    def forget(self, now: datetime) -> int:
        with self._database.write() as connection:
            return connection.execute(_FORGET, {"now": _text(now)}).rowcount

    def _ref(self, call: Call) -> str:
        return self._vault.ring().reference("call", digest([call.caller, call.key]))

    def _fingerprint(self, call: Call) -> str:
        """Keyed, too: a case of few possible values must not be guessed from its digest."""
        return self._vault.ring().reference("fingerprint", call.fingerprint)

    def _seal(self, connection: Connection, call: Call, decision_id: str | None, *, adding: bool) -> Seal | None:
        """The seal of a decision's subject, None once they were erased; without one, what only the caller's key opens.

        The same key file and the same idempotency key are needed for that, and the latter is not stored.
        """
        if decision_id is not None:
            return self._vault.sealer(connection).lasting_seal_of(decision_id, adding=adding)
        secret = self._vault.ring().reference("answer", digest([call.caller, call.key]))
        return Seal(hashlib.sha256(secret.encode()).digest())


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
