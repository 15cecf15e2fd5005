"""A verdict that a pack hides until its reviewer has thought is hidden behind every door that a reviewer may open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.api.conftest import Known, desk_engine
from tests.integration.api.people import decided, word
from tests.integration.api.test_chat import asked, text_of
from tests.integration.api.test_decisions import CASE
from tests.integration.api.test_reviews import declare
from tests.integration.conftest import ANA, LARGE, VERY_LARGE

from remit.api import decision_events
from remit.api.app import create_app
from remit.core.words import Actor
from remit.service.reviews.show import say_opinion

WHY = "Above 1,000 an officer decides"
OLAF = Actor("olaf", roles=("reviewer", "officer"))
OTTO = Actor("otto", roles=("reviewer", "officer"))
DOORS = ("", "/explanation?clauses=true", "/trace")


@pytest.fixture
def hidden(tmp_path: Any) -> Iterator[tuple[TestClient, dict[str, Any]]]:
    """A decision that waits for a reviewer who has not thought yet."""
    with desk_engine(tmp_path) as engine:
        declare(engine, "verdict_hidden_first: true")
        told = engine.decide("desk", {**CASE, "amount_cents": LARGE}, ANA)
        with TestClient(create_app(engine, Known()), raise_server_exceptions=False) as client:
            yield client, {**told, "engine": engine}


def read(client: TestClient, path: str, who: str = "olaf") -> Any:
    return client.get(path, headers={"Authorization": f"Bearer {who}"})


@pytest.mark.parametrize("door", DOORS)
def test_reading_a_decision_tells_a_reviewer_nothing_of_the_verdict(hidden: Any, door: str) -> None:
    client, told = hidden
    place = f"/v1/decisions/{told['decision_id']}{door}"
    before = read(client, place)
    assert (before.status_code, WHY in before.text, "large" in before.text) == (200, False, False)
    if door != "/trace":
        assert (before.json()["verdict_hidden"], before.json()["confidence"]) == (True, None)
        assert WHY in read(client, place, "ana").text
    say_opinion(told["engine"].services, told["review_id"], OLAF, "approve", "it looks right")
    assert door == "/trace" or WHY in read(client, place).text


def test_a_proof_and_a_trial_would_tell_it_and_are_refused(hidden: Any) -> None:
    client, told = hidden
    proof = f"/v1/decisions/{told['decision_id']}/proof"
    trial = f"/v1/reviews/{told['review_id']}?what_if=amount_cents%3D5"
    assert [read(client, place).status_code for place in (proof, trial)] == [403, 403]
    say_opinion(told["engine"].services, told["review_id"], OLAF, "approve", "it looks right")
    assert [read(client, place).status_code for place in (proof, trial)] == [200, 200]


@pytest.mark.parametrize(
    "question", ["why was {} escalated?", "which rules spoke on {}?", "what if the amount of {} were 5?"]
)
def test_the_chat_does_not_tell_it_either(hidden: Any, question: str) -> None:
    client, told = hidden
    events = asked(client, question.format(told["decision_id"]), "olaf")
    assert WHY not in json.dumps(events)
    assert "what you think" in text_of(events) or "own opinion" in text_of(events)


def test_the_stream_of_steps_tells_a_reviewer_nothing_of_what_others_did_since(
    hidden: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, told = hidden
    monkeypatch.setattr(decision_events, "STREAM_SECONDS_MAX", 0.0)
    services, stream = told["engine"].services, f"/v1/decisions/{told['decision_id']}/events"
    say_opinion(services, told["review_id"], OTTO, "reject", "it looks wrong")
    assert [name in read(client, stream, "ana").text for name in ("review.opened", "review.opined")] == [True, True]
    before = steps(read(client, stream))
    assert (before[0], before[-1]) == ("decision.received", "review.opened")
    say_opinion(services, told["review_id"], OLAF, "approve", "it looks right")
    assert steps(read(client, stream))[-1] == "review.opined"


def steps(stream: Any) -> list[str]:
    return [line.removeprefix("event: ") for line in stream.text.splitlines() if line.startswith("event: ")]


def test_no_proof_tells_a_reviewer_what_others_said_before_the_last_has_spoken(anyone: TestClient) -> None:
    told = decided(anyone, VERY_LARGE)
    proof = f"/v1/decisions/{told['decision_id']}/proof"
    assert word(anyone, "otto", told["review_id"]).json()["state"] == "open"
    assert [read(anyone, proof, who).status_code for who in ("olaf", "ana", "alba")] == [403, 200, 200]
