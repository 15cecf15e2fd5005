"""Many cases handed in at once, which workers decide one by one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from remit.client.pages import Pages
from remit.client.results import Batch
from remit.client.wire import Call, Request, segment

_ROWS_OF_A_PAGE = 1_000


def hand_in(
    pack: str, cases: Sequence[Mapping[str, Any]], *, decision: str | None = None, idempotency_key: str | None = None
) -> Call[Batch]:
    """Hand in many cases. They are on the disk when this returns, and each is decided once.

    Args:
        pack: the pack that declares the decision.
        cases: one after the other, each as the pack's data contract types it. One that does not fit spoils no other.
        decision: which one, where the pack has several.
        idempotency_key: your own; a new UUID by default, the same for every try.
    """
    body: dict[str, Any] = {"pack": pack, "cases": [dict(case) for case in cases]}
    if decision is not None:
        body["decision"] = decision
    headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
    answer = yield Request("POST", "/v1/batches", body=body, headers=headers)
    return Batch.read(answer.read_object())


def get(batch_id: str) -> Call[Batch]:
    """How a batch gets on: `status` is accepting, deciding, reviewing (only people have something to do) or done."""
    answer = yield Request("GET", f"/v1/batches/{segment(batch_id)}")
    return Batch.read(answer.read_object())


def results(batch_id: str) -> Pages[Mapping[str, Any]]:
    """What has become of each row so far, in order, page after page as you go on."""
    query = {"limit": _ROWS_OF_A_PAGE}
    return Pages(Request("GET", f"/v1/batches/{segment(batch_id)}/results", query=query), None, lambda row: row)
