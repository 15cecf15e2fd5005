"""Make cases of an export of accounts receivable, and write them as the pack `receivables` takes them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from remit.core.errors import InputError, SystemFailed
from remit.packs.cash_position import Forecast, day_of, position_on, read_forecast
from remit.packs.receivables_export import Invoice, Reading, cases_of, last_day, read_export

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
    forecasts: Path | None = None,
) -> dict[str, Any]:
    """Write the cases with a column for the outcome, empty where it is not known. Without `as_of`: the last day told.

    With a folder of `forecasts` each case carries the newest one that was made by its day.

    Raises:
        InputError: another pack, a mapping or a file that cannot be read, or no invoice to look at.
        Corrupted: a forecast is not the one that its name says.
        SystemFailed: the cases cannot be written.
    """
    if pack != PACK:
        raise InputError(f"`{pack[:40]}` takes no such export", mend=f"import into {PACK}")
    known = _known(forecasts) if forecasts else []
    invoices = invoices_of(source, names=names, month_first=month_first, decimal=decimal)
    last = as_of or last_day(invoices)
    done = cases_of(invoices, look_days, last)
    if not done.rows:
        raise InputError("no invoice was open on the day that it would be looked at", mend="give fewer --look-days")
    rows = [({**case, **position_on(day_of(case), known)}, outcome) for case, outcome in done.rows]
    _write(out, rows)
    return {
        "cases": len(rows),
        "outcomes": sum(outcome is not None for _, outcome in rows),
        "with_forecast": sum("forecast_sha256" in case for case, _ in rows),
        "paid_before": done.paid_before_the_look,
        "too_early": done.not_yet_due_for_it,
        "as_of": last.isoformat(),
    }


def invoices_of(source: Path, *, names: Sequence[str], month_first: bool, decimal: str | None) -> list[Invoice]:
    """The invoices of an export.

    Raises:
        InputError: a mapping or the file cannot be read.
    """
    if decimal not in (None, ".", ","):
        raise InputError("the decimal sign is `.` or `,`")
    try:
        data = source.read_bytes()
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror}") from error
    invoices = read_export(data, Reading(_mapping(names), month_first, decimal))
    if not invoices:
        raise InputError(f"{source} has no invoices")
    return invoices


def _known(folder: Path) -> list[Forecast]:
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder", mend="give the one that `remit pack forecast --keep` wrote to")
    return [read_forecast(each) for each in sorted(folder.glob("*.json"))]


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
            names = list(dict.fromkeys(name for case, _ in rows for name in case))
            writer.writerow([*names, OUTCOME])
            for case, outcome in rows:
                values = [case.get(name, "") for name in names]
                cells = [str(value).lower() if isinstance(value, bool) else value for value in values]
                writer.writerow([*cells, outcome or ""])
    except OSError as error:
        raise SystemFailed(f"cannot write {out}: {error.strerror}", mend="give another file with --out") from error
