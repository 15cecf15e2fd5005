"""``POST /v1/chat/completions`` and ``GET /v1/models``: the chat for clients that speak OpenAI's protocol.

Only the last message is a question: what came before is the client's word for what was said, and is not taken for ours.
A case is therefore shown and confirmed in `/v1/chat`; whoever names one of our conversations goes on in it here, too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from remit.api.answering import news
from remit.api.body import Body
from remit.api.doors import Entered, TheEngine, door
from remit.api.examples import example
from remit.api.refusals import TYPE_PREFIX
from remit.chat.conversation import QUESTION_CHARACTERS_MAX, RunEvent
from remit.core.errors import InputError, RemitError
from remit.identity.principal import Principal
from remit.service.chat.ask import Asked, ask
from remit.service.chat.desk import ChatDesk
from remit.service.chat.read import answer_in

router = APIRouter(tags=["chat"])

MODEL = "remit"
ANEW = "\n\nThe answer begins anew:\n\n"
_COMPLETION: dict[str, Any] = {
    "id": "chatcmpl-01M832VBTANGPPSM8E6ND743RG",
    "object": "chat.completion",
    "created": 1793620800,
    "model": MODEL,
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "…"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    "conversation_id": "01M832VBTANGPPSM8E6ND743RG",
}
_ANSWERED = example("The answer; with `stream`, chunks of it as server-sent events.", _COMPLETION)
_MODEL = {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}
_MODELS = example("The one model that there is.", {"object": "list", "data": [_MODEL]})


class Part(Body):
    """A part of a message; only text is read."""

    type: Literal["text"]
    text: str


class Message(Body):
    """A message of the protocol. Only the last one's text is read."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: list[Any] | None = None
    tool_call_id: str | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class CompletionRequest(Body):
    """A request of the protocol. What says how a model is to sample has no meaning here: clients send it, and it is
    not read.
    """

    messages: Annotated[list[Message], Field(min_length=1, max_length=500)]
    model: str = MODEL
    stream: bool | None = False
    conversation_id: Annotated[str | None, Field(max_length=40)] = None

    temperature: float | None = None
    top_p: float | None = None
    n: int | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    user: str | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: dict[str, Any] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    response_format: dict[str, Any] | None = None
    stream_options: dict[str, Any] | None = None
    tools: list[Any] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    reasoning_effort: str | None = None
    service_tier: str | None = None
    store: bool | None = None
    metadata: dict[str, Any] | None = None


@router.get("/models", responses={200: _MODELS})
def models(_who: Annotated[Entered, Depends(door("chat.read"))]) -> dict[str, Any]:
    """The models that a client can name: one, which is whatever brain is set."""
    return {"object": "list", "data": [_MODEL]}


@router.post("/chat/completions", response_model=None, responses={200: _ANSWERED})
async def completions(
    asked: CompletionRequest, engine: TheEngine, who: Annotated[Entered, Depends(door("chat.ask"))]
) -> StreamingResponse | JSONResponse:
    """Answer the last message, which has to be a user's. What went to a person is said in plain text, with its id."""
    last = asked.messages[-1]
    if last.role != "user" or not last.text.strip() or len(last.text) > QUESTION_CHARACTERS_MAX:
        raise InputError("the last message is no question of a user's", code="question")
    desk, principal = engine.chat, who.principal
    found = await run_in_threadpool(ask, desk, principal, last.text, asked.conversation_id)
    if asked.stream:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_chunks(desk, principal, found), media_type="text/event-stream", headers=headers)
    events = [event async for event in news(desk, principal, found.run_id, 0) if event is not None]
    message = {"role": "assistant", "content": await run_in_threadpool(answer_in, desk, events)}
    choice = {"index": 0, "message": message, "finish_reason": _finish(events)}
    return JSONResponse({**_head(desk, found, "chat.completion"), "choices": [choice], "usage": _COMPLETION["usage"]})


async def _chunks(desk: ChatDesk, principal: Principal, found: Asked) -> AsyncIterator[bytes]:
    """Deltas as they come; what the answer points to comes behind it, since chunks cannot stand beside each other."""
    yield _chunk(desk, found, {"role": "assistant", "content": ""})
    beside: list[RunEvent] = []
    spoken = False
    try:
        async for event in news(desk, principal, found.run_id, 0):
            if event is None:
                yield b": still here\n\n"
            elif event.type == "delta":
                spoken = True
                yield _chunk(desk, found, {"content": str((event.data or {}).get("text", ""))})
            else:
                beside.append(event)
                if event.type == "restart" and spoken:
                    # What was sent cannot be taken back.
                    yield _chunk(desk, found, {"content": ANEW})
    except RemitError as error:
        failed = {"message": "the answer broke off; ask again", "type": TYPE_PREFIX + error.code, "code": error.code}
        yield b"data: " + orjson.dumps({"error": failed}) + b"\n\n"
        return
    if rest := await run_in_threadpool(answer_in, desk, beside):
        yield _chunk(desk, found, {"content": rest})
    yield _chunk(desk, found, {}, _finish(beside))
    yield b"data: [DONE]\n\n"


def _finish(events: Sequence[RunEvent]) -> str:
    """How an answer ended: it may still be under way when nobody waits for it any longer."""
    return "stop" if events and events[-1].type == "done" else "length"


def _chunk(desk: ChatDesk, found: Asked, delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + orjson.dumps({**_head(desk, found, "chat.completion.chunk"), "choices": [choice]}) + b"\n\n"


def _head(desk: ChatDesk, found: Asked, kind: str) -> dict[str, Any]:
    created = int(desk.services.clock.now().timestamp())
    own = {"conversation_id": found.conversation_id}
    return {"id": f"chatcmpl-{found.run_id}", "object": kind, "created": created, "model": MODEL, **own}
