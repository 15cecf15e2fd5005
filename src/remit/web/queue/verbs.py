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

    @property
    def reason(self) -> str:
        """What they wrote."""
        return self.form.get("reason", "")

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


Act = Callable[[Sent, Entered], str]
"""Does what a form asks for, and gives the word that says so. Raises RemitError."""


def form(verb: str, door: str) -> Callable[[Act], Act]:
    """Make an act the route of a form that stands on a case."""
    entered = Depends(page_door(door))

    def routed(act: Act) -> Act:
        def route(sent: TheSent, who: Entered = entered) -> Response:
            return done(sent, who, lambda: act(sent, who))

        router.post(f"/queue/{{review_id}}/{verb}", name=act.__name__)(route)
        return act

    return routed


@form("claim", "reviews.work")
def claim(sent: Sent, who: Entered) -> str:
    """Take a case to work on it."""
    claim_review(sent.engine.services, sent.review_id, who.actor, version=sent.version)
    return "claimed"


@form("release", "reviews.work")
def release(sent: Sent, who: Entered) -> str:
    """Give a case back."""
    release_review(sent.engine.services, sent.review_id, who.actor)
    return "released"


@form("opinion", "reviews.work")
def opine(sent: Sent, who: Entered) -> str:
    """Say what one thinks before the verdict is shown, where the pack asks for it."""
    say_opinion(sent.engine.services, sent.review_id, who.actor, choice_of(sent.form), sent.reason)
    return "opined"


@form("decide", "reviews.decide")
def decide(sent: Sent, who: Entered) -> str:
    """Approve or reject, on the version that was seen. Of several at once one wins."""
    choice, code = choice_of(sent.form), sent.form.get("code") or None
    told = decide_review(
        sent.engine.services, sent.review_id, who.actor, choice, sent.reason, code=code, version=sent.version
    )
    return "voted" if told["decision"] is None and told["state"] in ("open", "claimed") else str(told["state"])


@form("ask", "reviews.decide")
def ask(sent: Sent, who: Entered) -> str:
    """Ask whoever requested the decision."""
    ask_about_review(sent.engine.services, sent.review_id, who.actor, sent.reason, version=sent.version)
    return "asked"


@form("snooze", "reviews.decide")
def snooze(sent: Sent, who: Entered) -> str:
    """Put a case aside for a while."""
    wait = SNOOZES.get(sent.form.get("for", ""))
    if wait is None:
        raise InputError("for how long?", mend=f"one of {', '.join(SNOOZES)}")
    until = sent.engine.services.clock.now() + wait
    snooze_review(sent.engine.services, sent.review_id, who.actor, until, version=sent.version)
    return "snoozed"


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
