"""Carry messages to their endpoints: leased by one worker at a time, signed, sent, and settled.

At least once: whoever dies between sending and settling leaves a lease that ends, and the message is sent again. Two
never send the same delivery at the same time unless one has held it for longer than a lease.
"""

from __future__ import annotations

import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from remit.core.errors import Conflict, RemitError
from remit.core.words import Actor
from remit.service.webhooks.endpoints import record
from remit.service.webhooks.ports import Office, WebhookUnit
from remit.webhooks import endpoint as moves
from remit.webhooks.addresses import target_of
from remit.webhooks.delivery import TRIES_MAX, Answer, Delivery, Settled, answered, unanswered
from remit.webhooks.endpoint import FAILED, GONE, Endpoint
from remit.webhooks.ports import Unsent
from remit.webhooks.signing import headers_of, signing
from remit.webhooks.told import TEST

_log = logging.getLogger(__name__)

REMIT = Actor("remit", "system")
AT_ONCE = 8
PER_ENDPOINT = 4
"""How much of what is sent at once may go to one endpoint: one that is slow leaves room for the others."""
LEASE = timedelta(minutes=2)
KEPT = timedelta(days=30)


class Deliver:
    """A chore. A run hands what is due to threads of its own and waits for nothing; `finish` waits for them."""

    name = "deliver webhooks"
    every_seconds = 1.0

    def __init__(self, office: Office) -> None:
        self._office = office
        self._pool: ThreadPoolExecutor | None = None
        self._turn = threading.Lock()
        self._flying = 0

    def run(self, now: datetime) -> int:
        """Begin to send what is due, as far as there is room. Gives how many that were."""
        with self._turn:
            room = AT_ONCE - self._flying
        taken = lease_due(self._office, now, room) if room else []
        if taken and self._pool is None:
            self._pool = ThreadPoolExecutor(AT_ONCE, "remit-webhook")
        for delivery in taken:
            assert self._pool is not None
            with self._turn:
                self._flying += 1
            self._pool.submit(self._carry, delivery)
        return len(taken)

    def finish(self) -> None:
        """Wait for what is on its way; the time limits of the sender see to it that this ends."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def _carry(self, delivery: Delivery) -> None:
        try:
            carry(self._office, delivery)
        except RemitError as error:
            _log.warning("the delivery %s was not settled and is tried again: %s", delivery.id, error.message)
        except Exception as error:  # noqa: BLE001  one delivery's fault keeps no other from its turn
            traceback = bool(os.environ.get("REMIT_DEBUG"))
            _log.error("the delivery %s: unexpected %s", delivery.id, type(error).__name__, exc_info=traceback)
        finally:
            with self._turn:
                self._flying -= 1


def lease_due(office: Office, now: datetime, at_most: int) -> list[Delivery]:
    """Hold what is due, so that nobody else sends it meanwhile."""
    with office.store.read() as unit:
        due = unit.webhooks.due(now, at_most, PER_ENDPOINT)
    if not due:
        return []
    with office.store.write() as unit:
        leased = [unit.webhooks.lease(each, now, now + LEASE) for each in due]
    return [each for each in leased if each is not None]


def carry_now(office: Office, delivery_id: str) -> Delivery:
    """Send one delivery at once, due or not, and give what came of it. Raises NotFound; Conflict: somebody has it."""
    now = office.clock.now()
    with office.store.write() as unit:
        leased = unit.webhooks.lease(unit.webhooks.delivery(delivery_id), now, now + LEASE)
    if leased is None:
        raise Conflict(f"the delivery {delivery_id} is on its way or over", mend="look again")
    carry(office, leased)
    with office.store.read() as unit:
        return unit.webhooks.delivery(delivery_id)


def carry(office: Office, delivery: Delivery) -> bool:
    """Send a delivery that is leased and write what came of it; False when the lease was lost meanwhile."""
    settled = _sent(office, delivery)
    with office.store.write() as unit:
        endpoint = unit.webhooks.get(delivery.endpoint_id)
        if not unit.webhooks.settle(delivery, settled):
            return False
        if delivery.type != TEST:
            _look_at(unit, endpoint, settled, office.clock.now())
    return True


def forget(office: Office, now: datetime) -> int:
    """Delete what was over a month ago."""
    with office.store.write() as unit:
        return unit.webhooks.forget(now - KEPT)


def _sent(office: Office, delivery: Delivery) -> Settled:
    # A test is tried once: whoever asked for it is waiting to see what comes of it.
    tries = TRIES_MAX if delivery.type == TEST else delivery.tries
    try:
        answer = _answer(office, delivery)
    except (Unsent, RemitError) as error:
        return unanswered(tries, str(error), office.clock.now(), office.chance)
    return answered(tries, answer, office.clock.now(), office.chance)


def _answer(office: Office, delivery: Delivery) -> Answer:
    with office.store.read() as unit:
        endpoint = unit.webhooks.get(delivery.endpoint_id)
        body = unit.webhooks.message(delivery.message_id).body.encode()
        secrets = unit.webhooks.secrets(delivery.endpoint_id)
    now = office.clock.now()
    headers = headers_of(delivery.message_id, body, signing(secrets, now), now)
    return office.sender.send(target_of(endpoint.url, local=office.local), headers, body)


def _look_at(unit: WebhookUnit, endpoint: Endpoint, settled: Settled, now: datetime) -> None:
    """Note how the endpoint fares, and disable one that is gone or has failed for days."""
    if settled.state == "delivered":
        if endpoint.failing_since is not None:
            unit.webhooks.failing(endpoint.id, None)
        return
    if endpoint.failing_since is None:
        unit.webhooks.failing(endpoint.id, now)
    why = GONE if settled.gone else FAILED if moves.given_up(endpoint, now) else None
    if why is not None and endpoint.state == "enabled":
        moved = moves.disabled(endpoint, why)
        unit.webhooks.save(moved)
        record(unit, moved, "disabled", REMIT, reason=why)
