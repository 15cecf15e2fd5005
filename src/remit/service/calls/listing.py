"""Page through decisions, the newest first. A page is found by an id, so what comes in meanwhile moves nothing."""

from __future__ import annotations

from dataclasses import dataclass

from remit.agents.records import Listed, Wanted
from remit.core.words import plain
from remit.service.calls.cursor import Cursor, read, written
from remit.service.services import Services


@dataclass(frozen=True, slots=True)
class Page:
    """Some decisions, and the cursors of the pages below (older) and above (newer) where there are any."""

    decisions: tuple[Listed, ...]
    next: str | None
    prev: str | None


def page_of(services: Services, wanted: Wanted, limit: int, cursor: str | None = None) -> Page:
    """A page of these decisions. Raises InputError: the cursor is none, or is one of another list."""
    of = plain(wanted)
    at = None if cursor is None else read(cursor, of)
    newer = at is not None and at.newer
    edge = {} if at is None else {"before" if newer else "after": at.id}
    with services.store.read() as unit:
        found = unit.decisions.page(wanted, limit + 1, **edge)
    there_is_more = len(found) > limit
    shown = found[len(found) - limit :] if newer and there_is_more else found[:limit]
    has_next, has_prev = (True, there_is_more) if newer else (there_is_more, at is not None)
    return Page(
        tuple(shown),
        written(Cursor(shown[-1].decision_id), of) if shown and has_next else None,
        written(Cursor(shown[0].decision_id, newer=True), of) if shown and has_prev else None,
    )
