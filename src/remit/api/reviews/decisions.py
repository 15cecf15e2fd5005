"""``POST /v1/reviews/{id}/decisions``: approve, reject, edit, ask, snooze, each on the version that was seen."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Response
from pydantic import Field

from remit.api.body import Body, Moment
from remit.api.described import answers
from remit.api.doors import Entered, TheEngine, door
from remit.api.preconditions import IfMatch, show_version, version_that_must_be_said
from remit.api.reviews.common import MOVED, SETTLED, Code, Reason, ReviewId
from remit.service.reviews.decide import decide_review
from remit.service.reviews.edit import edit_review
from remit.service.reviews.inquire import ask_about_review
from remit.service.reviews.overtaken import telling_what_changed
from remit.service.reviews.work import snooze_review
from remit.wiring import Engine

router = APIRouter(prefix="/reviews", tags=["reviews"])

Value = str | bool | int | float | list[str]


class Verdict(Body):
    """Approve or reject what is proposed."""

    choice: Literal["approve", "reject"]
    reason: Reason
    code: Code


class Edit(Body):
    """Put other arguments in place of those proposed; the policy judges them anew."""

    choice: Literal["edit"]
    reason: Reason
    changes: dict[str, Value] = Field(
        min_length=1, max_length=50, description="Arguments by name.", examples=[{"amount_cents": 150000}]
    )


class Question(Body):
    """Ask whoever requested the decision; the clock stands still."""

    choice: Literal["ask"]
    question: str = Field(min_length=1, max_length=2_000, examples=["Which invoice is it?"])


class Snooze(Body):
    """Put it aside until a time; its clock goes on."""

    choice: Literal["snooze"]
    until: Moment


Said = Annotated[Verdict | Edit | Question | Snooze, Field(discriminator="choice")]
_EXAMPLE_STALE = {
    "type": "urn:remit:problem:precondition",
    "title": "Precondition Failed",
    "status": 412,
    "detail": "review 01KB9Z6R3Q5V8W2X4Y6Z8A1B3C has moved from version 1 to 2: otto edited it first",
    "changed": {
        "from": {"version": 1},
        "to": {"version": 2, "state": "open"},
        "by": "otto",
        "move": "edited",
        "arguments": [{"name": "amount_cents", "was": 200000, "is": 150000}],
    },
}
_EXAMPLE_UNSAID = {
    "type": "urn:remit:problem:precondition_required",
    "title": "Precondition Required",
    "status": 428,
    "detail": "the If-Match header is missing: say which version you have seen",
}


@router.post(
    "/{review_id}/decisions",
    responses={
        **answers(
            "What became of the review; `decision` is what the decision came to, null while the quorum is not reached.",
            SETTLED,
            headers=MOVED,
        ),
        **answers(
            "The review has moved since: `changed` says how.",
            _EXAMPLE_STALE,
            status=412,
            media_type="application/problem+json",
        ),
        **answers("If-Match is missing.", _EXAMPLE_UNSAID, status=428, media_type="application/problem+json"),
    },
)
def decide(
    review_id: ReviewId,
    said: Said,
    response: Response,
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("reviews.decide"))],
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Give one person's word on the version that they have seen. Of several at once one wins."""
    version = version_that_must_be_said(if_match)
    with telling_what_changed(engine.services, engine, review_id, version):
        told = _done(engine, review_id, who, said, version)
    show_version(response, told["version"])
    return told


def _done(engine: Engine, review_id: str, who: Entered, said: Any, version: int) -> dict[str, Any]:
    services, actor = engine.services, who.actor
    match said:
        case Verdict():
            return decide_review(services, review_id, actor, said.choice, said.reason, code=said.code, version=version)
        case Edit():
            words = {name: _word(value) for name, value in said.changes.items()}
            return edit_review(services, review_id, actor, words, said.reason, version=version)
        case Question():
            return ask_about_review(services, review_id, actor, said.question, version=version)
        case _:
            return snooze_review(services, review_id, actor, said.until, version=version)


def _word(value: Value) -> str:
    """A value as the action's schema reads it: text as it is, all else as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
