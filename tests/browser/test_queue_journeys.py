"""What reviewers do all day, in a real Chromium: many cases by keyboard, an edit, four eyes, and who comes too late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect
from tests.browser.conftest import PEOPLE, Person, Served
from tests.integration.api.signed_in import PASSWORD

from remit.core.words import Actor

Sits = Callable[..., Person]


def one_seat(row: dict[str, Any]) -> bool:
    return sum(terms["quorum"] for terms in row["terms"]) == 1


def two_seats(row: dict[str, Any]) -> bool:
    return sum(terms["quorum"] for terms in row["terms"]) == 2


def credit_of_one_seat(row: dict[str, Any]) -> bool:
    return one_seat(row) and row["action"]["name"].startswith("approve")


def test_keys_move_mark_evidence_and_can_be_turned_off(desk: Served, sits_down: Sits) -> None:
    page = sits_down("maria").page
    page.keyboard.press("j")
    expect(page.locator(".rows .on")).to_have_count(1)
    first = page.locator(".case").get_attribute("data-review")
    page.keyboard.press("1")
    expect(page.locator("#E1")).to_have_class("hit")
    page.keyboard.press("j")
    expect(page.locator(f'.case[data-review="{first}"]')).to_have_count(0)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.get_by_label("Single keys work").uncheck()
    page.keyboard.press("Escape")
    there = page.url
    page.keyboard.press("j")
    page.keyboard.press("/")
    assert page.url == there
    expect(page.locator("input[type=search]")).not_to_be_focused()


def test_an_edit_is_judged_by_the_policy_before_it_can_be_approved(desk: Served, sits_down: Sits) -> None:
    row = desk.take(lambda row: credit_of_one_seat(row) and row["action"]["name"] == "approve")
    page = sits_down("maria").go(f"/queue/{row['review_id']}")
    page.get_by_role("link", name="Edit and approve").click()
    approve = page.get_by_role("button", name="Approve as edited")
    expect(approve).to_be_disabled()
    page.get_by_label("Amount cents").fill("300000")
    expect(page.get_by_text("What you change")).to_be_visible()
    expect(approve).to_be_enabled()
    page.locator("#edit-reason").fill("A smaller amount is enough.")
    approve.click()
    expect(page.locator(".flash")).to_contain_text("Approved")
    assert desk.engine.review(row["review_id"])["action"]["args"] == {"amount_cents": 300000}


def test_two_people_decide_and_the_first_reason_is_hidden_until_both_have(desk: Served, sits_down: Sits) -> None:
    row = desk.take(two_seats)
    place = f"/queue/{row['review_id']}"
    first, second = sits_down("maria").go(place), sits_down("tom").go(place)
    expect(first.get_by_text("0 of 2 reviews")).to_be_visible()
    first.fill("#reason", "Seen by the first pair of eyes.")
    first.get_by_role("button", name="Approve", exact=False).first.click()
    expect(first.get_by_text("1 of 2 reviews")).to_be_visible()
    second.reload()
    expect(second.get_by_text("1 of 2 reviews")).to_be_visible()
    assert "first pair of eyes" not in second.content()
    second.goto(second.url.replace(place, f"/decisions/{row['decision_id']}"))
    assert "first pair of eyes" not in second.content()
    second.go_back()
    second.fill("#reason", "Seen by the second pair, too.")
    second.get_by_role("button", name="Approve", exact=False).first.click()
    expect(second.locator(".flash")).to_contain_text("Approved")
    second.goto(second.url.split("/queue/")[0] + f"/decisions/{row['decision_id']}")
    assert "first pair of eyes" in second.content()


def test_who_comes_second_is_told_what_changed(desk: Served, sits_down: Sits) -> None:
    row = desk.take(one_seat)
    place = f"/queue/{row['review_id']}"
    first, second = sits_down("maria").go(place), sits_down("tom").go(place)
    for page, words in ((first, "I was here first."), (second, "I came too late.")):
        page.fill("#reason", words)
        page.get_by_role("button", name="Approve", exact=False).first.click()
        expect(page.locator(".flash").first).to_be_visible()
    expect(second.get_by_role("alert").first).to_contain_text("Somebody was first: maria approved this review")
    assert [vote["reviewer"] for vote in desk.engine.review(row["review_id"])["votes"]] == ["maria"]


def test_whoever_hears_no_answer_is_not_told_that_nothing_was_done(desk: Served, sits_down: Sits) -> None:
    row, maria = desk.take(one_seat), sits_down("maria")
    page = maria.go(f"/queue/{row['review_id']}")

    def lose_the_answer(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort("connectionreset")

    page.route("**/decide", lose_the_answer)
    page.fill("#reason", "It is as it should be.")
    page.get_by_role("button", name="Approve", exact=False).first.click()
    expect(page.get_by_role("alert").first).to_contain_text("Perhaps it was done")
    expect(page.locator("#reason")).to_have_value("It is as it should be.")
    assert [each for each in maria.errors if "CONNECTION_RESET" not in each] == []
    maria.errors.clear()
    assert desk.engine.review(row["review_id"])["state"] == "approved"


@pytest.mark.parametrize(("back", "there"), [("maria", "It took me ten minutes to write this."), ("tom", "")])
def test_what_was_typed_outlives_a_session_for_whoever_typed_it(
    desk: Served, sits_down: Sits, back: str, there: str
) -> None:
    maria = sits_down("maria")
    page = maria.go(f"/queue/{desk.take(one_seat)['review_id']}")
    page.fill("#reason", "It took me ten minutes to write this.")
    maria.context.clear_cookies()
    page.get_by_role("button", name="Approve", exact=False).first.click()
    page.wait_for_url("**/sign-in?next=*")
    page.fill("input[name=name]", back)
    page.fill("input[name=password]", PASSWORD)
    page.click("button.pri")
    expect(page.locator("#reason")).to_have_value(there)
    page.reload()
    expect(page.locator("#reason")).to_have_value("")
    page.fill("#reason", "Said at last.")
    page.get_by_role("button", name="Approve", exact=False).first.click()
    expect(page.locator(".flash").first).to_contain_text("Approved")


def test_a_case_is_decided_without_a_script(desk: Served, sits_down: Sits) -> None:
    row = desk.take(one_seat)
    page = sits_down("maria", java_script_enabled=False).page
    page.fill("input[type=search]", row["subject"])
    page.get_by_role("button", name="Find").click()
    page.locator(".rows a").first.click()
    page.get_by_role("button", name="Claim").click()
    page.fill("#reason", "As it should be.")
    page.get_by_role("button", name="Approve", exact=False).first.click()
    assert "Approved" in page.inner_text(".flash")
    assert desk.engine.review(row["review_id"])["state"] == "approved"


def test_the_list_brings_itself_up_to_date_while_it_is_looked_at(desk: Served, sits_down: Sits) -> None:
    row = desk.take(one_seat)
    maria = sits_down("maria")
    maria.page.clock.install()
    page = maria.go("/queue")
    expect(page.locator(f'.rows li[data-id="{row["review_id"]}"]')).to_have_count(1)
    desk.engine.decide_review(row["review_id"], Actor("tom", roles=PEOPLE["tom"]), "approve", "Done elsewhere.")
    page.clock.fast_forward(16_000)
    expect(page.locator(f'.rows li[data-id="{row["review_id"]}"]')).to_have_count(0)


def test_ten_cases_are_triaged_by_keyboard_alone(desk: Served, sits_down: Sits) -> None:
    maria = sits_down("maria")
    page, before = maria.page, len(desk.engine.reviews(all_states=True, limit=500))
    waiting = {row["review_id"] for row in desk.engine.reviews(limit=500)} - desk.taken
    page.keyboard.press("j")
    for number in range(10):
        case = page.locator(".case")
        expect(case).to_be_visible()
        here = str(case.get_attribute("data-review"))
        page.keyboard.press("a")
        expect(page.locator("#reason")).to_be_focused()
        page.keyboard.type(f"It fits the rule, number {number}.")
        page.keyboard.press("Control+Enter")
        expect(page.locator(f'.case[data-review="{here}"]')).to_have_count(0)
        assert page.locator(".flash.bad").count() == 0
    assert before == len(desk.engine.reviews(all_states=True, limit=500))
    spoken = [each for each in waiting if any(v["reviewer"] == "maria" for v in desk.engine.review(each)["votes"])]
    assert len(spoken) == 10
