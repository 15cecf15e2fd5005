"""A pack that makes two decisions: the chat speaks of both, and asks which one is meant where it cannot know."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.api.conftest import Known, desk_engine
from tests.integration.api.test_chat import CASE, TILL, asked, outcome, text_of
from tests.integration.conftest import PACK as DESK

from remit.api.app import create_app
from remit.wiring import Engine

DECISION = """
  - name: shop.{kind}
    question: What shall the shop do with this {kind}?
    case: {kind}.odcs.yaml
    policy: {kind}.policy.yaml
    subject: case.deal_id
    autonomy: advise
    actions:
      - name: {action}
        args: {{}}
    proposer:
      strategy: rules
      rules:
        - {{action: {action}, confidence: 0.9, reason: It is asked for.}}
    outcome: {{name: settled, type: boolean, horizon_days: 30, reward: 'outcome.settled ? 1.0 : 0.0'}}
    kpis:
      - {{name: cost_per_deal, description: What each costs, unit: cents, each: case.deal_id, value: '{cost}'}}
"""
PACK = """apiVersion: remit/v1
kind: Pack
metadata: {name: shop, version: 1.0.0, owner: shop, department: shop}
decisions:
"""
CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: urn:remit:shop:{kind}
name: shop-{kind}
version: 1.0.0
status: active
schema:
  - name: case
    logicalType: object
    properties:
      - {{name: deal_id, logicalType: string, required: true, primaryKey: true}}
      - {{name: {money}_cents, logicalType: integer, required: true, logicalTypeOptions: {{minimum: 1}}}}
      - {{name: {other}, logicalType: integer, required: true, logicalTypeOptions: {{minimum: 0}}}}
"""
POLICY = """apiVersion: remit/v1
kind: PolicyContract
metadata: {{name: shop-{kind}, version: 1, owner: shop}}
decision: shop.{kind}
default: escalate
on_error: escalate
rules:
  - {{id: dear-{kind}, when: 'case.{money}_cents > 100000', effect: deny, reason: 'No {kind} above 1,000.'}}
  - {{id: routine, when: 'true', effect: allow, reason: This is routine.}}
"""
SALE = {"kind": "sale", "action": "sell", "money": "price", "other": "pieces", "cost": 3}
REFUND = {"kind": "refund", "action": "repay", "money": "amount", "other": "days_since", "cost": 700}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A desk and a shop: of D-1 a sale and a refund that is denied, of D-2 a sale."""
    home = tmp_path_factory.mktemp("two")
    shop = home / "packs" / "shop"
    shutil.copytree(DESK / "knowledge", shop / "knowledge")
    (shop / "pack.yaml").write_text(PACK + "".join(DECISION.format(**each) for each in (SALE, REFUND)))
    for each in (SALE, REFUND):
        (shop / f"{each['kind']}.odcs.yaml").write_text(CONTRACT.format(**each))
        (shop / f"{each['kind']}.policy.yaml").write_text(POLICY.format(**each))
    with desk_engine(home) as opened:
        opened.decide("desk", CASE, TILL)
        sale, refund = {"price_cents": 500, "pieces": 2}, {"amount_cents": 200_000, "days_since": 9}
        opened.decide("shop", {"deal_id": "D-1", **sale}, TILL, decision="shop.sale")
        opened.decide("shop", {"deal_id": "D-1", **refund}, TILL, decision="shop.refund")
        opened.decide("shop", {"deal_id": "D-2", **sale}, TILL, decision="shop.sale")
        yield opened


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    with TestClient(create_app(engine, Known()), raise_server_exceptions=False) as opened:
        yield opened


def found(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((each["data"]["subject"], each["data"]["decision"]) for each in events if each["type"] == "found")


def case_in(events: list[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """The decision that a case was read for, and what was read."""
    (shown,) = (each["data"] for each in events if each["type"] == "case")
    return shown["decision"], {each["field"]: each["value"] for each in shown["fields"]}


def talk(client: TestClient, *messages: str) -> list[list[dict[str, Any]]]:
    """Ask one after the other in one conversation."""
    events = [asked(client, messages[0])]
    conversation = events[0][0]["data"]["conversation_id"]
    return [*events, *(asked(client, each, conversation=conversation) for each in messages[1:])]


BOTH = [("D-1", "shop.refund"), ("D-1", "shop.sale"), ("D-2", "shop.sale")]


@pytest.mark.parametrize(
    ("question", "expect"),
    [
        ("show me all decisions of the shop", BOTH),
        ("show me all refunds of the shop", BOTH[:1]),
        ("list the shop.sale decisions", BOTH[1:]),
        ("show me the refunds with days since above 5", BOTH[:1]),
        ("show me shop decisions with pieces above 1", BOTH[1:]),
        ("which shop decisions were denied?", BOTH[:1]),
    ],
)
def test_decisions_of_both_are_found(client: TestClient, question: str, expect: list[tuple[str, str]]) -> None:
    events = asked(client, question)
    assert (outcome(events), found(events)) == ("answered", expect)


def test_a_search_goes_on_with_the_other_one(client: TestClient) -> None:
    _, second, third = talk(client, "show me all refunds of the shop", "and the sales?", "and of the shop?")
    assert (found(second), found(third)) == (BOTH[1:], BOTH)


def test_which_decision_on_a_thing_is_asked_where_there_are_two(client: TestClient) -> None:
    first, second, third = talk(client, "why was D-1 denied?", "the refund", "which rule, which clause?")
    assert (outcome(first), "shop.refund, shop.sale" in text_of(first)) == ("unclear", True)
    assert "No refund above 1,000 [2]" in text_of(second)
    assert "case.amount_cents > 100000" in text_of(third)


@pytest.mark.parametrize("question", ["why was the refund of D-1 denied?", "why was D-2 allowed?"])
def test_where_it_is_said_or_there_is_one_nothing_is_asked(client: TestClient, question: str) -> None:
    assert outcome(asked(client, question)) == "answered"


def test_what_if_reads_the_fields_of_the_decision_that_is_meant(client: TestClient) -> None:
    _, second = talk(client, "why was the refund of D-1 denied?", "what if the amount were 8?")
    assert "With amount 8.00 instead of amount 2,000.00, D-1 would be allowed: `repay`" in text_of(second)
    _, second = talk(client, "why was D-2 allowed?", "what if the price were 8,000?")
    assert "With price 8,000.00 instead of price 5.00, D-2 would be denied" in text_of(second)
    _, second, third = talk(client, "why was D-1 denied?", "the refund", "what if the amount were 8?")
    assert (outcome(third), "would be allowed" in text_of(third)) == ("answered", True)


def test_a_case_is_of_the_decision_that_its_fields_tell(client: TestClient) -> None:
    said = asked(client, "decide this shop case: deal id D-7, amount 12, days since 3")
    assert (outcome(said), case_in(said)) == (
        "to_confirm",
        ("shop.refund", {"deal_id": "D-7", "amount_cents": 1200, "days_since": 3}),
    )


def test_a_case_that_may_be_of_either_is_asked_for_and_decided_as_what_is_said(
    client: TestClient, engine: Engine
) -> None:
    first, second, third, fourth = talk(
        client, "decide this shop case: deal id D-8, amount 12", "a refund", "days since 3", "yes"
    )
    assert (outcome(first), text_of(first)) == ("unclear", "Which decision is this case for: shop.sale or shop.refund?")
    assert case_in(second) == ("shop.refund", {"deal_id": "D-8", "amount_cents": 1200})
    assert (outcome(third), outcome(fourth)) == ("to_confirm", "decided")
    with engine.services.store.read() as unit:
        (made,) = unit.decisions.of_subject("D-8", 5)
        assert unit.decisions.get(made).run.decision == "shop.refund"


def test_an_object_that_fits_both_is_asked_for_too(client: TestClient) -> None:
    first, second = talk(client, 'decide for the shop: {"deal_id": "D-9"}', "shop.sale")
    assert (outcome(first), case_in(second)) == ("unclear", ("shop.sale", {"deal_id": "D-9"}))


def test_figures_of_both_are_told_apart(client: TestClient) -> None:
    both = text_of(asked(client, "what is the cost per deal of the shop?"))
    assert "Cost per deal of shop.sale: 3 cents" in both
    assert "Cost per deal of shop.refund: 700 cents" in both
    one = text_of(asked(client, "what is the cost per deal of refunds?"))
    assert ("shop.refund: 700 cents" in one, "shop.sale" in one) == (True, False)


def test_decisions_of_one_are_counted_alone(client: TestClient) -> None:
    charts = [
        next(event["data"]["figures"] for event in asked(client, question) if event["type"] == "chart")
        for question in ("how many sales were there this month?", "how many shop decisions were denied this month?")
    ]
    assert (charts[0]["denial"], charts[1]["denial"] > 0) == (0.0, True)
