"""Every page in a real Chromium: WCAG by axe in light, dark and on a phone; weight, requests, and what may not run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Person, Served, wrong_with
from tests.browser.states import STATES, proposed_change
from tests.browser.weight import table, weighed

Sits = Callable[..., Person]
BYTES_MAX, REQUESTS_MAX = 60_000, 10

KEPT = """async () => ({
  local: Object.entries(localStorage), session: sessionStorage.length, cookies: document.cookie,
  databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""
NOTHING = {"session": 0, "cookies": "", "databases": 0, "caches": 0, "workers": 0}
POLLUTING = "__proto__[polluted]=1&constructor[prototype][polluted]=1&__proto__.polluted=1"
POLLUTED = """() => [Object, Array, Function].map((kind) => {
  const before = "polluted" in kind.prototype;
  try { kind.prototype.polluted = 1; } catch { /* strict code is told so; other code hears nothing */ }
  return before || "polluted" in kind.prototype;
})"""
"""Whether an address has done it, or could if the script made a mistake."""
OF_NOBODY = {"/nowhere"}
"""What there is not, and asks nobody who comes."""


def places(desk: Served) -> dict[str, list[str]]:
    """Each page once, by somebody to whom it opens. A new page is added here."""
    waiting = desk.engine.reviews()[0]
    case = f"/queue/{waiting['review_id']}"
    shared = ["/packs", "/packs/credit", "/learning", "/learning/credit", "/ledger", "/dashboards"]
    contract = "/policies/credit/credit.application"
    return {
        "maria": ["/queue", case, f"{case}/edit", "/decisions", f"/decisions/{waiting['decision_id']}", "/nowhere"],
        "ann": ["/chat", "/chat?ask=why", "/dashboards?pack=credit&days=60", "/policies", f"{contract}?proof=1"],
        "paul": [f"{contract}/propose", "/learning/quality"],
        "petra": [f"/policies/changes/{proposed_change(desk)}"],
        "alba": shared,
        "adam": ["/admin"],
    }


def test_every_page_is_for_everybody(desk: Served, sits_down: Sits) -> None:
    found = {}
    for name, pages in places(desk).items():
        person = sits_down(name)
        found |= {page: wrong_with(person.go(page)) for page in pages}
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("name", STATES)
def test_every_state_of_a_page_is_for_everybody(desk: Served, sits_down: Sits, name: str | None) -> None:
    person, found = sits_down(name), {}
    for lead in STATES[name]:
        lead(person, desk)
        found[lead.__name__] = wrong_with(person.page)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


def test_the_sign_in_page_is_for_everybody(sits_down: Sits) -> None:
    assert wrong_with(sits_down(None).go("/sign-in")) == []


def test_a_page_is_light_and_asks_for_little(desk: Served, sits_down: Sits) -> None:
    people = {name: sits_down(name) for name in places(desk)}
    pages = [
        weighed(people[name].context, people[name].url + place, place)
        for name, all_of in places(desk).items()
        for place in all_of
    ]
    print(table(pages))
    assert [each for each in pages if each.bytes > BYTES_MAX or each.requests > REQUESTS_MAX] == []


def test_what_somebody_types_never_runs(desk: Served, sits_down: Sits) -> None:
    evil = "<img src=x onerror=document.title='hit'><script>document.title='hit'</script>"
    row = desk.take()
    page = sits_down("maria").go(f"/queue/{row['review_id']}")
    page.fill("#reason", evil)
    page.get_by_role("button", name="Approve", exact=False).first.click()
    page.locator(".flash").first.wait_for()
    page.goto(page.url.split("/queue/")[0] + f"/decisions/{row['decision_id']}")
    assert page.title() != "hit"
    page.goto(page.url.split("/decisions/")[0] + "/queue?q=" + "%22%3E%3Cscript%3Edocument.title='hit'%3C/script%3E")
    assert page.title() != "hit"
    assert page.locator("main img, main script").count() == 0


def test_every_page_shows_how_to_sign_out_and_keeps_nothing_but_how_it_looks(desk: Served, sits_down: Sits) -> None:
    for name, pages in places(desk).items():
        person = sits_down(name)
        for place in pages:
            page = person.go(place)
            if place not in OF_NOBODY:
                expect(page.get_by_role("button", name="Sign out")).to_be_visible()
            if page.locator("[data-do=theme]").is_visible():
                page.locator("[data-do=theme]").click()
        kept = page.evaluate(KEPT)
        assert {key for key, _ in kept.pop("local")} <= {"remit-theme", "remit-keys"}
        assert kept == NOTHING


def test_of_what_somebody_types_nothing_stays_in_the_browser(desk: Served, sits_down: Sits) -> None:
    row = desk.take()
    page = sits_down("maria").go(f"/queue/{row['review_id']}")
    page.locator("[data-do=theme]").click()
    page.keyboard.press("?")
    page.get_by_label("Single keys work").uncheck()
    page.keyboard.press("Escape")
    page.fill("#reason", "what the applicant told me on the telephone")
    page.get_by_role("button", name="Approve", exact=False).first.click()
    page.locator(".flash").first.wait_for()
    kept = page.evaluate(KEPT)
    assert sorted(kept.pop("local")) == [["remit-keys", "off"], ["remit-theme", "dark"]]
    assert kept == NOTHING
    assert page.evaluate("Object.keys(history.state || {})") in ([], ["swap"])


def test_a_password_is_pasted_and_never_shown(sits_down: Sits) -> None:
    page = sits_down(None).go("/sign-in")
    name, password = page.locator("input[name=name]"), page.locator("input[name=password]")
    name.fill("what a password manager made")
    name.press("Control+a")
    name.press("Control+c")
    password.focus()
    password.press("Control+v")
    assert password.input_value() == "what a password manager made"
    assert password.get_attribute("type") == "password"


@pytest.mark.parametrize(("place", "name"), [("/sign-in", None), ("/queue", "maria"), ("/chat", "ann")])
def test_no_input_gives_every_object_of_a_page_another_member(sits_down: Sits, place: str, name: str | None) -> None:
    page = sits_down(name).go(f"{place}?{POLLUTING}#{POLLUTING}")
    assert page.evaluate(POLLUTED) == [False, False, False]


def test_a_fault_that_shows_in_the_dark_alone_is_found(sits_down: Sits) -> None:
    page = sits_down(None).go("/sign-in")
    page.evaluate("document.querySelector('label').style.color = '#555555'")
    found = wrong_with(page)
    assert found != []
    assert {each.split(": ")[:2] == ["dark", "color-contrast"] for each in found} == {True}
