"""Separation of duties: what nobody may do, whatever their roles open. Operations ask here; routes do not.

Nobody activates their own policy, and nobody approves what they asked for or edited: that stands in the rooms' own
moves (`remit.approvals`). Here is what takes more to know than the thing itself: who is an admin, and who answers for
an app.
"""

from __future__ import annotations

from collections.abc import Collection

from remit.agents.ports import Unit
from remit.core.errors import Forbidden, Refused
from remit.core.words import Actor
from remit.identity.principal import ADMIN


def must_be_admin(unit: Unit, actor: Actor) -> None:
    """Only an admin gives and takes accounts, roles and keys.

    As long as nobody is admin, whoever has the data folder may: somebody has to be the first. Over HTTP nobody gets
    here without the role, for no door is open to them.

    Raises:
        Forbidden: somebody else is admin.
    """
    if ADMIN in actor.roles or not any(ADMIN in each.roles and not each.disabled for each in unit.identities.all()):
        return
    raise Forbidden(
        f"{actor.id} has not the role {ADMIN}, which this needs", mend=f"give --role {ADMIN}, if that is your role"
    )


def must_not_be_admin(actor: Actor, what: str) -> None:
    """Whoever gives roles neither decides nor sees cases, whatever other roles they gave themselves. Raises Refused."""
    if ADMIN in actor.roles:
        raise Refused(
            f"{actor.id} is {ADMIN} and may not {what}",
            code="duties",
            mend="whoever gives roles neither decides nor sees cases: another person has to",
        )


def must_not_answer_for(unit: Unit, requested_by: str, people: Collection[str], what: str) -> None:
    """What an app asks for, the person who answers for it has asked for. Raises Refused."""
    owner = who_answers_for(unit, requested_by)
    if owner is not None and owner in people:
        raise Refused(
            f"{owner} answers for {requested_by}, which requested this, and may not {what} it",
            code="duties",
            mend="another person has to decide: requester and approver are never the same",
        )


def who_answers_for(unit: Unit, name: str) -> str | None:
    """The person who answers for an app of that name; None when it is no app."""
    app = unit.identities.find(name)
    return None if app is None else app.owner
