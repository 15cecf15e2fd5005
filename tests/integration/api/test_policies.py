"""Contracts over HTTP: read, tried, proposed by one and activated by another."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.api.people import CASE, ask, decided
from tests.integration.conftest import PACK, SMALL

WHY = {"reason": "it is time for that"}
FACTS = {"case": {**CASE, "amount_cents": SMALL}, "action": {"name": "pay", "args": {"amount_cents": SMALL}}}


def lower_ceiling() -> str:
    """The desk's contract as it denies what it allowed."""
    text = (PACK / "policy.yaml").read_text("utf-8")
    return text.replace("  version: 1\n", "  version: 2\n").replace("> 1000000", "> 1000")


def propose(client: TestClient, who: str = "paul") -> Any:
    return ask(client, who, "POST", "/policies", {"pack": "desk", "text": lower_ceiling(), **WHY})


def test_the_contract_in_force_is_shown_with_its_text(shared: TestClient) -> None:
    found = ask(shared, "ana", "GET", "/policies/desk/desk.request").json()
    assert (found["policy"]["version"], found["texts"]["policy.yaml"]) == (1, (PACK / "policy.yaml").read_text("utf-8"))
    listed = {each["pack"]: each["in_force"] for each in ask(shared, "ana", "GET", "/policies").json()}
    assert listed["desk"][0]["policy"] == found["policy"]
    assert ask(shared, "ana", "GET", "/policies/desk/desk.nothing").status_code == 404


def test_nobody_activates_what_they_have_proposed(anyone: TestClient) -> None:
    place = propose(anyone).headers["Location"].removeprefix("/v1")
    own = ask(anyone, "paul", "POST", f"{place}/activate", WHY)
    assert (own.status_code, own.json()["type"]) == (403, "urn:remit:problem:refused")
    assert ask(anyone, "paul", "GET", place).json()["state"] == "proposed"
    assert decided(anyone, SMALL)["status"] == "executed"


def test_a_change_is_in_force_once_another_activates_it_and_until_it_is_rolled_back(anyone: TestClient) -> None:
    place = propose(anyone).headers["Location"].removeprefix("/v1")
    assert set(ask(anyone, "pia", "GET", place).json()["reports"]) == {"check", "proof", "diff", "backtest"}
    assert ask(anyone, "pia", "POST", f"{place}/rollback", WHY).status_code == 409
    assert ask(anyone, "pia", "POST", f"{place}/activate", WHY).json()["state"] == "active"
    assert decided(anyone, SMALL)["status"] == "denied"
    assert ask(anyone, "pia", "POST", f"{place}/rollback", WHY).json()["in_force"]["version"] == 1
    assert decided(anyone, SMALL)["status"] == "executed"
    assert [each["state"] for each in ask(anyone, "ana", "GET", "/policies/changes?pack=desk").json()] == [
        "rolled_back"
    ]


def test_a_change_is_tried_in_the_shadow_and_turned_down(anyone: TestClient) -> None:
    place = propose(anyone).headers["Location"].removeprefix("/v1")
    assert ask(anyone, "pia", "POST", f"{place}/shadow", WHY).json()["state"] == "shadowing"
    assert decided(anyone, SMALL)["status"] == "executed"
    assert ask(anyone, "pia", "POST", f"{place}/reject", WHY).json()["state"] == "rejected"


@pytest.mark.parametrize("who", ["ana", "olaf", "alba", "adam", "shop"])
def test_who_writes_no_policies_proposes_none(shared: TestClient, who: str) -> None:
    assert propose(shared, who).status_code == 403
    assert ask(shared, who, "POST", "/policies/changes/X/activate", WHY).status_code == 403


def test_a_contract_is_checked_without_being_kept(shared: TestClient) -> None:
    found = ask(shared, "paul", "POST", "/policies/check", {"pack": "desk", "text": lower_ceiling()}).json()
    assert (found["ok"], found["policy"]["version"]) == (True, 2)
    assert ask(shared, "paul", "GET", "/policies/desk").json()["changes"] == []


def test_a_contract_that_does_not_load_is_told_where(shared: TestClient) -> None:
    text = lower_ceiling().replace("case.amount_cents > 1000\n", "case.amont_cents > 1000\n")
    told = ask(shared, "paul", "POST", "/policies/check", {"pack": "desk", "text": text})
    assert (told.status_code, told.json()["type"]) == (422, "urn:remit:problem:source")
    assert "contract:12:16: undeclared" in told.json()["detail"]


@pytest.mark.parametrize(("text", "effect"), [(None, "allow"), (lower_ceiling(), "deny")])
def test_a_verdict_is_given_on_facts(shared: TestClient, text: str | None, effect: str) -> None:
    found = ask(shared, "ana", "POST", "/policies/eval", {"pack": "desk", "facts": FACTS, "text": text})
    assert found.json()["effect"] == effect


def test_facts_that_do_not_fit_are_told_where(shared: TestClient) -> None:
    facts = {"case": {**CASE, "amount_cents": "much"}}
    told = ask(shared, "ana", "POST", "/policies/eval", {"pack": "desk", "facts": facts})
    assert (told.status_code, told.json()["type"]) == (422, "urn:remit:problem:source")
