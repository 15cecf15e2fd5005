"""The pages behind two replicas that take turns: whatever a browser asks, the other process answers next."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import chromium, playwright, seats_at
from tests.integration.api.signed_in import person
from tests.integration.conftest import LARGE, PACK, SMALL, Desk
from tests.integration.topology.conftest import SOAK
from tests.integration.topology.topology import Topology

from remit.client import Client
from remit.core.words import Actor
from remit.service.identity.create_key import create_key

__all__ = ["chromium", "playwright"]
ADA = Actor("ada", roles=("admin",))
CASE = {"kind": "payment", "topic": "none", "divisor": 1, "parts": 1}
WAITING = 3


@pytest.fixture
def filled(topology: Topology) -> Topology:
    """Cases that wait, one that does not, and somebody who may look at all of it."""
    desk = Desk(PACK, topology.home, topology.database_url)
    person(desk.engine, "olga", "reviewer", "officer", "analyst")
    key = create_key(desk.engine.services, ADA, "shop", ["decisions:write"], app=True, roles=["clerk"])["key"]
    with Client(topology.url, key) as remit:
        for number in range(WAITING):
            remit.decide("desk", {**CASE, "request_id": f"R-{number}", "amount_cents": LARGE})
        remit.decide("desk", {**CASE, "request_id": "R-9", "amount_cents": SMALL})
    desk.close()
    return topology


def test_a_person_works_on_two_replicas_and_notices_nothing(filled: Topology, chromium: Browser) -> None:
    assert filled.proxy is not None
    before = dict(filled.proxy.sent_to)
    with seats_at(filled.url, chromium) as sit:
        olga = sit("olga")
        waiting = _triages(olga.page)
        _asks(olga.go("/chat"), waiting)
        _looks(olga.go("/dashboards?pack=desk&days=7"))
    asked = [sent - before[port] for port, sent in filled.proxy.sent_to.items()]
    assert min(asked) >= 10
    assert max(asked) - min(asked) <= 1, "each request went to the other replica"


def _triages(page: Page) -> str:
    """One case by keyboard, claimed and approved; gives whom a case is about that still waits."""
    page.keyboard.press("j")
    first = page.locator(".case").get_attribute("data-review")
    page.keyboard.press("c")
    expect(page.locator(".flash")).to_contain_text("You claimed this case")
    page.keyboard.press("a")
    page.keyboard.type("As agreed.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(f'.case[data-review="{first}"]')).to_have_count(0)
    expect(page.locator(".rows li")).to_have_count(WAITING - 1)
    return page.locator(".rows li b").first.inner_text()


def _asks(page: Page, subject: str) -> None:
    """A question, whose page is loaded again in mid-answer and opened in a second tab."""
    page.fill("#message", f"why was {subject} escalated?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat/*")
    if not SOAK:  # the installed command answers at once: what is reloaded there may be over
        expect(page.locator("#turns[data-run] .steps li").first).to_be_visible()
    page.reload()
    second = page.context.new_page()
    second.goto(page.url)
    for each in (page, second):
        each.locator("#turns:not([data-run])").wait_for()
    said = page.locator(".turn.bot").inner_text()
    assert said.count(f"{subject}, decision ") == 1
    assert "was escalated and waits for a person" in said
    assert said == second.locator(".turn.bot").inner_text()
    second.close()


def _looks(page: Page) -> None:
    """A figure, and the list of just what it counts."""
    expect(page.locator(".kpi", has_text="Decisions in 7 days").locator("b")).to_have_text(str(WAITING + 1))
    page.locator(".kpi", has_text="Decided without a person").click()
    expect(page.locator("tbody tr")).to_have_count(1)
