"""What people do beside the queue, in a real Chromium: look at figures, change a policy, go through the ledger."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Person, Served

from remit.ledger.verifier import verify_proof
from remit.service.dashboard import dashboard

Sits = Callable[..., Person]


def tile(page: Page, label: str) -> tuple[int, Page]:
    """The number of a tile, and the page once the tile was followed."""
    found = page.locator("a.kpi", has_text=label)
    shown = int(found.locator("b").inner_text().replace(",", ""))
    found.click()
    page.wait_for_load_state()
    return shown, page


def test_figures_are_narrowed_and_lead_to_just_what_they_count(desk: Served, sits_down: Sits) -> None:
    page = sits_down("ann").go("/dashboards")
    everything = int(page.locator(".kpi b").first.inner_text())
    page.get_by_label("Pack").select_option("credit")
    page.wait_for_url("**pack=credit*")
    page.get_by_role("link", name="7 d").click()
    expect(page.get_by_text("Decisions in 7 days")).to_be_visible()
    assert "pack=credit" in page.url
    there = page.url
    counted, page = tile(page, "Decisions in 7 days")
    assert 0 < counted < everything
    assert page.locator("tbody tr").count() == counted
    expect(page.get_by_label("Pack")).to_have_value("credit")
    page.go_back()
    assert page.url == there, "whoever comes back finds the filters as they were"
    page.locator("a.kpi", has_text="Decided without a person").click()
    alone = round(dashboard(desk.engine.services, days=7, pack="credit")["total"]["alone"] * counted)
    expect(page.locator("tbody tr")).to_have_count(alone)
    expect(page.get_by_label("Without a person")).to_be_checked()


SHORTER = (("  version: 1\n", "  version: 2\n"), ("duration_months > 60", "duration_months > 48"))
"""No credit is to run for longer than 48 months."""
ITS_TEST = ("case: {duration_months: 60}", "case: {duration_months: 48}")


def edited(page: Page, *edits: tuple[str, str]) -> None:
    """Change the contract that stands in the form."""
    text = page.input_value("#text")
    for old, new in edits:
        assert text.count(old) == 1
        text = text.replace(old, new)
    page.fill("#text", text)


def test_one_author_proposes_a_contract_and_another_puts_it_in_force(desk: Served, sits_down: Sits) -> None:
    page = sits_down("paul").go("/policies")
    page.get_by_role("link", name="credit.application").click()
    page.get_by_role("link", name="Prove it").click()
    expect(page.get_by_text("questions about every possible case were answered")).to_be_visible()
    page.get_by_role("link", name="Propose a change").click()
    edited(page, *SHORTER)
    page.get_by_role("button", name="Only check it").click()
    failing = page.locator(".card", has_text="What fails")
    expect(failing).to_contain_text("the test `sixty months is allowed` fails")
    expect(failing).not_to_contain_text("{")
    edited(page, ITS_TEST)
    page.get_by_label("Why").fill("Long terms went badly.")
    page.get_by_role("button", name="Propose it").click()
    page.wait_for_url("**/policies/changes/*")
    expect(page.get_by_role("button", name="Put in force")).to_have_count(0)
    expect(page.get_by_text("somebody else decides it")).to_be_visible()

    second = sits_down("petra").go("/policies")
    second.get_by_role("table").last.get_by_role("link").first.click()
    expect(second.locator(".diff .add").last).to_contain_text("duration_months: 48")
    expect(second.locator(".kpi", has_text="Rules reached by tests")).to_contain_text("22 of 22")
    expect(second.locator(".card", has_text="What would be decided otherwise")).to_contain_text(
        "never-beyond-the-longest-term"
    )
    expect(second.locator(".card", has_text="On the past")).to_contain_text("decisions would have come out as they did")
    proof = second.locator(".card", has=second.get_by_role("heading", name="Proof"))
    expect(proof).to_contain_text("the invariant `no-machine-grants-above-band-one` holds on all facts")
    second.get_by_label("Why").fill("Seen the proof, and what it does to the past.")
    second.get_by_role("button", name="Put in force").click()
    expect(second.get_by_text("Put in force by petra")).to_be_visible()
    page.goto(page.url.split("/policies")[0] + "/policies/credit/credit.application")
    expect(page.get_by_role("heading", name="credit-application, version 2")).to_be_visible()
    expect(page.get_by_role("link", name="Version 2")).to_be_visible()


def test_an_author_withdraws_what_they_proposed(desk: Served, sits_down: Sits) -> None:
    page = sits_down("paul").go("/policies/quality/quality.disposition/propose")
    edited(page, ("  version: 1\n", "  version: 2\n"))
    page.get_by_label("Why").fill("A mistake.")
    page.get_by_role("button", name="Propose it").click()
    page.wait_for_url("**/policies/changes/*")
    page.get_by_label("Why").fill("It was one.")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Rejected by paul")).to_be_visible()
    assert page.get_by_role("button", name="Put in force").count() == 0


def test_an_auditor_goes_through_the_ledger_verifies_it_and_takes_a_proof_along(
    desk: Served, sits_down: Sits, tmp_path: Path
) -> None:
    page = sits_down("alba").go("/ledger")
    newest = page.locator("tbody th").first.inner_text()
    page.get_by_role("link", name="Older").click()
    expect(page.locator("tbody th").first).to_have_text(str(int(newest) - 50))
    page.get_by_role("link", name="Newer").click()
    expect(page.locator("tbody th").first).to_have_text(newest)
    with page.expect_download() as loading:
        page.get_by_role("link", name=re.compile("proof of event")).first.click()
    assert loading.value.suggested_filename == f"proof-{newest}.json"
    loading.value.save_as(tmp_path / "proof.json")
    key = (desk.engine.home / "keys" / "ledger.pub").read_text("utf-8")
    assert verify_proof((tmp_path / "proof.json").read_text("utf-8"), key)
    page.get_by_role("button", name="Verify all of it").click()
    expect(page.get_by_role("heading", name="The ledger is sound")).to_be_visible()
    page.goto(page.url)
    expect(page.get_by_role("heading", name="Ledger", exact=True)).to_be_visible()


@pytest.mark.parametrize("name", ["Verify", "Replay"])
def test_after_a_decision_was_verified_its_page_is_loaded_again(desk: Served, sits_down: Sits, name: str) -> None:
    page = sits_down("ann").go("/decisions")
    page.locator("tbody a").first.click()
    page.wait_for_url("**/decisions/*")
    there = page.url
    page.get_by_role("button", name=name).click()
    expect(page.locator(".flash")).to_be_visible()
    answer = page.reload()
    assert (page.url, answer and answer.status) == (there, 200)


def test_figures_and_decisions_are_narrowed_without_a_script(desk: Served, sits_down: Sits) -> None:
    page = sits_down("ann", java_script_enabled=False).go("/dashboards?days=7")
    page.get_by_label("Pack").select_option("quality")
    page.get_by_role("button", name="Show").click()
    counted, page = tile(page, "Decisions in 7 days")
    assert page.locator("tbody tr").count() == counted
    page.get_by_label("State").select_option("awaiting_review")
    page.get_by_role("button", name="Filter").click()
    assert set(page.locator("tbody .pill").all_inner_texts()) == {"awaiting review"}
    page.get_by_role("link", name="Show all").click()
    assert page.locator("tbody tr").count() > counted
