"""List API keys."""

from __future__ import annotations

from typing import Any

from remit.service.services import Services


def list_keys(services: Services, account: str | None = None) -> list[dict[str, Any]]:
    """The keys of an account, or all, oldest first, with what is left of each. Raises NotFound."""
    now = services.clock.now()
    with services.store.read() as unit:
        if account is not None:
            unit.identities.get(account)
        return [{**key.to_json(), "opens": key.ended(now) is None} for key in unit.identities.keys(account)]


def show_key(services: Services, key_id: str) -> dict[str, Any]:
    """One key. Raises NotFound."""
    with services.store.read() as unit:
        key = unit.identities.key(key_id)
    return {**key.to_json(), "opens": key.ended(services.clock.now()) is None}
