"""Ask for decisions, wait for them, read them, report what came of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from remit.client.errors import NotYet
from remit.client.pages import Pages
from remit.client.results import Decision
from remit.client.wire import Call, Pause, Query, Request, segment

_POLL_SECONDS = 1.0
"""How long to wait between two looks where the answer does not say."""


def decide(
    pack: str, case: Mapping[str, Any], *, decision: str | None = None, idempotency_key: str | None = None
) -> Call[Decision]:
    """Decide a case. It is decided once, however often the request has to be sent: every try carries the same key.

    Args:
        pack: the pack that declares the decision.
        case: as the pack's data contract types it.
        decision: which one, where the pack has several.
        idempotency_key: your own, such as the number of an order; a new UUID by default.

    Returns:
        the decision as it stands: final, or waiting for people (`waits_for_people`), or still at work.
    """
    return _create(pack, case, decision, idempotency_key, {})


def decide_later(
    pack: str, case: Mapping[str, Any], *, decision: str | None = None, idempotency_key: str | None = None
) -> Call[Decision]:
    """Hand a case over to the workers; `wait` for what comes of it. Arguments as those of `decide`."""
    return _create(pack, case, decision, idempotency_key, {"Prefer": "respond-async"})


def _create(
    pack: str, case: Mapping[str, Any], decision: str | None, key: str | None, headers: Mapping[str, str]
) -> Call[Decision]:
    body: dict[str, Any] = {"pack": pack, "case": dict(case)}
    if decision is not None:
        body["decision"] = decision
    all_headers = {"Idempotency-Key": key or str(uuid.uuid4()), **headers}
    answer = yield Request("POST", "/v1/decisions", body=body, headers=all_headers)
    return Decision.read(answer.json())


def get(decision_id: str) -> Call[Decision]:
    """A decision as it stands."""
    answer = yield Request("GET", f"/v1/decisions/{segment(decision_id)}")
    return Decision.read(answer.json())


def wait(decision_id: str, *, seconds: float = 60.0) -> Call[Decision]:
    """Wait until a decision is final, looking as often as the answers ask for.

    Raises:
        NotYet: it was not final after so many seconds; people may take days.
    """
    answer = yield Request("GET", f"/v1/decisions/{segment(decision_id)}")
    until = answer.at + seconds
    while not (found := Decision.read(answer.json())).is_final:
        left = until - answer.at
        if left <= 0:
            raise NotYet(found)
        yield Pause(min(answer.retry_after or _POLL_SECONDS, left))
        answer = yield Request("GET", f"/v1/decisions/{segment(decision_id)}")
    return found


def decisions(*, limit: int | None = None, **filters: str) -> Pages[Decision]:
    """Every decision in reach, the newest first, page after page as you go on. They come as lists tell of them: with
    id, kind and status, and without action, reasons and verdict, for which you `get` one.

    Args:
        limit: the size of a page.
        filters: `pack`, `decision`, `status`, `asker`, and `since` and `until` as times of RFC 3339.
    """
    query: dict[str, Query] = {**filters}
    if limit is not None:
        query["limit"] = limit
    return Pages(Request("GET", "/v1/decisions", query=query), "decisions", Decision.read)


def explanation(decision_id: str) -> Call[Mapping[str, Any]]:
    """Why it was decided so: plan, evidence, the clause of each rule, review and effect."""
    answer = yield Request("GET", f"/v1/decisions/{segment(decision_id)}/explanation")
    return answer.read_object()


def proof(decision_id: str) -> Call[Mapping[str, Any]]:
    """The proof that a decision's events are in the ledger; `verify_proof` holds it against a key that you trust."""
    answer = yield Request("GET", f"/v1/decisions/{segment(decision_id)}/proof")
    return answer.read_object()


def report_outcome(
    decision_id: str,
    name: str,
    value: bool | str,
    event_at: datetime,
    *,
    outcome_id: str | None = None,
    corrects: str | None = None,
) -> Call[Mapping[str, Any]]:
    """Report what came of a final decision in the world. Reported twice, word for word, it is one report.

    Args:
        decision_id: the decision.
        name: what is reported, as the pack declares it.
        value: one of the values that the pack declares.
        event_at: when it happened, with an offset.
        outcome_id: your own id for the report.
        corrects: the id of a report that was wrong: your own, or the one that was answered. None is ever changed.
    """
    said = {"name": name, "value": value, "event_at": event_at.isoformat()}
    more = {"outcome_id": outcome_id, "corrects": corrects}
    body = {**said, **{word: text for word, text in more.items() if text is not None}}
    answer = yield Request("POST", f"/v1/decisions/{segment(decision_id)}/outcomes", body=body)
    return answer.read_object()
