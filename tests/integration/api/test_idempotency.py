"""A request that is sent again with its key: done once, answered the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.api.conftest import Known
from tests.integration.api.test_decisions import CASE, asked
from tests.integration.conftest import LARGE, SMALL, TOO_LARGE

from remit.adapters.sql.answers import SqlAnswers
from remit.api.app import create_app
from remit.api.once import REPLAYED
from remit.core.errors import SystemFailed
from remit.core.words import Actor
from remit.wiring import Engine

KEPT_HEADERS = ("content-type", "location", "retry-after", "preference-applied")


def told(answer: Any) -> tuple[Any, ...]:
    """What a repetition has to give again."""
    return answer.status_code, answer.content, [answer.headers.get(name) for name in KEPT_HEADERS]


def decisions(engine: Engine) -> int:
    with engine.services.store.read() as unit:
        return len(unit.decisions.ids())


@pytest.mark.parametrize(("amount", "prefer"), [(SMALL, ""), (LARGE, ""), (SMALL, "respond-async")])
def test_a_repetition_is_answered_the_same_to_the_byte(
    shop: TestClient, engine: Engine, amount: int, prefer: str
) -> None:
    first, again = (asked(shop, amount, Prefer=prefer) for _ in range(2))
    assert told(again) == told(first)
    assert (first.headers.get(REPLAYED), again.headers[REPLAYED], decisions(engine)) == (None, "true", 1)


@pytest.mark.parametrize("amount", [SMALL, LARGE, TOO_LARGE])
def test_on_sqlite_an_answer_is_kept_in_the_unit_of_work_that_it_tells_of(
    shop: TestClient, monkeypatch: pytest.MonkeyPatch, amount: int
) -> None:
    def commits_of_its_own(*_: Any) -> None:
        raise AssertionError("the answer was kept by itself")

    monkeypatch.setattr("remit.adapters.sql.answers.SqlAnswers.keep", commits_of_its_own)
    first, again = (asked(shop, amount) for _ in range(2))
    assert (told(again), again.headers[REPLAYED]) == (told(first), "true")
    assert first.json()["receipt"] == shop.get(first.headers["Location"]).json()["receipt"]


def test_an_answer_is_not_kept_when_the_work_that_it_tells_of_is_not_committed(
    shop: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = SqlAnswers.keep_within

    def cut_off(*words: Any) -> bool:
        assert keep(*words)
        raise SystemFailed("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(SqlAnswers, "keep_within", cut_off)
        assert asked(shop, LARGE).status_code == 503
    mended = asked(shop, LARGE)
    assert (mended.status_code, mended.headers.get(REPLAYED), decisions(engine)) == (202, None, 1)


def test_what_was_answered_stays_the_answer_when_the_decision_has_moved_on(shop: TestClient, engine: Engine) -> None:
    waiting = asked(shop, LARGE)
    engine.decide_review(waiting.json()["review_id"], Actor("olaf", roles=("officer",)), "approve", "as agreed")
    assert told(asked(shop, LARGE)) == told(waiting)
    assert shop.get(waiting.headers["Location"]).json()["status"] == "executed"


def test_the_order_of_fields_makes_no_other_request(shop: TestClient) -> None:
    first = asked(shop, SMALL)
    body = {"case": {"amount_cents": SMALL, **dict(reversed(CASE.items()))}, "pack": "desk"}
    assert told(shop.post("/v1/decisions", json=body, headers={"Idempotency-Key": "k-1"})) == told(first)


def test_another_payload_under_the_same_key_is_422(shop: TestClient, engine: Engine) -> None:
    asked(shop, SMALL)
    refused = asked(shop, LARGE)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:remit:problem:request_key")
    assert (refused.headers.get(REPLAYED), decisions(engine)) == (None, 1)


def test_a_key_is_each_callers_own(shop: TestClient, engine: Engine) -> None:
    ours, theirs = asked(shop, SMALL), asked(shop, SMALL, Authorization="Bearer till")
    assert ours.json()["decision_id"] != theirs.json()["decision_id"]
    assert decisions(engine) == 2


@pytest.mark.parametrize("key", [None, "", "two words", "x" * 201, "caf\u00e9".encode("latin-1"), "\t"])
def test_without_a_key_that_is_one_nothing_is_decided(shop: TestClient, engine: Engine, key: Any) -> None:
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = shop.post("/v1/decisions", json={"pack": "desk", "case": {**CASE, "amount_cents": 1}}, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:remit:problem:idempotency_key")
    assert decisions(engine) == 0


def test_a_case_that_is_refused_is_refused_again_without_another_event(shop: TestClient, engine: Engine) -> None:
    first, again = (asked(shop, -1) for _ in range(2))
    assert (first.status_code, told(again), again.headers[REPLAYED]) == (422, told(first), "true")
    with engine.ledger.snapshot() as snapshot:
        assert [entry.columns["type"] for entry in snapshot.entries].count("case.rejected") == 1


def test_a_failure_of_ours_is_not_the_answer(shop: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise SystemFailed("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("remit.service.calls.calls.decide_within", fails)
        assert asked(shop, SMALL).status_code == 503
    mended = asked(shop, SMALL)
    assert (mended.status_code, mended.headers.get(REPLAYED)) == (200, None)


def test_a_request_in_flight_is_409_and_says_when_to_come_back(shop: TestClient, engine: Engine) -> None:
    inside: list[Any] = []
    decide = engine.calls.decide

    def slow(*words: Any, **more: Any) -> Any:
        inside.append(asked(shop, SMALL))
        return decide(*words, **more)

    engine.calls.__dict__["decide"] = slow
    assert asked(shop, SMALL).status_code == 200
    assert (inside[0].status_code, inside[0].json()["type"]) == (409, "urn:remit:problem:in_flight")
    assert inside[0].headers["Retry-After"] == "1"


def test_sixteen_at_once_make_one_decision_and_hear_the_same(shop: TestClient, engine: Engine) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: asked(shop, SMALL), range(16)))
    done = [answer for answer in answers if answer.status_code != 409]
    busy = {answer.json()["type"] for answer in answers if answer.status_code == 409}
    assert len({str(told(answer)) for answer in done}) == 1
    assert (busy <= {"urn:remit:problem:in_flight"}, decisions(engine)) == (True, 1)


def test_the_answer_is_given_again_after_a_restart(engine: Engine, shop: TestClient) -> None:
    first = asked(shop, LARGE)
    engine.close()
    with TestClient(create_app(engine, Known()), headers={"Authorization": "Bearer shop"}) as restarted:
        assert told(asked(restarted, LARGE)) == told(first)


def test_an_expired_answer_is_forgotten_and_the_decision_is_still_the_one(shop: TestClient, engine: Engine) -> None:
    first = asked(shop, SMALL)
    engine.clock.advance(timedelta(hours=25))  # type: ignore[attr-defined]
    assert engine.calls.forget_answers(engine.clock.now()) == 1
    again = asked(shop, SMALL)
    assert (again.headers.get(REPLAYED), again.json()["decision_id"]) == (None, first.json()["decision_id"])


def test_an_erased_decision_is_given_as_it_stands(shop: TestClient, engine: Engine) -> None:
    first = asked(shop, SMALL).json()
    engine.safekeeping.erase("R-1", "Asked for it.", Actor("olga", roles=("privacy",)))
    for _ in range(2):
        again = asked(shop, SMALL)
        assert (again.status_code, again.json()["decision_id"]) == (200, first["decision_id"])
        assert (again.json()["action"], REPLAYED in again.headers) == (None, False)


def test_no_answer_is_kept_in_plain_text(shop: TestClient, engine: Engine) -> None:
    asked(shop, 4_321, key="of-ana")
    asked(shop, -1, key="of-ben")
    engine.close()
    stored = (engine.home / "remit.db").read_bytes()
    assert [word for word in (b'cents":4321', b"of-ana", b"amount_cents: must") if word in stored] == []
