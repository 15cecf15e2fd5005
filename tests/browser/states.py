"""What a page can look like besides as it is opened: each function leads one person to one state of one page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect
from tests.browser.conftest import PEOPLE, Person, Served

from remit.core.words import Actor
from remit.service.identity.sign_in_link import offer_link
from remit.service.policy_changes import activate_policy, policy_versions, propose_policy

NO_DECISION = "01M832VBTANGPPSM8E6ND743RG"
CONTRACT = "/policies/credit/credit.application"
QUESTIONS = (
    "why was {decision} escalated?",
    "what if the amount were 2,000?",
    "what does the handbook say about guarantors?",
    "how many decisions were escalated this month?",
    "declined above 2,000 last week",
    "tell me a joke about cats",
    "decide a new credit application: amount 1000, 12 months, purpose furniture",
)


# The queue


def a_list_in_which_nothing_is(person: Person, desk: Served) -> None:
    person.go("/queue?q=nobody-at-all")


def a_list_of_what_is_settled(person: Person, desk: Served) -> None:
    person.go("/queue?settled=1")


def a_marked_passage_and_the_sheet_of_keys(person: Person, desk: Served) -> None:
    page = person.go(f"/queue/{_waiting(desk)['review_id']}")
    page.keyboard.press("1")
    page.keyboard.press("?")
    page.locator("#keys").wait_for()


def a_word_without_a_reason(person: Person, desk: Served) -> None:
    page = person.go(f"/queue/{_waiting(desk)['review_id']}")
    page.get_by_role("button", name="Reject").click()
    page.locator(".err").wait_for()


def an_edit_that_the_policy_has_judged(person: Person, desk: Served) -> None:
    _edited(person, desk)


def an_edit_without_a_reason(person: Person, desk: Served) -> None:
    page = _edited(person, desk)
    page.get_by_role("button", name="Approve as edited").click()
    page.locator(".err").wait_for()


def a_case_that_somebody_else_decided(person: Person, desk: Served) -> None:
    row = desk.take(_of_one_seat)
    page = person.go(f"/queue/{row['review_id']}")
    desk.engine.decide_review(row["review_id"], Actor("tom", roles=PEOPLE["tom"]), "approve", "I was here first.")
    _approves(page)
    page.get_by_role("alert").first.wait_for()


def a_case_with_one_of_two_words(person: Person, desk: Served) -> None:
    row = desk.take(lambda row: not _of_one_seat(row))
    _approves(person.go(f"/queue/{row['review_id']}"))
    person.page.locator(".flash").wait_for()


# Decisions


def a_list_of_no_decision(person: Person, desk: Served) -> None:
    person.go("/decisions?asker=nobody&since=2026-11-02&alone=1")


def a_decision_with_every_clause_whose_proof_holds(person: Person, desk: Served) -> None:
    page = person.go(f"/decisions/{_waiting(desk)['decision_id']}?clauses=true")
    page.get_by_role("button", name="Verify").click()
    page.locator(".flash").wait_for()


def a_decision_that_was_replayed(person: Person, desk: Served) -> None:
    page = person.go(f"/decisions/{_waiting(desk)['decision_id']}")
    page.get_by_role("button", name="Replay").click()
    page.locator(".flash").wait_for()


# The chat


def a_conversation_with_every_kind_of_answer(person: Person, desk: Served) -> None:
    page = person.go("/chat")
    for number, question in enumerate(QUESTIONS):
        page.fill("#message", question.format(decision=_waiting(desk)["decision_id"]))
        page.keyboard.press("Enter")
        page.locator("#turns:not([data-run]) .turn.bot").nth(number).wait_for()


# Policies


def a_text_that_fails_its_tests(person: Person, desk: Served) -> None:
    page = person.go(f"{CONTRACT}/propose")
    page.fill("#text", page.input_value("#text").replace("duration_months > 60", "duration_months > 48"))
    page.get_by_role("button", name="Only check it").click()
    page.get_by_role("heading", name="What fails").wait_for()


def a_text_that_is_no_contract(person: Person, desk: Served) -> None:
    page = person.go(f"{CONTRACT}/propose")
    page.fill("#text", "metadata: [")
    page.get_by_role("button", name="Propose it").click()
    page.get_by_role("alert").wait_for()


def a_change_of_ones_own(person: Person, desk: Served) -> None:
    person.go(f"/policies/changes/{proposed_change(desk)}")


def a_change_that_is_in_force(person: Person, desk: Served) -> None:
    change, petra = proposed_change(desk), Actor("petra", roles=("policy_author",))
    activate_policy(desk.engine.services, change, petra, "Seen, and right.")
    person.go(f"/policies/changes/{change}")


def a_change_that_was_taken_back(person: Person, desk: Served) -> None:
    person.page.get_by_label("Why").fill("It denies too much.")
    person.page.get_by_role("button", name="Take back").click()
    person.page.get_by_text("Rolled back by petra").wait_for()


def all_contracts_and_changes(person: Person, desk: Served) -> None:
    person.go("/policies")


# The ledger, accounts, and what goes wrong


def a_ledger_that_was_verified(person: Person, desk: Served) -> None:
    page = person.go("/ledger")
    page.get_by_role("button", name="Verify all of it").click()
    page.get_by_role("heading", name="The ledger is sound").wait_for()


def a_key_that_was_just_made(person: Person, desk: Served) -> None:
    page = person.go("/admin")
    page.get_by_label("Account", exact=True).select_option("ann")
    page.get_by_label("Scopes").fill("decisions:read")
    page.get_by_role("button", name="Make it").click()
    page.locator(".flash").wait_for()


def an_account_that_cannot_be_made(person: Person, desk: Served) -> None:
    page = person.go("/admin")
    page.get_by_label("Name", exact=True).fill("ann")
    page.get_by_label("Roles", exact=True).fill("nonsense")
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url("**/admin/users")


def a_place_that_is_closed(person: Person, desk: Served) -> None:
    person.go("/admin")


def an_address_that_is_none(person: Person, desk: Served) -> None:
    person.go("/decisions?status=nonsense")


def a_decision_that_there_is_not(person: Person, desk: Served) -> None:
    person.go(f"/decisions/{NO_DECISION}")


def a_start_with_nothing_to_do(person: Person, desk: Served) -> None:
    person.go("/")


def a_password_that_is_wrong(person: Person, desk: Served) -> None:
    page = person.go("/sign-in")
    page.get_by_label("Name").fill("maria")
    page.get_by_label("Password").fill("a dozen red herons")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()


def a_link_to_sign_in_by(person: Person, desk: Served) -> None:
    person.go(offer_link(desk.engine.services, Actor("demo", "system"), "maria"))


STATES: dict[str | None, tuple[Callable[[Person, Served], None], ...]] = {
    "maria": (
        a_list_in_which_nothing_is,
        a_marked_passage_and_the_sheet_of_keys,
        a_word_without_a_reason,
        an_edit_that_the_policy_has_judged,
        an_edit_without_a_reason,
        a_case_that_somebody_else_decided,
        a_case_with_one_of_two_words,
        a_list_of_what_is_settled,
        a_place_that_is_closed,
    ),
    "ann": (
        a_list_of_no_decision,
        a_decision_with_every_clause_whose_proof_holds,
        a_decision_that_was_replayed,
        a_conversation_with_every_kind_of_answer,
        an_address_that_is_none,
        a_decision_that_there_is_not,
    ),
    "paul": (a_text_that_fails_its_tests, a_text_that_is_no_contract, a_change_of_ones_own),
    "petra": (a_change_that_is_in_force, a_change_that_was_taken_back, all_contracts_and_changes),
    "alba": (a_ledger_that_was_verified,),
    "adam": (a_key_that_was_just_made, an_account_that_cannot_be_made),
    "nina": (a_start_with_nothing_to_do,),
    None: (a_password_that_is_wrong, a_link_to_sign_in_by),
}
"""By who is led there; None is nobody yet."""


def _waiting(desk: Served) -> dict[str, Any]:
    """A case that waits, and is left as it is."""
    return next(row for row in desk.engine.reviews(limit=200) if row["review_id"] not in desk.taken)


def _of_one_seat(row: dict[str, Any]) -> bool:
    return sum(terms["quorum"] for terms in row["terms"]) == 1


def _edited(person: Person, desk: Served) -> Page:
    row = next(row for row in desk.engine.reviews(limit=200) if row["action"]["name"] == "approve")
    page = person.go(f"/queue/{row['review_id']}/edit")
    page.get_by_label("Amount cents").fill("200000")
    expect(page.get_by_text("What you change")).to_be_visible()
    return page


def _approves(page: Page) -> None:
    page.fill("#reason", "As it should be.")
    page.get_by_role("button", name="Approve", exact=False).first.click()


def proposed_change(desk: Served) -> str:
    """A change of paul's that waits to be decided: credits of 49 months and more are denied."""
    services = desk.engine.services
    for change in policy_versions(services, "credit")["changes"]:
        if change["state"] == "proposed":
            return str(change["change_id"])
    text = services.pack("credit").files.text("policy.yaml")
    assert text is not None
    for old, new in (
        ("  version: 1\n", "  version: 2\n"),
        ("duration_months > 60", "duration_months > 48"),
        ("duration_months: 60", "duration_months: 48"),
    ):
        text = text.replace(old, new)
    paul = Actor("paul", roles=("policy_author",))
    return str(propose_policy(services, "credit", text, "contract", paul, "Long terms went badly.")["change_id"])
