"""Webhooks in SQL: endpoints, messages and deliveries. Secrets are sealed under keys that only the key file gives.

Each endpoint's key is derived from the key file's key for references, which no rotation replaces: what seals people's
data changes without anybody having to seal the secrets anew, and the database alone opens none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, func, insert, or_, select, update

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.tables.webhooks import WebhookDeliveryRow, WebhookEndpointRow, WebhookMessageRow
from remit.adapters.sql.vault import Vault
from remit.core.errors import Conflict, NotFound
from remit.ledger.sealing import Seal
from remit.webhooks.delivery import Delivery, Settled, State
from remit.webhooks.endpoint import Endpoint
from remit.webhooks.signing import Secret
from remit.webhooks.told import Message

ENDPOINT: Table = WebhookEndpointRow.__table__  # type: ignore[attr-defined]
MESSAGE: Table = WebhookMessageRow.__table__  # type: ignore[attr-defined]
DELIVERY: Table = WebhookDeliveryRow.__table__  # type: ignore[attr-defined]

_NOBODY = ""
"""Until when nobody holds a delivery: before any time there is."""

# Built once: building a statement anew costs more than running it.
_ENABLED = select(ENDPOINT.c.id, ENDPOINT.c.types).where(ENDPOINT.c.state == "enabled").order_by(ENDPOINT.c.id)
_INSERT_MESSAGE = insert(MESSAGE)
_INSERT_DELIVERIES = insert(DELIVERY)
_DELIVERIES = select(DELIVERY, MESSAGE.c.type).join(MESSAGE, MESSAGE.c.id == DELIVERY.c.message_id)
_DUE = (
    select(
        DELIVERY.c.id,
        func.row_number()
        .over(partition_by=DELIVERY.c.endpoint_id, order_by=(DELIVERY.c.due_at, DELIVERY.c.id))
        .label("n"),
    )
    .join(ENDPOINT, ENDPOINT.c.id == DELIVERY.c.endpoint_id)
    .where(
        ENDPOINT.c.state == "enabled",
        DELIVERY.c.state == "pending",
        DELIVERY.c.due_at <= bindparam("now"),
        DELIVERY.c.held_until <= bindparam("now"),
    )
    .subquery()
)
_DUE_FIRST = (
    _DELIVERIES.join(_DUE, _DUE.c.id == DELIVERY.c.id)
    .where(_DUE.c.n <= bindparam("per_endpoint"))
    .order_by(DELIVERY.c.due_at, DELIVERY.c.id)
    .limit(bindparam("at_most"))
)


class SqlWebhooks:
    """`remit.webhooks.ports.Webhooks` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, vault: Vault, *, writing: bool) -> None:
        self._connection = connection
        self._vault = vault
        self._writing = writing

    # Endpoints

    def add(self, endpoint: Endpoint, secrets: Sequence[Secret]) -> None:
        self._connection.execute(
            insert(ENDPOINT), {**_columns(endpoint), "secrets": self._sealed(endpoint.id, secrets)}
        )

    def get(self, endpoint_id: str) -> Endpoint:
        query = select(ENDPOINT).where(ENDPOINT.c.id == endpoint_id)
        row = self._connection.execute(query.with_for_update() if self._writing else query).one_or_none()
        if row is None:
            raise NotFound(f"there is no webhook endpoint {endpoint_id}", mend="`remit webhooks list` shows them")
        return _endpoint(row)

    def all(self) -> list[Endpoint]:
        query = select(ENDPOINT).where(ENDPOINT.c.state != "removed").order_by(ENDPOINT.c.id)
        return [_endpoint(row) for row in self._connection.execute(query)]

    def enabled(self) -> list[tuple[str, list[str]]]:
        """The ids of the endpoints that are told, with the types that each wants; an empty list wants all of them."""
        return [(row.id, from_text(row.types)) for row in self._connection.execute(_ENABLED)]

    def save(self, endpoint: Endpoint) -> None:
        before = update(ENDPOINT).where(ENDPOINT.c.id == endpoint.id, ENDPOINT.c.version == endpoint.version - 1)
        if self._connection.execute(before.values(_columns(endpoint))).rowcount != 1:
            raise Conflict(f"somebody else changed the endpoint {endpoint.id} first", mend="look again")

    def failing(self, endpoint_id: str, since: datetime | None) -> None:
        values = {"failing_since": since and _text(since)}
        self._connection.execute(update(ENDPOINT).where(ENDPOINT.c.id == endpoint_id).values(values))

    def secrets(self, endpoint_id: str) -> tuple[Secret, ...]:
        query = select(ENDPOINT.c.secrets).where(ENDPOINT.c.id == endpoint_id)
        text = self._connection.execute(query).scalar_one_or_none()
        if not text:
            return ()
        kept = from_text(self._seal(endpoint_id).open(text, _place(endpoint_id)))
        return tuple(Secret(secret, until and datetime.fromisoformat(until)) for secret, until in kept)

    def keep_secrets(self, endpoint_id: str, secrets: Sequence[Secret]) -> None:
        values = {"secrets": self._sealed(endpoint_id, secrets)}
        self._connection.execute(update(ENDPOINT).where(ENDPOINT.c.id == endpoint_id).values(values))

    def _sealed(self, endpoint_id: str, secrets: Sequence[Secret]) -> str:
        if not secrets:
            return ""
        text = to_text([[each.text, each.until and each.until.isoformat()] for each in secrets])
        return self._seal(endpoint_id).close(text, _place(endpoint_id), self._vault.chance)

    def _seal(self, endpoint_id: str) -> Seal:
        return Seal(bytes.fromhex(self._vault.ring().reference("webhook secrets", endpoint_id)))

    # Messages and deliveries

    def tell(self, message: Message, endpoint_ids: Sequence[str]) -> list[str]:
        self._connection.execute(
            _INSERT_MESSAGE,
            {"id": message.id, "type": message.type, "at": _text(message.at), "body": message.body},
        )
        at = _text(message.at)
        rows = [
            {
                "id": self._vault.ids.new(),
                "endpoint_id": endpoint_id,
                "message_id": message.id,
                "state": "pending",
                "tries": 0,
                "fence": 0,
                "due_at": at,
                "held_until": _NOBODY,
                "made_at": at,
            }
            for endpoint_id in endpoint_ids
        ]
        if rows:
            self._connection.execute(_INSERT_DELIVERIES, rows)
        return [str(row["id"]) for row in rows]

    def message(self, message_id: str) -> Message:
        row = self._connection.execute(select(MESSAGE).where(MESSAGE.c.id == message_id)).one_or_none()
        if row is None:
            raise NotFound(f"there is no message {message_id}")
        return Message(row.id, row.type, datetime.fromisoformat(row.at), row.body)

    def deliveries(
        self, endpoint_id: str, state: State | None = None, *, before: str | None = None, limit: int = 100
    ) -> list[Delivery]:
        query = _DELIVERIES.where(DELIVERY.c.endpoint_id == endpoint_id).order_by(DELIVERY.c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(DELIVERY.c.state == state)
        if before is not None:
            query = query.where(DELIVERY.c.id < before)
        return [_delivery(row) for row in self._connection.execute(query)]

    def delivery(self, delivery_id: str) -> Delivery:
        row = self._connection.execute(_DELIVERIES.where(DELIVERY.c.id == delivery_id)).one_or_none()
        if row is None:
            raise NotFound(f"there is no delivery {delivery_id}", mend="`remit webhooks deliveries` lists them")
        return _delivery(row)

    def due(self, now: datetime, limit: int, per_endpoint: int) -> list[Delivery]:
        asked = {"now": _text(now), "per_endpoint": per_endpoint, "at_most": limit}
        return [_delivery(row) for row in self._connection.execute(_DUE_FIRST, asked)]

    def lease(self, delivery: Delivery, now: datetime, until: datetime) -> Delivery | None:
        free = _still(delivery).where(DELIVERY.c.held_until <= _text(now))
        taken = free.values(fence=delivery.fence + 1, tries=delivery.tries + 1, held_until=_text(until))
        if self._connection.execute(taken).rowcount != 1:
            return None
        return self.delivery(delivery.id)

    def settle(self, delivery: Delivery, settled: Settled) -> bool:
        values: dict[str, Any] = {
            "state": settled.state,
            "held_until": _NOBODY,
            "status": settled.status,
            "error": settled.error,
            "answer": settled.answer,
        }
        if settled.due_at is not None:
            values["due_at"] = _text(settled.due_at)
        return self._connection.execute(_still(delivery).values(values)).rowcount == 1

    def again(self, delivery: Delivery, now: datetime) -> None:
        anew = {
            "state": "pending",
            "tries": 0,
            "fence": DELIVERY.c.fence + 1,
            "due_at": _text(now),
            "held_until": _NOBODY,
        }
        self._connection.execute(update(DELIVERY).where(DELIVERY.c.id == delivery.id).values(anew))

    def dead_since(self, endpoint_id: str, since: datetime) -> list[Delivery]:
        query = _DELIVERIES.where(
            DELIVERY.c.endpoint_id == endpoint_id, DELIVERY.c.state == "dead", DELIVERY.c.made_at >= _text(since)
        )
        return [_delivery(row) for row in self._connection.execute(query.order_by(DELIVERY.c.id))]

    def bury(self, endpoint_id: str, why: str) -> None:
        pending = update(DELIVERY).where(DELIVERY.c.endpoint_id == endpoint_id, DELIVERY.c.state == "pending")
        self._connection.execute(pending.values(state="dead", error=why, fence=DELIVERY.c.fence + 1))

    def forget(self, before: datetime) -> int:
        over = or_(DELIVERY.c.state == "delivered", DELIVERY.c.state == "dead")
        gone = self._connection.execute(delete(DELIVERY).where(over, DELIVERY.c.made_at < _text(before))).rowcount
        told = select(DELIVERY.c.id).where(DELIVERY.c.message_id == MESSAGE.c.id).exists()
        self._connection.execute(delete(MESSAGE).where(MESSAGE.c.at < _text(before), ~told))
        return gone


def _still(delivery: Delivery) -> Any:
    """The delivery, pending, if nobody has leased it since it was read."""
    return update(DELIVERY).where(
        DELIVERY.c.id == delivery.id, DELIVERY.c.fence == delivery.fence, DELIVERY.c.state == "pending"
    )


def _place(endpoint_id: str) -> str:
    return f"webhook_endpoint.secrets:{endpoint_id}"


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _columns(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "types": to_text(list(endpoint.types)),
        "description": endpoint.description,
        "made_by": endpoint.made_by,
        "made_at": _text(endpoint.made_at),
        "version": endpoint.version,
        "state": endpoint.state,
        "reason": endpoint.reason,
        "failing_since": endpoint.failing_since and _text(endpoint.failing_since),
    }


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(
        id=row.id,
        url=row.url,
        types=tuple(from_text(row.types)),
        description=row.description,
        made_by=row.made_by,
        made_at=datetime.fromisoformat(row.made_at),
        version=row.version,
        state=row.state,
        reason=row.reason,
        failing_since=row.failing_since and datetime.fromisoformat(row.failing_since),
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        endpoint_id=row.endpoint_id,
        message_id=row.message_id,
        type=row.type,
        state=row.state,
        tries=row.tries,
        fence=row.fence,
        due_at=datetime.fromisoformat(row.due_at),
        made_at=datetime.fromisoformat(row.made_at),
        status=row.status,
        error=row.error,
        answer=row.answer,
    )
