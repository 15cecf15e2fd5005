"""What is not as usual: a verdict that is hidden at first, a person who was erased, a case without a proposal."""

from __future__ import annotations

from pathlib import Path

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
        sent = send(olaf, place, f"{place}/opinion", choice="approve", reason="it looks right")
        assert sent.headers["Location"] == f"{place}?said=opined"
        assert "Policy checks" in olaf.get(place).text


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


def test_a_case_that_was_never_judged_has_a_page(pages: Pages) -> None:
    case = {"request_id": "R-odd", "kind": "payment", "topic": "gossip", "divisor": 1, "parts": 1, "amount_cents": 1}
    told = pages.engine.decide("desk", case, ANA)
    assert told["status"] == "quarantined"
    html = pages.of("ann").get(f"/decisions/{told['decision_id']}").text
    assert "quarantined" in html
    assert "No rule spoke" in html
