"""Whatever people and time do, in whatever order: nothing is approved without the quorum of each stage, by different
people who may, for exactly the present action; and nothing is acted on that was not approved, or is so no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from remit.approvals.arrangement import Arrangement, Reviewer, reviewer_of
from remit.approvals.claims import assign, claim, release, snooze
from remit.approvals.clock import due, started
from remit.approvals.edit import Judged, edit
from remit.approvals.inquiry import answer, ask, cancel, revoke
from remit.approvals.review import Review, Vote, act_on, void
from remit.approvals.voting import decide, missing
from remit.core.errors import RemitError
from remit.core.words import Actor, ApprovalTerms, Finding, PolicyRef, Verdict
from remit.packs.review_rules import WorkingHours

ROLES = ("officer", "auditor", "chief")
HELD = {
    "ana": ("officer", "auditor"),
    "otto": ("officer",),
    "olga": ("officer", "auditor"),
    "omar": ("officer", "chief"),
    "aud": ("auditor",),
    "paul": ("officer", "chief"),
    "jim": (),
}
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICE = WorkingHours("Europe/Berlin", (0, 1, 2, 3, 4), 9 * 60, 17 * 60)

people = st.sampled_from(sorted(HELD))
one_seat = st.builds(
    ApprovalTerms,
    st.sampled_from(ROLES[:2]),
    st.integers(1, 2),
    st.sampled_from([None, 60, 600]),
    st.sampled_from(["deny", "hold"]),
    stage=st.integers(1, 2),
    chain=st.sampled_from([(), ("chief",)]),
)
terms = st.lists(one_seat, min_size=1, max_size=3, unique_by=lambda each: each.seat)


class Queue(RuleBasedStateMachine):
    """One review among six people. What was said is kept beside it and counted again, by another way."""

    @initialize(wanted=terms, hours=st.sampled_from([None, OFFICE]))
    def open(self, wanted: list[ApprovalTerms], hours: WorkingHours | None) -> None:
        ordered = tuple(sorted(wanted, key=lambda each: each.seat))
        review = Review("R", "D", 1, "open", "a0", "p", "e", ordered, "ana", NOW, hours=hours, authors=("paul",))
        self.now = NOW
        self.review = started(review, missing(review, ()), NOW)
        self.votes: list[Vote] = []
        self.lent: list[Arrangement] = []
        self.barred: set[str] = set()
        self.acted = 0
        self.digests = 0

    @rule(
        who=people, to=people, kind=st.sampled_from(["claim", "release", "assign", "free", "snooze", "ask", "answer"])
    )
    def work(self, who: str, to: str, kind: str) -> None:
        moves: dict[str, Callable[[Reviewer], Review]] = {
            "claim": lambda me: claim(self.review, me, self.now, self.votes),
            "release": lambda me: release(self.review, me),
            "assign": lambda me: assign(self.review, me, to, self.now),
            "free": lambda me: assign(self.review, me, None, self.now),
            "snooze": lambda me: snooze(self.review, me, self.now + timedelta(hours=len(to)), self.now),
            "ask": lambda me: ask(self.review, me, self.now),
            "answer": lambda me: answer(self.review, me, self.now),
        }
        self._try(moves[kind], who)

    @rule(who=people)
    def approve(self, who: str) -> None:
        self._speak(who, "approve")

    @rule(several=st.lists(people, min_size=1, max_size=4))
    def approve_together(self, several: list[str]) -> None:
        for who in several:
            self._speak(who, "approve")

    @rule(who=people)
    def reject(self, who: str) -> None:
        self._speak(who, "reject")

    def _speak(self, who: str, choice: Any) -> None:
        given: list[Vote] = []

        def word(me: Reviewer) -> Review:
            review, vote = decide(self.review, self.votes, me, choice, "seen", self.now)
            given.append(vote)
            return review

        before = self.review
        if self._try(word, who):
            if choice == "approve":
                self._was_allowed(before, given[0])
            self.votes += given

    @rule(who=people, effect=st.sampled_from(["allow", "escalate", "deny"]), money=st.integers(0, 3))
    def change(self, who: str, effect: Any, money: int) -> None:
        self.digests += 1
        digest = f"a{self.digests}"
        verdict = Verdict(effect, (Finding("rule", effect, "", ""),), PolicyRef("p", 1, "p"))
        before = self.review.money
        if self._try(lambda me: edit(self.review, me, Judged(digest, "p", "e", verdict, money), self.now), who):
            assert effect != "deny"
            if effect == "escalate" or before is None or money > before:
                self.barred.add(who)

    @rule(lender=people, deputies=st.lists(people, min_size=1, max_size=2), later=st.integers(0, 3))
    def lend_roles(self, lender: str, deputies: list[str], later: int) -> None:
        """Lend all that one has for two hours, and see the deputies speak a while later."""
        until = self.now + timedelta(hours=2)
        self.lent += [
            Arrangement("A", "delegation", lender, 1, self.now, until, deputy, HELD[lender])
            for deputy in deputies
            if deputy != lender
        ]
        self.now += timedelta(hours=later)
        for who in deputies:
            self._speak(who, "approve")

    @rule(minutes=st.sampled_from([1, 31, 61, 700, 3000]), looked_after=st.booleans())
    def wait(self, minutes: int, looked_after: bool) -> None:
        self.now += timedelta(minutes=minutes)
        if not looked_after:
            return
        for step in due(self.review, self.now):
            assert step.review.version == self.review.version + 1
            assert step.review.state != "approved"
            self.review = step.review
        assert list(due(self.review, self.now)) == []

    @precondition(lambda self: self.review.settled)
    @rule(who=st.sampled_from(["ana", "otto", "olga"]), kind=st.sampled_from(["execute", "cancel", "revoke", "void"]))
    def end(self, who: str, kind: str) -> None:
        """What may happen to a review that is decided; what is approved is acted on, or taken back before."""
        before = self.review
        moves: dict[str, Callable[[Reviewer], Review]] = {
            "execute": lambda _: act_on(self.review, self.now),
            "cancel": lambda me: cancel(self.review, me.actor, self.now),
            "revoke": lambda me: revoke(self.review, self.votes, me, self.now),
            "void": lambda _: void(self.review, self.now) if self.review.acted_on_at is None else self.review,
        }
        if kind == "void":
            self.review = moves[kind](reviewer_of(Actor(who), (), self.now))
        elif self._try(moves[kind], who):
            assert before.state == "approved"
            self.acted += kind == "execute"

    @invariant()
    def what_is_approved_has_every_quorum(self) -> None:
        if not hasattr(self, "review") or self.review.state != "approved":
            return
        valid = [vote for vote in self.votes if vote.action_digest == self.review.action_digest]
        assert self.review.terms
        assert all(vote.choice == "approve" for vote in valid)
        for each in self.review.terms:
            assert sum(vote.seat == each.seat for vote in valid) >= each.quorum

    @invariant()
    def what_is_acted_on_is_approved_for_good(self) -> None:
        if hasattr(self, "review") and self.acted:
            assert self.review.state == "approved"

    def _was_allowed(self, before: Review, vote: Vote) -> None:
        """The rules of conduct, told once more in plain sets."""
        assert before.state in ("open", "claimed")
        assert before.asked_at is None
        involved = {who for who in (vote.reviewer, vote.on_behalf_of) if who}
        assert not involved & {"ana", "paul", *self.barred}
        spoken = [each for each in self.votes if each.action_digest == before.action_digest]
        assert not involved & {who for each in spoken for who in (each.reviewer, each.on_behalf_of) if who}
        [seat] = [each for each in before.terms if each.seat == vote.seat]
        assert vote.role in (seat.role, *seat.chain)
        assert vote.role in HELD[vote.on_behalf_of or vote.reviewer]
        if vote.on_behalf_of:
            assert any(
                (each.person, each.deputy) == (vote.on_behalf_of, vote.reviewer) and each.in_force(self.now)
                for each in self.lent
            )
        for earlier in before.terms:
            if earlier.stage < seat.stage:
                assert sum(each.seat == earlier.seat for each in spoken) >= earlier.quorum

    def _try(self, move: Callable[[Reviewer], Review], who: str) -> bool:
        """Make a move, if it is one that is allowed."""
        before = self.review
        try:
            self.review = move(reviewer_of(Actor(who, roles=HELD[who]), self.lent, self.now))
        except RemitError:
            return False
        assert self.review.version == before.version + 1
        assert not before.settled or before.state == "approved"
        return True


TestQueue = Queue.TestCase
TestQueue.settings = settings(max_examples=200, stateful_step_count=25, deadline=None)


@given(wanted=st.lists(one_seat, min_size=1, max_size=3, unique_by=lambda each: each.seat))
def test_enough_people_with_the_right_roles_always_reach_it(wanted: list[ApprovalTerms]) -> None:
    review = Review("R", "D", 1, "open", "digest", "policy", "root", tuple(wanted), "ana", NOW)
    votes: list[Vote] = []
    for number in range(sum(each.quorum for each in wanted)):
        somebody = Reviewer(Actor(f"p{number}", roles=ROLES[:2]))
        review, vote = decide(review, votes, somebody, "approve", "seen", NOW)
        votes.append(vote)
    assert review.state == "approved"


@given(wanted=terms, minutes=st.lists(st.integers(1, 5_000), max_size=8))
def test_time_alone_approves_nothing(wanted: list[ApprovalTerms], minutes: list[int]) -> None:
    review = Review("R", "D", 1, "open", "digest", "policy", "root", tuple(wanted), "ana", NOW)
    review, now = started(review, missing(review, ()), NOW), NOW
    for each in minutes:
        now += timedelta(minutes=each)
        for step in due(review, now):
            review = step.review
    assert review.state in ("open", "expired")
    assert replace(review, timers=()).wakes_at is None
