"""Let one API key take over from another."""

from __future__ import annotations

from typing import Any

from remit.core.words import Actor
from remit.identity.api_key import OVERLAP_HOURS_DEFAULT, rotated
from remit.identity.credential import mint
from remit.service.duties import must_be_admin
from remit.service.services import Services


def rotate_key(
    services: Services, actor: Actor, key_id: str, *, overlap_hours: int = OVERLAP_HOURS_DEFAULT
) -> dict[str, Any]:
    """Create a key that takes over from another; both work for `overlap_hours`, and the answer shows the new one once.

    Raises:
        NotFound: there is no such key.
        Conflict: it opens nothing any more, or was rotated before.
        InputError: an overlap that is too long.
        Forbidden: no admin asks.
    """
    new_id = services.ids.new()
    text, sha256 = mint("remit", new_id, services.chance)
    with services.store.write() as unit:
        must_be_admin(unit, actor)
        old = unit.identities.key(key_id)
        old, new = rotated(old, new_id, sha256, actor.id, services.clock.now(), overlap_hours=overlap_hours)
        unit.identities.add_key(new)
        unit.identities.save_key(old)
        unit.journal.append(
            "key.rotated",
            actor=actor,
            step="identity",
            body={
                "key_id": old.id,
                "replaced_by": new.id,
                "account": new.account,
                "old_expires_at": old.expires_at.isoformat(),
                "expires_at": new.expires_at.isoformat(),
            },
        )
    return {**new.to_json(), "key": text, "replaces": {"key_id": old.id, "expires_at": old.expires_at.isoformat()}}
