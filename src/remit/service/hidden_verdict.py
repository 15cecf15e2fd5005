"""What a reviewer is not told before they have thought for themselves, by whichever door they come to ask.

A pack may hide its verdict until the reviewer has said an opinion. Whoever has no word to give on the case, such as the
app that asked for it, is told as ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from remit.agents.ports import Store, Unit
from remit.agents.records import StoredDecision
from remit.approvals.review import Note, Review
from remit.core.errors import Refused
from remit.core.words import Actor

REVIEWER = "reviewer"
OPENED = "review.opened"
_EMPTY: Mapping[str, Any] = {
    "confidence": None,
    "propensity": None,
    "reasons": [],
    "verdict": None,
    "plan": None,
    "needs": [],
    "cites": [],
    "choice": None,
    "receipt": None,
    "edited": None,
}
"""What the contract and the proposer made of a case, and what stands in its place."""

_GONE = ("counterfactual", "explanation")


def is_hidden(review: Review, notes: Sequence[Note], reviewer: str) -> bool:
    """Whether the verdict of a review is still kept from one person."""
    said = any((note.kind, note.by) == ("opinion", reviewer) for note in notes)
    return review.verdict_hidden and not review.settled and not said


def must_have_thought(review: Review, notes: Sequence[Note], reviewer: str) -> None:
    """Hold that somebody has said an opinion where the pack asks for it. Raises Refused."""
    if is_hidden(review, notes, reviewer):
        raise Refused(
            "this pack asks for your own opinion of the case before it shows the verdict",
            mend="say it first: `remit reviews opinion`",
        )


def is_kept_from(unit: Unit, stored: StoredDecision, viewer: Actor | None) -> bool:
    """Whether the verdict of a decision is kept from somebody who may have to give their word on it."""
    if viewer is None or stored.review_id is None or REVIEWER not in viewer.roles:
        return False
    return is_hidden(unit.reviews.get(stored.review_id), unit.reviews.notes(stored.review_id), viewer.id)


def must_be_told_whole(store: Store, stored: StoredDecision, viewer: Actor) -> None:
    """Hold that what tells everything, such as a proof, tells a reviewer nothing before its time: neither the verdict
    that is hidden from them, nor what others have said of a case that still waits. Raises Refused.
    """
    if stored.review_id is None or REVIEWER not in viewer.roles:
        return
    with store.read() as unit:
        review, votes = unit.reviews.get(stored.review_id), unit.reviews.votes(stored.review_id)
        must_have_thought(review, unit.reviews.notes(review.id), viewer.id)
    if votes and not review.settled:
        raise Refused(
            "this tells what other reviewers said of a case that still waits",
            mend="ask again when the last person has spoken",
        )


def without_verdict(told: Mapping[str, Any]) -> dict[str, Any]:
    """A result or an explanation without what was made of the case and without what others said of it; the trace ends
    where the review began.
    """
    kept = {name: _EMPTY.get(name, value) for name, value in told.items() if name not in _GONE}
    if kept.get("review"):
        kept["review"] = {**kept["review"], "votes": []}
    if "ledger" in kept:
        kept["ledger"] = until_opened(kept["ledger"])
    return {**kept, "verdict_hidden": True}


def until_opened(steps: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The steps up to the one that sent the case to people."""
    return list(steps[: opened_at(step["type"] for step in steps)])


def opened_at(types: Iterable[str]) -> int | None:
    """How many steps there are up to the one that sent the case to people, by their types; None where none did."""
    opened = [at for at, each in enumerate(types, 1) if each == OPENED]
    return opened[-1] if opened else None
