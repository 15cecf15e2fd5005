"""``GET /v1/reviews``: the queue, filtered, a page at a time; and the filters that people keep."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import ConfigDict, Field

from remit.api.body import Body
from remit.api.described import ANYTHING_BY_NAME, answers
from remit.api.doors import Entered, TheEngine, door
from remit.api.pages import CURSOR_CHARACTERS_MAX, cursor_of, link_next, no_cursor, place_of
from remit.api.reviews.common import ROW
from remit.approvals.review import Place, State
from remit.approvals.routing import Filter, Order, checked
from remit.core.canonical import canonical_bytes, sha256_hex
from remit.service.reviews.queue import After, everything, page_of_reviews, save_filter, saved_filter, saved_filters
from remit.wiring import Engine

router = APIRouter(prefix="/reviews", tags=["reviews"])

PAGE_MAX = 200
LOOK_AT_MAX = 2_000
"""So many reviews are looked at for one page: a filter that hardly anything matches takes several pages."""

Word = Annotated[str | None, Field(max_length=200)]
FilterName = Annotated[str, Path(min_length=1, max_length=100, description="A filter's name.", examples=["my work"])]


class Wanted(Body):
    """What is to be seen of the queue; what is not said does not matter."""

    state: list[State] | None = Field(default=None, max_length=7, description="In one of these states.")
    decision: Word = Field(default=None, description="Of this decision.", examples=["desk.request"])
    action: Word = Field(default=None, description="With this proposed action.")
    rule: Word = Field(default=None, description="That this rule sent here.")
    needs: Word = Field(default=None, description="That needs somebody of this role.")
    group: Word = Field(default=None, description="That is routed to this group.")
    risk: Literal["low", "medium", "high"] | None = None
    amount_min: int | None = Field(default=None, ge=0, le=2**53, description="From this amount on, in minor units.")
    claimed_by: Word = Field(default=None, description="That this person works on.")
    assigned_to: Word = Field(default=None, description="That is assigned to this person.")
    waiting: bool | None = Field(default=None, description="Whether it waits for an answer.")
    snoozed: bool | None = Field(default=None, description="Also what is put aside.")
    mine: bool | None = Field(default=None, description="Only what the asker may decide and nobody else holds.")
    order: Order | None = Field(default=None, description="By `due` time (the default), or by `priority`.")

    def said(self) -> dict[str, Any]:
        """What was said, in the words of a filter."""
        named = {"state": "states", "needs": "role"}
        return {
            named.get(name, name): value for name in Wanted.model_fields if (value := getattr(self, name)) is not None
        }


class Asked(Wanted):
    """A page of the queue."""

    model_config = ConfigDict(strict=False)  # a query is text

    filter: str | None = Field(default=None, max_length=100, description="A filter that the asker keeps.")
    everything: bool = Field(default=False, description="Settled and snoozed reviews too.")
    limit: int = Field(default=50, ge=1, le=PAGE_MAX)
    cursor: str | None = Field(default=None, max_length=CURSOR_CHARACTERS_MAX, description="From a `next` link.")


@router.get(
    "",
    responses=answers(
        "A page of the queue. `next` is the cursor of the page behind it, as is the `Link` header; null at the end. A"
        " page of a filter that hardly anything matches may have fewer rows than asked for, and still a next page.",
        {"reviews": [ROW], "next": None},
        headers={"Link": 'The next page, `rel="next"` (RFC 8288); absent at the end.'},
    ),
)
def list_reviews(
    asked: Annotated[Asked, Query()],
    request: Request,
    response: Response,
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("reviews.read"))],
) -> dict[str, Any]:
    """What waits for a person, the one due first at the top."""
    wanted = _filter(engine, who, asked)
    after = None if asked.cursor is None else place_at(asked.cursor, wanted)
    page = page_of_reviews(
        engine.services, wanted, actor=who.actor, limit=asked.limit, after=after, look_at_max=LOOK_AT_MAX
    )
    cursor = None if page.after is None else cursor_at(page.after, wanted)
    link_next(request, response, cursor)
    return {"reviews": page.rows, "next": cursor}


@router.get(
    "/filters",
    responses=answers(
        "The filters, by name.", {"my work": {"mine": True, "order": "priority"}}, schema=ANYTHING_BY_NAME
    ),
)
def list_filters(engine: TheEngine, who: Annotated[Entered, Depends(door("reviews.read"))]) -> dict[str, Any]:
    """The filters that the asker keeps."""
    return {name: wanted.to_json() for name, wanted in saved_filters(engine.services, who.actor).items()}


@router.put(
    "/filters/{name}",
    responses=answers("The filter as it is kept.", {"mine": True, "order": "priority"}, at_times=("mine", "order")),
)
def keep_filter(
    name: FilterName, wanted: Wanted, engine: TheEngine, who: Annotated[Entered, Depends(door("reviews.work"))]
) -> dict[str, Any]:
    """Keep a filter under a name, in place of an earlier one."""
    kept = checked(Filter.from_json(wanted.said()))
    save_filter(engine.services, who.actor, name, kept)
    return kept.to_json()


def _filter(engine: Engine, who: Entered, asked: Asked) -> Filter:
    """What is asked for: the words of the question go before those of a filter that is kept."""
    begin = everything() if asked.everything else Filter()
    kept = begin if asked.filter is None else saved_filter(engine.services, who.actor, asked.filter)
    return checked(Filter.from_json({**kept.to_json(), **asked.said()}))


def cursor_at(after: After, wanted: Filter) -> str:
    """The place where a page of this filter ends, as one word."""
    return cursor_of(
        _digest(wanted), after.at.isoformat(), after.place.due_at.isoformat(), after.place.id, after.priority
    )


def place_at(cursor: str, wanted: Filter) -> After:
    """The place of a cursor, which is one of this very filter. Raises InputError."""
    digest, at, due_at, name, priority = place_of(cursor, str, str, str, str, (float, int, type(None)))
    if digest != _digest(wanted) or (priority is None) != (wanted.order == "due"):
        raise no_cursor()
    try:
        moments = [datetime.fromisoformat(text).astimezone(UTC) for text in (at, due_at)]
    except (ValueError, OverflowError):
        raise no_cursor() from None
    return After(moments[0], Place(moments[1], name), priority)


def _digest(wanted: Filter) -> str:
    return sha256_hex(canonical_bytes(wanted.to_json()))[:16]
