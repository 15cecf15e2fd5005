"""Answer a question that is stored: every step becomes an event, in order, as soon as it is known.

Whoever works on a run holds it for a while, and longer for as long as they live. When they die, somebody who waits for
the answer goes on with it: the page is told to forget what was said so far, and it is answered from the beginning.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from remit.agents.ports import Unit
from remit.chat.conversation import LEASE, NOBODY, TITLE_CHARACTERS_MAX, Answer, Run, RunEvent
from remit.chat.ports import Turn
from remit.chat.tools import DECIDE, Call
from remit.chat.understand import confirmed
from remit.core.errors import AnswerIsNo, Conflict, RemitError
from remit.service.chat.desk import ChatDesk, principal_of
from remit.service.chat.toolbox import Rights
from remit.service.chat.words import vocabulary

_log = logging.getLogger(__name__)
CALLS_REMEMBERED = 10
BEATS_MAX = 90
"""So often a run is held for longer, every third of `LEASE`: ten minutes."""

_DELTA = re.compile(r"\S+(?:\s+\S+){0,15}\s*|\s+")
FAILED = "I could not finish this: something failed on our side. Nothing was decided; ask again."


def work(desk: ChatDesk, run_id: str) -> None:
    """Answer a run, unless somebody is at it or it is over. Whatever goes wrong ends the run, and is told."""
    now = desk.services.clock.now()
    with desk.services.store.write() as unit:
        run = unit.chats.hold(run_id, now, now + LEASE)
    if run is None:
        return
    toolbox = Rights(desk, principal_of(run.asker), request_key=f"chat:{run.id}")
    try:
        with _signs_of_life(desk, run):
            _answered(desk, run, toolbox)
    except Conflict:
        return  # it was stopped, or taken over
    except Exception as error:  # noqa: BLE001  an answer that fails must still end
        _log.error("answering a question: unexpected %s", type(error).__name__, exc_info=not _is_known(error))
        _failed(desk, run, toolbox.used)


def take_up(desk: ChatDesk, run: Run) -> None:
    """Go on with a run that is under way and that nobody holds any more. Of several who do so one will."""
    if not run.over and run.held_until <= desk.services.clock.now():
        desk.begin(lambda: work(desk, run.id))


def _answered(desk: ChatDesk, run: Run, toolbox: Rights) -> None:
    # Not at the top: langgraph is imported when the first question comes.
    from remit.agents.chat_graph import ChatDeps, converse

    said = _Told(desk, run)
    begun = [RunEvent("run", {"run_id": run.id, "conversation_id": run.conversation_id})]
    said.events(begun if run.fence == 1 else [RunEvent("restart", {})])
    question = run.question or ""
    before, pending = _before(desk, run)
    turn = Turn(question, vocabulary(desk.services), before)
    word = confirmed(question, pending)
    if word is False:
        _finish(desk, run, said, Answer("It is not decided, and nothing was kept."), [Call("cancel")])
        return
    call = Call(DECIDE.name, pending.args) if word and pending is not None else None
    answer = converse(turn, ChatDeps(desk.brain(), toolbox, said.heard), call)
    _finish(desk, run, said, answer, toolbox.used)


@contextlib.contextmanager
def _signs_of_life(desk: ChatDesk, run: Run) -> Iterator[None]:
    """Hold a run for longer time and again, however long a model or a tool is silent: else somebody else would begin it
    anew, and come no further. Who hangs for good is not believed for good.
    """
    over = threading.Event()

    def beat() -> None:
        for _ in range(BEATS_MAX):
            if over.wait(LEASE.total_seconds() / 3):
                return
            try:
                with desk.services.store.write() as unit:
                    unit.chats.append(run, [], desk.services.clock.now() + LEASE)
            except Conflict:
                return  # it was stopped, or taken over
            except RemitError as error:
                _log.warning("a question is still being answered, which could not be written: %s", error.message)

    beating = threading.Thread(target=beat, name="remit-chat-beat", daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()


def _before(desk: ChatDesk, run: Run) -> tuple[tuple[Call, ...], Call | None]:
    """What was understood earlier in the conversation; and the case that waits for a yes, if it was the last thing."""
    with desk.services.store.read() as unit:
        earlier = [each for each in unit.chats.runs(run.conversation_id) if each.n < run.n]
    calls = [each.call for each in earlier[-CALLS_REMEMBERED:] if each.call is not None and "tool" in each.call]
    last = earlier[-1].call if earlier else None
    waits = last is not None and last.get("outcome") == "to_confirm"
    return tuple(Call.from_json(each) for each in calls), Call.from_json(last) if waits and last else None


def _finish(desk: ChatDesk, run: Run, said: _Told, answer: Answer, used: Sequence[Call]) -> None:
    """Say the answer, piece by piece, and end the run with the event of the ledger that tells of it."""
    said.cited(answer)
    for piece in _DELTA.findall(answer.text):
        said.events([RunEvent("delta", {"text": piece}, answer.about)])
    last = RunEvent("done", {"state": "done", "outcome": answer.outcome, "brain": desk.brain().name})
    call = {**used[-1].to_json(), "outcome": answer.outcome} if used else {"outcome": answer.outcome}
    with desk.services.store.write() as unit:
        unit.chats.understood(run, call, answer.about)
        if not unit.chats.settle(run.id, "done", last):
            raise Conflict("this run was stopped")
        if answer.title:
            unit.chats.rename(run.conversation_id, answer.title[:TITLE_CHARACTERS_MAX])
        cites = [f"{each.kind}:{each.id}" for each in answer.citations if each.kind != "case"]
        _record(unit, run, answer.outcome, used, cites=cites, brain=desk.brain().name)


def _failed(desk: ChatDesk, run: Run, used: Sequence[Call]) -> None:
    try:
        with desk.services.store.write() as unit:
            last = RunEvent("done", {"state": "failed", "outcome": "failed", "message": FAILED})
            if unit.chats.settle(run.id, "failed", last):
                _record(unit, run, "failed", used, cites=[])
    except RemitError as error:
        _log.error("a question could not be answered, nor ended: %s", error.message)


def _record(unit: Unit, run: Run, outcome: str, used: Sequence[Call], **more: Any) -> None:
    """What the ledger keeps: which tools were used, what was cited, and who thought: a model may have been told it."""
    body = {
        "conversation_id": run.conversation_id,
        "run_id": run.id,
        "outcome": outcome,
        "tools": [each.tool for each in used],
        **more,
    }
    unit.journal.append("chat.answered", actor=principal_of(run.asker).actor(), step="chat", body=body)


def _is_known(error: Exception) -> bool:
    return isinstance(error, RemitError) and not isinstance(error, AnswerIsNo)


class _Told:
    """What a run has said so far goes into its rows, each piece in a unit of work of its own."""

    def __init__(self, desk: ChatDesk, run: Run) -> None:
        self._desk = desk
        self._run = run

    def heard(self, kind: str, data: Mapping[str, Any]) -> None:
        """A step of the graph."""
        self.events([RunEvent(kind, data)])

    def cited(self, answer: Answer) -> None:
        """What an answer rests on, and what is shown beside it."""
        cites = [RunEvent("cite", each.to_json(n), NOBODY) for n, each in enumerate(answer.citations, start=1)]
        if shown := [*cites, *answer.parts]:
            self.events(shown)

    def events(self, events: Sequence[RunEvent]) -> None:
        """Store them. Raises Conflict when the run was stopped or taken over."""
        until = self._desk.services.clock.now() + LEASE
        with self._desk.services.store.write() as unit:
            unit.chats.append(self._run, events, until)
