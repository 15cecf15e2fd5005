"""A log as text, one event a line, for whoever verifies it elsewhere; `verifier.py` reads it, and so does replay."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from remit.core.errors import Corrupted
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


def exported_entries(lines: Iterable[str]) -> Iterator[Entry]:
    """The entries of exported lines that were verified, with what a store keeps beside each event.

    Raises:
        Corrupted: a line is not one that `export_lines` wrote.
    """
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
            event = json.loads(record["body"])
            columns = {name: event.get(name) for name in ("event_id", "type", "ts", "decision_id")}
            yield Entry(record["seq"], record["leaf"], record["body"].encode("utf-8", "surrogateescape"), columns)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Corrupted(f"line {number} of the exported events is no event", mend="export again") from error
