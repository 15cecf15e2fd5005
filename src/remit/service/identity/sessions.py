"""What the operations on sessions share: one begins or ends together with its event, or not at all."""

from __future__ import annotations

from typing import Any

from remit.agents.ports import Unit
from remit.core.words import Actor
from remit.identity.account import Account
from remit.identity.credential import mint, parse
from remit.identity.session import How, Session, csrf_token
from remit.service.services import Services


def person(account: Account) -> Actor:
    """Somebody who has proved who they are, as the ledger knows them."""
    return Actor(account.name, account.kind, account.roles)


def begin_session(
    services: Services, unit: Unit, account: Account, how: How, before: str | None
) -> tuple[dict[str, Any], str]:
    """Begin a session and end the one that this browser came with: nobody's old token is good for it.

    Returns what its person may see of it, and the token, which is shown this once.
    """
    now = services.clock.now()
    replaced = None if before is None else parse("remitsession", before)
    if replaced is not None and unit.identities.find_session(replaced.id) is not None:
        unit.identities.end_session(replaced.id, now)
    session_id = services.ids.new()
    token, sha256 = mint("remitsession", session_id, services.chance)
    session = Session(session_id, account.name, sha256, how, now, now)
    unit.identities.add_session(session)
    unit.journal.append(
        "session.signed_in", actor=person(account), step="identity", body={"session_id": session.id, "how": how}
    )
    return {**session.to_json(), "account": account.to_json(), "csrf_token": csrf_token(token)}, token


def end_all(services: Services, unit: Unit, actor: Actor, account: str, why: str) -> int:
    """End every session of an account; says how many there were."""
    now = services.clock.now()
    ended = [each.id for each in unit.identities.sessions(account) if unit.identities.end_session(each.id, now)]
    if ended:
        body = {"account": account, "sessions": ended, "why": why}
        unit.journal.append("session.ended", actor=actor, step="identity", body=body)
    return len(ended)
