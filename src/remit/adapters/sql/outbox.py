"""The outbox: what the ledger's events give outside to know is kept in the very transaction that appends them.

It hangs on the journal, so that no place that changes something can forget it. While nobody wants to be told it costs
one SELECT for each event that would be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select

from remit.adapters.sql.json_text import from_text
from remit.adapters.sql.tables.decisions import DecisionRow, ReviewRow
from remit.adapters.sql.webhooks import SqlWebhooks
from remit.core.ports import Clock
from remit.webhooks.told import message_of, notice_of

DECISION: Table = DecisionRow.__table__  # type: ignore[attr-defined]
REVIEW: Table = ReviewRow.__table__  # type: ignore[attr-defined]
# Built once: building a statement anew costs more than running it.
_DECISION = select(DECISION.c.decision, DECISION.c.pack, DECISION.c.versions).where(DECISION.c.id == bindparam("of"))
_REVIEW = select(REVIEW.c.decision_id, REVIEW.c.state, REVIEW.c.version).where(REVIEW.c.id == bindparam("of"))


class SqlOutbox:
    """Tells the endpoints that want to know, inside the caller's transaction."""

    def __init__(self, connection: Connection, webhooks: SqlWebhooks, clock: Clock) -> None:
        self._connection = connection
        self._webhooks = webhooks
        self._clock = clock

    def heard(self, event_type: str, event_id: str, body: Mapping[str, Any], decision_id: str | None) -> None:
        """An event was appended: keep its message for every endpoint that wants it."""
        notice = notice_of(event_type, body, decision_id)
        if notice is None:
            return
        wanting = [each for each, types in self._webhooks.enabled() if not types or notice.type in types]
        if not wanting:
            return
        review = self._review(notice.review_id)
        decision = self._decision(notice.decision_id or review.get("decision_id"))
        message = message_of(notice, event_id, self._clock.now(), decision=decision, review=review)
        self._webhooks.tell(message, wanting)

    def _decision(self, decision_id: str | None) -> dict[str, Any]:
        row = self._connection.execute(_DECISION, {"of": decision_id}).one_or_none() if decision_id else None
        if row is None:
            return {}
        return {"decision": row.decision, "pack": row.pack, "versions": from_text(row.versions)}

    def _review(self, review_id: str | None) -> dict[str, Any]:
        row = self._connection.execute(_REVIEW, {"of": review_id}).one_or_none() if review_id else None
        return {} if row is None else {"decision_id": row.decision_id, "status": row.state, "version": row.version}
