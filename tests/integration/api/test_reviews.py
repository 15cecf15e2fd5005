"""The approval queue over HTTP: what is seen of it, and what one person's word does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.api.people import ask, decided, word
from tests.integration.conftest import LARGE, NOW, SMALL, VERY_LARGE

from remit.wiring import Engine

LATER = (NOW + timedelta(hours=1)).isoformat()


def test_the_queue_shows_what_waits_for_a_person(anyone: TestClient) -> None:
    waiting = decided(anyone)
    decided(anyone, SMALL)
    answer = ask(anyone, "olaf", "GET", "/reviews")
    assert [row["review_id"] for row in answer.json()["reviews"]] == [waiting["review_id"]]
    assert answer.json()["next"] is None
    assert "Link" not in answer.headers


@pytest.mark.parametrize("order", ["due", "priority"])
def test_pages_follow_one_another_by_their_links(anyone: TestClient, order: str) -> None:
    waiting = {decided(anyone, request_id=f"R-{n}")["review_id"] for n in range(5)}
    path, seen, pages = f"/reviews?limit=2&order={order}", [], 0
    while path:
        answer = ask(anyone, "olaf", "GET", path)
        seen += [row["review_id"] for row in answer.json()["reviews"]]
        link = answer.headers.get("Link", "")
        path, pages = link.removeprefix("</v1").partition(">")[0], pages + 1
    assert (len(seen), set(seen), pages) == (5, waiting, 3)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("decision=desk.request", 2),
        ("decision=another", 0),
        ("rule=very-large", 1),
        ("needs=auditor", 1),
        ("action=wire", 0),
        ("claimed_by=olaf", 0),
        ("waiting=true", 0),
        ("mine=true", 2),
        ("state=approved", 0),
        ("everything=true", 2),
    ],
)
def test_the_queue_is_filtered(two_waiting: TestClient, asked: str, found: int) -> None:
    assert len(ask(two_waiting, "olaf", "GET", f"/reviews?{asked}").json()["reviews"]) == found


@pytest.fixture(scope="module")
def two_waiting(shared: TestClient) -> TestClient:
    """A client of a desk with two reviews, one of them very large; nobody decides them."""
    decided(shared)
    decided(shared, VERY_LARGE)
    return shared


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ("limit=201", 422, "request"),
        ("limit=0", 422, "request"),
        ("colour=red", 422, "request"),
        ("state=asleep", 422, "request"),
        ("cursor=none", 400, "cursor"),
        ("cursor=W10", 400, "cursor"),
        ("filter=unknown", 404, "not_found"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(shared: TestClient, asked: str, status: int, code: str) -> None:
    answer = ask(shared, "olaf", "GET", f"/reviews?{asked}")
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:remit:problem:{code}")


def test_a_cursor_of_another_filter_is_refused(two_waiting: TestClient) -> None:
    cursor = ask(two_waiting, "olaf", "GET", "/reviews?limit=1").json()["next"]
    answer = ask(two_waiting, "olaf", "GET", f"/reviews?limit=1&needs=officer&cursor={cursor}")
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:remit:problem:cursor")


def test_a_filter_is_kept_under_a_name(two_waiting: TestClient) -> None:
    kept = ask(two_waiting, "olaf", "PUT", "/reviews/filters/big", {"rule": "very-large"})
    assert kept.json() == {"rule": "very-large"}
    assert ask(two_waiting, "olaf", "GET", "/reviews/filters").json() == {"big": {"rule": "very-large"}}
    assert len(ask(two_waiting, "olaf", "GET", "/reviews?filter=big").json()["reviews"]) == 1
    assert ask(two_waiting, "otto", "GET", "/reviews?filter=big").status_code == 404


def test_a_review_is_shown_with_its_version_and_the_showing_is_recorded(anyone: TestClient, engine: Engine) -> None:
    waiting = decided(anyone)
    answer = ask(anyone, "olaf", "GET", f"/reviews/{waiting['review_id']}")
    assert (answer.headers["ETag"], answer.json()["case"]["amount_cents"]) == ('"1"', LARGE)
    shown = [e.draft for e in engine.events_of(waiting["decision_id"]) if e.draft.type == "review.shown"]
    assert [draft.actor.id for draft in shown] == ["olaf"]


def test_an_auditor_who_looks_is_no_reviewer(anyone: TestClient, engine: Engine) -> None:
    waiting = decided(anyone)
    assert ask(anyone, "alba", "GET", f"/reviews/{waiting['review_id']}").status_code == 200
    assert "review.shown" not in [e.draft.type for e in engine.events_of(waiting["decision_id"])]


def test_a_trial_says_what_the_policy_would_say(anyone: TestClient) -> None:
    waiting = decided(anyone)
    found = ask(anyone, "olaf", "GET", f"/reviews/{waiting['review_id']}?what_if=amount_cents=5").json()
    assert found["what_if"]["difference"] == [{"name": "amount_cents", "was": LARGE, "is": 5}]


def test_an_approval_of_the_version_that_was_seen_acts(anyone: TestClient) -> None:
    waiting = decided(anyone)
    answer = word(anyone, "olaf", waiting["review_id"])
    assert (answer.status_code, answer.json()["state"], answer.headers["ETag"]) == (200, "approved", '"2"')
    assert answer.json()["decision"]["status"] == "executed"


@pytest.mark.parametrize(
    "said",
    [
        {"choice": "approve", "reason": "as it should be"},
        {"choice": "reject", "reason": "not this one"},
        {"choice": "edit", "reason": "less is enough", "changes": {"amount_cents": 5}},
        {"choice": "ask", "question": "why this?"},
        {"choice": "snooze", "until": LATER},
    ],
    ids=lambda said: said["choice"],
)
def test_every_word_needs_the_version_that_was_seen(anyone: TestClient, said: dict[str, Any]) -> None:
    path = f"/reviews/{decided(anyone)['review_id']}/decisions"
    unsaid = ask(anyone, "olaf", "POST", path, said)
    assert (unsaid.status_code, unsaid.json()["type"]) == (428, "urn:remit:problem:precondition_required")
    stale = ask(anyone, "olaf", "POST", path, said, If_Match='"7"')
    assert (stale.status_code, stale.json()["type"]) == (412, "urn:remit:problem:precondition")
    done = ask(anyone, "olaf", "POST", path, said, If_Match='"1"')
    assert (done.status_code, done.headers["ETag"]) == (200, '"2"')


@pytest.mark.parametrize("etag", ["*", "1", 'W/"1"', '"x"', '"1", "2"'])
def test_what_names_no_one_version_is_no_version(shared: TestClient, etag: str) -> None:
    body = {"choice": "approve", "reason": "as it should be"}
    answer = ask(shared, "olaf", "POST", "/reviews/R/decisions", body, If_Match=etag)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:remit:problem:if_match")


def test_whoever_comes_too_late_is_told_who_changed_what(anyone: TestClient) -> None:
    review_id = decided(anyone)["review_id"]
    word(anyone, "otto", review_id, choice="edit", changes={"amount_cents": 150_000})
    answer = word(anyone, "olaf", review_id)
    assert answer.status_code == 412
    assert answer.json()["changed"] == {
        "from": {"version": 1},
        "to": {"version": 2, "state": "open"},
        "by": "otto",
        "move": "edited",
        "arguments": [{"name": "amount_cents", "was": LARGE, "is": 150_000}],
    }


def test_nobody_decides_what_they_have_requested(anyone: TestClient) -> None:
    review_id = decided(anyone, who="ana")["review_id"]
    assert word(anyone, "ana", review_id).json()["type"] == "urn:remit:problem:forbidden"
    assert word(anyone, "rita", review_id).json()["type"] == "urn:remit:problem:refused"
    assert ask(anyone, "alba", "GET", f"/reviews/{review_id}").json()["state"] == "open"


def test_a_claim_keeps_others_off_until_it_is_released(anyone: TestClient) -> None:
    review_id = decided(anyone)["review_id"]
    claimed = ask(anyone, "olaf", "POST", f"/reviews/{review_id}/claim", If_Match='"1"')
    assert (claimed.json()["claimed_by"], claimed.headers["ETag"]) == ("olaf", '"2"')
    late = ask(anyone, "otto", "POST", f"/reviews/{review_id}/claim", If_Match='"1"')
    assert (late.status_code, late.json()["changed"]["by"]) == (412, "olaf")
    assert word(anyone, "otto", review_id, 2).status_code == 409
    assert ask(anyone, "olaf", "POST", f"/reviews/{review_id}/release").json()["state"] == "open"


def test_a_review_is_assigned_and_set_free(anyone: TestClient) -> None:
    review_id = decided(anyone)["review_id"]
    place = f"/reviews/{review_id}/assignment"
    assert ask(anyone, "olaf", "POST", place, {"to": "otto"}).json()["assigned_to"] == "otto"
    assert ask(anyone, "olaf", "POST", f"/reviews/{review_id}/claim").status_code == 409
    assert ask(anyone, "otto", "POST", place, {"to": None}).json()["assigned_to"] is None


def test_a_question_is_answered_by_whoever_asked_for_the_decision(anyone: TestClient) -> None:
    review_id = decided(anyone, who="shop")["review_id"]
    assert word(anyone, "olaf", review_id, choice="ask", question="which invoice?").json()["waits_for_answer"]
    assert ask(anyone, "till", "POST", f"/reviews/{review_id}/answer", {"text": "mine"}).status_code == 404
    answered = ask(anyone, "shop", "POST", f"/reviews/{review_id}/answer", {"text": "number 7"})
    assert answered.json() == {"review_id": review_id, "state": "open", "version": 3, "waits_for_answer": False}


def test_whoever_asked_takes_it_back(anyone: TestClient) -> None:
    review_id = decided(anyone, who="shop")["review_id"]
    path = f"/reviews/{review_id}/cancel"
    assert ask(anyone, "till", "POST", path, {"reason": "not mine"}).status_code == 404
    assert ask(anyone, "shop", "POST", path, {"reason": "wrong one"}).json()["state"] == "cancelled"


def declare(engine: Engine, rules: str) -> None:
    """Let the desk's pack say how its reviews are worked on."""
    file = engine.settings.pack_folders[0] / "desk" / "pack.yaml"
    file.write_text(file.read_text("utf-8") + f"    reviews: {{{rules}}}\n", "utf-8")


def test_many_are_decided_by_one_word_within_the_packs_caps(anyone: TestClient, engine: Engine) -> None:
    declare(engine, "bulk: {reviews_max: 2}")
    reviews = [decided(anyone, request_id=f"R-{n}")["review_id"] for n in range(3)]
    body = {"choice": "reject", "reviews": reviews, "reason": "none of these"}
    assert ask(anyone, "olaf", "POST", "/reviews/bulk", body).json()["type"] == "urn:remit:problem:refused"
    done = ask(anyone, "olaf", "POST", "/reviews/bulk", {**body, "reviews": reviews[:2]}).json()
    assert (done["decided"], done["failed"]) == (2, 0)


def test_a_verdict_that_the_pack_hides_is_shown_after_an_opinion(anyone: TestClient, engine: Engine) -> None:
    declare(engine, "verdict_hidden_first: true")
    path = f"/reviews/{decided(anyone)['review_id']}"
    hidden = ask(anyone, "olaf", "GET", path).json()
    assert (hidden["verdict_hidden"], "judgement" in hidden, "because" in hidden) == (True, False, False)
    assert word(anyone, "olaf", hidden["review_id"]).status_code == 403
    said = {"opinion": "approve", "reason": "it looks right"}
    assert ask(anyone, "olaf", "POST", f"{path}/opinion", said).json()["opinion"] == "approve"
    assert ask(anyone, "olaf", "GET", path).json()["judgement"]["verdict"]["effect"] == "escalate"
    assert ask(anyone, "olaf", "POST", f"{path}/opinion", said).status_code == 409


def test_an_approval_that_was_acted_on_is_not_taken_back_but_undone(anyone: TestClient) -> None:
    review_id = decided(anyone)["review_id"]
    word(anyone, "olaf", review_id)
    why = {"reason": "it was wrong"}
    assert ask(anyone, "otto", "POST", f"/reviews/{review_id}/revoke", why).status_code == 409
    undone = ask(anyone, "otto", "POST", f"/reviews/{review_id}/compensate", why).json()
    assert undone["compensation"]["state"] == "confirmed"
    assert ask(anyone, "otto", "POST", f"/reviews/{review_id}/compensate", why).status_code == 409


def test_a_role_is_lent_for_a_time(anyone: TestClient) -> None:
    lent = ask(
        anyone, "olaf", "POST", "/arrangements/delegations", {"to": "rita", "roles": ["officer"], "until": LATER}
    )
    assert lent.status_code == 201
    review_id = decided(anyone)["review_id"]
    assert word(anyone, "rita", review_id).json()["state"] == "approved"
    assert [each["person"] for each in ask(anyone, "rita", "GET", "/arrangements").json()] == ["olaf"]
    end = f"/arrangements/{lent.json()['arrangement_id']}/end"
    assert ask(anyone, "otto", "POST", end).status_code == 403
    assert ask(anyone, "rita", "POST", end).status_code == 200


def test_whoever_is_away_hands_on_what_they_hold(anyone: TestClient) -> None:
    review_id = decided(anyone)["review_id"]
    ask(anyone, "olaf", "POST", f"/reviews/{review_id}/claim")
    away = ask(anyone, "olaf", "POST", "/arrangements/absences", {"until": LATER, "deputy": "otto"})
    assert away.json()["handed_on"] == [review_id]


def test_an_auditor_plants_a_test_item_and_reads_the_statistics(anyone: TestClient) -> None:
    waiting = decided(anyone)
    word(anyone, "olaf", waiting["review_id"])
    body = {"decision_id": waiting["decision_id"], "changes": {"amount_cents": "7"}, "reason": "too small"}
    planted = ask(anyone, "alba", "POST", "/reviews/test-items", body)
    assert planted.status_code == 201
    assert word(anyone, "otto", planted.json()["review_id"], choice="reject").json()["test_item"]["caught"]
    assert ask(anyone, "alba", "GET", "/reviews/statistics").json()["otto"]["test_items_caught"] == 1
    assert ask(anyone, "olaf", "GET", "/reviews/statistics").status_code == 403


@pytest.mark.parametrize("who", ["adam", "ana", "shop", "paul"])
def test_who_reviews_nothing_sees_no_review(two_waiting: TestClient, who: str) -> None:
    assert ask(two_waiting, who, "GET", "/reviews").status_code == 403
