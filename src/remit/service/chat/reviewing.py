"""Find reviews in the approval queue."""

from __future__ import annotations

from typing import Any

from remit.approvals.review import SETTLED, UNDECIDED
from remit.approvals.routing import Filter
from remit.chat.conversation import About, Answer, Citation, Result, RunEvent
from remit.chat.tools import Call
from remit.core.errors import InputError
from remit.service.chat.finding import between, moment
from remit.service.chat.reach import Reach
from remit.service.reviews.queue import list_reviews

LOOKED_AT_MAX = 1_000
SHOWN_MAX = 20


def search_reviews(reach: Reach, call: Call) -> Result:
    """The reviews that fit, the one due first at the top."""
    state = str(call.args.get("state") or "open")
    states: Any = {"all": (*UNDECIDED, *SETTLED), "open": UNDECIDED}.get(state, (state,))
    if not set(states) <= {*UNDECIDED, *SETTLED}:
        raise InputError(f"no review is `{state}`", mend=f"known: {', '.join((*UNDECIDED, *SETTLED))}")
    services = reach.desk.services
    since, until = moment(call.args, "since"), moment(call.args, "until")
    rows = list_reviews(services, Filter(states=states, snoozed=True), limit=LOOKED_AT_MAX)
    pack = call.args.get("pack")
    if pack is not None:
        decisions = set(services.pack(str(pack)).decisions)
        rows = [row for row in rows if row["decision"] in decisions]
    kind = reach.kind(call.args)
    rows = [row for row in rows if kind in (None, row["decision"])]
    rows = [row for row in rows if since is None or row["opened_at"] >= since.isoformat()]
    rows = [row for row in rows if until is None or row["opened_at"] < until.isoformat()]
    shown = rows[:SHOWN_MAX]
    late = sum(row["due_at"] is not None and row["due_at"] < services.clock.now().isoformat() for row in rows)
    marks = "".join(f" [{n}]" for n in range(1, len(shown) + 1))
    said = ", ".join(each for each in (state, kind or pack or "", between(since, until)) if each)
    text = f"I found {len(rows) or 'no'} review{'' if len(rows) == 1 else 's'}: {said}{marks}."
    text += f"\n{late} of them {'is' if late == 1 else 'are'} overdue." if late and state == "open" else ""
    text += f"\nThe {len(shown)} due first are shown." if len(rows) > len(shown) else ""
    citations = tuple(Citation("review", row["review_id"], f"{row['decision']}, {row['state']}") for row in shown)
    parts = tuple(
        RunEvent("found", {"n": n, **_row(row)}, About(row["decision_id"])) for n, row in enumerate(shown, start=1)
    )
    answer = Answer(text, citations, parts, outcome="answered" if rows else "not_found", title=f"Reviews: {said}")
    told = {"text": text, "rows": [each.data for each in parts]}
    return Result("search_reviews", answer, told, tuple(row["subject"] for row in shown if row["subject"]))


def _row(row: dict[str, Any]) -> dict[str, Any]:
    kept = ("review_id", "decision_id", "decision", "subject", "state", "action", "because", "claimed_by", "due_at")
    return {name: row[name] for name in kept}
