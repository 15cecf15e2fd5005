"""The queue and the case without a script: what is shown, and what each form does."""

from __future__ import annotations

import pytest
from tests.integration.conftest import LARGE, VERY_LARGE
from tests.integration.web.conftest import Pages, send, token_in, version_in

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def test_the_queue_lists_what_waits_and_names_its_state_in_words(pages: Pages) -> None:
    review = pages.review(amount_cents=LARGE, request_id="R-listed")
    html = pages.of("olaf").get("/queue").text
    assert f'href="/queue/{review}"' in html
    assert " risk</span>" in html
    assert "Choose a case" in html


def test_filters_stand_in_the_address_and_stay_with_the_case(pages: Pages) -> None:
    review = pages.review(amount_cents=LARGE, request_id="R-wanted")
    olaf = pages.of("olaf")
    html = olaf.get("/queue?q=r-WANTED").text
    assert f'href="/queue/{review}?q=r-WANTED"' in html
    assert html.count("<li data-id=") == 1
    assert "Nothing fits these filters" in olaf.get("/queue?q=nobody-has-this-name").text
    assert olaf.get("/queue?order=sideways").status_code == 422
    assert olaf.get("/queue?risk=sideways").status_code == 400


def test_a_page_of_the_queue_leads_to_the_next_and_none_is_shown_twice(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remit.web.queue.desk.ROWS", 2)
    made = {pages.review(amount_cents=LARGE, request_id=f"R-paged-{number}") for number in range(5)}
    olaf, place, seen = pages.of("olaf"), "/queue?q=R-paged", []
    while place:
        html = olaf.get(place).text
        seen += [part.split('"')[0] for part in html.split('<li data-id="')[1:]]
        place = html.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert sorted(seen) == sorted(made)


def test_the_list_is_sent_again_only_when_it_changed_and_shows_nobody_the_case(pages: Pages) -> None:
    review = pages.review(amount_cents=LARGE, request_id="R-polled")
    olaf, rows = pages.of("olaf"), {"Remit-Fragment": "rows"}
    for place in ("/queue", f"/queue/{review}"):
        first = olaf.get(place, headers=rows)
        assert "<html" not in first.text
        again = olaf.get(place, headers={**rows, "If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.text) == (304, "")
    events = [event.draft.type for event in pages.engine.events_of(pages.engine.review(review)["decision_id"])]
    assert "review.shown" not in events


def test_a_case_is_claimed_and_given_back(pages: Pages) -> None:
    review = pages.review(amount_cents=LARGE, request_id="R-claimed")
    olaf, place = pages.of("olaf"), f"/queue/{review}"
    sent = send(olaf, place, f"{place}/claim")
    assert sent.headers["Location"] == f"{place}?said=claimed"
    assert "Claimed by you" in olaf.get(place).text
    assert "with olaf" in pages.of("otto").get(place).text
    send(olaf, place, f"{place}/release")
    assert pages.engine.review(review)["state"] == "open"


@pytest.mark.parametrize(("choice", "state"), [("approve", "approved"), ("reject", "rejected")])
def test_a_case_is_decided_by_a_form(pages: Pages, choice: str, state: str) -> None:
    review = pages.review(amount_cents=LARGE, request_id=f"R-{choice}")
    place = f"/queue/{review}"
    sent = send(pages.of("olaf"), place, f"{place}/decide", choice=choice, reason="as it should be")
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{place}?said={state}")
    assert pages.engine.review(review)["state"] == state


def test_a_reason_that_is_missing_is_asked_for_and_nothing_is_lost(pages: Pages) -> None:
    review = pages.review(amount_cents=LARGE, request_id="R-unsaid")
    place = f"/queue/{review}"
    answer = send(pages.of("olaf"), place, f"{place}/decide", choice="approve", reason="")
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.text
    assert pages.engine.review(review)["state"] == "open"


def test_neither_button_is_no_word(pages: Pages) -> None:
    review = pages.review(amount_cents=LARGE, request_id="R-neither")
    place = f"/queue/{review}"
    assert send(pages.of("olaf"), place, f"{place}/decide", reason="no button").status_code == 400


def test_who_comes_late_sees_what_changed(pages: Pages) -> None:
    review = pages.review(amount_cents=LARGE, request_id="R-raced")
    place, otto = f"/queue/{review}", pages.of("otto")
    html = otto.get(place).text
    send(pages.of("olaf"), place, f"{place}/decide", choice="reject", reason="I was first")
    late = {"csrf": token_in(html), "version": version_in(html), "choice": "approve", "reason": "too late"}
    answer = otto.post(f"{place}/decide", data=late)
    assert answer.status_code in (409, 412)
    assert "olaf rejected this review while you looked" in answer.text


def test_a_question_stops_the_clock_and_a_snooze_puts_aside(pages: Pages) -> None:
    asked, snoozed = (pages.review(amount_cents=LARGE, request_id=f"R-{each}") for each in ("asked", "later"))
    olaf = pages.of("olaf")
    send(olaf, f"/queue/{asked}", f"/queue/{asked}/ask", reason="Which invoice is it?")
    assert pages.engine.review(asked)["waits_for_answer"]
    send(olaf, f"/queue/{snoozed}", f"/queue/{snoozed}/snooze", **{"for": "4h"})
    assert pages.engine.review(snoozed)["snoozed_until"] is not None
    assert f"/queue/{snoozed}" not in olaf.get("/queue?q=R-later").text


def test_an_edit_is_tried_by_the_policy_and_then_recorded(pages: Pages) -> None:
    review = pages.review(amount_cents=LARGE, request_id="R-edited")
    place, olaf = f"/queue/{review}", pages.of("olaf")
    html = olaf.get(f"{place}/edit").text
    assert "data-commit disabled" in html
    fields = {"csrf": token_in(html), "version": version_in(html), "arg.amount_cents": "150000"}
    tried = olaf.post(f"{place}/edit/try", data=fields)
    assert "What you change" in tried.text
    assert "data-commit disabled" not in tried.text
    assert pages.engine.review(review)["action"]["args"]["amount_cents"] == LARGE
    olaf.post(f"{place}/edit", data={**fields, "reason": "less is enough"})
    assert pages.engine.review(review)["action"]["args"]["amount_cents"] == 150_000
    assert "<caption>Edited by olaf</caption>" in olaf.get(place).text
    decision = pages.of("ann").get(f"/decisions/{pages.engine.review(review)['decision_id']}").text
    assert "Edited by olaf. What was proposed before:" in decision


def test_a_reason_that_is_too_long_is_given_back_whole_and_never_cut(pages: Pages) -> None:
    """A browser cuts what is pasted into a field with `maxlength`, and says nothing."""
    review = pages.review(amount_cents=LARGE, request_id="R-long-reason")
    olaf, place, words = pages.of("olaf"), f"/queue/{review}", "why " * 600
    assert "maxlength" not in olaf.get(place).text.partition('id="reason"')[2].partition(">")[0]
    answer = send(olaf, place, f"{place}/decide", choice="approve", reason=words)
    assert (answer.status_code, words in answer.text) == (400, True)
    assert pages.engine.review(review)["state"] == "open"


def test_an_edit_without_a_reason_is_not_recorded_and_not_lost(pages: Pages) -> None:
    review = pages.review(amount_cents=LARGE, request_id="R-unexplained")
    place, olaf = f"/queue/{review}", pages.of("olaf")
    html = olaf.get(f"{place}/edit").text
    fields = {"csrf": token_in(html), "version": version_in(html), "arg.amount_cents": "150000"}
    answer = olaf.post(f"{place}/edit", data=fields)
    assert answer.status_code == 400
    assert 'value="150000"' in answer.text
    assert pages.engine.review(review)["action"]["args"]["amount_cents"] == LARGE


def test_an_edit_that_the_action_does_not_allow_is_told_of(pages: Pages) -> None:
    review = pages.review(amount_cents=LARGE, request_id="R-misfit")
    place, olaf = f"/queue/{review}", pages.of("olaf")
    html = olaf.get(f"{place}/edit").text
    fields = {"csrf": token_in(html), "version": version_in(html), "arg.amount_cents": "a lot"}
    answer = olaf.post(f"{place}/edit/try", data=fields)
    assert answer.status_code == 400
    assert "data-commit disabled" in answer.text


def test_the_first_reason_is_shown_to_nobody_until_the_last_person_has_spoken(pages: Pages) -> None:
    review = pages.review(amount_cents=VERY_LARGE, request_id="R-eyes")
    place, otto = f"/queue/{review}", pages.of("otto")
    send(pages.of("olaf"), place, f"{place}/decide", choice="approve", reason="what the first one thought")
    decision = f"/decisions/{pages.engine.review(review)['decision_id']}"
    html = otto.get(place).text
    assert "1 of 3 reviews" in html
    assert "what the first one thought" not in html + otto.get(decision).text


def test_an_auditor_reads_and_is_offered_no_word(pages: Pages) -> None:
    review = pages.review(amount_cents=LARGE, request_id="R-audited")
    place, alba = f"/queue/{review}", pages.of("alba")
    html = alba.get(place).text
    assert 'value="approve"' not in html
    fields = {"csrf": token_in(html), "version": "1", "choice": "approve", "reason": "not mine to say"}
    assert alba.post(f"{place}/decide", data=fields).status_code == 403


def test_what_cases_reasons_and_addresses_hold_is_text(pages: Pages) -> None:
    review = pages.review(amount_cents=LARGE, request_id=EVIL)
    place, olaf = f"/queue/{review}", pages.of("olaf")
    wrong = send(olaf, place, f"{place}/decide", reason=EVIL, choice=EVIL, code=EVIL)
    search = olaf.get("/queue", params={"q": EVIL, "kind": EVIL})
    for html in (olaf.get(place).text, olaf.get("/queue").text, wrong.text, search.text):
        assert "<script>alert" not in html
        assert "<img" not in html
    assert "&lt;script&gt;alert(1)" in olaf.get(place).text
