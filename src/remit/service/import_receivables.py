"""Make cases of an export of accounts receivable, and write them as the pack `receivables` takes them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from remit.core.errors import InputError, SystemFailed
from remit.packs.receivables_export import Reading, cases_of, read_export

PACK = "receivables"
OUTCOME = "outcome.lateness"


def import_receivables(
    pack: str,
    source: Path,
    out: Path,
    *,
    names: Sequence[str],
    look_days: int,
    as_of: date | None,
    month_first: bool,
    decimal: str | None,
) -> dict[str, Any]:
    """Write the cases with a column for the outcome, empty where it is not known. Without `as_of`: the last day told.

    Raises:
        InputError: another pack, a mapping or a file that cannot be read, or no invoice to look at.
        SystemFailed: the cases cannot be written.
    """
    if pack != PACK:
        raise InputError(f"`{pack[:40]}` takes no such export", mend=f"import into {PACK}")
    if decimal not in (None, ".", ","):
        raise InputError("the decimal sign is `.` or `,`")
    try:
        data = source.read_bytes()
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror}") from error
    invoices = read_export(data, Reading(_mapping(names), month_first, decimal))
    if not invoices:
        raise InputError(f"{source} has no invoices")
    last = as_of or max(each.settled or each.issued for each in invoices)
    done = cases_of(invoices, look_days, last)
    if not done.rows:
        raise InputError("no invoice was open on the day that it would be looked at", mend="give fewer --look-days")
    _write(out, done.rows)
    return {
        "cases": len(done.rows),
        "outcomes": sum(outcome is not None for _, outcome in done.rows),
        "paid_before": done.paid_before_the_look,
        "too_early": done.not_yet_due_for_it,
        "as_of": last.isoformat(),
    }


def _mapping(names: Sequence[str]) -> dict[str, str]:
    found = {}
    for each in names:
        ours, sign, theirs = each.partition("=")
        if not sign or not ours or not theirs:
            raise InputError(f"`{each[:80]}` is no mapping", mend="write --map amount=InvoiceAmount")
        found[ours] = theirs
    return found


def _write(out: Path, rows: Sequence[tuple[dict[str, Any], str | None]]) -> None:
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([*rows[0][0], OUTCOME])
            for case, outcome in rows:
                cells = [str(value).lower() if isinstance(value, bool) else value for value in case.values()]
                writer.writerow([*cells, outcome or ""])
    except OSError as error:
        raise SystemFailed(f"cannot write {out}: {error.strerror}", mend="give another file with --out") from error
