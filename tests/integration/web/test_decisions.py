"""The list of decisions and the page of one."""

from __future__ import annotations

from tests.integration.web.conftest import Pages, token_in


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
