"""An endpoint: where somebody wants to be told, of what, and whether they are.

``enabled`` is told; ``disabled`` is not: by a person, because it said that it is gone, or after it failed for days;
``removed`` is kept for the record, without its secrets. Every move by a person counts `version` up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from remit.core.errors import Conflict
from remit.webhooks.addresses import target_of

State = Literal["enabled", "disabled", "removed"]

FAILING_MAX = timedelta(days=5)
"""How long an endpoint may fail without one success in between before it is disabled."""

GONE = "it answered 410: gone"
FAILED = f"it failed for {FAILING_MAX.days} days"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to tell, and of which types; of none means of all.

    `reason` says why it is disabled, `failing_since` since when nothing has arrived.
    """

    id: str
    url: str
    types: tuple[str, ...]
    description: str
    made_by: str
    made_at: datetime
    version: int = 1
    state: State = "enabled"
    reason: str | None = None
    failing_since: datetime | None = None

    def wants(self, kind: str) -> bool:
        """Whether it is told of messages of this type."""
        return self.state == "enabled" and (not self.types or kind in self.types)

    @property
    def origin(self) -> str:
        """What the ledger says of where it is: its path may be a secret."""
        return target_of(self.url, local=True).origin

    def to_json(self) -> dict[str, Any]:
        """The endpoint as it is shown; its secrets are not part of it."""
        return {
            "endpoint_id": self.id,
            "url": self.url,
            "types": list(self.types),
            "description": self.description,
            "state": self.state,
            "reason": self.reason,
            "failing_since": self.failing_since and self.failing_since.isoformat(),
            "version": self.version,
            "made_by": self.made_by,
            "made_at": self.made_at.isoformat(),
        }


def changed(
    endpoint: Endpoint,
    url: str | None = None,
    types: Sequence[str] | None = None,
    description: str | None = None,
) -> Endpoint:
    """The endpoint elsewhere, of other types, or under another description; None leaves as it was. Raises Conflict."""
    return _moved(
        endpoint,
        url=endpoint.url if url is None else url,
        types=endpoint.types if types is None else tuple(types),
        description=endpoint.description if description is None else description,
    )


def enabled(endpoint: Endpoint) -> Endpoint:
    """The endpoint, told from now on, and of what is still pending. Raises Conflict."""
    _must_not_be(endpoint, "enabled")
    return _moved(endpoint, state="enabled", reason=None, failing_since=None)


def disabled(endpoint: Endpoint, reason: str) -> Endpoint:
    """The endpoint, not told any more. Raises Conflict."""
    _must_not_be(endpoint, "disabled")
    return _moved(endpoint, state="disabled", reason=reason)


def removed(endpoint: Endpoint) -> Endpoint:
    """The endpoint, gone for good. Raises Conflict."""
    return _moved(endpoint, state="removed", reason="it was removed")


def given_up(endpoint: Endpoint, now: datetime) -> bool:
    """Whether it has failed for so long that it is not tried any more."""
    return endpoint.failing_since is not None and now - endpoint.failing_since >= FAILING_MAX


def _moved(endpoint: Endpoint, **changes: Any) -> Endpoint:
    _must_not_be(endpoint, "removed")
    return replace(endpoint, version=endpoint.version + 1, **changes)


def _must_not_be(endpoint: Endpoint, state: State) -> None:
    if endpoint.state == state:
        raise Conflict(f"the endpoint {endpoint.id} is {state} already", mend="look again: `remit webhooks show`")
