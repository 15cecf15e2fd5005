"""What became of messages: list deliveries, have them delivered again, and send a test."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from remit.core.errors import Conflict, InputError, NotFound
from remit.core.words import Actor
from remit.service.webhooks.endpoints import record
from remit.service.webhooks.ports import Office, WebhookUnit
from remit.webhooks.delivery import Delivery, State
from remit.webhooks.endpoint import Endpoint
from remit.webhooks.told import TEST, message

LISTED_MAX = 500


def list_deliveries(
    office: Office, endpoint_id: str, *, state: State | None = None, before: str | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """An endpoint's deliveries, the newest first; `before` is the last one of the page before. Raises NotFound."""
    if not 1 <= limit <= LISTED_MAX:
        raise InputError(f"{limit} cannot be listed at once", mend=f"ask for 1 to {LISTED_MAX}")
    with office.store.read() as unit:
        unit.webhooks.get(endpoint_id)
        found = unit.webhooks.deliveries(endpoint_id, state, before=before, limit=limit)
    return [each.to_json() for each in found]


def redeliver(
    office: Office,
    endpoint_id: str,
    actor: Actor,
    *,
    delivery_id: str | None = None,
    since: datetime | None = None,
) -> list[str]:
    """Deliver again, under the same message id: one delivery whatever came of it, or all that are dead since a time.

    Gives the ids of the deliveries.

    Raises:
        NotFound: there is no such endpoint, or no such delivery to it.
        InputError: neither a delivery nor a time is said, or both.
        Conflict: the endpoint was removed.
    """
    if (delivery_id is None) == (since is None):
        raise InputError("say either which delivery, or since when", code="redeliver")
    now = office.clock.now()
    with office.store.write() as unit:
        endpoint = _standing(unit, endpoint_id)
        found = (
            [_of(unit, endpoint, delivery_id)] if delivery_id else unit.webhooks.dead_since(endpoint_id, since or now)
        )
        for each in found:
            unit.webhooks.again(each, now)
        if found:
            which = {"delivery_id": delivery_id} if delivery_id else {"since": (since or now).isoformat()}
            record(unit, endpoint, "redelivered", actor, deliveries=len(found), **which)
    return [each.id for each in found]


def add_test(office: Office, endpoint_id: str, actor: Actor) -> dict[str, Any]:
    """Put a message of the type ``webhook.test`` on its way to an endpoint alone; it is tried once.

    Raises:
        NotFound, Conflict (it is not enabled).
    """
    told = message(TEST, office.ids.new(), office.clock.now(), {"endpoint_id": endpoint_id, "asked_by": actor.id})
    with office.store.write() as unit:
        if _standing(unit, endpoint_id).state != "enabled":
            raise Conflict(f"the endpoint {endpoint_id} is disabled", mend="enable it first")
        (delivery_id,) = unit.webhooks.tell(told, [endpoint_id])
        return unit.webhooks.delivery(delivery_id).to_json()


def _of(unit: WebhookUnit, endpoint: Endpoint, delivery_id: str) -> Delivery:
    found = unit.webhooks.delivery(delivery_id)
    if found.endpoint_id != endpoint.id:
        raise NotFound(f"there is no delivery {delivery_id} to this endpoint")
    return found


def _standing(unit: WebhookUnit, endpoint_id: str) -> Endpoint:
    endpoint = unit.webhooks.get(endpoint_id)
    if endpoint.state == "removed":
        raise Conflict(f"the endpoint {endpoint_id} was removed", mend="add it anew")
    return endpoint
