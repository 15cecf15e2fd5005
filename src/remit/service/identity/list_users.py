"""List accounts."""

from __future__ import annotations

from typing import Any

from remit.service.services import Services


def list_users(services: Services) -> list[dict[str, Any]]:
    """Every account, people and apps, by name."""
    with services.store.read() as unit:
        return [account.to_json() for account in unit.identities.all()]


def show_user(services: Services, name: str) -> dict[str, Any]:
    """One account. Raises NotFound."""
    with services.store.read() as unit:
        return unit.identities.get(name).to_json()
