"""Work on what waits for a person: look, claim, and give one's word on the version that was seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from remit.client.pages import Pages
from remit.client.results import Review, Verdict
from remit.client.wire import Call, Query, Request, segment


def reviews(*, limit: int | None = None, everything: bool = False, **filters: str | int | bool) -> Pages[Review]:
    """The queue, the one due first at the top, page after page as you go on.

    Args:
        limit: the size of a page.
        everything: settled and snoozed reviews, too.
        filters: what is to be seen of it: `decision`, `action`, `rule`, `risk`, `mine=True` and others of the route.
    """
    query: dict[str, Query] = {**filters}
    if limit is not None:
        query["limit"] = limit
    if everything:
        query["everything"] = True
    return Pages(Request("GET", "/v1/reviews", query=query), "reviews", Review.read)


def show(review_id: str, *, what_if: Mapping[str, str | int] | None = None) -> Call[Review]:
    """A review with everything that its reviewer needs, in `raw`. `what_if` tries other arguments on the policy."""
    query = {"what_if": [f"{name}={value}" for name, value in (what_if or {}).items()]}
    answer = yield Request("GET", f"/v1/reviews/{segment(review_id)}", query=query if what_if else {})
    return Review.read(answer.json())


def claim(review_id: str) -> Call[Review]:
    """Take a review to work on it; others are kept off for a while."""
    return _moved(review_id, "claim")


def release(review_id: str) -> Call[Review]:
    """Give a review back that you have claimed."""
    return _moved(review_id, "release")


def approve(review: Review | str, reason: str, *, code: str | None = None) -> Call[Verdict]:
    """Approve what is proposed.

    Args:
        review: the review as you saw it. An id alone stands for the review as it is now.
        reason: why, in a sentence.
        code: one of the reason codes that the pack lists.

    Raises:
        Stale: it has changed since you saw it; `members["changed"]` says how.
    """
    return _word(review, {"choice": "approve", "reason": reason}, code=code)


def reject(review: Review | str, reason: str, *, code: str | None = None) -> Call[Verdict]:
    """Reject what is proposed. Arguments and errors as those of `approve`."""
    return _word(review, {"choice": "reject", "reason": reason}, code=code)


def edit(review: Review | str, changes: Mapping[str, Any], reason: str) -> Call[Verdict]:
    """Put other arguments in place of those proposed: the policy judges them anew, and somebody else approves."""
    return _word(review, {"choice": "edit", "changes": dict(changes), "reason": reason})


def ask(review: Review | str, question: str) -> Call[Verdict]:
    """Ask whoever requested the decision; the clock stands still until they answer."""
    return _word(review, {"choice": "ask", "question": question})


def snooze(review: Review | str, until: datetime) -> Call[Verdict]:
    """Put it aside until a time, which has an offset; its clock goes on."""
    return _word(review, {"choice": "snooze", "until": until.isoformat()})


def _moved(review_id: str, verb: str) -> Call[Review]:
    answer = yield Request("POST", f"/v1/reviews/{segment(review_id)}/{verb}", again=False)
    return Review.read(answer.json())


def _word(review: Review | str, said: Mapping[str, Any], *, code: str | None = None) -> Call[Verdict]:
    """One word on one version. It is not said again when its answer is lost: look at the review then."""
    if isinstance(review, str):
        review = yield from show(review)
    body = {**said, "code": code} if code is not None else said
    headers = {"If-Match": f'"{review.version}"'}
    path = f"/v1/reviews/{segment(review.review_id)}/decisions"
    answer = yield Request("POST", path, body=body, headers=headers, again=False)
    return Verdict.read(answer.json())
