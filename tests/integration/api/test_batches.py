"""Many cases handed in at once."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest
from fastapi.testclient import TestClient as Client
from tests.integration.api.test_decisions import CASE
from tests.integration.conftest import LARGE, SMALL

from remit.core.errors import SystemFailed
from remit.core.words import Actor
from remit.wiring import Engine

ROWS = [
    {**CASE, "request_id": "R-70017", "amount_cents": SMALL},
    {**CASE, "request_id": "R-70027", "amount_cents": LARGE},
    {**CASE, "request_id": "R-70037", "amount_cents": "much"},
]
NDJSON = {"Content-Type": "application/x-ndjson"}


def handed_in(client: Client, rows: list[Any] = ROWS, key: str = "b-1", **headers: str) -> Any:
    body = {"pack": "desk", "cases": rows}
    return client.post("/v1/batches", json=body, headers={"Idempotency-Key": key, **headers})


def work(engine: Engine) -> None:
    """What workers do."""
    engine.calls.accept_some(engine.clock.now())
    for decision_id in engine.unfinished():
        engine.carry_on(decision_id)


def results(client: Client, place: str, query: str = "") -> list[dict[str, Any]]:
    return [json.loads(line) for line in client.get(f"{place}/results{query}").text.splitlines()]


def test_a_batch_is_on_the_disk_before_anybody_works_and_is_decided_row_by_row(shop: Client, engine: Engine) -> None:
    answer = handed_in(shop)
    place = answer.headers["Location"]
    assert (answer.status_code, answer.json()["status"], answer.json()["counts"]) == (202, "accepting", {"waiting": 3})
    engine.calls.accept_some(engine.clock.now())
    assert shop.get(place).json()["status"] == "deciding"
    work(engine)
    told = shop.get(place).json()
    assert (told["status"], told["counts"]) == ("reviewing", {"awaiting_review": 1, "executed": 1, "invalid": 1})
    first, second, third = results(shop, place)
    assert [row["row"] for row in (first, second, third)] == [1, 2, 3]
    assert shop.get(f"/v1/decisions/{first['decision_id']}").json()["status"] == first["status"] == "executed"
    assert third["error"] == {"code": "case_rejected", "violations": [{"field": "amount_cents", "rule": "type"}]}
    engine.decide_review(second["review_id"], Actor("olaf", roles=("officer",)), "approve", "as agreed")
    assert shop.get(place).json()["status"] == "done"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "text/csv; charset=utf-8",
            "request_id,kind,topic,divisor,parts,amount_cents,outcome.settled\nR-1,payment,none,1,1,5000,true\n",
        ),
        ("application/x-ndjson", json.dumps(ROWS[0]) + "\n"),
    ],
)
def test_a_batch_may_be_a_table(shop: Client, engine: Engine, kind: str, text: str) -> None:
    headers = {"Idempotency-Key": "b-1", "Content-Type": kind}
    answer = shop.post("/v1/batches?pack=desk", content=text, headers=headers)
    work(engine)
    assert shop.get(answer.headers["Location"]).json()["counts"] == {"executed": 1}


@pytest.mark.parametrize(
    ("query", "kind", "text", "status", "code"),
    [
        ("", "application/json", "{", 400, "json"),
        ("", "application/json", '{"pack": "desk", "cases": []}', 422, "request"),
        ("", "application/json", '{"pack": "../desk", "cases": [{}]}', 422, "request"),
        ("?pack=../desk", "text/csv", "a\n1\n", 422, "request"),
        ("", "text/csv", "a\n1\n", 400, "pack_missing"),
        ("?pack=desk", "text/csv", "a,a\n1,2\n", 400, "input"),
        ("?pack=desk", "text/csv", "", 400, "input"),
        ("?pack=desk", "application/x-ndjson", "[1]\n", 400, "input"),
        ("?pack=nothing", "application/x-ndjson", "{}\n", 404, "not_found"),
        ("?pack=desk", "application/xml", "<a/>", 415, "media_type"),
    ],
)
def test_what_is_no_batch_is_refused_before_anything_is_stored(
    shop: Client, engine: Engine, query: str, kind: str, text: str, status: int, code: str
) -> None:
    headers = {"Idempotency-Key": "b-1", "Content-Type": kind}
    refused = shop.post(f"/v1/batches{query}", content=text, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (status, f"urn:remit:problem:{code}")
    assert engine.calls.accept_some(engine.clock.now()) == 0


def test_too_many_rows_are_refused(shop: Client, engine: Engine) -> None:
    engine.settings.batch_rows_max = 2
    assert handed_in(shop).status_code == 413


def test_a_repetition_is_the_same_batch_and_another_payload_is_refused(shop: Client, engine: Engine) -> None:
    first, again = handed_in(shop), handed_in(shop)
    assert (again.status_code, again.content, again.headers["Idempotent-Replayed"]) == (202, first.content, "true")
    assert handed_in(shop, ROWS[:1]).status_code == 422
    work(engine)
    assert len(engine.unfinished()) + len(engine.reviews()) == 1


def test_a_batch_that_was_cut_off_is_carried_on_under_its_key(
    shop: Client, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from remit.adapters.sql.batches import SqlBatches

    put = SqlBatches.put

    def breaks(batches: SqlBatches, batch_id: str, rows: Any) -> None:
        if rows[0][0] > 1:
            raise SystemFailed("the power is gone")
        put(batches, batch_id, rows)

    monkeypatch.setattr("remit.service.calls.batches.ROWS_AT_ONCE", 1)
    with monkeypatch.context() as patch:
        patch.setattr(SqlBatches, "put", breaks)
        assert handed_in(shop).status_code == 503
    engine.calls.accept_some(engine.clock.now())
    answer = handed_in(shop)
    assert (answer.status_code, answer.json()["counts"]) == (202, {"received": 1, "waiting": 2})
    work(engine)
    work(engine)
    work(engine)
    assert sum(shop.get(answer.headers["Location"]).json()["counts"].values()) == 3
    assert len(shop.get("/v1/decisions").json()["decisions"]) == 2


def test_a_row_that_was_cut_off_is_not_decided_twice(
    shop: Client, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_in(shop, ROWS[:1])

    def gone(*_: Any) -> None:
        raise SystemFailed("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr("remit.adapters.sql.batches.SqlBatches.accept", gone)
        with pytest.raises(SystemFailed):
            engine.calls.accept_some(engine.clock.now())
    work(engine)
    assert [each["status"] for each in shop.get("/v1/decisions").json()["decisions"]] == ["executed"]


def test_results_are_read_page_by_page(shop: Client, engine: Engine) -> None:
    place = handed_in(shop).headers["Location"]
    page = shop.get(f"{place}/results?limit=2")
    assert f'<{place}/results?limit=2&after=2>; rel="next"' in page.headers["Link"]
    assert [row["row"] for row in results(shop, place, "?limit=2&after=2")] == [3]
    assert "next" not in shop.get(f"{place}/results?after=2").headers["Link"]


def test_another_apps_batch_does_not_exist_for_an_app(shop: Client) -> None:
    place = handed_in(shop).headers["Location"]
    for path in (place, f"{place}/results", "/v1/batches/nothing"):
        assert shop.get(path, headers={"Authorization": "Bearer till"}).status_code == 404
    assert shop.get(place, headers={"Authorization": "Bearer olaf"}).status_code == 403


def test_cases_that_wait_are_sealed_and_go_with_whom_they_are_about(shop: Client, engine: Engine) -> None:
    place = handed_in(shop).headers["Location"]
    engine.safekeeping.erase("R-70017", "Asked for it.", Actor("olga", roles=("privacy",)))
    work(engine)
    assert [row["status"] for row in results(shop, place)] == ["erased", "awaiting_review", "invalid"]
    engine.close()
    stored = (engine.home / "remit.db").read_bytes()
    assert [name for name in (b"R-70017", b"R-70027", b"R-70037") if name in stored] == []
    with sqlite3.connect(engine.home / "remit.db") as link:
        assert link.execute("SELECT count(*) FROM batch_case WHERE raw IS NOT NULL").fetchone() == (0,)
    link.close()
