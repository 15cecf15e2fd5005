"""``/decisions``: the decisions, the newest first, a page at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, get_args
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from remit.agents.records import Stage, Wanted
from remit.api.doors import Entered, TheEngine
from remit.core.errors import InputError
from remit.service.calls.listing import page_of
from remit.web.gate import page_door
from remit.web.page_route import pages
from remit.web.render import page

router = pages()
ROWS = 50
Word = Annotated[str, Query(max_length=200)]


@router.get("/decisions")
def decisions(
    request: Request,
    engine: TheEngine,
    who: Annotated[Entered, Depends(page_door("decisions.list"))],
    status: Word = "",
    pack: Word = "",
    asker: Word = "",
    since: Word = "",
    alone: bool = False,
    cursor: Word = "",
) -> Response:
    """The list, from the beginning of a day (UTC) on where one is named. Apps' people see what their app asked for."""
    if status and status not in get_args(Stage):
        raise InputError(f"`{status}` is no state of a decision", mend=f"one of {', '.join(get_args(Stage))}")
    if who.whose == "own":
        who.sees(asker or who.principal.id, "asker")
        asker = who.principal.id
    stage: Stage | None = status or None  # type: ignore[assignment]  # it is one of them
    wanted = Wanted(pack or None, None, stage, asker or None, since=_begin_of(since), alone=alone)
    found = page_of(engine.services, wanted, ROWS, cursor or None)
    said = {"status": status, "pack": pack, "asker": asker, "since": since, "alone": "1" if alone else ""}
    kept = [(name, word) for name, word in said.items() if word]
    return page(
        request,
        "decisions.html",
        rows=[each.to_json() for each in found.decisions],
        next=_at(kept, found.next),
        prev=_at(kept, found.prev),
        stages=get_args(Stage),
        packs=engine.services.library.names(),
        stage=status,
        pack=pack,
        asker=asker,
        since=since,
        alone=alone,
        narrow=bool(kept),
    )


def _begin_of(day: str) -> datetime | None:
    """The first moment of a day, None for none. Raises InputError."""
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC)
    except ValueError as error:
        raise InputError(f"`{day}` is no day", mend="say it as 2026-11-02") from error


def _at(kept: list[tuple[str, str]], cursor: str | None) -> str | None:
    return None if cursor is None else "?" + urlencode([*kept, ("cursor", cursor)])
