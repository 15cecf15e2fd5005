"""What became of decisions, reported over HTTP and from files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient as Client
from tests.integration.api.test_decisions import asked
from tests.integration.conftest import LARGE, SMALL

from remit.core.words import Actor
from remit.service.import_outcomes import import_outcomes
from remit.wiring import Engine

PAID = {"name": "settled", "value": True, "event_at": "2026-11-01T12:00:00Z"}
SHOP = Actor("shop", "app", ("app",))


@pytest.fixture
def place(shop: Client) -> str:
    """Where the outcomes of a decision are, which was carried out."""
    return f"{asked(shop, SMALL).headers['Location']}/outcomes"


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:remit:problem:")


def test_an_outcome_is_recorded_with_both_its_times_and_an_event(shop: Client, engine: Engine, place: str) -> None:
    answer = shop.post(place, json=PAID)
    told = answer.json()
    assert (answer.status_code, told["value"], told["reporter"]) == (201, "true", "shop")
    assert (told["event_at"][:10], told["known_at"][:10]) == ("2026-11-01", "2026-11-02")
    event = engine.events_of(told["decision_id"])[-1].draft
    assert (event.type, "true" in json.dumps(event.body)) == ("outcome.recorded", False)
    assert shop.get(place).json() == {"outcomes": [{**told, "in_force": True}]}


@pytest.mark.parametrize("more", [{}, {"outcome_id": "inv-7"}])
def test_the_same_said_again_is_one_report(shop: Client, place: str, more: dict[str, str]) -> None:
    first, again = (shop.post(place, json={**PAID, **more}) for _ in range(2))
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    shifted = shop.post(place, json={**PAID, **more, "event_at": "2026-11-01T13:00:00+01:00"})
    assert (shifted.status_code, len(shop.get(place).json()["outcomes"])) == (200, 1)


def test_a_repetition_with_a_key_is_answered_the_same(shop: Client, place: str) -> None:
    first, again = (shop.post(place, json=PAID, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (again.status_code, again.content, again.headers["Idempotent-Replayed"]) == (201, first.content, "true")


def test_a_correction_names_what_it_corrects_and_both_stay(shop: Client, engine: Engine, place: str) -> None:
    first = shop.post(place, json=PAID).json()["outcome_id"]
    assert problem(shop.post(place, json={**PAID, "value": False})) == (409, "outcome_reported")
    mended = shop.post(place, json={**PAID, "value": False, "corrects": first})
    assert mended.status_code == 201
    assert [(each["value"], each["in_force"]) for each in shop.get(place).json()["outcomes"]] == [
        ("true", False),
        ("false", True),
    ]
    assert engine.events_of(mended.json()["decision_id"])[-1].draft.type == "outcome.corrected"


def test_a_correction_may_name_the_report_as_its_reporter_does(shop: Client, place: str) -> None:
    own = "https://shop.example/invoices/7"
    first = shop.post(place, json={**PAID, "outcome_id": own}).json()
    wanted = {**PAID, "value": False, "outcome_id": "inv-8", "corrects": own}
    mended, again = shop.post(place, json=wanted), shop.post(place, json=wanted)
    assert (mended.status_code, mended.json()["corrects"]) == (201, first["outcome_id"])
    assert (again.status_code, again.json()) == (200, mended.json())


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": "setled"}, (400, "outcome")),
        ({"value": "perhaps"}, (400, "outcome")),
        ({"value": 1}, (422, "request")),
        ({"event_at": "2027-01-01T00:00:00Z"}, (400, "outcome")),
        ({"event_at": "2026-11-01T12:00:00"}, (422, "request")),
        ({"corrects": "nothing"}, (400, "outcome")),
        ({"outcome_id": "two words"}, (422, "request")),
        ({"whatever": 1}, (422, "request")),
    ],
)
def test_what_is_no_outcome_of_this_decision_is_refused(
    shop: Client, place: str, changes: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert problem(shop.post(place, json={**PAID, **changes})) == refusal
    assert shop.get(place).json() == {"outcomes": []}


def test_an_id_that_was_used_for_another_outcome_is_refused(shop: Client, place: str) -> None:
    shop.post(place, json={**PAID, "outcome_id": "inv-7"})
    assert problem(shop.post(place, json={**PAID, "value": False, "outcome_id": "inv-7"})) == (422, "request_key")


def test_nothing_has_become_yet_of_what_is_not_final(shop: Client) -> None:
    waiting = asked(shop, LARGE).headers["Location"]
    assert problem(shop.post(f"{waiting}/outcomes", json=PAID)) == (409, "not_final")


def test_another_apps_outcomes_are_neither_read_nor_reported(shop: Client, place: str) -> None:
    till = {"Authorization": "Bearer till"}
    assert (shop.get(place, headers=till).status_code, shop.post(place, json=PAID, headers=till).status_code) == (
        404,
    ) * 2
    assert shop.post(place, json=PAID, headers={"Authorization": "Bearer olaf"}).status_code == 403


def test_erasure_takes_the_value_away_and_nothing_is_added_any_more(shop: Client, engine: Engine, place: str) -> None:
    shop.post(place, json={**PAID, "outcome_id": "inv-7"}, headers={"Idempotency-Key": "k"})
    engine.safekeeping.erase("R-1", "Asked for it.", Actor("olga", roles=("privacy",)))
    assert [each["value"] for each in shop.get(place).json()["outcomes"]] == [None]
    assert problem(shop.post(place, json=PAID, headers={"Idempotency-Key": "k"})) == (410, "gone")
    assert engine.verify().sound


def test_a_file_of_outcomes_is_recorded_row_by_row(shop: Client, engine: Engine, place: str, tmp_path: Path) -> None:
    decision_id = place.split("/")[-2]
    rows = [
        f"{decision_id},settled,True,2026-11-01T12:00:00Z",
        f"{decision_id},settled,False,2026-11-01T12:00:00Z",
        f"{decision_id},settled,True,yesterday",
        "01M832VBTANGPPSM8E6ND743RG,settled,True,2026-11-01",
    ]
    source = tmp_path / "outcomes.csv"
    source.write_text("\n".join(["decision_id,outcome,value,event_at", *rows]), "utf-8")
    first, again = (import_outcomes(engine.services, source, SHOP) for _ in range(2))
    assert (first.counts, again.counts) == ({"recorded": 1, "refused": 3}, {"known": 1, "refused": 3})
    assert [(row["row"], row["code"]) for row in first.refused] == [
        (2, "outcome_reported"),
        (3, "input"),
        (4, "not_found"),
    ]


def test_a_file_may_be_of_json_lines_with_ids_and_corrections(
    shop: Client, engine: Engine, place: str, tmp_path: Path
) -> None:
    first = shop.post(place, json=PAID).json()
    row = {"decision_id": first["decision_id"], "outcome": "settled", "value": False, "event_at": PAID["event_at"]}
    source = tmp_path / "outcomes.jsonl"
    source.write_text(json.dumps({**row, "outcome_id": "inv-8", "corrects": first["outcome_id"]}), "utf-8")
    assert import_outcomes(engine.services, source, SHOP).counts == {"corrected": 1}
