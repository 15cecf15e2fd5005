"""``/queue/{review_id}/…``: one person's word on a case, as forms send it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import RedirectResponse

from remit.core.errors import InputError
from remit.service.reviews.decide import decide_review
from remit.service.reviews.edit import edit_review
from remit.service.reviews.inquire import answer_about_review, ask_about_review
from remit.service.reviews.overtaken import telling_what_changed
from remit.service.reviews.show import say_opinion
from remit.service.reviews.work import claim_review, release_review, snooze_review
from remit.web.case import case_of
from remit.web.look import page
from remit.web.route import PageRoute
from remit.web.visitor import Visitor, page_door

router = APIRouter(prefix="/queue/{review_id}", route_class=PageRoute)
Worker = Annotated[Visitor, Depends(page_door("reviews.work"))]
Decider = Annotated[Visitor, Depends(page_door("reviews.decide"))]
ARGUMENT = "arg."
DONE = {
    "approve": "Your approval is on record.",
    "reject": "Your rejection is on record.",
    "edit": "Your edit is on record, and the policy has judged it anew.",
    "ask": "Your question was sent; the clock stands still until it is answered.",
    "answer": "Your answer is on record.",
    "snooze": "Put aside; its clock goes on.",
    "claim": "You claimed this case; nobody else can decide it meanwhile.",
    "release": "You gave this case back.",
    "opinion": "Your opinion is on record.",
}


@router.post("/claim")
def claim(review_id: str, who: Worker) -> Response:
    """Take it."""
    claim_review(who.engine.services, review_id, who.actor)
    return _back(who, review_id, "claim")


@router.post("/release")
def release(review_id: str, who: Worker) -> Response:
    """Give it back."""
    release_review(who.engine.services, review_id, who.actor)
    return _back(who, review_id, "release")


@router.post("/word")
def word(review_id: str, who: Decider) -> Response:
    """Approve or reject the version that was seen; then on to the next."""
    choice = who.said("choice")
    if choice not in ("approve", "reject"):
        raise InputError("say whether you approve or reject", mend="use one of the two buttons")
    version = _version(who)
    with telling_what_changed(who.engine.services, who.engine, review_id, version):
        decide_review(
            who.engine.services,
            review_id,
            who.actor,
            cast(Literal["approve", "reject"], choice),
            who.said("reason"),
            code=who.said("code") or None,
            version=version,
        )
    return _back(who, who.said("next") or review_id, choice)


@router.post("/try")
def try_out(review_id: str, request: Request, who: Decider) -> Response:
    """What the policy says of other arguments. Nothing is changed."""
    words = _words(who)
    shown = case_of(who, review_id, words)
    return page(request, "case_page.html", who, case=shown, trial=words, next_review=None, link=_link, chosen=review_id)


@router.post("/edit")
def edit(review_id: str, who: Decider) -> Response:
    """Put other arguments in place of those proposed; the policy judges them anew."""
    version = _version(who)
    with telling_what_changed(who.engine.services, who.engine, review_id, version):
        edit_review(who.engine.services, review_id, who.actor, _words(who), who.said("reason"), version=version)
    return _back(who, review_id, "edit")


@router.post("/ask")
def ask(review_id: str, who: Decider) -> Response:
    """Ask whoever requested it."""
    version = _version(who)
    with telling_what_changed(who.engine.services, who.engine, review_id, version):
        ask_about_review(who.engine.services, review_id, who.actor, who.said("question"), version=version)
    return _back(who, review_id, "ask")


@router.post("/answer")
def answer(review_id: str, who: Worker) -> Response:
    """Answer what was asked."""
    answer_about_review(who.engine.services, review_id, who.actor, who.said("answer"))
    return _back(who, review_id, "answer")


@router.post("/snooze")
def snooze(review_id: str, who: Decider) -> Response:
    """Put it aside for some hours."""
    hours = who.said("hours")
    if hours not in ("1", "4", "24", "72"):
        raise InputError("say for how long", mend="choose one of the offered times")
    until = who.engine.clock.now() + timedelta(hours=int(hours))
    version = _version(who)
    with telling_what_changed(who.engine.services, who.engine, review_id, version):
        snooze_review(who.engine.services, review_id, who.actor, until, version=version)
    return _back(who, who.said("next") or review_id, "snooze")


@router.post("/opinion")
def opinion(review_id: str, who: Decider) -> Response:
    """What one thinks before the verdict is shown."""
    said = who.said("opinion")
    if said not in ("approve", "reject"):
        raise InputError("say whether you would approve or reject", mend="use one of the two buttons")
    say_opinion(who.engine.services, review_id, who.actor, cast(Literal["approve", "reject"], said), who.said("reason"))
    return _back(who, review_id, "opinion")


def _version(who: Visitor) -> int:
    said = who.said("version")
    if not said.isdecimal():
        raise InputError("the form does not say which version you saw", mend="load the page again")
    return int(said)


def _words(who: Visitor) -> dict[str, str]:
    """The arguments that the form holds, as their schema reads them; what is empty is left as it is."""
    return {
        name.removeprefix(ARGUMENT): values[-1].strip()
        for name, values in who.form.items()
        if name.startswith(ARGUMENT) and values[-1].strip()
    }


def _link(**said: Any) -> str:
    return f"/queue?{urlencode({name: value for name, value in said.items() if value})}"


def _back(who: Visitor, review_id: str, done: str) -> Response:
    """To the case, in the queue as it was filtered."""
    kept = {name: who.said(f"filter.{name}") for name in ("decision", "risk", "needs", "q", "mine", "settled", "order")}
    return RedirectResponse(_link(**kept, review=review_id, done=done), status_code=303)
