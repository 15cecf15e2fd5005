"""Create an API key for an app or a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from remit.agents.ports import Unit
from remit.core.errors import InputError, Refused
from remit.core.words import Actor
from remit.identity.account import Account
from remit.identity.api_key import DAYS_DEFAULT, ApiKey, checked_label, checked_scopes, expiry
from remit.identity.credential import mint
from remit.service.duties import must_be_admin
from remit.service.identity.add_user import add_account, new_app
from remit.service.services import Services


def create_key(
    services: Services,
    actor: Actor,
    account: str,
    scopes: Iterable[str],
    *,
    label: str = "",
    days: int = DAYS_DEFAULT,
    app: bool = False,
    owner: str | None = None,
    roles: Iterable[str] = (),
) -> dict[str, Any]:
    """Create a key for an account. The answer holds the key under `key`: it is shown this once.

    Args:
        days: how long it is good for.
        app: add an app of that name first when there is none, with this `owner` (whoever creates it when None) and
            these `roles` besides `app`.

    Raises:
        NotFound: there is no such account.
        InputError: an unknown scope or none, a wrong label or span; an owner or roles for an app that is there.
        Refused: the account is disabled; roles that an app cannot have.
        Forbidden: no admin asks.
    """
    checked, expires_at = checked_scopes(scopes), expiry(services.clock.now(), days)
    key_id = services.ids.new()
    text, sha256 = mint("remit", key_id, services.chance)
    made = new_app(services, actor, account, owner, roles) if app else None
    with services.store.write() as unit:
        must_be_admin(unit, actor)
        holder = _holder(unit, actor, account, made, bool(owner or tuple(roles)))
        if holder.disabled:
            raise Refused(f"{account} is disabled", mend="`remit users enable` lets it in again")
        key = ApiKey(
            id=key_id,
            account=holder.name,
            label=checked_label(label),
            secret_sha256=sha256,
            scopes=checked,
            created_at=services.clock.now(),
            created_by=actor.id,
            expires_at=expires_at,
        )
        unit.identities.add_key(key)
        unit.journal.append(
            "key.created",
            actor=actor,
            step="identity",
            body={
                "key_id": key.id,
                "account": key.account,
                "scopes": list(key.scopes),
                "expires_at": key.expires_at.isoformat(),
            },
        )
    return {**key.to_json(), "key": text}


def _holder(unit: Unit, actor: Actor, name: str, made: Account | None, said_more: bool) -> Account:
    """Whose key it will be: an account that is there, or the app that is made with it."""
    there = unit.identities.find(name) if made else unit.identities.get(name)
    if there is None:
        assert made is not None
        add_account(unit, actor, made)
        return made
    if made is not None and there.kind != "app":
        raise InputError(f"{name} is a person", mend="leave --app out, or take another name")
    if said_more:
        raise InputError(f"there is an app {name} already", mend="`remit users roles` changes its roles")
    return there
