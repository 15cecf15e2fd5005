"""A log as text, one event a line, for whoever verifies it elsewhere; `verifier.py` reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from remit.ledger.ports import Snapshot
from remit.ledger.verifier import Entry


def export_lines(snapshot: Snapshot) -> Iterator[str]:
    """``{"seq", "leaf", "body"}`` for each event, newline included; `body` is the exact text that was hashed.

    The checkpoint that covers exactly these lines is ``snapshot.head.note``.
    """
    return map(export_line, snapshot.entries)


def export_line(entry: Entry) -> str:
    """The line of one event."""
    # A byte that is no UTF-8 can only come from tampering; it is carried along for the verifier to find.
    body = entry.body.decode("utf-8", "surrogateescape")
    return json.dumps({"seq": entry.seq, "leaf": entry.leaf, "body": body}) + "\n"
