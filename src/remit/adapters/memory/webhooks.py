"""Webhooks in memory: the twin of the SQL tables and of their outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from remit.adapters.memory.tables import Tables
from remit.core.errors import Conflict, NotFound
from remit.core.ports import Clock, Ids
from remit.webhooks.delivery import Delivery, Settled, State
from remit.webhooks.endpoint import Endpoint
from remit.webhooks.signing import Secret
from remit.webhooks.told import Message, message_of, notice_of


class MemoryWebhooks:
    """`remit.webhooks.ports.Webhooks` inside a unit of work in memory."""

    def __init__(self, tables: Tables, ids: Ids) -> None:
        self._tables = tables
        self._ids = ids

    def add(self, endpoint: Endpoint, secrets: Sequence[Secret]) -> None:
        self._tables.endpoints[endpoint.id] = endpoint
        self._tables.endpoint_secrets[endpoint.id] = tuple(secrets)

    def get(self, endpoint_id: str) -> Endpoint:
        if endpoint_id not in self._tables.endpoints:
            raise NotFound(f"there is no webhook endpoint {endpoint_id}", mend="`remit webhooks list` shows them")
        return self._tables.endpoints[endpoint_id]

    def all(self) -> list[Endpoint]:
        return [each for _, each in sorted(self._tables.endpoints.items()) if each.state != "removed"]

    def save(self, endpoint: Endpoint) -> None:
        if self.get(endpoint.id).version != endpoint.version - 1:
            raise Conflict(f"somebody else changed the endpoint {endpoint.id} first", mend="look again")
        self._tables.endpoints[endpoint.id] = endpoint

    def failing(self, endpoint_id: str, since: datetime | None) -> None:
        self._tables.endpoints[endpoint_id] = replace(self.get(endpoint_id), failing_since=since)

    def secrets(self, endpoint_id: str) -> tuple[Secret, ...]:
        return self._tables.endpoint_secrets.get(endpoint_id, ())

    def keep_secrets(self, endpoint_id: str, secrets: Sequence[Secret]) -> None:
        self._tables.endpoint_secrets[endpoint_id] = tuple(secrets)

    def tell(self, message: Message, endpoint_ids: Sequence[str]) -> list[str]:
        self._tables.messages[message.id] = message
        made = [
            Delivery(self._ids.new(), each, message.id, message.type, "pending", 0, 0, message.at, message.at)
            for each in endpoint_ids
        ]
        for delivery in made:
            self._tables.deliveries[delivery.id] = delivery
            self._tables.leases[delivery.id] = None
        return [delivery.id for delivery in made]

    def message(self, message_id: str) -> Message:
        if message_id not in self._tables.messages:
            raise NotFound(f"there is no message {message_id}")
        return self._tables.messages[message_id]

    def deliveries(
        self, endpoint_id: str, state: State | None = None, *, before: str | None = None, limit: int = 100
    ) -> list[Delivery]:
        found = [
            each
            for _, each in sorted(self._tables.deliveries.items(), reverse=True)
            if each.endpoint_id == endpoint_id and state in (None, each.state) and (before is None or each.id < before)
        ]
        return found[:limit]

    def delivery(self, delivery_id: str) -> Delivery:
        if delivery_id not in self._tables.deliveries:
            raise NotFound(f"there is no delivery {delivery_id}", mend="`remit webhooks deliveries` lists them")
        return self._tables.deliveries[delivery_id]

    def due(self, now: datetime, limit: int, per_endpoint: int) -> list[Delivery]:
        waiting = [
            each
            for each in self._tables.deliveries.values()
            if each.state == "pending" and each.due_at <= now and self._is_free(each, now)
        ]
        taken: dict[str, int] = {}
        found = []
        for each in sorted(waiting, key=lambda each: (each.due_at, each.id)):
            taken[each.endpoint_id] = taken.get(each.endpoint_id, 0) + 1
            if self.get(each.endpoint_id).state == "enabled" and taken[each.endpoint_id] <= per_endpoint:
                found.append(each)
        return found[:limit]

    def lease(self, delivery: Delivery, now: datetime, until: datetime) -> Delivery | None:
        if not self._still(delivery) or not self._is_free(delivery, now):
            return None
        held = replace(self.delivery(delivery.id), fence=delivery.fence + 1, tries=delivery.tries + 1)
        self._keep(held, until)
        return held

    def settle(self, delivery: Delivery, settled: Settled) -> bool:
        if not self._still(delivery):
            return False
        due_at = settled.due_at or delivery.due_at
        said: dict[str, Any] = {"status": settled.status, "error": settled.error, "answer": settled.answer}
        self._keep(replace(self.delivery(delivery.id), state=settled.state, due_at=due_at, **said), None)
        return True

    def again(self, delivery: Delivery, now: datetime) -> None:
        known = self.delivery(delivery.id)
        self._keep(replace(known, state="pending", tries=0, fence=known.fence + 1, due_at=now), None)

    def dead_since(self, endpoint_id: str, since: datetime) -> list[Delivery]:
        return [
            each
            for _, each in sorted(self._tables.deliveries.items())
            if each.endpoint_id == endpoint_id and each.state == "dead" and each.made_at >= since
        ]

    def bury(self, endpoint_id: str, why: str) -> None:
        for each in [*self._tables.deliveries.values()]:
            if each.endpoint_id == endpoint_id and each.state == "pending":
                self._keep(replace(each, state="dead", error=why, fence=each.fence + 1), None)

    def forget(self, before: datetime) -> int:
        old = [
            each.id for each in self._tables.deliveries.values() if each.state != "pending" and each.made_at < before
        ]
        for delivery_id in old:
            del self._tables.deliveries[delivery_id], self._tables.leases[delivery_id]
        told = {each.message_id for each in self._tables.deliveries.values()}
        for message in [*self._tables.messages.values()]:
            if message.at < before and message.id not in told:
                del self._tables.messages[message.id]
        return len(old)

    def _keep(self, delivery: Delivery, held_until: datetime | None) -> None:
        self._tables.deliveries[delivery.id] = delivery
        self._tables.leases[delivery.id] = held_until

    def _still(self, delivery: Delivery) -> bool:
        known = self.delivery(delivery.id)
        return known.state == "pending" and known.fence == delivery.fence

    def _is_free(self, delivery: Delivery, now: datetime) -> bool:
        held_until = self._tables.leases[delivery.id]
        return held_until is None or held_until <= now


class MemoryOutbox:
    """Tells the endpoints that want to know, inside the unit of work."""

    def __init__(self, tables: Tables, webhooks: MemoryWebhooks, clock: Clock) -> None:
        self._tables = tables
        self._webhooks = webhooks
        self._clock = clock

    def heard(self, event_type: str, event_id: str, body: Mapping[str, Any], decision_id: str | None) -> None:
        """An event was appended: keep its message for every endpoint that wants it."""
        notice = notice_of(event_type, body, decision_id)
        wanting = [] if notice is None else [each.id for each in self._webhooks.all() if each.wants(notice.type)]
        if notice is None or not wanting:
            return
        review = self._review(notice.review_id)
        decision = self._decision(notice.decision_id or review.get("decision_id"))
        message = message_of(notice, event_id, self._clock.now(), decision=decision, review=review)
        self._webhooks.tell(message, wanting)

    def _decision(self, decision_id: str | None) -> dict[str, Any]:
        stored = self._tables.decisions.get(decision_id or "")
        if stored is None:
            return {}
        versions = stored.versions
        return {"decision": stored.run.decision, "pack": versions.pack, "versions": versions.to_json()}

    def _review(self, review_id: str | None) -> dict[str, Any]:
        review = self._tables.reviews.get(review_id or "")
        if review is None:
            return {}
        return {"decision_id": review.decision_id, "status": review.state, "version": review.version}
