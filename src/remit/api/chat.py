"""``/v1/chat``: ask in words, and see the answer come; conversations, and what was said in them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from remit.api.answering import STREAM, place, stream
from remit.api.body import Body
from remit.api.doors import Entered, TheEngine, door
from remit.api.examples import example
from remit.chat.conversation import QUESTION_CHARACTERS_MAX
from remit.service.chat.ask import ask, own_run, stop
from remit.service.chat.read import conversation, conversations, forget_conversation

router = APIRouter(prefix="/chat", tags=["chat"])

Asker = Annotated[Entered, Depends(door("chat.ask"))]
Reader = Annotated[Entered, Depends(door("chat.read"))]
LIMIT_MAX = 100
_ID = "01M832VBTANGPPSM8E6ND743RG"
_HEAD = {"conversation_id": _ID, "title": "Why: credit.application …D743RG", "made_at": "2026-11-02T12:00:00+00:00"}
_RUN = {
    "run_id": _ID,
    "question": "why was C-1042 escalated?",
    "erased": False,
    "state": "done",
    "asked_at": "2026-11-02T12:00:00+00:00",
    "events": [{"n": 1, "type": "run", "data": {"run_id": _ID, "conversation_id": _ID}}],
}
_LISTED = example("Your conversations, the newest first.", {"conversations": [_HEAD], "next": None})
_ONE = example("A conversation with all that was said.", {**_HEAD, "runs": [_RUN]})
_STOPPED = example("Whether it was stopped, or over already.", {"run_id": _ID, "stopped": True})


class Question(Body):
    """What is asked, and in which conversation; a new one is opened where none is named."""

    message: Annotated[str, Field(min_length=1, max_length=QUESTION_CHARACTERS_MAX)]
    conversation_id: Annotated[str | None, Field(max_length=40)] = None


@router.post("", response_class=StreamingResponse, responses={200: STREAM})
def question(asked: Question, engine: TheEngine, who: Asker) -> StreamingResponse:
    """Ask. The answer comes as events; the first one, `run`, names the run and the conversation.

    The run goes on when the stream breaks off: `GET /v1/chat/runs/{id}/events` gives the rest, from any process.
    """
    found = ask(engine.chat, who.principal, asked.message, asked.conversation_id)
    return stream(engine.chat, who.principal, found.run_id, 0)


@router.get("/runs/{run_id}/events", response_class=StreamingResponse, responses={200: STREAM})
def events(
    run_id: str,
    engine: TheEngine,
    who: Reader,
    last_event_id: Annotated[str | None, Header(description="The `id` of the last event seen.")] = None,
) -> StreamingResponse:
    """The events of a run until it is over. With `Last-Event-ID`, what came after that one."""
    own_run(engine.chat, who.principal, run_id)
    return stream(engine.chat, who.principal, run_id, place(last_event_id))


@router.post("/runs/{run_id}/stop", responses={200: _STOPPED})
def stopped(run_id: str, engine: TheEngine, who: Asker) -> dict[str, Any]:
    """Stop answering. What was said stays; a case that was being decided is decided."""
    return {"run_id": run_id, "stopped": stop(engine.chat, who.principal, run_id)}


@router.get("/conversations", responses={200: _LISTED})
def listed(
    engine: TheEngine,
    who: Reader,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 50,
    before: Annotated[str | None, Query(max_length=40, description="From `next`: what is older than that.")] = None,
) -> dict[str, Any]:
    """Your own conversations, the newest first."""
    found = conversations(engine.chat, who.principal, limit + 1, before)
    shown = found[:limit]
    return {"conversations": shown, "next": shown[-1]["conversation_id"] if len(found) > limit else None}


@router.get("/conversations/{conversation_id}", responses={200: _ONE})
def one(conversation_id: str, engine: TheEngine, who: Reader) -> dict[str, Any]:
    """One conversation of yours: its runs, with their events."""
    return conversation(engine.chat, who.principal, conversation_id)


@router.delete("/conversations/{conversation_id}", status_code=HTTPStatus.NO_CONTENT)
def forgotten(conversation_id: str, engine: TheEngine, who: Asker) -> Response:
    """Delete a conversation of yours, with all that was said in it."""
    forget_conversation(engine.chat, who.principal, conversation_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)
