"""A link that signs somebody in: for whoever sits at the machine, such as after `remit demo`. It works once."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from remit.core.errors import NotFound, Unauthenticated
from remit.core.words import Actor
from remit.identity.account import is_name
from remit.identity.provider import FREE_OF_SOURCE
from remit.identity.throttle import attempted, door_of, forgiven, source_of
from remit.service.identity.sessions import begin_session
from remit.service.identity.sign_in import NOBODY
from remit.service.services import Services

LASTS = timedelta(minutes=15)
SECRET_BYTES = 32


def offer_link(services: Services, actor: Actor, name: str) -> str:
    """The path of a link for a person's account. Only the hash of its secret is kept, and only until it is used.

    Raises:
        NotFound: there is no such person, or they are shut out.
    """
    secret = services.chance.token(SECRET_BYTES).hex()
    with services.store.write() as unit:
        account = unit.identities.get(name)
        if account.kind != "user" or account.disabled:
            raise NotFound(f"nobody called {name} can sign in")
        unit.identities.begin_sign_in(_state(name, secret), services.clock.now() + LASTS)
        unit.journal.append("session.link_made", actor=actor, step="identity", body={"account": name})
    return f"/sign-in/link/{name}/{secret}"


def follow_link(
    services: Services, name: str, secret: str, *, source: str, before: str | None = None
) -> tuple[dict[str, Any], str]:
    """Begin a session by a link; gives what its person may see of it, and its token, which is shown this once.

    Raises:
        TooSoon: there were too many attempts from there.
        Unauthenticated: it was used, is too old, is none, or the account is shut out.
    """
    door = door_of("link", source_of(source))
    with services.store.write() as unit:
        now = services.clock.now()
        unit.identities.save_failures(door, attempted(unit.identities.failures(door), FREE_OF_SOURCE, now))
    with services.store.write() as unit:
        expected = unit.identities.finish_sign_in(_state(name, secret), services.clock.now())
        account = unit.identities.find(name) if expected and is_name(name) else None
        if account is not None and not account.disabled:
            unit.identities.save_failures(door, forgiven(unit.identities.failures(door)))
            return begin_session(services, unit, account, "link", before)
        body = {"why": "wrong" if account is None else "disabled", "how": "link"}
        unit.journal.append("session.sign_in_failed", actor=NOBODY, step="identity", body=body)
    raise Unauthenticated("this link was used already or is too old", code="sign_in", mend="ask for another one")


def _state(name: str, secret: str) -> str:
    """What is kept of a link: nobody who reads the table can make the link of it."""
    return hashlib.sha256(f"remit link\0{name}\0{secret}".encode()).hexdigest()
