"""``/queue``: what waits for a person, and the chosen case beside it."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from remit.api.doors import TheEngine
from remit.api.reviews.queue import LOOK_AT_MAX, after_of, cursor_after
from remit.approvals.routing import Filter, checked
from remit.core.canonical import sha256_hex
from remit.service.reviews.queue import everything, page_of_reviews
from remit.web.case import case_of
from remit.web.look import FRAGMENT, page
from remit.web.route import PageRoute
from remit.web.visitor import Visitor, page_door

router = APIRouter(route_class=PageRoute)
Reader = Annotated[Visitor, Depends(page_door("reviews.read"))]
ROWS = 40


@router.get("/queue")
def show(
    request: Request,
    engine: TheEngine,
    who: Reader,
    review: Annotated[str | None, Query(max_length=64)] = None,
    decision: Annotated[str | None, Query(max_length=200)] = None,
    risk: Annotated[str | None, Query(max_length=10)] = None,
    needs: Annotated[str | None, Query(max_length=200)] = None,
    q: Annotated[str, Query(max_length=200)] = "",
    mine: bool = False,
    settled: bool = False,
    order: Annotated[str, Query(pattern="^(due|priority)$")] = "due",
    cursor: Annotated[str | None, Query(max_length=512)] = None,
) -> Response:
    """The queue, the one due first at the top; `review` is the case that is open beside it."""
    asked = {"decision": decision, "risk": risk, "role": needs, "mine": mine or None, "order": order}
    begin = everything() if settled else Filter()
    wanted = checked(Filter.from_json({**begin.to_json(), **{name: said for name, said in asked.items() if said}}))
    after = None if cursor is None else after_of(cursor, wanted)
    found = page_of_reviews(engine.services, wanted, actor=who.actor, limit=ROWS, after=after, look_at_max=LOOK_AT_MAX)
    rows = [row for row in found.rows if _matches(row, q)]
    filters = {
        "decision": decision,
        "risk": risk,
        "needs": needs,
        "q": q,
        "mine": "true" if mine else None,
        "settled": "true" if settled else None,
        "order": order if order != "due" else None,
    }
    shown: dict[str, Any] = {
        "rows": rows,
        "chosen": review,
        "filters": filters,
        "decisions": _decisions(engine),
        "more": None if found.after is None else cursor_after(found.after, wanted),
        "link": lambda **changed: _link({**filters, **changed}),
        "case": None if review is None or request.headers.get(FRAGMENT) == "rows" else case_of(who, review),
        "next_review": _following(rows, review),
        "trial": None,
    }
    answer = page(request, "queue.html", who, **shown)
    if request.headers.get(FRAGMENT) == "rows":
        return _unless_known(request, answer)
    return answer


def _matches(row: dict[str, Any], words: str) -> bool:
    """Whether each word stands somewhere in a row: subject, decision, action, rules, reasons."""
    text = " ".join(
        str(each)
        for each in (row["subject"], row["decision"], row["action"], row["because"], row["rules"], row["claimed_by"])
    ).lower()
    return all(word in text for word in words.lower().split())


def _decisions(engine: Any) -> list[str]:
    library = engine.services.library
    return sorted(name for pack in library.names() for name in engine.services.pack(pack).decisions)


def _link(filters: dict[str, Any]) -> str:
    said = {name: value for name, value in filters.items() if value}
    return "/queue" + (f"?{urlencode(said)}" if said else "")


def _following(rows: list[dict[str, Any]], review: str | None) -> str | None:
    """The case to go on with, once this one is done."""
    ids = [row["review_id"] for row in rows if row["state"] in ("open", "claimed")]
    if review in ids:
        at = ids.index(review)
        ids = ids[at + 1 :] + ids[:at]
    return ids[0] if ids else None


def _unless_known(request: Request, answer: Response) -> Response:
    """Nothing, where the browser has these rows already."""
    etag = f'"{sha256_hex(bytes(answer.body))[:20]}"'
    if request.headers.get("If-None-Match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    answer.headers["ETag"] = etag
    return answer
