"""Take an API key back."""

from __future__ import annotations

from typing import Any

from remit.core.words import Actor
from remit.identity.api_key import revoked
from remit.service.duties import must_be_admin
from remit.service.services import Services


def revoke_key(services: Services, actor: Actor, key_id: str) -> dict[str, Any]:
    """Take a key back: it opens nothing from the next request on.

    Raises:
        NotFound: there is no such key.
        Conflict: it was revoked before.
        Forbidden: no admin asks.
    """
    with services.store.write() as unit:
        must_be_admin(unit, actor)
        key = revoked(unit.identities.key(key_id), actor.id, services.clock.now())
        unit.identities.save_key(key)
        unit.journal.append(
            "key.revoked", actor=actor, step="identity", body={"key_id": key.id, "account": key.account}
        )
    return key.to_json()
