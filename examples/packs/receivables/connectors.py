"""What a collection does in the world: a look later, a letter, an offer, a call, a hold. All go into a local book."""

from __future__ import annotations

from typing import Any

from remit.packs.connectors import Call, Duty, NotDone, effect, obligation
from remit.packs.local_record import LocalRecord


def _book(call: Call | Duty) -> LocalRecord:
    return LocalRecord(call.home / "collections_book.db")


def find(call: Call) -> dict[str, Any] | None:
    """What was done under this key, if anything."""
    return _book(call).find(call.key)


def _write(call: Call, kind: str, **said: Any) -> dict[str, Any]:
    return _book(call).write(call.key, kind, {"invoice_id": call.case["invoice_id"], **said})


def _undo(call: Call, kind: str) -> dict[str, Any]:
    """An entry of its own that takes another back, since a book forgets nothing."""
    undone = _book(call).find(call.undoes.key) if call.undoes else None
    if undone is None:
        raise NotDone("there is no entry that could be taken back")
    return _write(call, kind, entry=undone["entry"])


@effect("look_again", idempotent=True, lookup=find)
def look_again(call: Call) -> dict[str, Any]:
    """Put the invoice on the list of next week."""
    return _write(call, "look_again")


@effect("send_reminder", idempotent=True, lookup=find)
def send_reminder(call: Call) -> dict[str, Any]:
    """Send the reminder of a level. A letter that is sent stays sent."""
    return _write(call, "reminder", level=call.args["level"])


@effect("withdraw_offer", idempotent=True, lookup=find)
def withdraw_offer(call: Call) -> dict[str, Any]:
    """Withdraw a discount that was offered and not taken."""
    return _undo(call, "offer_withdrawn")


@effect("offer_discount", idempotent=True, lookup=find, compensate=withdraw_offer)
def offer_discount(call: Call) -> dict[str, Any]:
    """Offer a discount for payment within seven days."""
    return _write(call, "offer", discount_cents=call.args["discount_cents"])


@effect("cancel_call", idempotent=True, lookup=find)
def cancel_call(call: Call) -> dict[str, Any]:
    """Take a call off the list."""
    return _undo(call, "call_cancelled")


@effect("plan_call", idempotent=True, lookup=find, compensate=cancel_call)
def plan_call(call: Call) -> dict[str, Any]:
    """Put a call on the list of the account's owner."""
    return _write(call, "call")


@effect("release_deliveries", idempotent=True, lookup=find)
def release_deliveries(call: Call) -> dict[str, Any]:
    """Deliver again."""
    return _undo(call, "deliveries_released")


@effect("hold_deliveries", idempotent=True, lookup=find, compensate=release_deliveries)
def hold_deliveries(call: Call) -> dict[str, Any]:
    """Deliver nothing more to the customer until the invoice is paid."""
    return _write(call, "hold", customer_id=call.case["customer_id"])


@obligation("notify")
def notify(duty: Duty) -> dict[str, Any]:
    """Tell a desk what was done. Under one key there is one note, however often this is called."""
    return _book(duty).write(
        duty.key, "note", {"to": duty.to, "invoice_id": duty.case["invoice_id"], "action": duty.action}
    )
