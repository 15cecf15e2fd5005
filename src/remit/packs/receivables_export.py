"""An export of accounts receivable becomes cases of the pack `receivables`, with what became of them.

Every invoice is looked at on the same day of its life, so many days after it was due; one that was paid by then gave
nothing to decide and is left out, and one whose day is yet to come is, too. So no case knows its own future: the
customer's past is counted only from payments before that day. Nothing is guessed: a date or an amount that can be read
in two ways is a problem of its row and column.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from remit.core.errors import InputError

REQUIRED = ("customer_id", "invoice_date", "due_date", "amount", "disputed", "settled_date")
KNOWN = {
    "invoice_id": ("invoiceid", "invoicenumber", "invoiceno"),
    "customer_id": ("customerid", "customer", "customernumber"),
    "country": ("country", "countrycode"),
    "invoice_date": ("invoicedate",),
    "due_date": ("duedate",),
    "amount": ("amount", "invoiceamount"),
    "disputed": ("disputed",),
    "settled_date": ("settleddate", "settled", "paiddate", "paymentdate"),
}
"""Our names, and the headers that are taken for them without a mapping, in lower case without signs."""
YES, NO = ("yes", "y", "true", "1", "ja", "oui"), ("no", "n", "false", "0", "nein", "non", "")
LAST_PAYMENTS = 12
USUAL_DAYS_LATE, USUAL_SHARE = 8.0, 0.4
PROBLEMS_SHOWN = 50
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_SLASHED = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")


@dataclass(frozen=True)
class Invoice:
    """One row of the export. `settled` is None while it is open."""

    invoice_id: str
    customer_id: str
    country: str
    issued: date
    due: date
    amount_cents: int
    disputed: bool
    settled: date | None


@dataclass(frozen=True)
class Reading:
    """How an export is read: ours -> theirs, month before day or not, the decimal sign (None: as the amounts tell)."""

    names: Mapping[str, str]
    month_first: bool = False
    decimal: str | None = None


@dataclass(frozen=True)
class Imported:
    """Cases with their outcome (None: not known yet), and how many invoices gave none."""

    rows: tuple[tuple[dict[str, Any], str | None], ...]
    paid_before_the_look: int
    not_yet_due_for_it: int


def read_export(data: bytes, reading: Reading) -> list[Invoice]:
    """The invoices of a CSV with commas, semicolons or tabs, with or without a BOM.

    Raises:
        InputError: it is no table, a column is missing, or cells cannot be read; all of them, by row and column. The
            header is row 1.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"the file is not UTF-8 (byte {error.start})", mend="save it as UTF-8") from error
    header, _, _ = text.partition("\n")
    sign = max(";,\t", key=header.count)
    table = list(csv.reader(io.StringIO(text), delimiter=sign))
    if len(table) < 2:
        raise InputError("the file has no rows", mend="give a header and at least one invoice")
    places = _places(table[0], reading.names)
    problems: list[str] = []
    decimal = reading.decimal or _decimal([row[places["amount"]] for row in table[1:] if len(row) == len(table[0])])
    invoices = []
    for number, row in enumerate(table[1:], start=2):
        if not any(row):
            continue
        if len(row) != len(table[0]):
            problems.append(f"row {number}: it has {len(row)} cells, the header {len(table[0])}")
            continue
        found = _invoice(number, table[0], row, places, reading.month_first, decimal, problems)
        if found is not None:
            invoices.append(found)
    if problems:
        shown = "\n".join(problems[:PROBLEMS_SHOWN])
        raise InputError(
            f"{len(problems)} cells or rows cannot be read; nothing was written:\n{shown}", mend="mend them"
        )
    return invoices


def cases_of(invoices: Sequence[Invoice], look_days: int, as_of: date) -> Imported:
    """The invoices as they stood `look_days` after each was due, as far as that was by `as_of`."""
    rows: list[tuple[dict[str, Any], str | None]] = []
    paid = early = 0
    by_customer: dict[str, list[Invoice]] = {}
    for each in invoices:
        by_customer.setdefault(each.customer_id, []).append(each)
    for each in sorted(invoices, key=lambda invoice: (invoice.due, invoice.invoice_id)):
        day = each.due + timedelta(look_days)
        if each.settled is not None and each.settled <= day:
            paid += 1
        elif day > as_of:
            early += 1
        else:
            rows.append((_case(each, by_customer[each.customer_id], day, look_days), _lateness(each, as_of)))
    return Imported(tuple(rows), paid, early)


def last_day(invoices: Sequence[Invoice]) -> date:
    """The last day of which an export tells."""
    return max(each.settled or each.issued for each in invoices)


def open_on(invoices: Sequence[Invoice], day: date) -> list[dict[str, Any]]:
    """The invoices that are open on a day, as cases of that day; nothing later is known in them."""
    by_customer: dict[str, list[Invoice]] = {}
    for each in invoices:
        by_customer.setdefault(each.customer_id, []).append(each)
    return [
        _case(each, by_customer[each.customer_id], day, (day - each.due).days)
        for each in invoices
        if each.issued <= day and (each.settled is None or each.settled > day)
    ]


def _places(header: Sequence[str], names: Mapping[str, str]) -> dict[str, int]:
    if unknown := sorted(set(names) - set(KNOWN)):
        raise InputError(f"there is no field `{unknown[0]}`", mend=f"there are {', '.join(KNOWN)}")
    places: dict[str, int] = {}
    for ours, usual in KNOWN.items():
        if ours in names:
            found = [at for at, theirs in enumerate(header) if theirs.strip() == names[ours]]
        else:
            found = [at for at, theirs in enumerate(header) if re.sub(r"[^a-z]", "", theirs.lower()) in usual]
        if len(found) == 1:
            places[ours] = found[0]
        elif found or ours in REQUIRED or ours in names:
            what = "several columns" if found else "no column"
            raise InputError(
                f"row 1: {what} could be `{ours}`; the header has {', '.join(header)}",
                mend=f"name it with --map {ours}=THEIRS",
            )
    return places


def _invoice(
    number: int,
    header: Sequence[str],
    row: Sequence[str],
    places: Mapping[str, int],
    month_first: bool,
    decimal: str | None,
    problems: list[str],
) -> Invoice | None:
    before = len(problems)

    def cell(ours: str) -> str:
        return row[places[ours]].strip() if ours in places else ""

    def wrong(ours: str, why: str) -> None:
        problems.append(f"row {number}, column `{header[places[ours]]}`: `{cell(ours)[:40]}` {why}")

    def day(ours: str) -> date | None:
        found = _day(cell(ours), month_first)
        if found is None:
            wrong(ours, "is no date, ISO or " + ("month" if month_first else "day") + " first (see --month-first)")
        return found

    issued, due = day("invoice_date"), day("due_date")
    settled = day("settled_date") if cell("settled_date") else None
    amount = _cents(cell("amount"), decimal)
    if amount is None or amount < 1:
        wrong("amount", "is no amount above 0, or can be read in two ways (see --decimal)")
    disputed = cell("disputed").lower()
    if disputed not in (*YES, *NO):
        wrong("disputed", "is neither yes nor no")
    if not cell("customer_id"):
        wrong("customer_id", "is empty")
    if not re.fullmatch(r"[A-Za-z]{2}|[0-9]{1,3}|", cell("country"), re.ASCII):
        wrong("country", "is neither two letters nor a number of up to three digits")
    if issued and due and due < issued:
        wrong("due_date", "is before the invoice")
    if issued and settled and settled < issued:
        wrong("settled_date", "is before the invoice")
    if len(problems) > before or issued is None or due is None or amount is None:
        return None
    return Invoice(
        invoice_id=cell("invoice_id") or f"row-{number}",
        customer_id=cell("customer_id"),
        country=cell("country").upper() or "0",
        issued=issued,
        due=due,
        amount_cents=amount,
        disputed=disputed in YES,
        settled=settled,
    )


def _day(text: str, month_first: bool) -> date | None:
    try:
        if found := _ISO.fullmatch(text):
            return date(*(int(each) for each in found.groups()))
        if found := _SLASHED.fullmatch(text):
            one, other, year = (int(each) for each in found.groups())
            return date(year, one, other) if month_first else date(year, other, one)
    except ValueError:
        return None
    return None


def _decimal(amounts: Sequence[str]) -> str | None:
    """The decimal sign, where any amount tells: it stands last beside the other sign, or before one or two digits."""
    told = set()
    for amount in amounts:
        if found := re.search(r"([.,])\d{1,2}$", amount.strip()):
            told.add(found[1])
        elif len({each for each in amount if each in ".,"}) == 2:
            told.add(max(".,", key=amount.rfind))
        elif amount.count(",") > 1 or amount.count(".") > 1:
            told.add("." if amount.count(",") > 1 else ",")
    return told.pop() if len(told) == 1 else None


def _cents(text: str, decimal: str | None) -> int | None:
    plain = re.sub(r"[\s\u00a0'€$£]", "", text)
    if decimal is None:
        return int(plain) * 100 if re.fullmatch(r"\d+", plain) else None
    other = "." if decimal == "," else ","
    grouped = rf"(?:\d+|\d{{1,3}}(?:{re.escape(other)}\d{{3}})+)"
    found = re.fullmatch(rf"({grouped})(?:{re.escape(decimal)}(\d{{1,2}}))?", plain, re.ASCII)
    return int(found[1].replace(other, "")) * 100 + int((found[2] or "0").ljust(2, "0")) if found else None


def _case(invoice: Invoice, of_customer: Sequence[Invoice], day: date, look_days: int) -> dict[str, Any]:
    settled = sorted(
        (each.settled, (each.settled - each.due).days) for each in of_customer if each.settled and each.settled < day
    )
    late = [days for _, days in settled[-LAST_PAYMENTS:]]
    still_open = [
        each.amount_cents
        for each in of_customer
        if each.issued <= day and (each.settled is None or each.settled >= day or each is invoice)
    ]
    return {
        "invoice_id": invoice.invoice_id,
        "customer_id": invoice.customer_id,
        "country": invoice.country,
        "invoice_date": invoice.issued.isoformat(),
        "due_date": invoice.due.isoformat(),
        "terms_days": (invoice.due - invoice.issued).days,
        "amount_cents": invoice.amount_cents,
        "disputed": invoice.disputed,
        "days_overdue": look_days,
        "reminders_sent": 0,
        "paid_before": len(settled),
        "mean_days_late_before": round(sum(late) / len(late), 2) if late else USUAL_DAYS_LATE,
        "late_share_before": round(sum(days > 7 for days in late) / len(late), 4) if late else USUAL_SHARE,
        "open_cents": sum(still_open),
    }


def _lateness(invoice: Invoice, as_of: date) -> str | None:
    days = ((invoice.settled or as_of) - invoice.due).days
    if days > 60:
        return "over_60"
    if invoice.settled is None:
        return None
    return "within_7" if days <= 7 else "within_30" if days <= 30 else "within_60"
