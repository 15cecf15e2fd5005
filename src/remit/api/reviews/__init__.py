"""``/v1/reviews``: what waits for a person, and what people say of it. One family of verbs a file."""

from __future__ import annotations

from remit.api.reviews import bulk, decisions, people, queue, requester, show, statistics, undo, work

ROUTERS = (
    # Names that are no review's id come first.
    queue.router,
    statistics.router,
    bulk.router,
    people.router,
    show.router,
    work.router,
    decisions.router,
    requester.router,
    undo.router,
)
