"""What people do with a case: claim, release, approve, reject, ask, put aside, say an opinion. A form each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

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
from remit.web.queue.asked import TheAsked
from remit.web.queue.desk import show_desk

router = pages()

SNOOZES = {"1h": timedelta(hours=1), "4h": timedelta(hours=4), "1d": timedelta(days=1), "3d": timedelta(days=3)}
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that somebody sent of a case, from the queue as they had filtered it."""

    review_id: ReviewId
    request: Request
    engine: TheEngine
    asked: TheAsked
    form: Form

    @property
    def version(self) -> int:
        """The version of the review that the page showed. Raises InputError."""
        said = self.form.get("version", "")
        if not (said.isascii() and said.isdigit() and len(said) < 10):
            raise InputError("the form does not say which version was seen", mend="load the page again")
        return int(said)

    def shown(self, who: Entered, **said: Any) -> Response:
        """The case as it is now, with what was typed."""
        return show_desk(
            self.request, self.engine, who, self.asked, review_id=self.review_id, filled=dict(self.form), **said
        )

    def failed(self, who: Entered, error: RemitError, *, editing: bool) -> Response:
        """The same, with what was wrong. What is not there is nothing to show."""
        if isinstance(error, NotFound):
            raise error
        status, told, headers = told_of(self.request, error)
        return self.shown(who, status=status.value, headers=headers, wrong=told, editing=editing)


TheSent = Annotated[Sent, Depends()]


@router.post("/queue/{review_id}/claim")
def claim(
    sent: TheSent,
    who: Annotated[Entered, Depends(page_door("reviews.work"))],
) -> Response:
    """Take a case to work on it."""

    def act() -> str:
        claim_review(sent.engine.services, sent.review_id, who.actor, version=sent.version)
        return "claimed"

    return done(sent, who, act)


@router.post("/queue/{review_id}/release")
def release(
    sent: TheSent,
    who: Annotated[Entered, Depends(page_door("reviews.work"))],
) -> Response:
    """Give a case back."""

    def act() -> str:
        release_review(sent.engine.services, sent.review_id, who.actor)
        return "released"

    return done(sent, who, act)


@router.post("/queue/{review_id}/opinion")
def opine(
    sent: TheSent,
    who: Annotated[Entered, Depends(page_door("reviews.work"))],
) -> Response:
    """Say what one thinks before the verdict is shown, where the pack asks for it."""

    def act() -> str:
        say_opinion(sent.engine.services, sent.review_id, who.actor, choice_of(sent.form), sent.form.get("reason", ""))
        return "opined"

    return done(sent, who, act)


@router.post("/queue/{review_id}/decide")
def decide(
    sent: TheSent,
    who: Annotated[Entered, Depends(page_door("reviews.decide"))],
) -> Response:
    """Approve or reject, on the version that was seen. Of several at once one wins."""

    def act() -> str:
        told = decide_review(
            sent.engine.services,
            sent.review_id,
            who.actor,
            choice_of(sent.form),
            sent.form.get("reason", ""),
            code=sent.form.get("code") or None,
            version=sent.version,
        )
        return "voted" if told["decision"] is None and told["state"] in ("open", "claimed") else str(told["state"])

    return done(sent, who, act)


@router.post("/queue/{review_id}/ask")
def ask(
    sent: TheSent,
    who: Annotated[Entered, Depends(page_door("reviews.decide"))],
) -> Response:
    """Ask whoever requested the decision."""

    def act() -> str:
        question = sent.form.get("reason", "")
        ask_about_review(sent.engine.services, sent.review_id, who.actor, question, version=sent.version)
        return "asked"

    return done(sent, who, act)


@router.post("/queue/{review_id}/snooze")
def snooze(
    sent: TheSent,
    who: Annotated[Entered, Depends(page_door("reviews.decide"))],
) -> Response:
    """Put a case aside for a while."""

    def act() -> str:
        wait = SNOOZES.get(sent.form.get("for", ""))
        if wait is None:
            raise InputError("for how long?", mend=f"one of {', '.join(SNOOZES)}")
        until = sent.engine.services.clock.now() + wait
        snooze_review(sent.engine.services, sent.review_id, who.actor, until, version=sent.version)
        return "snoozed"

    return done(sent, who, act)


def done(sent: Sent, who: Entered, act: Callable[[], str], *, editing: bool = False) -> Response:
    """Do it, and go to the page that shows it; or show the case as it is now, what was wrong, and what was typed."""
    try:
        with telling_what_changed(sent.engine.services, sent.engine, sent.review_id, sent.version):
            said = act()
    except RemitError as error:
        return sent.failed(who, error, editing=editing)
    place = sent.form.get("then", "")
    after = f"/queue/{place}" if _ID.fullmatch(place) else f"/queue/{sent.review_id}"
    return RedirectResponse(after + sent.asked.query(said=said), 303, headers={"Cache-Control": "no-store"})


def choice_of(form: Mapping[str, str]) -> Literal["approve", "reject"]:
    """Approve or reject; whoever says neither has said nothing. Raises InputError."""
    match form.get("choice"):
        case "approve":
            return "approve"
        case "reject":
            return "reject"
        case _:
            raise InputError("neither approved nor rejected", mend="press one of the two buttons")
