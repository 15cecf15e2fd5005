"""The queue with one case on it, as every route here answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response

from remit.api.doors import Entered
from remit.api.reviews.queue import cursor_at, place_at
from remit.core.errors import RemitError
from remit.service.reviews.forms import form_for
from remit.service.reviews.queue import page_of_reviews
from remit.service.reviews.show import show_review
from remit.web.gate import opens
from remit.web.queue.asked import Asked
from remit.web.queue.view import case_of
from remit.web.render import FRAGMENT, page
from remit.wiring import Engine
from remit.wiring.operate import queue_length

ROWS = 40
LOOK_AT_MAX = 2_000
LOOK_INTO_MAX = 400
"""Names are sealed: looking for one opens so many cases at most, and offers to look on."""

SAID = {
    "claimed": "You claimed this case. Others are kept off for 30 minutes.",
    "released": "You gave this case back.",
    "approved": "Approved. The decision was carried on.",
    "rejected": "Rejected. Nothing was carried out.",
    "voted": "Your word is recorded. Another person has to agree.",
    "asked": "Your question was sent. The clock stands still until it is answered.",
    "snoozed": "Put aside. Its clock goes on.",
    "edited": "Your edit was judged anew and recorded. Somebody else has to approve it.",
    "opined": "Your opinion is recorded. The verdict is shown now.",
}
"""What is said after something was done, by the word that the address names it with."""


def show_desk(
    request: Request,
    engine: Engine,
    who: Entered,
    asked: Asked,
    *,
    review_id: str | None = None,
    status: int = 200,
    said: str = "",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """The page. `more` is what a route has to tell besides, such as what was wrong with a form."""
    rows_alone = request.headers.get(FRAGMENT) == "rows"
    case: Mapping[str, Any] | None = None
    if review_id is not None:
        # The list is asked for again and again: it only marks the case, and nobody is shown it by that.
        case = {"review_id": review_id} if rows_alone else shown_case(engine, who, review_id)
    return page(
        request,
        "queue.html",
        status=status,
        headers=headers,
        polled=rows_alone,
        **{"wrong": None, "filled": {}, "trial": None, "editing": False, **more},
        **_list(engine, who, asked),
        case=case,
        asked=asked,
        done=SAID.get(said),
        may_decide=opens(who.principal, "reviews.decide"),
        may_work=opens(who.principal, "reviews.work"),
    )


def shown_case(engine: Engine, who: Entered, review_id: str) -> dict[str, Any]:
    """A review as its page shows it, with the forms that it can be answered by. Raises NotFound."""
    shown = show_review(engine.services, engine, review_id, viewer=who.actor)
    return case_of(shown, form_for(engine.services, review_id), who.principal.id)


def _list(engine: Engine, who: Entered, asked: Asked) -> dict[str, Any]:
    wanted = asked.filter()
    found = page_of_reviews(
        engine.services,
        wanted,
        actor=who.actor,
        limit=ROWS,
        after=place_at(asked.cursor, wanted) if asked.cursor else None,
        look_at_max=LOOK_INTO_MAX if asked.about else LOOK_AT_MAX,
        about=asked.about or None,
    )
    waiting, overdue = queue_length(engine)
    return {
        "rows": found.rows,
        "next": None if found.after is None else cursor_at(found.after, wanted),
        "waiting": waiting,
        "overdue": overdue,
        "kinds": engine.services.for_a_minute.of("kinds", lambda: _kinds(engine)),
        "now": engine.services.clock.now(),
    }


def _kinds(engine: Engine) -> list[str]:
    """The decisions of every pack."""
    found: list[str] = []
    for name in engine.services.library.names():
        try:
            found += engine.services.pack(name).decisions
        except RemitError:
            continue  # a pack with problems decides nothing
    return found
