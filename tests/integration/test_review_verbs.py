"""Working the queue at the terminal: every verb of `remit reviews` does what it says and ends with the right code."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from typer.testing import CliRunner

import remit.wiring
from remit.approvals.claims import CLAIM_LEASE
from remit.cli.main import app
from remit.core.errors import RemitError

LARGE, VERY_LARGE = 200_000, 600_000
BO, DI, ANA = (("--as", "bo", "--role", "officer"), ("--as", "di", "--role", "officer"), ("--as", "ana"))
WHY = ("--reason", "checked against the file")
SOON = ("--until", "2026-11-03T08:00Z")


@dataclass(frozen=True)
class Done:
    """How a verb ended, and everything that it said."""

    code: int
    said: str

    @property
    def json(self) -> Any:
        return json.loads(self.said)


Reviews = Callable[..., Done]


@pytest.fixture
def reviews(desk: Any, monkeypatch: pytest.MonkeyPatch) -> Reviews:
    """`remit reviews` on the desk's data folder, as the process would run it."""
    engine = desk.engine
    monkeypatch.setattr(remit.wiring, "Engine", lambda: engine)
    monkeypatch.setattr(engine, "close", lambda: None)  # each verb closes what it opened; this one goes on

    def run(*words: str) -> Done:
        result = CliRunner().invoke(app, ["reviews", *words])
        if isinstance(result.exception, RemitError):
            error = result.exception
            return Done(error.exit_code, f"{error.message} {error.mend}")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Done(result.exit_code, result.stdout)

    return run


@pytest.fixture
def waiting(desk: Any) -> str:
    """The id of a review under a policy that looks at what would be paid."""
    desk.rewrite("policy.yaml", "case.amount_cents", "action.args.amount_cents")
    desk.edit(
        "pack.yaml",
        "    autonomy: act\n",
        "    autonomy: act\n    reviews:\n      money: args.amount_cents\n      reasons: {late: It is late.}\n"
        "      bulk: {reviews_max: 3, amount_max: 500000}\n",
    )
    review: str = desk.decide(amount_cents=LARGE)["review_id"]
    return review


def test_the_queue_is_ordered_filtered_and_the_filter_kept(desk: Any, reviews: Reviews, waiting: str) -> None:
    larger = desk.decide(amount_cents=VERY_LARGE)["review_id"]
    found = reviews("list", "--order", "priority", "--save", "heavy", "--json", *BO).json
    assert [each["review_id"] for each in found] == [larger, waiting]
    kept = reviews("list", "--filter", "heavy", "--needs", "auditor", "--json", *BO).json
    assert [each["review_id"] for each in kept] == [larger]
    assert [reviews("list", *words).code for words in (("--state", "opne"), ("--filter", "hevay", *BO))] == [2, 2]


def test_the_list_tells_whom_a_review_waits_for(reviews: Reviews, waiting: str) -> None:
    reviews("claim", waiting, *BO)
    page = reviews("list").said
    assert "needs 1 x officer" in page
    assert "claimed by bo" in page
    assert reviews("list", "--action", "wire").said == "nothing waits for a person\n"


def test_a_review_is_shown_with_where_it_came_from_and_what_if(reviews: Reviews, waiting: str) -> None:
    page = reviews("show", waiting, "--what-if", "amount_cents=2000000", *BO).said
    assert "[large: action.args.amount_cents > 100000]" in page
    assert "what if   amount_cents: 200000 -> 2000000: deny" in page
    assert reviews("show", waiting, "--what-if", "amount_cents").code == 2


def test_the_way_to_a_review_is_printed(reviews: Reviews, waiting: str) -> None:
    lines = reviews("show", waiting, *BO).said.splitlines()
    steps = [line.split()[1] for line in lines[lines.index("  trace") + 1 :][:3]]
    assert steps == ["decision.received", "decision.judged", "review.opened"]


def test_what_was_carried_out_is_undone_once(desk: Any, reviews: Reviews, waiting: str) -> None:
    undo = ("compensate", waiting, *WHY)
    assert "nothing was carried out" in reviews(*undo, *BO).said
    reviews("approve", waiting, *BO, *WHY)
    assert [reviews(*undo, *ANA).code, reviews(*undo, *DI).code, reviews(*undo, *DI).code] == [1, 0, 1]
    assert desk.booked() == [("pay", LARGE), ("pay back", -LARGE)]


def test_what_is_not_surely_undone_says_so(desk: Any, reviews: Reviews, waiting: str) -> None:
    reviews("approve", waiting, *BO, *WHY)
    desk.mode("late blind")
    done = reviews("compensate", waiting, *WHY, *DI)
    assert (done.code, "nobody knows whether it is undone" in done.said) == (1, True)


def test_a_verdict_that_is_hidden_is_not_printed(desk: Any, reviews: Reviews) -> None:
    desk.edit("pack.yaml", "    autonomy: act\n", "    autonomy: act\n    reviews: {verdict_hidden_first: true}\n")
    review = desk.decide(amount_cents=LARGE)["review_id"]
    hidden = reviews("show", review, *BO).said
    assert [reviews("opinion", review, "reject", *WHY, *BO).code for _ in range(2)] == [0, 1]
    shown = reviews("show", review, *BO).said
    assert ("hidden until" in hidden, "Above 1,000" in hidden, "Above 1,000" in shown) == (True, False, True)


def test_a_review_is_assigned_claimed_released_and_put_aside(reviews: Reviews, waiting: str) -> None:
    assert reviews("assign", waiting, "--to", "di", *BO).said == f"review {waiting} is assigned to di\n"
    assert "assigned to di" in reviews("claim", waiting, *BO).said
    assert reviews("assign", waiting, *DI).code == 2
    codes = [reviews("assign", waiting, "--nobody", *DI).code]
    codes += [reviews(verb, waiting, *BO).code for verb in ("claim", "release", "release")]
    assert codes == [0, 0, 0, 1]
    assert reviews("snooze", waiting, *SOON, *BO).code == 0
    assert reviews("snooze", waiting, "--until", "soon", *BO).code == 2
    assert reviews("list", "--json").json == []


def test_a_question_stops_an_approval_until_it_is_answered(reviews: Reviews, waiting: str) -> None:
    assert reviews("ask", waiting, "--question", "which payslip is this?", *BO).code == 0
    assert "waits for an answer" in reviews("approve", waiting, *BO, *WHY).said
    assert reviews("answer", waiting, "--text", "the one of October", *ANA).code == 0
    assert "asked     by bo: which payslip is this?" in reviews("show", waiting).said
    assert reviews("approve", waiting, *BO, *WHY).code == 0


def test_an_edit_is_approved_by_another_and_carried_out(desk: Any, reviews: Reviews, waiting: str) -> None:
    edited = reviews("edit", waiting, "--set", "amount_cents=150000", *WHY, *BO)
    assert "amount_cents: 200000 -> 150000" in edited.said
    assert "somebody else has to approve it" in edited.said
    assert "you have not seen that yet" in reviews("approve", waiting, *DI, *WHY).said
    assert "amount_cents: 200000 -> 150000 (by bo)" in reviews("show", waiting, *DI).said
    assert reviews("approve", waiting, *DI, *WHY, "--json").json["decision"]["status"] == "executed"
    assert desk.booked() == [("pay", 150_000)]


def test_a_rejection_takes_one_of_the_codes(reviews: Reviews, waiting: str) -> None:
    ends = [reviews("reject", waiting, *WHY, *BO, *code).code for code in ((), ("--code", "soon"), ("--code", "late"))]
    assert ends == [2, 2, 0]


@pytest.mark.parametrize(("verb", "who"), [("cancel", ANA), ("revoke", BO)])
def test_an_approval_is_taken_back_before_it_is_acted_on(
    desk: Any, reviews: Reviews, waiting: str, verb: str, who: tuple[str, ...]
) -> None:
    desk.word_alone(desk.engine.review(waiting))
    assert reviews(verb, waiting, "--as", "jim", *WHY).code == 1
    assert (reviews(verb, waiting, *who, *WHY).code, desk.booked()) == (0, [])


def test_in_bulk_what_is_alike_is_decided(desk: Any, reviews: Reviews, waiting: str) -> None:
    other, larger = (desk.decide(amount_cents=amount)["review_id"] for amount in (LARGE, VERY_LARGE))
    assert "its rules differ" in reviews("bulk", "approve", waiting, larger, *WHY, *BO).said
    done = reviews("bulk", "approve", waiting, other, *WHY, *BO)
    assert (done.code, done.said.splitlines()[-1]) == (0, "2 decided, 0 not")
    again = reviews("bulk", "approve", waiting, other, *WHY, *BO, "--json")
    assert (again.code, again.json["failed"]) == (1, 2)


def test_a_role_is_lent_used_and_taken_back(reviews: Reviews, waiting: str) -> None:
    lent = reviews("delegate", "--to", "jo", "--lend", "officer", *SOON, *BO, "--json").json
    away = reviews("away", *SOON, *DI, "--json").json
    page = reviews("arrangements").said
    assert "bo has lent a role until 2026-11-03T08:00, jo acts as officer" in page
    assert "di is away until 2026-11-03T08:00" in page
    assert reviews("approve", waiting, "--as", "jo", *WHY).code == 0
    assert reviews("end", lent["arrangement_id"], *DI).code == 1
    assert [reviews("end", each["arrangement_id"], *who).code for each, who in ((lent, BO), (away, DI))] == [0, 0]
    assert reviews("arrangements", "--json").json == []


def test_time_does_its_work_and_says_so(desk: Any, reviews: Reviews, waiting: str) -> None:
    assert reviews("due").said == "nothing is due\n"
    reviews("claim", waiting, *BO)
    desk.clock.advance(CLAIM_LEASE)
    assert reviews("due").said == f"review {waiting}: released\n"


def test_a_test_item_is_seeded_decided_told_and_counted(reviews: Reviews, desk: Any, waiting: str) -> None:
    decision = desk.engine.review(waiting)["decision_id"]
    reviews("approve", waiting, *DI, *WHY)
    seed = ("seed", decision, "--set", "amount_cents=1", "--reason", "nobody pays one cent", "--as", "aud")
    assert reviews(*seed).code == 1
    made = reviews(*seed, "--role", "auditor").said.split()[2].rstrip(":")
    assert "this was a test item: reject was expected. nobody pays" in reviews("approve", made, *BO, *WHY).said
    page = reviews("stats").said
    assert "bo: 0 approved, 0 rejected" in page
    assert "test items  0 of 1 noticed" in page
    assert reviews("stats", "--since", "2099-01-01", "--json").json == {}
