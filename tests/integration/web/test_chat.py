"""The chat's page, as it works without a script: ask, read on at the address, confirm, stop, forget."""

from __future__ import annotations

import re
import time

import pytest
from fastapi.testclient import TestClient
from tests.integration.web.conftest import Pages, token_in

from remit.chat.conversation import Answer
from remit.chat.ports import Thought, Turn


def answered(client: TestClient, place: str) -> str:
    """The page once nothing is under way on it."""
    while "data-run=" in (html := client.get(place).text):
        time.sleep(0.05)
    return html


def asked(client: TestClient, message: str, **more: str) -> str:
    """Ask; gives the conversation's address."""
    token = token_in(client.get("/chat").text)
    answer = client.post("/chat", data={"csrf": token, "message": message, **more})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("#")[0]


def test_an_answer_stands_at_its_address_with_what_it_rests_on(pages: Pages) -> None:
    told = pages.engine.review(pages.review(amount_cents=200_000, request_id="R-asked"))
    ann = pages.of("ann")
    html = answered(ann, asked(ann, f"why was {told['decision_id']} escalated?"))
    assert f'href="/decisions/{told["decision_id"]}"' in html
    assert 'class="cite"' in html
    assert "approve it" not in html.lower()


def test_an_answer_that_has_come_is_sent_alone_to_whoever_followed_it(pages: Pages) -> None:
    ann = pages.of("ann")
    place = asked(ann, "how many decisions were escalated this month?")
    answered(ann, place)
    part = ann.get(place, headers={"Remit-Fragment": "talk"})
    assert (part.status_code, part.headers["Remit-Fragment"]) == (200, "talk")
    assert "Worked through" in part.text
    assert "<html" not in part.text


def test_what_is_not_understood_is_said_so(pages: Pages) -> None:
    ann = pages.of("ann")
    assert "I did not understand" in answered(ann, asked(ann, "tell me a joke about cats"))


def test_that_a_language_model_was_set_aside_stands_below_the_answer(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Brain:
        name = "openai:tiny"

        def next(self, _turn: Turn) -> Thought:
            return Thought(answer=Answer("The record says so."), note="The model <b>failed</b>.")

    monkeypatch.setattr(pages.engine.chat, "brain", Brain)
    ann = pages.of("ann")
    html = answered(ann, asked(ann, "why?"))
    assert html.index("The record says so.") < html.index("The model &lt;b&gt;failed&lt;/b&gt;.")


def test_what_is_typed_is_shown_as_it_was_typed(pages: Pages) -> None:
    ann = pages.of("ann")
    html = answered(ann, asked(ann, "<script>alert(1)</script> why?"))
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_a_conversation_is_its_owners_and_goes_when_they_say(pages: Pages) -> None:
    ann, olaf = pages.of("ann"), pages.of("olaf")
    place = asked(ann, "how many decisions this month?")
    html = answered(ann, place)
    assert re.search(r"\d+ decisions", html)
    assert olaf.get(place).status_code == 404
    assert ann.post(f"{place}/forget", data={"csrf": token_in(html)}).status_code == 303
    assert ann.get(place).status_code == 404


def test_who_may_not_ask_has_no_such_place(pages: Pages) -> None:
    assert pages.of("ada2").get("/chat").status_code == 403
