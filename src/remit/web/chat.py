"""``/chat``: ask in words. The address holds the conversation: a reload or a second tab shows the same answer come."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from remit.api.doors import Entered, TheEngine
from remit.service.chat.ask import ask, stop
from remit.service.chat.read import conversation, conversations, forget_conversation
from remit.web.charts import bars, line
from remit.web.gate import Form, page_door
from remit.web.page_route import pages
from remit.web.render import page
from remit.web.words import plain
from remit.wiring import Engine

router = pages()
Asker = Annotated[Entered, Depends(page_door("chat.ask"))]
LISTED = 30
BARS_MAX = 8
_MARK = re.compile(r"\[(\d+)\]")
SUGGESTED = (
    "declined above 2,000 last week",
    "how many decisions were escalated this month?",
    "what does the handbook say about guarantors?",
)


@router.get("/chat")
def begin(
    request: Request, engine: TheEngine, who: Asker, ask: Annotated[str, Query(max_length=2_000)] = ""
) -> Response:
    """A new conversation, with the earlier ones beside it; `ask` is what stands in the field already."""
    return _shown(request, engine, who, None, ask)


@router.post("/chat")
def question(engine: TheEngine, who: Asker, form: Form) -> Response:
    """Ask; the answer is at the conversation's address."""
    asked = ask(engine.chat, who.principal, form.get("message", ""), form.get("conversation") or None)
    return RedirectResponse(f"/chat/{asked.conversation_id}#last", 303)


@router.get("/chat/{conversation_id}")
def show(
    conversation_id: str,
    request: Request,
    engine: TheEngine,
    who: Asker,
    look: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """One conversation. `look` counts how often it was looked at without a script: a browser loads no page anew from a
    link that differs from its address in nothing but the place on the page.
    """
    return _shown(request, engine, who, conversation(engine.chat, who.principal, conversation_id), look=look)


@router.post("/chat/{conversation_id}/stop")
def stopped(conversation_id: str, engine: TheEngine, who: Asker, form: Form) -> Response:
    """Stop answering. What was said stays."""
    stop(engine.chat, who.principal, form.get("run", ""))
    return RedirectResponse(f"/chat/{conversation_id}#last", 303)


@router.post("/chat/{conversation_id}/forget")
def forgotten(conversation_id: str, engine: TheEngine, who: Asker) -> Response:
    """Delete a conversation, with all that was said in it."""
    forget_conversation(engine.chat, who.principal, conversation_id)
    return RedirectResponse("/chat", 303)


def _shown(
    request: Request, engine: Engine, who: Entered, found: Mapping[str, Any] | None, asked: str = "", look: int = 0
) -> Response:
    turns = [_turn(run) for run in (found or {}).get("runs", ())]
    return page(
        request,
        "chat.html",
        conversation=found,
        turns=turns,
        running=turns[-1]["run_id"] if turns and turns[-1]["state"] == "running" else None,
        earlier=conversations(engine.chat, who.principal, LISTED),
        suggested=SUGGESTED,
        asked=asked,
        look=look,
    )


def _turn(run: Mapping[str, Any]) -> dict[str, Any]:
    """A question with its answer: the text in pieces, the steps, what it rests on, what is shown beside."""
    events: list[Mapping[str, Any]] = list(run["events"])
    last = max((at for at, each in enumerate(events) if each["type"] == "restart"), default=-1)
    since = events[last + 1 :]
    of: dict[str, list[Mapping[str, Any]]] = {}
    for each in since:
        of.setdefault(each["type"], []).append(each["data"])
    done = (of.get("done") or [{}])[-1]
    text = "".join(str(each.get("text", "")) for each in of.get("delta", ())) or str(done.get("message", ""))
    return {
        "run_id": run["run_id"],
        "question": run["question"],
        "state": run["state"],
        "erased": run["erased"] or any(each.get("erased") for each in of.get("delta", ())),
        "lines": [_pieces(line) for line in text.split("\n") if line],
        "notes": list(dict.fromkeys(str(each["note"]) for each in of.get("thought", ()) if each.get("note"))),
        "steps": [each for each in of.get("step", ()) if each.get("state") != "started"],
        "cites": of.get("cite", []),
        "passages": of.get("passage", []),
        "found": of.get("found", []),
        "tables": [_table(each) for each in of.get("table", ()) if not each.get("erased")],
        "charts": [_chart(each, str(run["asked_at"])[:10]) for each in of.get("chart", ())],
        "cases": [each for each in of.get("case", ()) if not each.get("erased")],
        "decisions": [each for each in of.get("decision", ()) if not each.get("erased")],
        "outcome": done.get("outcome"),
        "after": events[-1]["n"] if events else 0,
    }


def _pieces(line: str) -> list[tuple[str, int | None]]:
    """A line as text and marks: ``[2]`` points to the second thing that an answer rests on."""
    found: list[tuple[str, int | None]] = []
    for at, piece in enumerate(_MARK.split(line)):
        found.append(("", int(piece)) if at % 2 else (piece, None))
    return [each for each in found if each != ("", None)]


def _table(said: Mapping[str, Any]) -> dict[str, Any]:
    columns: Sequence[str] = said.get("columns", ())
    return {
        "title": said.get("title", ""),
        "columns": columns,
        "rows": [[_cell(name, row.get(name)) for name in columns] for row in said.get("rows", ())],
    }


def _cell(column: str, given: Any) -> Any:
    return plain(given).lower() if column == "status" and isinstance(given, str) else given


def _chart(said: Mapping[str, Any], asked_on: str) -> dict[str, Any]:
    """A line where there are many days, bars where there are few. The day of the question was not over."""
    points = [(str(each["day"]), each.get("value")) for each in said.get("points", ())]
    title, share = str(said.get("title", "")).capitalize(), said.get("metric") != "volume"
    if len(points) > BARS_MAX:
        return {"title": title, "line": line(title, points, as_percent=share, today=asked_on), "bars": None}
    known = [(day, float(value)) for day, value in points if value is not None]
    return {"title": title, "line": None, "bars": bars(known, as_percent=share)}
