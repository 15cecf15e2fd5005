"""Who may decide: stages, groups, conflicts of interest, roles that are lent, people who are away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from remit.approvals.routing import Filter
from remit.core.errors import Conflict, InputError, NotFound, Refused
from remit.core.words import Actor
from remit.service.policy_changes import activate_policy, propose_policy
from remit.service.reviews.due import move_what_is_due
from remit.service.reviews.people import delegate, end_arrangement, go_away, list_arrangements
from remit.service.reviews.queue import list_reviews, save_filter, saved_filter
from remit.service.reviews.work import assign_by_lot, assign_review, claim_review

LARGE, VERY_LARGE = 200_000, 600_000
OTTO, OLGA = Actor("otto", roles=("officer",)), Actor("olga", roles=("officer",))
JIM = Actor("jim", roles=("janitor",))


@pytest.fixture
def waiting(desk: Any) -> str:
    """The id of a review that one officer has to decide."""
    review: str = desk.decide(amount_cents=LARGE)["review_id"]
    return review


def approve(desk: Any, review: str, who: Actor) -> str:
    state: str = desk.engine.decide_review(review, who, "approve", "as it should be")["state"]
    return state


def test_a_stage_begins_when_the_one_before_it_is_through(desk: Any) -> None:
    desk.edit("policy.yaml", "approval: {role: auditor}", "approval: {role: auditor, stage: 2}")
    review = desk.decide(amount_cents=VERY_LARGE)["review_id"]
    with pytest.raises(Refused, match="in stage 1, which needs officer"):
        desk.vote(review, "aud", "auditor")
    assert [desk.vote(review, who)["state"] for who in ("otto", "olga")] == ["open", "open"]
    assert desk.vote(review, "aud", "auditor")["state"] == "approved"


def test_a_later_stage_may_veto_at_once(desk: Any) -> None:
    desk.edit("policy.yaml", "approval: {role: auditor}", "approval: {role: auditor, stage: 2}")
    review = desk.decide(amount_cents=VERY_LARGE)["review_id"]
    assert desk.vote(review, "aud", "auditor", "reject")["decision"]["status"] == "rejected"


def test_a_review_is_routed_to_a_group(desk: Any) -> None:
    desk.rewrite("policy.yaml", "approval: {role: officer}", "approval: {role: officer, group: north}")
    review = desk.decide(amount_cents=LARGE)["review_id"]
    with pytest.raises(Refused, match="none of the roles"):
        approve(desk, review, OTTO)
    assert approve(desk, review, Actor("nora", roles=("officer", "north"))) == "approved"


def test_who_made_the_policy_stays_out_of_what_it_sends_here(desk: Any) -> None:
    text = (desk.pack / "policy.yaml").read_text("utf-8").replace("version: 1", "version: 2").replace("1,000", "1000")
    authors = [Actor(who, roles=("policy_author", "officer")) for who in ("petra", "paul")]
    change = propose_policy(desk.engine.services, str(desk.pack), text, "policy.yaml", authors[0], "clearer words")
    activate_policy(desk.engine.services, change["change_id"], authors[1], "clearer words")
    review = desk.decide(amount_cents=LARGE)["review_id"]
    for author in authors:
        with pytest.raises(Refused, match="made the policy that sent it here"):
            approve(desk, review, author)
    assert approve(desk, review, OTTO) == "approved"


def test_an_app_decides_nothing(desk: Any, waiting: str) -> None:
    with pytest.raises(Refused, match="is no person"):
        approve(desk, waiting, Actor("bot", "app", ("officer",)))


# Roles that are lent


def until(desk: Any, hours: int = 8) -> Any:
    return desk.clock.now() + timedelta(hours=hours)


def test_who_was_lent_a_role_speaks_for_the_lender(desk: Any, waiting: str) -> None:
    delegate(desk.engine.services, OTTO, "jim", ["officer"], until(desk))
    assert approve(desk, waiting, JIM) == "approved"
    [vote] = desk.engine.review(waiting)["votes"]
    assert (vote["reviewer"], vote["on_behalf_of"]) == ("jim", "otto")


def test_a_lender_and_their_deputy_have_one_word_between_them(desk: Any) -> None:
    review = desk.decide(amount_cents=VERY_LARGE)["review_id"]
    delegate(desk.engine.services, OTTO, "jim", ["officer"], until(desk))
    approve(desk, review, JIM)
    with pytest.raises(Refused, match="already decided"):
        approve(desk, review, OTTO)


def test_a_requester_does_not_decide_through_a_deputy(desk: Any, waiting: str) -> None:
    delegate(desk.engine.services, Actor("ana", roles=("officer",)), "jim", ["officer"], until(desk))
    with pytest.raises(Refused, match="none of the roles"):
        approve(desk, waiting, JIM)


def test_a_role_that_was_lent_cannot_be_lent_on(desk: Any) -> None:
    delegate(desk.engine.services, OTTO, "jim", ["officer"], until(desk))
    with pytest.raises(Refused, match="cannot lend it"):
        delegate(desk.engine.services, JIM, "joe", ["officer"], until(desk))


@pytest.mark.parametrize("recorded", [False, True])
def test_a_lent_role_ends_with_its_time(desk: Any, waiting: str, recorded: bool) -> None:
    delegate(desk.engine.services, OTTO, "jim", ["officer"], until(desk))
    desk.clock.advance(timedelta(hours=8))
    if recorded:
        assert [each["did"] for each in move_what_is_due(desk.engine.services)] == ["delegation ended"]
        assert move_what_is_due(desk.engine.services) == []
    with pytest.raises(Refused, match="none of the roles"):
        approve(desk, waiting, JIM)


def test_a_delegation_can_be_ended_by_those_who_have_part_in_it(desk: Any, waiting: str) -> None:
    services = desk.engine.services
    made = delegate(services, OTTO, "jim", ["officer"], until(desk))
    with pytest.raises(Refused, match="no part"):
        end_arrangement(services, made["arrangement_id"], OLGA)
    end_arrangement(services, made["arrangement_id"], OTTO)
    with pytest.raises(Refused, match="none of the roles"):
        approve(desk, waiting, JIM)
    assert list_arrangements(services) == []


# Assignment and absence


def test_what_is_assigned_to_one_is_not_decided_by_another(desk: Any, waiting: str) -> None:
    assign_review(desk.engine.services, waiting, OTTO, "olga")
    for move in (lambda: approve(desk, waiting, OTTO), lambda: claim_review(desk.engine.services, waiting, OTTO)):
        with pytest.raises(Conflict, match="assigned to olga"):
            move()
    assert approve(desk, waiting, OLGA) == "approved"


def test_a_lot_falls_the_same_however_often_it_is_drawn_and_is_on_record(desk: Any, waiting: str) -> None:
    drawn = assign_by_lot(desk.engine.services, waiting, OTTO, ["olga", "jim", "otto"])["assigned_to"]
    again = assign_by_lot(desk.engine.services, waiting, Actor(drawn, roles=("officer",)), ["otto", "jim", "olga"])
    assert again["assigned_to"] == drawn
    decision_id = desk.engine.review(waiting, OTTO)["decision_id"]
    told = [each.draft.body for each in desk.engine.events_of(decision_id) if each.draft.type == "review.assigned"]
    assert [each["among"] for each in told] == [["jim", "olga", "otto"]] * 2
    with pytest.raises(InputError, match="two people"):
        assign_by_lot(desk.engine.services, waiting, OTTO, ["olga", "olga"])


def test_nothing_is_assigned_to_whoever_asked_for_it(desk: Any, waiting: str) -> None:
    with pytest.raises(Refused, match="ana requested this decision"):
        assign_review(desk.engine.services, waiting, OTTO, "ana")


def test_what_is_assigned_to_somebody_who_is_away_goes_to_their_deputy(desk: Any, waiting: str) -> None:
    go_away(desk.engine.services, OLGA, "jim", ["officer"], until(desk))
    assert assign_review(desk.engine.services, waiting, OTTO, "olga")["assigned_to"] == "jim"
    assert approve(desk, waiting, JIM) == "approved"


def test_without_a_deputy_nothing_is_assigned_to_somebody_who_is_away(desk: Any, waiting: str) -> None:
    go_away(desk.engine.services, OLGA, None, [], until(desk))
    with pytest.raises(Refused, match="olga is away until"):
        assign_review(desk.engine.services, waiting, OTTO, "olga")


def test_who_goes_away_gives_back_what_they_hold(desk: Any, waiting: str) -> None:
    assign_review(desk.engine.services, waiting, OTTO, "olga")
    claim_review(desk.engine.services, waiting, OLGA)
    assert go_away(desk.engine.services, OLGA, None, [], until(desk))["handed_on"] == [waiting]
    assert approve(desk, waiting, OTTO) == "approved"


# Looking at the queue


def test_mine_is_what_i_may_decide_and_nobody_else_holds(desk: Any, waiting: str) -> None:
    services, mine = desk.engine.services, Filter(mine=True)
    assert [each["review_id"] for each in list_reviews(services, mine, actor=OLGA)] == [waiting]
    assert list_reviews(services, mine, actor=JIM) == []
    claim_review(services, waiting, OTTO)
    assert list_reviews(services, mine, actor=OLGA) == []


def test_a_kept_filter_is_found_again_by_its_owner(desk: Any, waiting: str) -> None:
    services = desk.engine.services
    for name in ("pay", "advise"):
        save_filter(services, OTTO, "my work", Filter(action=name))
    assert saved_filter(services, OTTO, "my work") == Filter(action="advise")
    with pytest.raises(NotFound, match="keeps no filter"):
        saved_filter(services, OLGA, "my work")


def test_the_weightiest_comes_first_when_asked_so(desk: Any) -> None:
    desk.edit("pack.yaml", "    autonomy: act\n", "    autonomy: act\n    reviews: {money: args.amount_cents}\n")
    for amount in (LARGE, VERY_LARGE, 2 * LARGE):
        desk.decide(amount_cents=amount)
    found = list_reviews(desk.engine.services, Filter(order="priority"))
    assert [each["money"] for each in found] == [VERY_LARGE, 2 * LARGE, LARGE]
