"""Ask for information, and give it; the review's clock stands still in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from remit.approvals.inquiry import answer, ask
from remit.approvals.reasons import checked_reason
from remit.core.words import Actor
from remit.service.reviews.moves import make_move
from remit.service.reviews.queue import row_of
from remit.service.services import Services


def ask_about_review(
    services: Services, review_id: str, actor: Actor, question: str, *, version: int | None = None
) -> dict[str, Any]:
    """Ask whoever requested the decision. Raises Conflict, Refused, InputError, NotFound."""
    return _say(services, review_id, actor, ask, "question", question, version)


def answer_about_review(services: Services, review_id: str, actor: Actor, words: str) -> dict[str, Any]:
    """Answer what was asked. Raises Conflict, Refused, InputError, NotFound."""
    return _say(services, review_id, actor, answer, "answer", words)


def _say(
    services: Services,
    review_id: str,
    actor: Actor,
    move: Callable[..., Any],
    name: str,
    words: str,
    version: int | None = None,
) -> dict[str, Any]:
    text = checked_reason(words)
    moved = make_move(
        services,
        review_id,
        actor,
        lambda moment: move(moment.review, moment.reviewer, moment.now),
        version=version,
        body={name: text},
        text=text,
    )
    return row_of(services, moved)
