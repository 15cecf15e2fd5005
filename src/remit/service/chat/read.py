"""What was asked and answered, as its owner reads it again. Passages are read from the documents each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from remit.chat.conversation import Run, RunEvent
from remit.core.errors import NotFound
from remit.identity.principal import Principal
from remit.service.chat.ask import own, own_run
from remit.service.chat.desk import ChatDesk
from remit.service.chat.work import take_up

PASSAGE_CHARACTERS_MAX = 1_200


@dataclass(frozen=True, slots=True)
class Progress:
    """What is new of a run since an event that was seen."""

    events: tuple[RunEvent, ...]
    over: bool


def conversations(desk: ChatDesk, principal: Principal, limit: int, before: str | None = None) -> list[dict[str, Any]]:
    """Somebody's own conversations, the newest first, below an id."""
    with desk.services.store.read() as unit:
        return [each.to_json() for each in unit.chats.of(principal.id, limit, before)]


def conversation(desk: ChatDesk, principal: Principal, conversation_id: str) -> dict[str, Any]:
    """A conversation with its runs and all of their events, oldest first. A run that nobody works on any more is taken
    up, and shown as it is. Raises NotFound.
    """
    with desk.services.store.read() as unit:
        found = own(unit, principal, conversation_id)
        runs = [(run, unit.chats.events(run.id)) for run in unit.chats.runs(conversation_id)]
    for run, _ in runs:
        take_up(desk, run)
    return {**found.to_json(), "runs": [_run(desk, run, events) for run, events in runs]}


def forget_conversation(desk: ChatDesk, principal: Principal, conversation_id: str) -> None:
    """Delete a conversation with everything in it. Raises NotFound."""
    with desk.services.store.write() as unit:
        own(unit, principal, conversation_id)
        unit.chats.delete(conversation_id)
        body = {"conversation_id": conversation_id}
        unit.journal.append("chat.deleted", actor=principal.actor(), step="chat", body=body)


def progress(desk: ChatDesk, principal: Principal, run_id: str, after: int) -> Progress:
    """What is new of a run. One that nobody works on any more is taken up by this process. Raises NotFound."""
    run = own_run(desk, principal, run_id)
    with desk.services.store.read() as unit:
        # The state before the events: what ends a run is written with its last event.
        run = unit.chats.run(run_id)
        events = unit.chats.events(run_id, after)
    take_up(desk, run)
    return Progress(tuple(events), run.over)


def shown(desk: ChatDesk, event: RunEvent) -> dict[str, Any]:
    """An event's data as it is shown: a passage with its words, and what was erased as erased."""
    if event.data is None:
        return {"erased": True}
    if event.type != "passage":
        return dict(event.data)
    return {**event.data, **_passage(desk, str(event.data["id"]))}


def answer_in(desk: ChatDesk, events: list[RunEvent]) -> str:
    """The answer as plain text: since the last restart, and with the passages and rows that it points to."""
    text = ""
    beside: list[str] = []
    for event in events:
        data = shown(desk, event)
        if event.type == "restart":
            text, beside = "", []
        elif event.type == "delta":
            text += str(data.get("text", ""))
        elif event.type == "thought" and data.get("note"):
            beside.append(str(data["note"]))
        elif event.type == "passage" and data.get("text"):
            beside.append(f"[{data['n']}] {data['id']}: “{data['text']}”")
        elif event.type == "found":
            words = (data.get(name) for name in ("subject", "decision", "status", "state", "decision_id"))
            beside.append(f"[{data.get('n')}] " + ", ".join(str(each) for each in words if each))
        elif event.type == "case":
            rows = data.get("fields", [])
            beside += [f"{each['field']}: {each['value']}" for each in rows]
        elif event.type == "done" and data.get("message"):
            text += str(data["message"])
    return "\n".join([text, *beside])


def _run(desk: ChatDesk, run: Run, events: list[RunEvent]) -> dict[str, Any]:
    return {
        **run.to_json(),
        "events": [{"n": event.n, "type": event.type, "data": shown(desk, event)} for event in events],
    }


def _passage(desk: ChatDesk, chunk_id: str) -> dict[str, Any]:
    try:
        chunk = desk.knowledge.chunk(chunk_id)
    except NotFound:
        return {"text": None, "headings": []}
    return {"text": chunk.text[:PASSAGE_CHARACTERS_MAX], "headings": list(chunk.headings)}
