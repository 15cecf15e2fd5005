"""Ask a question: it is stored first, so that any process can answer it and show the answer."""

from __future__ import annotations

from dataclasses import dataclass

from remit.agents.ports import Unit
from remit.chat.conversation import QUESTION_CHARACTERS_MAX, Conversation, Run, RunEvent
from remit.core.errors import Conflict, InputError, NotFound
from remit.identity.principal import Principal
from remit.service.chat.desk import ChatDesk, principal_json
from remit.service.chat.work import take_up, work

NEW = "New conversation"


@dataclass(frozen=True, slots=True)
class Asked:
    """Where an answer will be found."""

    conversation_id: str
    run_id: str


def ask(desk: ChatDesk, principal: Principal, message: str, conversation_id: str | None = None) -> Asked:
    """Store a question and begin to answer it; a new conversation is opened where none is named.

    Raises:
        InputError: the question is empty or too long.
        NotFound: there is no such conversation of theirs.
        Conflict: its last question is still being answered; if whoever did so died, somebody does again from now on.
    """
    text = message.strip()
    if not text or len(text) > QUESTION_CHARACTERS_MAX:
        raise InputError(f"a question has 1 to {QUESTION_CHARACTERS_MAX:,} characters", code="question")
    services = desk.services
    now = services.clock.now()
    try:
        with services.store.write() as unit:
            conversation = _conversation(desk, unit, principal, conversation_id)
            run = Run(services.ids.new(), conversation.id, principal_json(principal), text, now, held_until=now)
            unit.chats.ask(run)
            said = {"conversation_id": conversation.id, "run_id": run.id}
            unit.journal.append("chat.asked", actor=principal.actor(), step="chat", body=said)
    except Conflict:
        if conversation_id is not None:
            _take_up_last(desk, conversation_id)
        raise
    desk.begin(lambda: work(desk, run.id))
    return Asked(conversation.id, run.id)


def stop(desk: ChatDesk, principal: Principal, run_id: str) -> bool:
    """End a run where it stands; False when it was over. What it has begun to decide is decided. Raises NotFound."""
    own_run(desk, principal, run_id)
    with desk.services.store.write() as unit:
        stopped = unit.chats.settle(run_id, "stopped", RunEvent("done", {"state": "stopped", "outcome": "stopped"}))
        if stopped:
            unit.journal.append("chat.stopped", actor=principal.actor(), step="chat", body={"run_id": run_id})
    return stopped


def own_run(desk: ChatDesk, principal: Principal, run_id: str) -> Run:
    """A run of theirs. Raises NotFound: what is somebody else's does not exist for them."""
    with desk.services.store.read() as unit:
        run = unit.chats.run(run_id)
        if unit.chats.get(run.conversation_id).owner != principal.id:
            raise NotFound("there is no run of that id")
    return run


def _take_up_last(desk: ChatDesk, conversation_id: str) -> None:
    with desk.services.store.read() as unit:
        last = unit.chats.runs(conversation_id)[-1]
    take_up(desk, last)


def _conversation(desk: ChatDesk, unit: Unit, principal: Principal, conversation_id: str | None) -> Conversation:
    if conversation_id is not None:
        return own(unit, principal, conversation_id)
    made = Conversation(desk.services.ids.new(), principal.id, NEW, desk.services.clock.now())
    unit.chats.open(made)
    return made


def own(unit: Unit, principal: Principal, conversation_id: str) -> Conversation:
    """A conversation of theirs. Raises NotFound."""
    found = unit.chats.get(conversation_id)
    if found.owner != principal.id:
        raise NotFound("there is no conversation of that id")
    return found
