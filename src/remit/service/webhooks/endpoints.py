"""Say who is told of what. Each change is in the ledger with who made it; of a URL only the origin is."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from remit.core.errors import InputError, Refused
from remit.core.words import Actor
from remit.service.webhooks.ports import Office, WebhookUnit
from remit.webhooks import endpoint as moves
from remit.webhooks.addresses import target_of
from remit.webhooks.endpoint import Endpoint
from remit.webhooks.signing import Secret, new_secret, rotated
from remit.webhooks.told import checked_types

ENDPOINTS_MAX = 100
TEXT_CHARS_MAX = 500
OVERLAP = timedelta(hours=24)
"""For how long a secret that was replaced signs beside the new one."""


def add_endpoint(
    office: Office, url: str, actor: Actor, *, types: Sequence[str] = (), description: str = ""
) -> dict[str, Any]:
    """Tell an endpoint from now on, of everything or of some types. The answer alone holds its secret, in `secret`.

    Raises:
        InputError: no messages are sent to such a URL, or there is no such type.
        Refused: there are too many endpoints.
    """
    endpoint = Endpoint(
        id=office.ids.new(),
        url=_checked_url(office, url),
        types=checked_types(types),
        description=_checked_text(description, "the description"),
        made_by=actor.id,
        made_at=office.clock.now(),
    )
    secret = new_secret(office.chance)
    with office.store.write() as unit:
        if len(unit.webhooks.all()) >= ENDPOINTS_MAX:
            raise Refused(f"there are {ENDPOINTS_MAX} endpoints already", mend="remove one")
        unit.webhooks.add(endpoint, [Secret(secret)])
        record(unit, endpoint, "added", actor, types=list(endpoint.types))
    return {**endpoint.to_json(), "secret": secret}


def list_endpoints(office: Office) -> list[dict[str, Any]]:
    """Every endpoint that was not removed, the oldest first."""
    with office.store.read() as unit:
        return [each.to_json() for each in unit.webhooks.all()]


def show_endpoint(office: Office, endpoint_id: str) -> dict[str, Any]:
    """One endpoint, with its newest deliveries. Raises NotFound."""
    with office.store.read() as unit:
        endpoint = unit.webhooks.get(endpoint_id)
        newest = unit.webhooks.deliveries(endpoint_id, limit=10)
    return {**endpoint.to_json(), "deliveries": [each.to_json() for each in newest]}


def change_endpoint(
    office: Office,
    endpoint_id: str,
    actor: Actor,
    *,
    url: str | None = None,
    types: Sequence[str] | None = None,
    description: str | None = None,
) -> dict[str, Any]:
    """Give an endpoint another URL, other types or another description; None leaves each as it is.

    Raises:
        NotFound, Conflict (it was removed), InputError.
    """
    new_url = None if url is None else _checked_url(office, url)
    new_types = None if types is None else checked_types(types)
    new_text = None if description is None else _checked_text(description, "the description")
    given = {"url": url, "types": types, "description": description}
    names = [name for name, value in given.items() if value is not None]
    if not names:
        raise InputError("nothing is to be changed", mend="name a URL, types or a description")
    move = functools.partial(moves.changed, url=new_url, types=new_types, description=new_text)
    return _moved(office, endpoint_id, actor, "changed", move, changed=names).to_json()


def rotate_secret(office: Office, endpoint_id: str, actor: Actor) -> dict[str, Any]:
    """Give an endpoint a new secret, which the answer alone holds. For a day the one before signs beside it.

    Raises:
        NotFound, Conflict (it was removed).
    """
    secret = new_secret(office.chance)
    with office.store.write() as unit:
        endpoint = moves.changed(unit.webhooks.get(endpoint_id))
        unit.webhooks.save(endpoint)
        kept = rotated(unit.webhooks.secrets(endpoint_id), secret, office.clock.now(), OVERLAP)
        unit.webhooks.keep_secrets(endpoint_id, kept)
        record(unit, endpoint, "changed", actor, changed=["secret"])
    return {**endpoint.to_json(), "secret": secret}


def enable_endpoint(office: Office, endpoint_id: str, actor: Actor) -> dict[str, Any]:
    """Tell an endpoint again, and of what was still pending when it was disabled. Raises NotFound, Conflict."""
    return _moved(office, endpoint_id, actor, "enabled", moves.enabled).to_json()


def disable_endpoint(office: Office, endpoint_id: str, actor: Actor, reason: str) -> dict[str, Any]:
    """Tell an endpoint nothing until it is enabled; what happens meanwhile it is never told.

    Raises:
        NotFound, Conflict, InputError (the reason is missing).
    """
    why = _checked_text(reason, "the reason")
    if not why:
        raise InputError("the reason is missing", mend="say in a few words why")
    move = functools.partial(moves.disabled, reason=why)
    return _moved(office, endpoint_id, actor, "disabled", move, reason=why).to_json()


def remove_endpoint(office: Office, endpoint_id: str, actor: Actor) -> dict[str, Any]:
    """Take an endpoint away, with its secrets and what was pending. Raises NotFound, Conflict."""
    with office.store.write() as unit:
        endpoint = moves.removed(unit.webhooks.get(endpoint_id))
        unit.webhooks.save(endpoint)
        unit.webhooks.keep_secrets(endpoint_id, [])
        unit.webhooks.bury(endpoint_id, "the endpoint was removed")
        record(unit, endpoint, "removed", actor)
    return endpoint.to_json()


def record(unit: WebhookUnit, endpoint: Endpoint, verb: str, actor: Actor, **facts: Any) -> None:
    """The event of a change."""
    body = {"endpoint_id": endpoint.id, "origin": endpoint.origin, "version": endpoint.version, **facts}
    unit.journal.append(f"webhook.{verb}", actor=actor, step="webhooks", body=body)


def _moved(
    office: Office, endpoint_id: str, actor: Actor, verb: str, move: Callable[[Endpoint], Endpoint], **facts: Any
) -> Endpoint:
    with office.store.write() as unit:
        endpoint = move(unit.webhooks.get(endpoint_id))
        unit.webhooks.save(endpoint)
        record(unit, endpoint, verb, actor, **facts)
    return endpoint


def _checked_url(office: Office, url: str) -> str:
    target_of(url, local=office.local)
    return url


def _checked_text(text: str, what: str) -> str:
    stripped = text.strip()
    if len(stripped) > TEXT_CHARS_MAX or not stripped.isprintable():
        raise InputError(f"{what} is longer than {TEXT_CHARS_MAX} characters, or not of one line", mend="shorten it")
    return stripped
