"""What others wrote never runs in a reader's browser: in cases, documents, reasons, names and addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.conftest import Person, seats_at, serving, unfold
from tests.integration.api.signed_in import person
from tests.integration.conftest import ANA, LARGE
from tests.integration.web.conftest import Pages, pages_in

from remit.core.words import Actor

HIT = "window.top.hit=1"
PROBES = (
    f'"\'><script>{HIT}</script><img src=x onerror="{HIT}">',
    f'</textarea></pre></title><svg onload="{HIT}"><iframe srcdoc="<script>{HIT}</script>"></iframe>',
    f'[press me](javascript:{quote(HIT)}) <a href="javascript:{HIT}" autofocus onfocus="{HIT}">x</a>',
    "{{ 7 * 7 }} ${7*7} <style>@import 'https://evil.example/x.css'</style>",
)
PAGES = (("queue", "review_id"), ("decisions", "decision_id"))
SAYING = (
    *(f"/queue?{name}=" for name in ("q", "kind", "cursor")),
    *(f"/decisions?{name}=" for name in ("status", "asker", "since")),
    *("/chat?ask=", "/dashboards?pack=", "/sign-in?next=", "/", "/packs/"),
)
"""What each address ends with is said by whoever made the link."""

OTTO = Actor("otto", roles=("officer", "reviewer"))
CASE = {"kind": "payment", "topic": "none", "divisor": 1, "parts": 1, "amount_cents": LARGE}
Sits = Callable[..., Person]


@pytest.fixture(scope="module")
def probed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A desk whose documents, cases and reasons are probes, one of which was settled."""
    with pages_in(tmp_path_factory.mktemp("probed")) as pages:
        document = pages.engine.services.library.files("desk").folder / "knowledge" / "limits.md"
        document.write_text(document.read_text("utf-8") + "\n\n" + "\n\n".join(PROBES) + "\n", "utf-8")
        person(pages.engine, "olga", "reviewer", "officer", "analyst")
        for number, probe in enumerate(PROBES):
            pages.engine.decide("desk", {**CASE, "request_id": f"{probe} {number}"}, ANA)
        for number, probe in enumerate(PROBES):
            review = pages.review(amount_cents=LARGE, request_id=f"R-{number}")
            pages.engine.decide_review(review, OTTO, "reject", probe)
        yield pages


@pytest.fixture
def sits(probed: Pages, chromium: Browser) -> Iterator[Sits]:
    """At the end nothing may even have been tried: the Content-Security-Policy had nothing to stop."""
    with serving(probed.app) as url, seats_at(url, chromium) as sit:
        yield sit


def is_untouched(page: Page) -> bool:
    """Whether nothing ran, and nothing stands there that could."""
    unfold(page)
    made = page.locator("main script, main iframe, main style, main img, [onerror], [onload], [onfocus]").count()
    links = page.locator("a[href^='javascript' i]").count()
    return (page.evaluate("window.hit ?? 0"), made, links) == (0, 0, 0)


def test_what_is_stored_never_runs(probed: Pages, sits: Sits) -> None:
    reviews = probed.engine.reviews(all_states=True, limit=50)
    assert len(reviews) == 2 * len(PROBES)
    olga = sits("olga")
    places = ["/queue", "/queue?settled=1"]
    places += [f"/{kind}/{row[name]}" for row in reviews for kind, name in PAGES]
    assert [place for place in places if not is_untouched(olga.go(place))] == []
    assert "press me" in olga.page.inner_text("main"), "the document's probes are there to be read"


def test_what_an_address_says_never_runs(sits: Sits) -> None:
    olga = sits("olga")
    addresses = [f"{place}{quote(probe, safe='')}" for place in SAYING for probe in PROBES]
    assert [address for address in addresses if not is_untouched(olga.go(address))] == []


def test_what_the_chat_is_asked_and_finds_never_runs(probed: Pages, sits: Sits) -> None:
    decision = probed.engine.reviews()[0]["decision_id"]
    page = sits("olga").go("/chat")
    questions = [f"why was {decision} escalated? {probe}" for probe in PROBES]
    for number, question in enumerate((*questions, "which payment limit holds for the desk?")):
        page.fill("#message", question)
        page.keyboard.press("Enter")
        page.locator("#turns:not([data-run]) .turn.bot").nth(number).wait_for()
    assert is_untouched(page)
