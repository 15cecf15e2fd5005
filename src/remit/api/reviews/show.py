"""``GET /v1/reviews/{id}``: one review with everything that its reviewer needs to see."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from remit.api.described import answers
from remit.api.doors import Entered, TheEngine, door
from remit.api.preconditions import show_version
from remit.api.reviews.common import MOVED, ROW, ReviewId
from remit.core.errors import InputError
from remit.service.reviews.show import show_review

router = APIRouter(prefix="/reviews", tags=["reviews"])

_PAIR = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_TRIALS = Query(
    max_length=20,
    description="`NAME=VALUE`, may be repeated: what the policy would say of another argument.",
    examples=[["amount_cents=50000"]],
)


@router.get(
    "/{review_id}",
    responses=answers(
        "The review. Where the pack hides the verdict until its reviewer has said an opinion, `verdict_hidden` is true"
        " and the judgement, its reasons, the votes and similar cases are left out.",
        {
            **ROW,
            "case": {"request_id": "R-1", "kind": "payment", "amount_cents": 200000},
            "differs_from_request": [],
            "edited": [],
            "sent_here_by": [
                {"rule": "large", "clause": "case.amount_cents > 100000", "reason": "Above 1,000 an officer decides."}
            ],
            "passages": [],
            "still_needs": [{"role": "officer", "quorum": 1}],
            "votes": [],
            "notes": [],
            "similar": [],
            "trace": {"ledger": [], "replans": 0, "search_failures": []},
        },
        headers=MOVED,
    ),
)
def show(
    review_id: ReviewId,
    response: Response,
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("reviews.read"))],
    what_if: Annotated[list[str] | None, _TRIALS] = None,
) -> dict[str, Any]:
    """One review: the proposal, why it needs a person, the evidence, what was said. Its reviewer's time begins."""
    trial = None if what_if is None else _trial(what_if)
    shown = show_review(engine.services, engine, review_id, viewer=who.actor, trial=trial)
    show_version(response, shown["version"])
    return shown


def _trial(pairs: list[str]) -> dict[str, str]:
    found = [_PAIR.fullmatch(pair) for pair in pairs]
    if not all(found):
        raise InputError("a trial names an argument and its value", mend="write it such as amount_cents=50000")
    return {pair[1]: pair[2] for pair in found if pair}
