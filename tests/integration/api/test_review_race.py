"""Several reviewers on one review at once, over HTTP: one is first, and everybody else is told who and what."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi.testclient import TestClient
from tests.integration.api.conftest import PEOPLE, Known
from tests.integration.api.people import word
from tests.integration.conftest import LARGE

from remit.api.app import create_app
from remit.identity.principal import Principal

REVIEWERS = [f"reviewer-{number}" for number in range(8)]


def test_of_several_reviewers_at_once_one_wins(desk: Any, monkeypatch: Any) -> None:
    for who in REVIEWERS:
        monkeypatch.setitem(PEOPLE, who, Principal(who, "user", ("reviewer", "officer"), f"key-{who}"))
    waiting = desk.decide(amount_cents=LARGE)
    with TestClient(create_app(desk.engine, Known())) as client, ThreadPoolExecutor(len(REVIEWERS)) as pool:
        answers = list(pool.map(lambda who: (who, word(client, who, waiting["review_id"])), REVIEWERS))
    winners = [who for who, answer in answers if answer.status_code == 200]
    late = [answer for who, answer in answers if who not in winners]
    assert (len(winners), desk.booked()) == (1, [("pay", LARGE)])
    assert {answer.status_code for answer in late} <= {409, 412}
    assert {answer.json()["changed"]["by"] for answer in late} == set(winners)
    assert {answer.json()["changed"]["move"] for answer in late} == {"approved"}
