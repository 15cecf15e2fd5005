"""Asking in a browser: the answer comes as one looks, stands after a reload and in a second tab, and cites."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page
from tests.browser.conftest import Person, Served

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


def test_what_is_asked_never_runs(sits_down: Sits) -> None:
    page = sits_down("ann").go("/chat")
    asked(page, "<img src=x onerror=document.title='hit'><script>document.title='hit'</script> why?")
    answer(page)
    assert page.title() != "hit"
    assert page.locator("main img, main script").count() == 0
