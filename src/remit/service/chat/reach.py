"""What one asker reaches by one tool, and how a decision is found that somebody names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from remit.agents.records import StoredDecision
from remit.chat.conversation import Citation
from remit.chat.slots import ULID
from remit.core.errors import InputError, NotFound
from remit.identity.doors import Whose
from remit.identity.principal import Principal
from remit.service.chat.desk import ChatDesk

SUBJECT_DECISIONS_MAX = 50


class Unclear(Exception):
    """What has to be asked back, in words."""


@dataclass(frozen=True)
class Reach:
    """The desk as one asker may use it: everybody's things, or their own."""

    desk: ChatDesk
    principal: Principal
    whose: Whose
    request_key: str

    def sees(self, stored: StoredDecision) -> bool:
        return self.whose == "any" or stored.run.actor.id == self.principal.id

    def told(self, stored: StoredDecision) -> dict[str, Any]:
        """Everything that the asker may be told of a decision."""
        return self.desk.explain(stored.run.decision_id, viewer=self.principal.actor())

    def kind(self, args: Mapping[str, Any]) -> str | None:
        """The decision of a pack that a tool was narrowed to, by its name. Raises InputError, NotFound."""
        pack, kind = args.get("pack"), args.get("kind")
        if kind is None or pack is None:
            return None if kind is None else str(kind)
        return self.desk.services.decision(self.desk.services.pack(str(pack)), str(kind)).name

    def decision(self, named: Any, kind: Any = None) -> tuple[StoredDecision, int]:
        """The decision of that id, or the newest on whom or what is called so; and how many there are of them.

        Raises:
            NotFound: there is none in reach.
            Unclear: there are several kinds of them, and it was not said which is meant.
        """
        if not isinstance(named, str):
            raise InputError("a decision is named by its id, or by the id of its case")
        with self.desk.services.store.read() as unit:
            own = [named.upper()] if ULID.fullmatch(named) else unit.decisions.of_subject(named, SUBJECT_DECISIONS_MAX)
            found = [stored for stored in map(unit.decisions.get, own) if self.sees(stored)]
        if kind is not None and not ULID.fullmatch(named):
            found = [stored for stored in found if stored.run.decision == kind]
        if not found:
            raise NotFound(f"there is no decision on {named}" if not ULID.fullmatch(named) else "no such decision")
        kinds = sorted({stored.run.decision for stored in found})
        if len(found) > 1 and kind is None and len(kinds) > 1:
            raise Unclear(
                f"On {named} there are decisions of several kinds: {', '.join(kinds)}. Which one do you mean?"
            )
        return found[0], len(found)


def cited(stored: StoredDecision) -> Citation:
    """A decision as what an answer rests on. Its label says nothing of the case."""
    return Citation("decision", stored.run.decision_id, stored.run.decision)


def foreign(stored: StoredDecision) -> tuple[str, ...]:
    """What a decision's case says in words of whoever wrote it."""
    return tuple(each for each in (stored.run.subject, *stored.run.case.values()) if isinstance(each, str) and each)


def short(decision_id: str) -> str:
    """A decision's id as titles have it: its end tells ids apart, their beginning is the time."""
    return f"…{decision_id[-6:]}"
