"""What the webhooks ask of the outside: tables inside a unit of work, and somebody who sends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from remit.webhooks.addresses import Target
from remit.webhooks.delivery import Answer, Delivery, Settled, State
from remit.webhooks.endpoint import Endpoint
from remit.webhooks.signing import Secret
from remit.webhooks.told import Message


class Unsent(Exception):
    """A message had no answer. The text says why, for whoever looks after the endpoint."""


class Sender(Protocol):
    """Sends a message, once."""

    def send(self, target: Target, headers: dict[str, str], body: bytes) -> Answer:
        """POST a message and give the answer, whatever its status; a redirect is not followed.

        Raises:
            Unsent: nobody answered in time, or the host leads to where no message may go.
        """
        ...


class Webhooks(Protocol):
    """Endpoints and deliveries, inside a unit of work."""

    def add(self, endpoint: Endpoint, secrets: Sequence[Secret]) -> None:
        """Keep a new endpoint."""
        ...

    def get(self, endpoint_id: str) -> Endpoint:
        """An endpoint, removed or not. Raises NotFound."""
        ...

    def all(self) -> list[Endpoint]:
        """Every endpoint that was not removed, the oldest first."""
        ...

    def save(self, endpoint: Endpoint) -> None:
        """Write a move. Raises Conflict: somebody else made one meanwhile."""
        ...

    def failing(self, endpoint_id: str, since: datetime | None) -> None:
        """Note since when an endpoint fails, None for that it does not. It is no move."""
        ...

    def secrets(self, endpoint_id: str) -> tuple[Secret, ...]:
        """The secrets of an endpoint, the newest first. Raises Corrupted: they cannot be opened."""
        ...

    def keep_secrets(self, endpoint_id: str, secrets: Sequence[Secret]) -> None:
        """Replace the secrets of an endpoint; with none, nothing of them is left."""
        ...

    def tell(self, message: Message, endpoint_ids: Sequence[str]) -> list[str]:
        """Keep a message, to be delivered to these endpoints as soon as possible. Gives the deliveries' ids."""
        ...

    def message(self, message_id: str) -> Message:
        """A message. Raises NotFound."""
        ...

    def deliveries(
        self, endpoint_id: str, state: State | None = None, *, before: str | None = None, limit: int = 100
    ) -> list[Delivery]:
        """An endpoint's deliveries, the newest first, from those on that are older than the delivery `before`."""
        ...

    def delivery(self, delivery_id: str) -> Delivery:
        """A delivery. Raises NotFound."""
        ...

    def due(self, now: datetime, limit: int, per_endpoint: int) -> list[Delivery]:
        """Deliveries to enabled endpoints that are due and that nobody holds, the one due first at the top."""
        ...

    def lease(self, delivery: Delivery, now: datetime, until: datetime) -> Delivery | None:
        """Hold a pending delivery until then, for one more try; None when somebody else has it, or has had it since."""
        ...

    def settle(self, delivery: Delivery, settled: Settled) -> bool:
        """Write what came of the try that was leased; False when the lease was lost to somebody else."""
        ...

    def again(self, delivery: Delivery, now: datetime) -> None:
        """Deliver it anew from now on, under the same message id, whatever came of it so far."""
        ...

    def dead_since(self, endpoint_id: str, since: datetime) -> list[Delivery]:
        """The dead deliveries of messages that were told since then, the oldest first."""
        ...

    def bury(self, endpoint_id: str, why: str) -> None:
        """Let everything pending of an endpoint be dead."""
        ...

    def forget(self, before: datetime) -> int:
        """Delete deliveries that are over and were made before then, and messages that nobody is told of any more."""
        ...
