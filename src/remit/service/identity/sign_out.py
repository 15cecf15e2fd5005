"""Sign a person out, and end their other sessions."""

from __future__ import annotations

from typing import Any

from remit.core.errors import NotFound
from remit.core.words import Actor
from remit.service.services import Services


def sign_out(services: Services, actor: Actor, session_id: str) -> None:
    """End a session of one's own: this one, or one in another browser.

    Raises:
        NotFound: it is over already, or not theirs.
    """
    with services.store.write() as unit:
        theirs = {session.id for session in unit.identities.sessions(actor.id)}
        if session_id not in theirs or not unit.identities.end_session(session_id, services.clock.now()):
            raise NotFound("there is no session of that id", mend="list your sessions")
        unit.journal.append("session.signed_out", actor=actor, step="identity", body={"session_id": session_id})


def list_sessions(services: Services, actor: Actor) -> list[dict[str, Any]]:
    """One's own sessions that nobody has ended, oldest first."""
    with services.store.read() as unit:
        return [session.to_json() for session in unit.identities.sessions(actor.id)]
