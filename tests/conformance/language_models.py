"""Language models for tests: one in this process, and one behind a server that speaks OpenAI's wire format."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import SimpleChatModel
from langchain_core.messages import BaseMessage

from remit.adapters.structured import StructuredModel
from remit.agents.aids import LanguageModel

Says = Callable[[str, str], Any]
"""What it says to a system's and the last user's words: a text, or one of the below."""


class Refuses:
    """It will not answer."""


@dataclass(frozen=True)
class Breaks:
    """Its server answers with an error."""

    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)


class Garbles:
    """What its server sends is no JSON."""


class Drips:
    """Its server sends a byte now and then, and never ends."""


@dataclass(frozen=True)
class Calls:
    """It calls a function in its provider's own way, which nobody offered it."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Sleeps:
    """It takes its time."""

    seconds: float = 1.5


@dataclass
class Told:
    """What a model was asked so far, in full."""

    asked: list[str] = field(default_factory=list)


class Scripted(SimpleChatModel):
    """Says what it is told to. It has no structured output, so its words are read as they are."""

    says: Any
    told: Any

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _call(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> str:
        system, user = str(messages[0].content), str(messages[-1].content)
        self.told.asked.append(system + user)
        said = self.says(system, user)
        if isinstance(said, Breaks | Refuses):
            raise ValueError("a provider's own error, which repeats the prompt")
        if isinstance(said, Sleeps):
            time.sleep(said.seconds)
            return "too late"
        return str(said)


def scripted(says: Says, told: Told) -> LanguageModel:
    return StructuredModel("fake:scripted", Scripted(says=says, told=told))


@contextmanager
def served(says: Says, told: Told, form: str | None = "json_schema") -> Iterator[str]:
    """A server on this machine, which expects to be asked for that form of an answer; gives its base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            system, user = asked["messages"][0]["content"], asked["messages"][-1]["content"]
            told.asked.append(system + user)
            assert asked.get("response_format", {}).get("type") == form
            said = says(system, user)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                if isinstance(said, Sleeps):
                    ended.wait(said.seconds)
                if isinstance(said, Drips):
                    self._drip()
                else:
                    self._answer(*_answered(said, asked.get("stream") or False))

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _drip(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            while not ended.wait(0.1):
                self.wfile.write(b" ")
                self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            """It keeps silent."""

    ended = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        ended.set()
        server.shutdown()
        server.server_close()


def _answered(said: Any, stream: bool) -> tuple[int, dict[str, str], bytes]:
    """What goes over the wire: a status, headers and a body."""
    json_type = {"content-type": "application/json"}
    if isinstance(said, Breaks):
        return said.status, {**json_type, **said.headers}, b'{"error": {"message": "the prompt was: ..."}}'
    if isinstance(said, Garbles):
        return 200, json_type, b'{"id": "1", "choices": ['
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
    if isinstance(said, Refuses):
        message["refusal"] = "I will not."
    elif isinstance(said, Calls):
        function = {"name": said.name, "arguments": said.arguments}
        message["tool_calls"] = [{"index": 0, "id": "call-1", "type": "function", "function": function}]
    else:
        message["content"] = str(said)
    head = {"id": "1", "created": 1, "model": "tiny"}
    if not stream:
        usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return (
            200,
            json_type,
            json.dumps({**head, "object": "chat.completion", "choices": [choice], "usage": usage}).encode(),
        )
    text = message.pop("content") or ""
    pieces = [{**message, "content": ""}, *({"content": text[at : at + 7]} for at in range(0, len(text), 7)), {}]
    chunks = [
        {**head, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": piece, "finish_reason": None}]}
        for piece in pieces
    ]
    chunks[-1]["choices"][0]["finish_reason"] = "stop"
    lines = [f"data: {json.dumps(each)}\n\n" for each in chunks]
    return 200, {"content-type": "text/event-stream"}, "".join([*lines, "data: [DONE]\n\n"]).encode()


def is_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let OpenAI's client speak to that server."""
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    monkeypatch.setenv("OPENAI_API_KEY", "none")


def sensible(system: str, user: str) -> str:
    """A good answer: the first action of the list, and what was given for a reason."""
    action = re.findall(r"^- (\w+) \(", system, re.MULTILINE)[0]
    return answered(action, user)


def answered(action: str, user: str, text: str = "The facts speak for it.") -> str:
    """An answer in the form that is asked for, which cites whatever was given."""
    given = json.loads(user.split("<data>")[1].split("</data>")[0]) if "<data>" in user else {"features": {"": 0}}
    cites = [*given.get("passages", {})][:1] + [*given["features"]][:1]
    return json.dumps({"action": action, "reasons": [{"text": text, "cites": cites}]})
