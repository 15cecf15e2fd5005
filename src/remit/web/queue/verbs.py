"""What people do with a case: claim, release, approve, reject, ask, put aside, say an opinion. A form each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from remit.api.doors import Entered, TheEngine
from remit.api.reviews.common import ReviewId
from remit.core.errors import InputError, NotFound, RemitError
from remit.service.reviews.decide import decide_review
from remit.service.reviews.inquire import ask_about_review
from remit.service.reviews.overtaken import telling_what_changed
from remit.service.reviews.show import say_opinion
from remit.service.reviews.work import claim_review, release_review, snooze_review
from remit.web.gate import Form, page_door
from remit.web.page_route import pages, told_of
from remit.web.queue.asked import Asked, TheAsked
from remit.web.queue.desk import show_desk
from remit.wiring import Engine

router = pages()

SNOOZES = {"1h": timedelta(hours=1), "4h": timedelta(hours=4), "1d": timedelta(days=1), "3d": timedelta(days=3)}
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)


@router.post("/queue/{review_id}/claim")
def claim(
    review_id: ReviewId,
    request: Request,
    engine: TheEngine,
    asked: TheAsked,
    form: Form,
    who: Annotated[Entered, Depends(page_door("reviews.work"))],
) -> Response:
    """Take a case to work on it."""

    def act() -> str:
        claim_review(engine.services, review_id, who.actor, version=version_of(form))
        return "claimed"

    return done(request, engine, who, asked, review_id, form, act)


@router.post("/queue/{review_id}/release")
def release(
    review_id: ReviewId,
    request: Request,
    engine: TheEngine,
    asked: TheAsked,
    form: Form,
    who: Annotated[Entered, Depends(page_door("reviews.work"))],
) -> Response:
    """Give a case back."""

    def act() -> str:
        release_review(engine.services, review_id, who.actor)
        return "released"

    return done(request, engine, who, asked, review_id, form, act)


@router.post("/queue/{review_id}/opinion")
def opine(
    review_id: ReviewId,
    request: Request,
    engine: TheEngine,
    asked: TheAsked,
    form: Form,
    who: Annotated[Entered, Depends(page_door("reviews.work"))],
) -> Response:
    """Say what one thinks before the verdict is shown, where the pack asks for it."""

    def act() -> str:
        say_opinion(engine.services, review_id, who.actor, choice_of(form), form.get("reason", ""))
        return "opined"

    return done(request, engine, who, asked, review_id, form, act)


@router.post("/queue/{review_id}/decide")
def decide(
    review_id: ReviewId,
    request: Request,
    engine: TheEngine,
    asked: TheAsked,
    form: Form,
    who: Annotated[Entered, Depends(page_door("reviews.decide"))],
) -> Response:
    """Approve or reject, on the version that was seen. Of several at once one wins."""

    def act() -> str:
        told = decide_review(
            engine.services,
            review_id,
            who.actor,
            choice_of(form),
            form.get("reason", ""),
            code=form.get("code") or None,
            version=version_of(form),
        )
        return "voted" if told["decision"] is None and told["state"] in ("open", "claimed") else str(told["state"])

    return done(request, engine, who, asked, review_id, form, act)


@router.post("/queue/{review_id}/ask")
def ask(
    review_id: ReviewId,
    request: Request,
    engine: TheEngine,
    asked: TheAsked,
    form: Form,
    who: Annotated[Entered, Depends(page_door("reviews.decide"))],
) -> Response:
    """Ask whoever requested the decision."""

    def act() -> str:
        question = form.get("reason", "")
        ask_about_review(engine.services, review_id, who.actor, question, version=version_of(form))
        return "asked"

    return done(request, engine, who, asked, review_id, form, act)


@router.post("/queue/{review_id}/snooze")
def snooze(
    review_id: ReviewId,
    request: Request,
    engine: TheEngine,
    asked: TheAsked,
    form: Form,
    who: Annotated[Entered, Depends(page_door("reviews.decide"))],
) -> Response:
    """Put a case aside for a while."""

    def act() -> str:
        wait = SNOOZES.get(form.get("for", ""))
        if wait is None:
            raise InputError("for how long?", mend=f"one of {', '.join(SNOOZES)}")
        until = engine.services.clock.now() + wait
        snooze_review(engine.services, review_id, who.actor, until, version=version_of(form))
        return "snoozed"

    return done(request, engine, who, asked, review_id, form, act)


def done(
    request: Request,
    engine: Engine,
    who: Entered,
    asked: Asked,
    review_id: str,
    form: Mapping[str, str],
    act: Callable[[], str],
    *,
    editing: bool = False,
) -> Response:
    """Do it, and go to the page that shows it; or show the case as it is now, what was wrong, and what was typed."""
    try:
        with telling_what_changed(engine.services, engine, review_id, version_of(form)):
            said = act()
    except NotFound:
        raise
    except RemitError as error:
        status, told, headers = told_of(request, error)
        return show_desk(
            request,
            engine,
            who,
            asked,
            review_id=review_id,
            status=status.value,
            headers=headers,
            wrong=told,
            filled=dict(form),
            editing=editing,
        )
    place = form.get("then", "")
    after = f"/queue/{place}" if _ID.fullmatch(place) else f"/queue/{review_id}"
    return RedirectResponse(after + asked.query(said=said), 303, headers={"Cache-Control": "no-store"})


def choice_of(form: Mapping[str, str]) -> Literal["approve", "reject"]:
    """Approve or reject; whoever says neither has said nothing. Raises InputError."""
    match form.get("choice"):
        case "approve":
            return "approve"
        case "reject":
            return "reject"
        case _:
            raise InputError("neither approved nor rejected", mend="press one of the two buttons")


def version_of(form: Mapping[str, str]) -> int:
    """The version of the review that the page showed. Raises InputError."""
    said = form.get("version", "")
    if not (said.isascii() and said.isdigit() and len(said) < 10):
        raise InputError("the form does not say which version was seen", mend="load the page again")
    return int(said)
