"""Forecast the cash of the next four weeks from an export of accounts receivable, as a file named by its SHA-256.

When each invoice is paid is forecast by the features of the pack, the very ones that its decisions are made by. The
same is done for each earlier week of the export whose four weeks are over; how those came out sets the interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from remit.core.errors import InputError, SystemFailed
from remit.learning.cash import WEEKS_MAX, WEEKS_MIN, Owed, Week, expected_cents, inflow
from remit.packs.cash_position import KIND, Forecast
from remit.packs.pack import Decision
from remit.packs.receivables_export import Invoice, last_day, open_on
from remit.service.services import Services

DAYS = 28
LOOKED_BACK = 2 * WEEKS_MAX
"""Weeks: as many again as are ranked, to see how often the ends were missed."""
SILENT_DAYS_MAX = 7
"""So long after the last day that an export tells of it still says what is open."""
QUANTILES = ("days_late_low", "days_late_median", "days_late_high")


@dataclass(frozen=True, slots=True)
class Treasury:
    """What the treasury says on the day of a forecast: in the bank, to be paid within 28 days, to be left then."""

    cash_cents: int
    payables_cents: int
    floor_cents: int = 0


def forecast_cash(
    services: Services, pack_ref: str, invoices: Sequence[Invoice], day: date, treasury: Treasury
) -> Forecast:
    """The forecast of a day; what happened later changes nothing in it.

    Raises:
        InputError: the pack forecasts no payments, the export is too old for that day, no invoice that is counted on is
            open then, or too few weeks are over.
        NotFound, SourceError: there is no such pack, or it has problems.
    """
    pack = services.pack(pack_ref)
    decision = services.decision(pack, None)
    if not set(QUANTILES) <= set(decision.features):
        raise InputError(f"`{pack.name}` has no features {', '.join(QUANTILES)}", mend="forecast with receivables")
    if day > last_day(invoices) + timedelta(SILENT_DAYS_MAX):
        raise InputError(f"the export tells of nothing after {last_day(invoices)}", mend=f"export anew for {day}")
    owed = _owed(decision, open_on(invoices, day))
    expected, earlier = expected_cents(owed, DAYS), list(_earlier(decision, invoices, day))
    if not expected:
        raise InputError(f"no invoice that can be counted on is open on {day}", mend="give another day with --as-of")
    found = inflow(expected, earlier)
    if found is None:
        raise InputError(
            f"the export tells of {len(earlier)} earlier weeks whose {DAYS} days are over, and it takes {WEEKS_MIN}",
            mend="export invoices of half a year; until then no case carries a forecast",
        )
    without = treasury.cash_cents - treasury.payables_cents
    return Forecast(
        {
            "kind": KIND,
            "made_on": day.isoformat(),
            "days": DAYS,
            "pack": f"{pack.name} {pack.version}",
            "invoices": len(owed),
            "open_cents": sum(each.amount_cents for each in owed),
            "uncorrected_cents": expected,
            "earlier_weeks": [[each.expected_cents, each.came_cents] for each in earlier],
            "inflow_low_cents": found.low_cents,
            "inflow_expected_cents": found.expected_cents,
            "inflow_high_cents": found.high_cents,
            "bank_cents": treasury.cash_cents,
            "payables_cents": treasury.payables_cents,
            "cash_low_cents": without + found.low_cents,
            "cash_expected_cents": without + found.expected_cents,
            "cash_high_cents": without + found.high_cents,
            "cash_floor_cents": treasury.floor_cents,
        }
    )


def keep_forecast(forecast: Forecast, folder: Path) -> Path:
    """Write a forecast into a folder under its name.

    Raises:
        SystemFailed: it cannot be written.
    """
    path = folder / f"{forecast.sha256}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(forecast.data)
    except OSError as error:
        raise SystemFailed(f"cannot write {path}: {error.strerror}", mend="give another folder with --keep") from error
    return path


def came_in(invoices: Sequence[Invoice], day: date) -> int:
    """What came in within the 28 days after that day, in cents; invoices that were written later are in it, too."""
    until = day + timedelta(DAYS)
    return sum(each.amount_cents for each in invoices if each.settled and day < each.settled <= until)


def _earlier(decision: Decision, invoices: Sequence[Invoice], day: date) -> Iterator[Week]:
    """The earlier weeks whose days are over, the oldest first."""
    for week in reversed(range(LOOKED_BACK)):
        then = day - timedelta(DAYS + 7 * week)
        if expected := expected_cents(_owed(decision, open_on(invoices, then)), DAYS):
            yield Week(expected, came_in(invoices, then))


def _owed(decision: Decision, cases: Sequence[dict[str, Any]]) -> list[Owed]:
    """Open invoices with the quantiles of their payment."""
    found = []
    for case in cases:
        features = decision.features_of(case)
        low, median, high = (float(features[name]) for name in QUANTILES)
        found.append(Owed(case["amount_cents"], case["days_overdue"], low, median, high))
    return found
