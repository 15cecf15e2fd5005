"""The list of decisions and the page of one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.integration.conftest import ANA, SMALL
from tests.integration.web.conftest import Pages, token_in

CASE = {"kind": "payment", "topic": "none", "divisor": 1, "parts": 1, "amount_cents": SMALL}


def test_a_decision_shows_its_timeline_and_its_proof_holds(pages: Pages) -> None:
    told = pages.engine.review(pages.review(amount_cents=200_000, request_id="R-proved"))
    ann, place = pages.of("ann"), f"/decisions/{told['decision_id']}"
    html = ann.get(place).text
    assert "Sent to a person" in html
    answer = ann.post(f"{place}/verify", data={"csrf": token_in(html)})
    assert "The proof holds" in answer.text


def test_a_replay_comes_out_the_same(pages: Pages) -> None:
    told = pages.engine.review(pages.review(amount_cents=200_000, request_id="R-again"))
    ann, place = pages.of("ann"), f"/decisions/{told['decision_id']}"
    answer = ann.post(f"{place}/replay", data={"csrf": token_in(ann.get(place).text)})
    assert "the same, byte for byte" in answer.text


def test_the_list_is_filtered_by_its_address(pages: Pages) -> None:
    told = pages.engine.review(pages.review(amount_cents=200_000, request_id="R-filtered"))
    ann = pages.of("ann")
    assert told["decision_id"] in ann.get("/decisions?status=awaiting_review").text
    assert told["decision_id"] not in ann.get("/decisions?status=executed").text
    assert ann.get("/decisions?status=nonsense").status_code == 400


def test_a_list_begins_on_a_day_and_leaves_out_what_a_person_was_asked(pages: Pages) -> None:
    asked = pages.engine.review(pages.review(amount_cents=200_000, request_id="R-asked-9"))["decision_id"]
    alone = pages.engine.decide("desk", {**CASE, "request_id": "R-alone-9"}, ANA)["decision_id"]
    ann = pages.of("ann")
    today = pages.engine.clock.now().date()
    later = today + timedelta(days=1)
    listed = {
        query: [name for name in (asked, alone) if name in ann.get(f"/decisions?{query}").text]
        for query in (f"since={today}", f"since={later}", f"alone=1&since={today}", "since=", "alone=1&asker=nobody")
    }
    assert list(listed.values()) == [[asked, alone], [], [alone], [asked, alone], []]


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "2026-W01-1x"])
def test_a_day_that_is_none_is_said_so(pages: Pages, day: str) -> None:
    answer = pages.of("ann").get("/decisions", params={"since": day})
    assert (answer.status_code, "is no day" in answer.text) == (400, True)


@pytest.mark.parametrize(
    ("place", "above"),
    [
        ("/decisions/01M832VBTANGPPSM8E6ND743RG/verify", "/decisions/01M832VBTANGPPSM8E6ND743RG"),
        ("/queue/01M832VBTANGPPSM8E6ND743RG/decide", "/queue/01M832VBTANGPPSM8E6ND743RG"),
        ("/queue/01M832VBTANGPPSM8E6ND743RG/edit/try", "/queue/01M832VBTANGPPSM8E6ND743RG/edit"),
        ("/ledger/verify", "/ledger"),
        ("/chat/01M832VBTANGPPSM8E6ND743RG/stop", "/chat/01M832VBTANGPPSM8E6ND743RG"),
    ],
)
def test_where_something_was_sent_to_one_comes_back_to_the_page_above(pages: Pages, place: str, above: str) -> None:
    answer = pages.of("ann").get(place, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers.get("location")) == (303, above)
