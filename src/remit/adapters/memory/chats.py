"""Conversations in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from remit.adapters.memory.tables import Tables, copied
from remit.chat.conversation import NOBODY, About, Conversation, Run, RunEvent, RunState
from remit.core.errors import Conflict, NotFound


class MemoryChats:
    """`remit.chat.ports.Chats` over the tables of one unit of work: the twin of those in SQL. Nothing is sealed."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def open(self, conversation: Conversation) -> None:
        self._tables.conversations[conversation.id] = conversation

    def get(self, conversation_id: str) -> Conversation:
        found = self._tables.conversations.get(conversation_id)
        if found is None:
            raise NotFound("there is no conversation of that id")
        return found

    def of(self, owner: str, limit: int, before: str | None = None) -> list[Conversation]:
        own = [each for each in self._tables.conversations.values() if each.owner == owner]
        older = [each for each in own if before is None or each.id < before]
        return sorted(older, key=lambda each: each.id, reverse=True)[:limit]

    def rename(self, conversation_id: str, title: str) -> None:
        self._tables.conversations[conversation_id] = replace(self.get(conversation_id), title=title)

    def delete(self, conversation_id: str) -> None:
        for run in self.runs(conversation_id):
            del self._tables.chat_runs[run.id]
            for key in [key for key in self._tables.chat_events if key[0] == run.id]:
                del self._tables.chat_events[key]
        self._tables.conversations.pop(conversation_id, None)

    def forget(self, before: datetime) -> int:
        old = [each.id for each in self._tables.conversations.values() if self._asked_at(each) < before]
        for conversation_id in old:
            self.delete(conversation_id)
        return len(old)

    def ask(self, run: Run) -> None:
        if any(not other.over for other in self.runs(run.conversation_id)):
            raise Conflict(
                "another question of this conversation is being answered",
                code="in_flight",
                mend="wait for its answer, or stop it",
            )
        self._tables.chat_runs[run.id] = replace(run, n=len(self.runs(run.conversation_id)) + 1)

    def run(self, run_id: str) -> Run:
        found = self._tables.chat_runs.get(run_id)
        if found is None:
            raise NotFound("there is no run of that id")
        return found

    def runs(self, conversation_id: str) -> list[Run]:
        found = [run for run in self._tables.chat_runs.values() if run.conversation_id == conversation_id]
        return sorted(found, key=lambda run: run.n)

    def hold(self, run_id: str, now: datetime, until: datetime) -> Run | None:
        run = self._tables.chat_runs.get(run_id)
        if run is None or run.over or run.held_until > now:
            return None
        held = replace(run, fence=run.fence + 1, held_until=until)
        self._tables.chat_runs[run_id] = held
        return held

    def understood(self, run: Run, call: Mapping[str, Any], about: About) -> None:
        self._tables.chat_runs[run.id] = replace(self.run(run.id), call=copied(dict(call)))

    def append(self, run: Run, events: Sequence[RunEvent], until: datetime) -> None:
        present = self._tables.chat_runs.get(run.id)
        if present is None or present.over or present.fence != run.fence:
            raise Conflict("this run was stopped, or somebody else goes on with it")
        self._tables.chat_runs[run.id] = replace(present, held_until=until)
        self._add(run.id, events)

    def settle(self, run_id: str, state: RunState, last: RunEvent) -> bool:
        run = self._tables.chat_runs.get(run_id)
        if run is None or run.over:
            return False
        self._tables.chat_runs[run_id] = replace(run, state=state, fence=run.fence + 1)
        self._add(run_id, [last])
        return True

    def events(self, run_id: str, after: int = 0) -> list[RunEvent]:
        found = [event for (of, n), event in self._tables.chat_events.items() if of == run_id and n > after]
        return sorted(found, key=lambda event: event.n)

    def _add(self, run_id: str, events: Sequence[RunEvent]) -> None:
        last = max((n for of, n in self._tables.chat_events if of == run_id), default=0)
        for n, event in enumerate(events, start=last + 1):
            about = NOBODY if event.about.decision_id is None else About(event.about.decision_id)
            kept = RunEvent(event.type, copied(dict(event.data or {})), about, n)
            self._tables.chat_events[run_id, n] = kept

    def _asked_at(self, conversation: Conversation) -> datetime:
        return max([conversation.made_at, *(run.at for run in self.runs(conversation.id))])
