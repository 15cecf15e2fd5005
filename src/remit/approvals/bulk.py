"""Bulk: many reviews by one word, as far as they are the same thing and not too much of it."""

from __future__ import annotations

from collections.abc import Sequence

from remit.approvals.review import Review
from remit.core.errors import InputError, Refused
from remit.packs.review_rules import BulkCaps


def must_be_alike(reviews: Sequence[Review]) -> None:
    """One word decides reviews of one decision, action and set of rules only. Raises Refused, InputError."""
    if len({review.id for review in reviews}) < max(len(reviews), 2):
        raise InputError("name two or more different reviews", mend="one review is decided with `approve` or `reject`")
    first = reviews[0]
    for review in reviews[1:]:
        for what in ("decision", "action", "rules"):
            one, other = getattr(first, what), getattr(review, what)
            if set([one] if isinstance(one, str) else one) != set([other] if isinstance(other, str) else other):
                raise Refused(
                    f"review {review.id} is not like review {first.id}: its {what} differ ({_said(other)})",
                    mend="decide in bulk only what one action and the same rules sent here",
                )


def must_be_within(reviews: Sequence[Review], caps: BulkCaps | None) -> None:
    """No more reviews, and no more money, than the pack allows for one word. Raises Refused."""
    if caps is None:
        raise Refused("the pack allows no bulk decisions", mend="declare `reviews.bulk` in pack.yaml, or decide singly")
    if len(reviews) > caps.reviews_max:
        raise Refused(f"{len(reviews)} reviews are more than the {caps.reviews_max} allowed", mend="take fewer at once")
    if caps.amount_max is None:
        return
    unknown = [review.id for review in reviews if review.money is None]
    if unknown:
        raise Refused(f"nobody can say how much money is in review {unknown[0]}", mend="decide it by itself")
    amount = sum(review.money or 0 for review in reviews)
    if amount > caps.amount_max:
        raise Refused(f"{amount} together are more than the {caps.amount_max} allowed", mend="take fewer at once")


def _said(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
