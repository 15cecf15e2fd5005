"""The ledger over HTTP: what an auditor and whoever mirrors it fetch."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from tests.integration.api.people import ask, decided

from remit.ledger.merkle import leaf_hash
from remit.ledger.verifier import open_note
from remit.service import verify_all
from remit.wiring import Engine


def test_the_checkpoint_is_a_signed_note(anyone: TestClient, engine: Engine) -> None:
    decided(anyone)
    answer = ask(anyone, "shop", "GET", "/checkpoint")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert open_note(answer.text, engine.ledger_keys.anchor()).size == engine.verify().size


def test_a_tile_holds_the_hashes_of_the_events(anyone: TestClient) -> None:
    result = decided(anyone)
    size = int(ask(anyone, "shop", "GET", "/checkpoint").text.split("\n")[1])
    tile = ask(anyone, "shop", "GET", f"/tile/0/000.p/{size}")
    proof = ask(anyone, "alba", "GET", f"/ledger/proof?of={result['decision_id']}").json()
    assert len(tile.content) == 32 * size
    for event in proof["events"]:
        at = 32 * event["seq"]
        assert tile.content[at : at + 32] == leaf_hash(event["body"].encode())
    assert ask(anyone, "shop", "GET", f"/tiles/0/000.p/{size}").content == tile.content


@pytest.mark.parametrize("path", ["0/000", "0/000.p/255", "1/000.p/1", "0/x000/000.p/1", "0/0", "63/000", "0/../000"])
def test_a_tile_that_is_not_there_is_not_found(two_events: TestClient, path: str) -> None:
    assert ask(two_events, "shop", "GET", f"/tile/{path}").status_code == 404


@pytest.fixture(scope="module")
def two_events(shared: TestClient) -> TestClient:
    """A client of a ledger with few events."""
    decided(shared)
    return shared


def test_the_log_is_proved_to_have_only_grown(anyone: TestClient) -> None:
    decided(anyone)
    old = ask(anyone, "shop", "GET", "/checkpoint").text
    decided(anyone)
    proof = ask(anyone, "shop", "POST", "/ledger/proof/consistency", {"checkpoint": old})
    assert (proof.status_code, proof.json()["old"]) == (200, old)
    forged = old.replace(old.split("\n")[1], "1", 1)
    assert ask(anyone, "shop", "POST", "/ledger/proof/consistency", {"checkpoint": forged}).status_code == 400


def test_a_receipt_is_proved(anyone: TestClient) -> None:
    receipt = decided(anyone)["receipt"]
    held = {name: receipt[name] for name in ("seq", "leaf_sha256")}
    assert ask(anyone, "ana", "POST", "/ledger/proof/receipt", held).json()["events"][0]["seq"] == held["seq"]
    wrong = ask(anyone, "ana", "POST", "/ledger/proof/receipt", {**held, "leaf_sha256": "0" * 64})
    assert (wrong.status_code, wrong.json()["type"]) == (409, "urn:remit:problem:receipt")


def test_the_ledger_is_verified_one_at_a_time(two_events: TestClient) -> None:
    found = ask(two_events, "alba", "POST", "/ledger/verify").json()
    assert (found["sound"], found["records"]) == (True, {"decisions": 1, "differing": []})
    with verify_all._verifying:
        busy = ask(two_events, "adam", "POST", "/ledger/verify")
    assert (busy.status_code, busy.json()["type"]) == (409, "urn:remit:problem:verifying")
    assert ask(two_events, "olaf", "POST", "/ledger/verify").status_code == 403


def test_events_are_read_in_pages_without_what_they_say(two_events: TestClient) -> None:
    size = int(ask(two_events, "shop", "GET", "/checkpoint").text.split("\n")[1])
    path, seen = "/ledger/events?limit=3", []
    while path:
        answer = ask(two_events, "alba", "GET", path)
        seen += answer.json()["events"]
        path = answer.headers.get("Link", "").removeprefix("</v1").partition(">")[0]
    assert [event["seq"] for event in seen] == list(range(size))
    assert all("body" not in event for event in seen)
    assert ask(two_events, "ana", "GET", "/ledger/events").status_code == 403
