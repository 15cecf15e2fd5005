"""Language models for tests: one in this process, and one behind a server that speaks OpenAI's wire format."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
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


class Breaks:
    """Its server fails."""


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
def served(says: Says, told: Told) -> Iterator[str]:
    """A server on this machine; gives its base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            system, user = asked["messages"][0]["content"], asked["messages"][-1]["content"]
            told.asked.append(system + user)
            assert asked["response_format"]["type"] == "json_schema"
            said = says(system, user)
            if isinstance(said, Sleeps):
                time.sleep(said.seconds)
            try:
                self._answer(500 if isinstance(said, Breaks) else 200, said)
            except BrokenPipeError:
                return

        def _answer(self, status: int, said: Any) -> None:
            refused = isinstance(said, Refuses)
            message = {
                "role": "assistant",
                "content": None if refused else str(said),
                "refusal": "I will not." if refused else None,
            }
            body = json.dumps(
                {
                    "id": "1",
                    "object": "chat.completion",
                    "created": 1,
                    "model": "tiny",
                    "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
                }
            ).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """It keeps silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()


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
