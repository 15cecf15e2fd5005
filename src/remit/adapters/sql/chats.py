"""Conversations in SQL. What tells of somebody is sealed under their key; the rest under the conversation's own.

A conversation's key is derived from the key file's key for references, as a webhook's is: the database alone opens
nothing, and what was said goes with the conversation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.tables.chat import ChatConversationRow, ChatEventRow, ChatRunRow
from remit.adapters.sql.vault import DECISION, SUBJECT, Vault
from remit.chat.conversation import NOBODY, About, Conversation, Run, RunEvent, RunState
from remit.core.errors import Conflict, NotFound
from remit.ledger.sealing import Seal

CONVERSATION: Table = ChatConversationRow.__table__  # type: ignore[attr-defined]
RUN: Table = ChatRunRow.__table__  # type: ignore[attr-defined]
EVENT: Table = ChatEventRow.__table__  # type: ignore[attr-defined]

GONE = ""
"""What stands in place of a text that was erased."""

# Built once: building a statement anew costs more than running it. A subject's key is read with what it opens.
_RUNS = select(RUN, SUBJECT.c.wrapped, SUBJECT.c.wrapped_by).outerjoin(SUBJECT, SUBJECT.c.ref == RUN.c.ref)
_RUN = _RUNS.where(RUN.c.id == bindparam("of"))
_EVENTS = (
    select(EVENT, SUBJECT.c.wrapped, SUBJECT.c.wrapped_by)
    .outerjoin(SUBJECT, SUBJECT.c.ref == EVENT.c.ref)
    .where(EVENT.c.run_id == bindparam("of"), EVENT.c.n > bindparam("after"))
    .order_by(EVENT.c.n)
)
_STILL_HELD = update(RUN).where(
    RUN.c.id == bindparam("of"), RUN.c.fence == bindparam("held_by"), RUN.c.state == "running"
)
_INSERT_EVENTS = insert(EVENT)
_LAST = select(func.coalesce(func.max(EVENT.c.n), 0)).where(EVENT.c.run_id == bindparam("of"))
_RUNS_SO_FAR = select(func.coalesce(func.max(RUN.c.n), 0)).where(RUN.c.conversation_id == bindparam("of"))
_SUBJECT_OF = select(DECISION.c.subject).where(DECISION.c.id == bindparam("of"))


class SqlChats:
    """`remit.chat.ports.Chats` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault
        self._sealer = vault.sealer(connection)

    # Conversations

    def open(self, conversation: Conversation) -> None:
        made = _text(conversation.made_at)
        row = {"id": conversation.id, "owner": conversation.owner, "title": conversation.title}
        self._connection.execute(insert(CONVERSATION), {**row, "made_at": made, "asked_at": made})

    def get(self, conversation_id: str) -> Conversation:
        row = self._connection.execute(select(CONVERSATION).where(CONVERSATION.c.id == conversation_id)).one_or_none()
        if row is None:
            raise NotFound("there is no conversation of that id")
        return _conversation(row)

    def of(self, owner: str, limit: int, before: str | None = None) -> list[Conversation]:
        query = select(CONVERSATION).where(CONVERSATION.c.owner == owner).order_by(CONVERSATION.c.id.desc())
        if before is not None:
            query = query.where(CONVERSATION.c.id < before)
        return [_conversation(row) for row in self._connection.execute(query.limit(limit))]

    def rename(self, conversation_id: str, title: str) -> None:
        change = update(CONVERSATION).where(CONVERSATION.c.id == conversation_id)
        self._connection.execute(change.values(title=title))

    def delete(self, conversation_id: str) -> None:
        self._delete([conversation_id])

    def forget(self, before: datetime) -> int:
        query = select(CONVERSATION.c.id).where(CONVERSATION.c.asked_at < _text(before)).limit(500)
        old = list(self._connection.execute(query).scalars())
        self._delete(old)
        return len(old)

    def _delete(self, conversation_ids: Sequence[str]) -> None:
        runs = select(RUN.c.id).where(RUN.c.conversation_id.in_(list(conversation_ids)))
        self._connection.execute(delete(EVENT).where(EVENT.c.run_id.in_(runs)))
        self._connection.execute(delete(RUN).where(RUN.c.conversation_id.in_(list(conversation_ids))))
        self._connection.execute(delete(CONVERSATION).where(CONVERSATION.c.id.in_(list(conversation_ids))))

    # Runs

    def ask(self, run: Run) -> None:
        seal = self._own(run.conversation_id)
        row = {
            "id": run.id,
            "conversation_id": run.conversation_id,
            "n": self._connection.execute(_RUNS_SO_FAR, {"of": run.conversation_id}).scalar_one() + 1,
            "asker": to_text(dict(run.asker)),
            "at": _text(run.at),
            "state": run.state,
            "held_until": _text(run.held_until),
            "fence": run.fence,
            "question": seal.close(run.question or "", _place(run.id, "question"), self._vault.chance),
        }
        try:
            self._connection.execute(insert(RUN), row)
        except IntegrityError as error:
            raise Conflict(
                "another question of this conversation is being answered",
                code="in_flight",
                mend="wait for its answer, or stop it",
            ) from error
        change = update(CONVERSATION).where(CONVERSATION.c.id == run.conversation_id)
        self._connection.execute(change.values(asked_at=_text(run.at)))

    def run(self, run_id: str) -> Run:
        row = self._connection.execute(_RUN, {"of": run_id}).one_or_none()
        if row is None:
            raise NotFound("there is no run of that id")
        return self._run(row)

    def runs(self, conversation_id: str) -> list[Run]:
        query = _RUNS.where(RUN.c.conversation_id == conversation_id).order_by(RUN.c.n)
        return [self._run(row) for row in self._connection.execute(query)]

    def hold(self, run_id: str, now: datetime, until: datetime) -> Run | None:
        free = update(RUN).where(RUN.c.id == run_id, RUN.c.state == "running", RUN.c.held_until <= _text(now))
        taken = self._connection.execute(free.values(fence=RUN.c.fence + 1, held_until=_text(until)))
        return self.run(run_id) if taken.rowcount == 1 else None

    def understood(self, run: Run, call: Mapping[str, Any], about: About) -> None:
        ref, seal = self._seal(run.conversation_id, about)
        question = call_text = GONE
        if seal is not None:
            question = seal.close(run.question or "", _place(run.id, "question"), self._vault.chance)
            call_text = seal.close(to_text(dict(call)), _place(run.id, "call"), self._vault.chance)
        values = {"decision_id": about.decision_id, "ref": ref, "question": question, "call": call_text}
        self._connection.execute(update(RUN).where(RUN.c.id == run.id).values(values))

    def settle(self, run_id: str, state: RunState, last: RunEvent) -> bool:
        ended = update(RUN).where(RUN.c.id == run_id, RUN.c.state == "running")
        if self._connection.execute(ended.values(state=state, fence=RUN.c.fence + 1)).rowcount != 1:
            return False
        self._add(self.run(run_id), [last])
        return True

    # Events

    def append(self, run: Run, events: Sequence[RunEvent], until: datetime) -> None:
        held = _STILL_HELD.values(held_until=_text(until))
        if self._connection.execute(held, {"of": run.id, "held_by": run.fence}).rowcount != 1:
            raise Conflict("this run was stopped, or somebody else goes on with it")
        self._add(run, events)

    def events(self, run_id: str, after: int = 0) -> list[RunEvent]:
        rows = self._connection.execute(_EVENTS, {"of": run_id, "after": after}).all()
        if not rows:
            return []
        conversation_id = self._connection.execute(select(RUN.c.conversation_id).where(RUN.c.id == run_id)).scalar_one()
        return [self._event(row, conversation_id) for row in rows]

    def _add(self, run: Run, events: Sequence[RunEvent]) -> None:
        last = self._connection.execute(_LAST, {"of": run.id}).scalar_one()
        rows = []
        for n, event in enumerate(events, start=last + 1):
            ref, seal = self._seal(run.conversation_id, event.about)
            data = GONE
            if seal is not None:
                data = seal.close(to_text(dict(event.data or {})), _place(run.id, str(n)), self._vault.chance)
            about = {"decision_id": event.about.decision_id, "ref": ref}
            rows.append({"run_id": run.id, "n": n, "type": event.type, "data": data, **about})
        if rows:
            self._connection.execute(_INSERT_EVENTS, rows)

    # Sealing

    def _own(self, conversation_id: str) -> Seal:
        return Seal(bytes.fromhex(self._vault.ring().reference("chat", conversation_id)))

    def _seal(self, conversation_id: str, about: About) -> tuple[str | None, Seal | None]:
        """The reference and the seal of whom something tells of; no seal once they were erased."""
        if about.decision_id is not None:
            seal = self._sealer.lasting_seal_of(about.decision_id, adding=True)
            ref = self._connection.execute(_SUBJECT_OF, {"of": about.decision_id}).scalar_one_or_none()
            return ref or None, seal
        if about.subject is not None:
            return self._sealer.known(about.subject)
        return None, self._own(conversation_id)

    def _opened(self, row: Row[Any], text: str | None, place: str, conversation_id: str) -> str | None:
        """A text of a row; None where there is none, or whom it told of was erased."""
        if text is None or text == GONE:
            return None
        if row.ref is None:
            return self._own(conversation_id).open(text, place)
        if row.wrapped is None:
            return None
        return self._sealer.unwrapped(row.wrapped_by, row.wrapped, row.ref).open(text, place)

    def _run(self, row: Row[Any]) -> Run:
        call = self._opened(row, row.call, _place(row.id, "call"), row.conversation_id)
        return Run(
            id=row.id,
            conversation_id=row.conversation_id,
            asker=from_text(row.asker),
            question=self._opened(row, row.question, _place(row.id, "question"), row.conversation_id),
            at=datetime.fromisoformat(row.at),
            held_until=datetime.fromisoformat(row.held_until),
            state=row.state,
            call=None if call is None else from_text(call),
            fence=row.fence,
            n=row.n,
        )

    def _event(self, row: Row[Any], conversation_id: str) -> RunEvent:
        text = self._opened(row, row.data, _place(row.run_id, str(row.n)), conversation_id)
        about = NOBODY if row.decision_id is None else About(row.decision_id)
        return RunEvent(row.type, None if text is None else from_text(text), about, row.n)


def erase_of_decision(connection: Connection, decision_id: str) -> None:
    """Take away what was said of a decision. Whoever was about to add to it has done so, or sees it gone."""
    _erase(connection, RUN.c.decision_id == decision_id, EVENT.c.decision_id == decision_id)


def erase_of_subject(connection: Connection, ref: str) -> None:
    """Take away what was said of a subject's cases that became no decision."""
    _erase(connection, RUN.c.ref == ref, EVENT.c.ref == ref)


def _erase(connection: Connection, runs: Any, events: Any) -> None:
    connection.execute(update(RUN).where(runs).values(question=GONE, call=None))
    connection.execute(update(EVENT).where(events).values(data=GONE))


def _place(run_id: str, what: str) -> str:
    return f"chat.{what}:{run_id}"


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _conversation(row: Row[Any]) -> Conversation:
    return Conversation(row.id, row.owner, row.title, datetime.fromisoformat(row.made_at))
