"""Every page in a real Chromium: WCAG by axe in light, dark and on a phone; weight, requests, and what may not run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.browser.conftest import Person, Served, wrong_with
from tests.browser.states import STATES, proposed_change
from tests.browser.weight import table, weighed

Sits = Callable[..., Person]
BYTES_MAX, REQUESTS_MAX = 60_000, 10


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
