"""Asking in a browser: the answer comes as one looks, stands after a reload and in a second tab, and cites."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Person, Served, wrong_with

Sits = Callable[..., Person]
OVER = "#turns:not([data-run])"


def asked(page: Page, question: str) -> None:
    """Type a question and send it, by keyboard alone."""
    page.focus("#message")
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat/*")


def answer(page: Page) -> str:
    page.locator(OVER).wait_for()
    return page.locator(".turn.bot").last.inner_text()


def test_an_answer_comes_with_what_it_rests_on_and_nothing_to_approve(desk: Served, sits_down: Sits) -> None:
    row = desk.take()
    page = sits_down("ann").go("/chat")
    asked(page, f"why was {row['decision_id']} escalated?")
    assert row["decision_id"] in answer(page)
    assert page.locator(".turn.bot a.cite").count() > 0
    assert page.get_by_role("button", name="Approve").count() == 0
    assert page.evaluate("document.activeElement.id") == "message", "one goes on typing"


def test_a_reload_and_a_second_tab_show_the_same_answer_to_its_end(desk: Served, sits_down: Sits) -> None:
    row = desk.take()
    ann = sits_down("ann")
    page = ann.go("/chat")
    asked(page, f"why was {row['decision_id']} escalated?")
    second = ann.context.new_page()
    second.goto(page.url)
    page.reload()
    assert answer(page) == answer(second)
    assert row["decision_id"] in answer(page)


def test_a_conversation_goes_on_with_what_it_was_about(desk: Served, sits_down: Sits) -> None:
    row = desk.take()
    page = sits_down("ann").go("/chat")
    asked(page, f"why was {row['decision_id']} escalated?")
    answer(page)
    asked(page, "which rule, which clause?")
    page.locator(".turn.bot").nth(1).wait_for()
    assert page.locator(".turn.bot").count() == 2
    assert row["rules"][0] in answer(page)


def test_a_long_answer_is_shown_from_its_question_on_when_it_is_over_and_after_a_reload(sits_down: Sits) -> None:
    page = sits_down("ann", viewport={"width": 1280, "height": 420}).go("/chat")
    asked(page, "how many decisions were escalated this month?")
    answer(page)
    for _ in ("as it came", "loaded anew"):
        expect(page.locator(".turn.user").last).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.getElementById('turns').scrollHeight > 2 * innerHeight"), "it is a long one"
        page.reload()


def test_what_is_asked_never_runs(sits_down: Sits) -> None:
    page = sits_down("ann").go("/chat")
    asked(page, "<img src=x onerror=document.title='hit'><script>document.title='hit'</script> why?")
    answer(page)
    assert page.title() != "hit"
    assert page.locator("main img, main script").count() == 0


def test_what_would_have_been_is_asked_in_words_and_shown_beside_what_was(desk: Served, sits_down: Sits) -> None:
    row = desk.take(lambda row: row["decision"] == "credit.application" and row["action"]["name"] == "approve")
    page = sits_down("ann").go("/chat")
    asked(page, f"what if the amount of {row['decision_id']} were 2,000?")
    assert "With amount 2,000.00 instead of amount" in answer(page)
    table = page.get_by_role("table", name="What if")
    expect(table.get_by_role("row", name="verdict")).to_contain_text("escalate")
    expect(page.locator(".whyp")).to_contain_text(row["decision_id"])
    asked(page, "and what if the duration were 12 months?")
    page.locator(".turn.bot").nth(1).wait_for()
    assert "With duration months 12 instead of" in answer(page)
    assert desk.engine.review(row["review_id"])["state"] == "open", "supposing changes nothing"


@dataclass
class Slowly:
    """Says the first piece of an answer, and the rest of it only once it may."""

    may_go_on: threading.Event = field(default_factory=threading.Event)

    def findall(self, text: str) -> Iterator[str]:
        yield text[:20]
        self.may_go_on.wait(20)
        yield text[20:]


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slowly]:
    made = Slowly()
    monkeypatch.setattr("remit.service.chat.work._DELTA", made)
    yield made
    made.may_go_on.set()


@pytest.mark.parametrize("script", [True, False])
def test_a_running_answer_is_stopped_and_says_so(desk: Served, sits_down: Sits, slowly: Slowly, script: bool) -> None:
    row = desk.take()
    page = sits_down("ann", java_script_enabled=script).go("/chat")
    page.fill("#message", f"why was {row['decision_id']} escalated?")
    page.get_by_role("button", name="Ask").click()
    page.wait_for_url("**/chat/*")
    began = row["subject"][:4]
    if not script:
        _look_until(page, began)
    expect(page.locator(".turn.bot")).to_contain_text(began)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".turn.bot")).to_contain_text("Stopped.")
    slowly.may_go_on.set()
    page.reload()
    said = page.locator(".turn.bot").inner_text()
    assert ("Stopped." in said, "waits for a person" in said) == (True, False)
    expect(page.get_by_role("button", name="Ask")).to_be_enabled()
    with desk.engine.ledger.snapshot() as snapshot:
        assert b'"chat.stopped"' in [entry.body for entry in snapshot.entries][-1]


def _look_until(page: Page, text: str) -> None:
    """What somebody does without a script: look again, for the answer may not have begun at the first look."""
    for _ in range(50):
        page.get_by_role("link", name="See what has come").click()
        if text in page.locator(".turn.bot").inner_text():
            return


def test_whoever_stops_an_answer_is_told_aloud_and_goes_on_typing(
    desk: Served, sits_down: Sits, slowly: Slowly
) -> None:
    page = sits_down("ann").go("/chat")
    asked(page, f"why was {desk.take()['decision_id']} escalated?")
    expect(page.locator(".turn.bot .say p")).to_be_visible()
    while_it_runs = wrong_with(page)
    page.get_by_role("button", name="Stop").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#say")).to_contain_text("Stopped.")
    expect(page.locator("#message")).to_be_focused()
    assert (while_it_runs, wrong_with(page)) == ([], [])
