"""``/queue/{id}/edit``: other arguments, typed by the action; the policy judges them before they can be approved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from remit.api.doors import Entered, TheEngine
from remit.api.reviews.common import ReviewId
from remit.core.errors import RemitError
from remit.service.reviews.decide import decide_review
from remit.service.reviews.edit import edit_review
from remit.service.reviews.show import show_review
from remit.web.gate import page_door
from remit.web.page_route import pages
from remit.web.queue.asked import TheAsked
from remit.web.queue.desk import show_desk
from remit.web.queue.verbs import TheSent, done
from remit.wiring import Engine

router = pages()

ARGUMENT = "arg."
"""What the name of a field begins with that holds an argument."""


@router.get("/queue/{review_id}/edit")
def form(
    review_id: ReviewId,
    request: Request,
    engine: TheEngine,
    asked: TheAsked,
    who: Annotated[Entered, Depends(page_door("reviews.decide"))],
) -> Response:
    """The form, with the arguments as they are."""
    return show_desk(request, engine, who, asked, review_id=review_id, editing=True)


@router.post("/queue/{review_id}/edit/try")
def attempt(sent: TheSent, who: Annotated[Entered, Depends(page_door("reviews.decide"))]) -> Response:
    """What the policy says of these arguments. Nothing is recorded of it."""
    try:
        trial = _tried(sent.engine, sent.review_id, who, words_in(sent.form))
    except RemitError as error:
        return sent.failed(who, error, editing=True)
    return sent.shown(who, editing=True, trial=trial)


@router.post("/queue/{review_id}/edit")
def edit(sent: TheSent, who: Annotated[Entered, Depends(page_door("reviews.decide"))]) -> Response:
    """Put the arguments in place and judge them anew; approve them where the editor may."""

    def act() -> str:
        services, reason = sent.engine.services, sent.reason
        told = edit_review(services, sent.review_id, who.actor, words_in(sent.form), reason, version=sent.version)
        if not told["may_approve"]:
            return "edited"
        given = decide_review(services, sent.review_id, who.actor, "approve", reason, version=told["version"])
        return "voted" if given["decision"] is None else str(given["state"])

    return done(sent, who, act, editing=True)


def words_in(form: Mapping[str, str]) -> dict[str, str]:
    """The arguments of a form, as they were typed."""
    return {name.removeprefix(ARGUMENT): word for name, word in form.items() if name.startswith(ARGUMENT)}


def _tried(engine: Engine, review_id: str, who: Entered, words: Mapping[str, str]) -> dict[str, Any]:
    shown = show_review(engine.services, engine, review_id, viewer=who.actor, trial=words)
    found: dict[str, Any] = shown["what_if"]
    return found
