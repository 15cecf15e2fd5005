"""The review: what it is, its states, and how it ends. Pure: each move takes a review and gives the next one.

    open -> claimed -> approved | rejected | expired | cancelled | stale
      └────────^           └──> rejected | cancelled | stale, until it is acted on

Every move raises `version` by one. The store writes a move with ``UPDATE … WHERE version = <the one that was read>``,
so of two people who move at once one wins and the other is told who did. The moves stand in the files beside this one:
`claims`, `voting`, `edit`, `inquiry`, `clock`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from remit.core.errors import Conflict
from remit.core.words import ApprovalTerms
from remit.packs.review_rules import WorkingHours

State = Literal["open", "claimed", "approved", "rejected", "expired", "cancelled", "stale"]
Choice = Literal["approve", "reject"]
Risk = Literal["low", "medium", "high"]

NEVER = datetime.max.replace(tzinfo=UTC)
"""When a review without a time limit is due: after all others."""

UNDECIDED: tuple[State, ...] = ("open", "claimed")
SETTLED: tuple[State, ...] = ("approved", "rejected", "expired", "cancelled", "stale")


class Place(NamedTuple):
    """Where a review stands in the queue: when it is due (`NEVER` without a limit), and its id among equals."""

    due_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Timer:
    """The clock of one seat. `step` counts the roles of its chain that were asked; `held` when nothing more happens."""

    seat: str
    due_at: datetime
    warn_at: datetime | None = None
    step: int = 0
    held: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """What makes a review a test of its reviewers: the arguments that are shown instead, and the word to expect.

    It belongs to a decision that is over; nothing is ever executed for it.
    """

    args: Mapping[str, Any]
    expected: Choice
    why: str


@dataclass(frozen=True, slots=True)
class Review:
    """One escalated decision in the approval queue.

    `terms` says who must approve: every entry must reach its quorum, stage by stage. `requested_by`, the `editors` of
    what is proposed and the `authors` of the policy that sent it here may not approve. `decision`, `action`, `rules`,
    `risk` and `money` (minor units) say what it is about. `asked_at` is set while it waits for information and its
    clock stands still; `acted_on_at` once the decision has been committed to on the strength of the approval.
    `moved_by` made the last move, `moved_as` says which. With `verdict_hidden` a reviewer says an opinion before seeing
    what the contract made of it.
    """

    id: str
    decision_id: str
    version: int
    state: State
    action_digest: str
    policy_sha256: str
    evidence_root: str
    terms: tuple[ApprovalTerms, ...]
    requested_by: str
    opened_at: datetime
    due_at: datetime | None = None
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    decision: str = ""
    action: str = ""
    rules: tuple[str, ...] = ()
    risk: Risk = "medium"
    money: int | None = None
    hours: WorkingHours | None = None
    verdict_hidden: bool = False
    timers: tuple[Timer, ...] = ()
    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    assigned_to: str | None = None
    snoozed_until: datetime | None = None
    asked_at: datetime | None = None
    asked_by: str | None = None
    acted_on_at: datetime | None = None
    moved_by: str | None = None
    moved_as: str | None = None
    probe: Probe | None = None

    @property
    def settled(self) -> bool:
        return self.state in SETTLED

    @property
    def place(self) -> Place:
        return Place(self.due_at or NEVER, self.id)

    @property
    def wakes_at(self) -> datetime | None:
        """The next moment at which something happens to it that no person does; None when nothing will."""
        if self.settled:
            return None
        moments = [self.snoozed_until, self.claimed_until if self.state == "claimed" else None]
        if self.asked_at is None:
            moments += [moment for timer in self.timers if not timer.held for moment in (timer.due_at, timer.warn_at)]
        return min((moment for moment in moments if moment is not None), default=None)


@dataclass(frozen=True, slots=True)
class Vote:
    """One reviewer's word on one review, given for exactly one action digest.

    `role` is the role in which they spoke, `seat` the terms that the word counts for; `on_behalf_of` names who lent
    them the role. `dwell_seconds` is the time from when the action was shown to them to their word; None if it never
    was.
    """

    review_id: str
    reviewer: str
    role: str
    choice: Choice
    reason: str
    action_digest: str
    at: datetime
    seat: str = ""
    code: str | None = None
    on_behalf_of: str | None = None
    dwell_seconds: int | None = None

    @property
    def people(self) -> frozenset[str]:
        """Who has spoken with it: the reviewer, and whoever lent them the role."""
        return frozenset(filter(None, (self.reviewer, self.on_behalf_of)))

    def fills(self, terms: ApprovalTerms) -> bool:
        """Whether it counts for these terms. A word of before there were stages names its role alone."""
        return (self.seat or f"1/{self.role}") == terms.seat


NoteKind = Literal["shown", "opinion", "asked", "answered", "edited", "revoked"]


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was said or seen of a review beside the votes. `text` is the question, the answer, the opinion."""

    review_id: str
    kind: NoteKind
    by: str
    at: datetime
    action_digest: str
    text: str = field(default="")


def moved(review: Review, by: str, verb: str, **changes: Any) -> Review:
    """The next version of a review, with who made it so and by which move."""
    return replace(review, version=review.version + 1, moved_by=by, moved_as=verb, **changes)


def settle(review: Review, state: State, by: str, now: datetime, *, verb: str | None = None, **changes: Any) -> Review:
    """The end of a review: no claim, no clock, nothing to wait for."""
    ended = {"claimed_by": None, "claimed_until": None, "snoozed_until": None, "timers": (), "asked_at": None}
    return moved(review, by, verb or state, **{**ended, "state": state, "decided_at": now, "decided_by": by, **changes})


def void(review: Review, now: datetime, by: str = "remit") -> Review:
    """What the review was bound to has changed: nobody's word on it counts any more."""
    return settle(review, "stale", by, now)


def act_on(review: Review, now: datetime) -> Review:
    """The decision is committed to on the strength of this approval; from here on it cannot be taken back.

    Raises:
        Conflict: it is no approval, or not any more.
    """
    if review.state != "approved":
        raise Conflict(f"{overtaken(review)}; nothing is executed", mend="look at it: `remit reviews show`")
    return replace(review, version=review.version + 1, acted_on_at=now)


def must_be_undecided(review: Review) -> None:
    """Raises Conflict."""
    if review.settled:
        raise Conflict(overtaken(review), mend="look again: it needs nothing more")


def must_be_at(review: Review, version: int | None) -> None:
    """Whoever looked at an older version has to look again. Raises Conflict."""
    if version is not None and version != review.version:
        raise Conflict(
            f"review {review.id} has moved from version {version} to {review.version}: {_last_move(review)}",
            code="precondition",
            mend="look at it again: `remit reviews show`",
        )


def overtaken(review: Review) -> str:
    """What became of a review, for those who come too late."""
    return f"review {review.id} is already {review.state}: {_last_move(review)}"


def _last_move(review: Review) -> str:
    return f"{review.moved_by} {review.moved_as or 'moved'} it first" if review.moved_by else "somebody moved it first"
