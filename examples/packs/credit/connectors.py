"""What a credit decision does in the world: it opens an account, or sends a notice. Here both go into a local book."""

from __future__ import annotations

from typing import Any

from remit.packs.connectors import Call, Duty, NotDone, effect, obligation
from remit.packs.local_record import LocalRecord


def _book(call: Call | Duty) -> LocalRecord:
    return LocalRecord(call.home / "credit_book.db")


def find(call: Call) -> dict[str, Any] | None:
    """What was done under this key, if anything."""
    return _book(call).find(call.key)


@effect("close_account", idempotent=True, lookup=find)
def close_account(call: Call) -> dict[str, Any]:
    """Close the account again that was opened: an entry of its own, since a book forgets nothing."""
    account = _book(call).find(call.undoes.key) if call.undoes else None
    if account is None:
        raise NotDone("no account was opened that could be closed")
    return _book(call).write(
        call.key, "closure", {"applicant_id": call.case["applicant_id"], "account": account["entry"]}
    )


@effect("open_account", idempotent=True, lookup=find, compensate=close_account)
def open_account(call: Call) -> dict[str, Any]:
    """Open a credit account for the granted amount."""
    return _book(call).write(
        call.key,
        "account",
        {"applicant_id": call.case["applicant_id"], "amount_cents": call.args["amount_cents"]},
    )


@effect("send_notice", idempotent=True, lookup=find)
def send_notice(call: Call) -> dict[str, Any]:
    """Send the adverse action notice with its reason codes."""
    return _book(call).write(
        call.key,
        "notice",
        {"applicant_id": call.case["applicant_id"], "reason_codes": call.args["reason_codes"]},
    )


@obligation("notify")
def notify(duty: Duty) -> dict[str, Any]:
    """Tell a desk what was done. Under one key there is one note, however often this is called."""
    return _book(duty).write(
        duty.key, "note", {"to": duty.to, "applicant_id": duty.case["applicant_id"], "action": duty.action}
    )
