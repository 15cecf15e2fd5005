"""What is not as usual: a verdict that is hidden at first, a person who was erased, a case without a proposal."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.integration.conftest import ANA, LARGE
from tests.integration.web.conftest import Pages, pages_in, send

from remit.core.words import Actor

OLGA = Actor("olga", roles=("privacy",))


def test_the_verdict_is_shown_once_somebody_has_said_an_opinion(tmp_path: Path) -> None:
    with pages_in(tmp_path) as pages:
        pack = tmp_path / "packs" / "desk" / "pack.yaml"
        usual = "    autonomy: act\n"
        pack.write_text(
            pack.read_text("utf-8").replace(usual, usual + "    reviews: {verdict_hidden_first: true}\n"), "utf-8"
        )
        review = pages.review(amount_cents=LARGE, request_id="R-hidden")
        place, olaf = f"/queue/{review}", pages.of("olaf")
        html = olaf.get(place).text
        assert "I would approve" in html
        assert "Policy checks" not in html
        assert 'data-key="approve"' not in html
        decision = f"/decisions/{pages.engine.review(review)['decision_id']}"
        assert not [
            word for word in ("Above 1,000", "confidence", "large", "every clause") if word in part(olaf, decision)
        ]
        assert "Above 1,000" in part(pages.of("ann"), decision)
        assert send(olaf, place, f"{decision}/replay").status_code == 403
        sent = send(olaf, place, f"{place}/opinion", choice="approve", reason="it looks right")
        assert sent.headers["Location"] == f"{place}?said=opined"
        assert "Policy checks" in olaf.get(place).text
        assert "Above 1,000" in part(olaf, decision)


def part(client: TestClient, page: str) -> str:
    """What a page has to say, without the frame around it."""
    html: str = client.get(page).text
    return html.partition("<main")[2].partition("</main>")[0]


def test_of_somebody_who_was_erased_the_pages_show_what_is_left(pages: Pages) -> None:
    review = pages.review(amount_cents=LARGE, request_id="R-erased")
    olaf = pages.of("olaf")
    send(olaf, f"/queue/{review}", f"/queue/{review}/decide", choice="reject", reason="not this one")
    decision = pages.engine.review(review)["decision_id"]
    pages.engine.safekeeping.erase("R-erased", "Asked for it.", OLGA)
    for place in (f"/decisions/{decision}", "/decisions", f"/queue/{review}", "/queue?settled=1"):
        answer = olaf.get(place)
        assert answer.status_code == 200, place
        assert "R-erased" not in answer.text


def test_a_mistake_of_ours_is_a_page_that_names_the_request_and_nothing_else(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    olaf = pages.of("olaf")
    monkeypatch.setattr("remit.web.queue.desk.page_of_reviews", lambda *_, **__: 1 / 0)
    answer = olaf.get("/queue")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert answer.headers["X-Request-Id"] in answer.text
    assert "division" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_case_that_was_never_judged_has_a_page(pages: Pages) -> None:
    case = {"request_id": "R-odd", "kind": "payment", "topic": "gossip", "divisor": 1, "parts": 1, "amount_cents": 1}
    told = pages.engine.decide("desk", case, ANA)
    assert told["status"] == "quarantined"
    html = pages.of("ann").get(f"/decisions/{told['decision_id']}").text
    assert "quarantined" in html
    assert "No rule spoke" in html
