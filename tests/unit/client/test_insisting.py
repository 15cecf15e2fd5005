"""What is asked again, and what never is."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.unit.client.conftest import FINAL, FarEnd, in_a_loop, problem

from remit.client import (
    CaseRejected,
    Conflict,
    InFlight,
    NoAnswer,
    OutOfTime,
    ProblemError,
    RateLimited,
    Unavailable,
    Unreadable,
)

OK = httpx.Response(200, json=FINAL)
NOT_CONNECTED, BROKEN_OFF = httpx.ConnectError("refused"), httpx.ReadError("reset")
LATER = {"Retry-After": "2"}

PASSING = {
    "nobody listens": NOT_CONNECTED,
    "the answer breaks off": BROKEN_OFF,
    "no answer in time": httpx.ReadTimeout("slow"),
    "the answer is no HTTP": httpx.RemoteProtocolError("closed"),
    "too many requests": problem(429, "rate_limited", headers=LATER),
    "nothing was done": problem(503, "transient", nothing_done=True, headers=LATER),
    "nobody knows how far it came": problem(503, "transient", nothing_done=False, headers=LATER),
    "the same is in flight": problem(409, "in_flight"),
    "a proxy has lost it": httpx.Response(502),
    "a proxy has waited too long": httpx.Response(504),
}
FOR_GOOD = {
    400: problem(400, "input"),
    401: problem(401, "unauthenticated"),
    403: problem(403, "forbidden"),
    404: problem(404, "not_found"),
    409: problem(409, "conflict"),
    412: problem(412, "precondition"),
    422: problem(422, "request_key"),
    500: problem(500, "unexpected"),
}


@pytest.mark.parametrize("said", PASSING.values(), ids=PASSING)
def test_what_passes_is_asked_again_with_the_same_key(said: Any) -> None:
    far_end = FarEnd([said, said, OK])
    with far_end.client() as remit:
        assert remit.decide("desk", {}).status == "executed"
    assert len(far_end.keys) == 3
    assert len(set(far_end.keys)) == 1


@pytest.mark.parametrize("said", FOR_GOOD.values(), ids=FOR_GOOD)
def test_what_is_for_good_is_asked_once(said: Any) -> None:
    far_end = FarEnd([said, OK])
    with far_end.client() as remit, pytest.raises(ProblemError) as refused:
        remit.decide("desk", {})
    assert (refused.value.status, len(far_end.asked)) == (said.status_code, 1)


UNKNOWN = problem(503, "commit_failed", nothing_done=False)


@pytest.mark.parametrize("said", [BROKEN_OFF, httpx.ReadTimeout("slow"), *map(httpx.Response, (502, 503)), UNKNOWN])
def test_what_may_have_been_done_and_has_no_key_is_never_asked_twice(said: Any) -> None:
    far_end = FarEnd([said, OK])
    with far_end.client() as remit, pytest.raises((NoAnswer, ProblemError)):
        remit.reviews.claim("R1")
    assert len(far_end.asked) == 1


@pytest.mark.parametrize("said", [NOT_CONNECTED, problem(503, "busy", nothing_done=True), problem(429, "rate_limited")])
def test_what_was_certainly_not_done_is_asked_again_even_without_a_key(said: Any) -> None:
    far_end = FarEnd([said, httpx.Response(200, json={"review_id": "R1", "state": "claimed", "version": 2})])
    with far_end.client() as remit:
        remit.reviews.claim("R1")
    assert len(far_end.asked) == 2


def test_your_own_key_is_used() -> None:
    far_end = FarEnd([BROKEN_OFF, OK])
    with far_end.client() as remit:
        remit.decide("desk", {}, idempotency_key="order-7")
    assert far_end.keys == ["order-7", "order-7"]


def test_two_cases_have_two_keys() -> None:
    far_end = FarEnd([OK])
    with far_end.client() as remit:
        remit.decide("desk", {})
        remit.decide("desk", {})
    assert len(set(far_end.keys)) == 2


def test_a_pause_is_never_shorter_than_asked_for() -> None:
    far_end = FarEnd([problem(429, "rate_limited", headers={"Retry-After": "7"}), OK])
    with far_end.client() as remit:
        remit.decide("desk", {})
    assert far_end.pauses == [7.0]


def test_pauses_grow_up_to_a_longest_one() -> None:
    far_end = FarEnd([NOT_CONNECTED] * 5 + [OK])
    with far_end.client(chance=lambda: 1.0, first_pause=1.0, longest_pause=5.0) as remit:
        remit.decide("desk", {})
    assert far_end.pauses == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_patience_ends_with_the_last_problem() -> None:
    far_end = FarEnd([problem(503, "transient")])
    with far_end.client(tries=3) as remit, pytest.raises(Unavailable):
        remit.decide("desk", {})
    assert len(far_end.asked) == 3


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    far_end = FarEnd([problem(429, "rate_limited", headers={"Retry-After": "600"})])
    with far_end.client(seconds=5) as remit, pytest.raises(RateLimited):
        remit.decide("desk", {})
    assert (len(far_end.asked), far_end.pauses) == (1, [])


def test_a_deadline_that_passes_without_an_answer_says_whether_anything_was_sent() -> None:
    far_end = FarEnd([BROKEN_OFF])
    with far_end.client(seconds=0.001, first_pause=1.0, chance=lambda: 1.0) as remit, pytest.raises(OutOfTime) as lost:
        remit.decide("desk", {})
    assert lost.value.sent
    assert "may have been carried out" in str(lost.value)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}"])
def test_an_answer_of_another_shape_is_no_crash(body: bytes) -> None:
    with FarEnd([httpx.Response(200, content=body)]).client() as remit, pytest.raises(Unreadable):
        remit.get("D1")


def test_a_rejected_case_says_which_fields() -> None:
    wrong = [{"field": "amount_cents", "rule": "required"}]
    far_end = FarEnd([problem(422, "case_rejected", detail="two fields are off", mend="mend them", violations=wrong)])
    with far_end.client() as remit, pytest.raises(CaseRejected, match=r"two fields are off \(mend them\)") as refused:
        remit.decide("desk", {})
    assert list(refused.value.violations) == wrong


def test_an_error_says_which_words_of_the_request_are_wrong() -> None:
    wrong = [{"at": ["query", "status"], "what": "Input should be 'denied'"}]
    far_end = FarEnd([problem(422, "request", detail="the request does not fit its schema", wrong=wrong)])
    with far_end.client() as remit, pytest.raises(ProblemError, match=r"schema\n  query\.status: Input should be"):
        list(remit.list(status="nix"))


@pytest.mark.parametrize(("code", "kind"), [("in_flight", InFlight), ("conflict", Conflict)])
def test_a_conflict_is_told_from_a_request_in_flight(code: str, kind: type[ProblemError]) -> None:
    with FarEnd([problem(409, code)]).client(tries=1) as remit, pytest.raises(ProblemError) as refused:
        remit.decide("desk", {})
    assert type(refused.value) is kind


def test_an_answer_that_is_no_problem_document_is_told_by_its_status() -> None:
    with FarEnd([httpx.Response(403, text="<html>")]).client() as remit, pytest.raises(ProblemError) as refused:
        remit.get("D1")
    assert (refused.value.status, refused.value.type) == (403, "about:blank")


@pytest.mark.parametrize("said", PASSING.values(), ids=PASSING)
def test_the_awaited_client_insists_alike(said: Any) -> None:
    far_end = FarEnd([said, OK])

    async def ask() -> str:
        async with far_end.async_client() as remit:
            return (await remit.decide("desk", {})).status

    assert in_a_loop(ask()) == "executed"
    assert (len(far_end.keys), len(set(far_end.keys))) == (2, 1)
