"""Waiting for what comes of a decision, and going through lists."""

from __future__ import annotations

import httpx
import pytest
from tests.unit.client.conftest import FINAL, FarEnd, in_a_loop

from remit.client import NotYet

OPEN = {**FINAL, "status": "awaiting_review", "review_id": "R1"}


def still_open(**headers: str) -> httpx.Response:
    return httpx.Response(200, json=OPEN, headers={name.replace("_", "-"): value for name, value in headers.items()})


def page(*ids: str, after: str | None = None) -> httpx.Response:
    headers = {} if after is None else {"Link": f'</v1/decisions?cursor={after}>; rel="next"'}
    return httpx.Response(200, json={"decisions": [{**FINAL, "decision_id": each} for each in ids]}, headers=headers)


def test_a_decision_is_looked_at_until_it_is_final() -> None:
    far_end = FarEnd([still_open(), still_open(), httpx.Response(200, json=FINAL)])
    with far_end.client() as remit:
        assert remit.wait("D1").status == "executed"
    assert far_end.pauses == [1.0, 1.0]


def test_it_is_looked_at_as_often_as_the_answer_asks_for() -> None:
    far_end = FarEnd([still_open(Retry_After="5"), httpx.Response(200, json=FINAL)])
    with far_end.client() as remit:
        remit.wait("D1")
    assert far_end.pauses == [5.0]


def test_a_wait_ends_with_the_decision_as_it_stands() -> None:
    with FarEnd([still_open()]).client() as remit, pytest.raises(NotYet, match="awaiting_review") as waited:
        remit.wait("D1", seconds=0)
    assert waited.value.decision.waits_for_people


def test_a_wait_outlives_the_patience_of_a_single_call() -> None:
    far_end = FarEnd([*[still_open()] * 30, httpx.Response(200, json=FINAL)])
    with far_end.client(tries=2) as remit:
        assert remit.wait("D1").is_final


def test_pages_are_fetched_as_one_goes_on() -> None:
    far_end = FarEnd([page("D1", "D2", after="x"), page("D3")])
    with far_end.client() as remit:
        found = remit.list(limit=2, pack="desk")
        assert far_end.asked == []
        assert [each.decision_id for each in found] == ["D1", "D2", "D3"]
    assert [str(each.url) for each in far_end.asked] == [
        "http://remit/v1/decisions?pack=desk&limit=2",
        "http://remit/v1/decisions?cursor=x",
    ]


def test_the_awaited_client_goes_through_pages_alike() -> None:
    far_end = FarEnd([page("D1", after="x"), page("D2")])

    async def listed() -> list[str]:
        async with far_end.async_client() as remit:
            return [each.decision_id async for each in remit.list()]

    assert in_a_loop(listed()) == ["D1", "D2"]
