"""The queue and the case without a script: what is shown, and what each form does."""

from __future__ import annotations

from tests.integration.conftest import LARGE
from tests.integration.web.conftest import Pages


def test_the_queue_lists_what_waits_and_names_its_state_in_words(pages: Pages) -> None:
    review = pages.review(amount_cents=LARGE, request_id="R-listed")
    html = pages.of("olaf").get("/queue").text
    assert f'href="/queue/{review}"' in html
    assert "Approval queue" in html
    assert "risk" in html
    assert "Choose a case" in html
