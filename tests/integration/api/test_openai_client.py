"""OpenAI's own client, and LangChain's over it, read our answers: whole, in chunks, and when there is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from fastapi.testclient import TestClient
from tests.integration.api.conftest import Known, desk_engine
from tests.integration.api.test_chat import CASE, TILL
from tests.integration.conftest import LARGE

from remit.api.app import create_app
from remit.chat.conversation import RunEvent
from remit.core.errors import SystemFailed
from remit.service.chat.read import Progress

WHY = [{"role": "user", "content": "why was R-2 escalated?"}]
SAID = "was escalated and waits for a person [1]"


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with desk_engine(tmp_path_factory.mktemp("openai")) as engine:
        engine.decide("desk", {**CASE, "request_id": "R-2", "amount_cents": LARGE}, TILL)
        with TestClient(create_app(engine, Known()), raise_server_exceptions=False) as client:
            yield client


def client_of(wire: TestClient, who: str = "ana") -> openai.OpenAI:
    return openai.OpenAI(api_key=who, base_url="http://testserver/v1", http_client=wire, max_retries=0)


def test_the_client_finds_the_model(wire: TestClient) -> None:
    assert [each.id for each in client_of(wire).models.list()] == ["remit"]


def test_the_client_reads_an_answer(wire: TestClient) -> None:
    answer = client_of(wire).chat.completions.create(model="remit", messages=WHY, temperature=0)
    (choice,) = answer.choices
    assert SAID in (choice.message.content or "")
    assert (choice.message.role, choice.finish_reason, answer.object) == ("assistant", "stop", "chat.completion")


def test_the_client_reads_chunks(wire: TestClient) -> None:
    chunks = list(client_of(wire).chat.completions.create(model="remit", messages=WHY, stream=True))
    deltas = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert SAID in "".join(deltas)
    assert len({chunk.id for chunk in chunks}) == 1
    assert [chunk.choices[0].finish_reason for chunk in chunks[-2:]] == [None, "stop"]


def test_the_client_goes_on_in_a_conversation(wire: TestClient) -> None:
    client = client_of(wire)
    first = client.chat.completions.create(model="remit", messages=WHY)
    more = {"conversation_id": first.model_extra["conversation_id"]}
    messages = [{"role": "user", "content": "which rule, which clause?"}]
    second = client.chat.completions.create(model="remit", messages=messages, extra_body=more)
    assert "case.amount_cents > 100000" in (second.choices[0].message.content or "")


def test_a_stream_names_the_conversation_too(wire: TestClient) -> None:
    chunks = list(client_of(wire).chat.completions.create(model="remit", messages=WHY, stream=True))
    assert len({chunk.model_extra["conversation_id"] for chunk in chunks}) == 1


@pytest.mark.parametrize(
    ("who", "message", "error", "says"),
    [
        ("nobody", {"role": "user", "content": "help"}, openai.AuthenticationError, "nobody holds this key"),
        ("adam", {"role": "user", "content": "help"}, openai.PermissionDeniedError, "chat.ask"),
        ("ana", {"role": "user", "content": " "}, openai.BadRequestError, "no question of a user's"),
        ("ana", {"role": "robot", "content": "help"}, openai.UnprocessableEntityError, "does not fit its schema"),
    ],
)
def test_the_client_raises_its_own_error_which_says_what_was_wrong(
    wire: TestClient, who: str, message: Any, error: type[openai.APIStatusError], says: str
) -> None:
    with pytest.raises(error, match=says) as raised:
        client_of(wire, who).chat.completions.create(model="remit", messages=[message])
    assert raised.value.response.headers["content-type"] == "application/problem+json"


def test_an_answer_that_breaks_off_is_an_error_of_the_clients(
    wire: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise SystemFailed("/secret/disk is gone")

    monkeypatch.setattr("remit.api.answering.progress", broken)
    with pytest.raises(openai.APIError, match=r"^the answer broke off; ask again$"):
        list(client_of(wire).chat.completions.create(model="remit", messages=WHY, stream=True))


def test_an_answer_that_is_begun_anew_says_so_behind_what_was_sent(
    wire: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [("run", {}), ("delta", {"text": "It was"}), ("restart", {}), ("delta", {"text": "It is so."}), ("done", {})]
    events = tuple(RunEvent(kind, data, n=n) for n, (kind, data) in enumerate(said, start=1))
    monkeypatch.setattr("remit.api.answering.progress", lambda *_: Progress(events, over=True))
    chunks = list(client_of(wire).chat.completions.create(model="remit", messages=WHY, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == "It was\n\nThe answer begins anew:\n\nIt is so."


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_is_not_over_is_told_as_cut(
    wire: TestClient, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    monkeypatch.setattr("remit.api.answering.STREAM_SECONDS_MAX", 0.0)
    answer = client_of(wire).chat.completions.create(model="remit", messages=WHY, stream=stream)
    choice = list(answer)[-1].choices[0] if stream else answer.choices[0]
    assert choice.finish_reason == "length"


@pytest.mark.parametrize("streaming", [False, True])
def test_langchains_client_reads_it_too(wire: TestClient, streaming: bool) -> None:
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(
        model="remit", api_key="ana", base_url="http://testserver/v1", http_client=wire, streaming=streaming
    )
    assert SAID in model.invoke("why was R-2 escalated?").text
