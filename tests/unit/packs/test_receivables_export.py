"""Exports of accounts receivable are read as they are, and what cannot be read is named by row and column."""

from __future__ import annotations

from datetime import date

import pytest

from remit.core.errors import InputError
from remit.packs.receivables_export import Invoice, Reading, cases_of, open_on, read_export

HEADER = (
    "countryCode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed,SettledDate,DaysLate"
)
PLAIN = Reading({})


def export(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows]).encode()


ROW = "391,0379-NEVHP,4/6/2013,611365,2013-01-02,2013-02-01,55.94,No,2013-01-15,0"


def test_a_usual_header_needs_no_mapping() -> None:
    (found,) = read_export(export(ROW), PLAIN)
    assert found == Invoice(
        "611365", "0379-NEVHP", "391", date(2013, 1, 2), date(2013, 2, 1), 5594, False, date(2013, 1, 15)
    )


def test_a_german_export_with_semicolons_and_a_bom_is_read() -> None:
    text = "\ufeffKunde;Datum;Faellig;Betrag;Strittig;Bezahlt\nK1;03.01.2026;02.02.2026;1.234,56 €;ja;\n"
    names = {
        "customer_id": "Kunde",
        "invoice_date": "Datum",
        "due_date": "Faellig",
        "amount": "Betrag",
        "disputed": "Strittig",
    }
    (found,) = read_export(text.encode(), Reading({**names, "settled_date": "Bezahlt"}))
    assert (found.amount_cents, found.due, found.disputed, found.settled) == (123456, date(2026, 2, 2), True, None)


def test_month_first_is_said_and_not_guessed() -> None:
    row = ROW.replace("2013-01-02", "1/2/2013").replace("2013-02-01", "2/1/2013").replace("2013-01-15", "1/15/2013")
    (found,) = read_export(export(row), Reading({}, month_first=True))
    assert (found.issued, found.settled) == (date(2013, 1, 2), date(2013, 1, 15))
    with pytest.raises(InputError, match="row 2, column `SettledDate`: `1/15/2013` is no date"):
        read_export(export(row), PLAIN)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("55.94", "1,234".join('""'), "row 2, column `InvoiceAmount`: `1,234`"),
        ("55.94", "-5.00", "row 2, column `InvoiceAmount`: `-5.00`"),
        (",No,", ",perhaps,", "row 2, column `Disputed`: `perhaps` is neither yes nor no"),
        ("2013-02-01", "2012-12-31", "row 2, column `DueDate`: `2012-12-31` is before the invoice"),
        ("2013-01-02", "2013-02-30", "row 2, column `InvoiceDate`: `2013-02-30` is no date"),
        ("0379-NEVHP", "", "row 2, column `customerID`: `` is empty"),
        ("391", "Austria", "row 2, column `countryCode`: `Austria` is neither"),
        (",0", "", "row 2: it has 9 cells, the header 10"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(old: str, new: str, said: str) -> None:
    changed = new.join(ROW.rsplit(old, 1))
    with pytest.raises(InputError) as refused:
        read_export(export(changed), PLAIN)
    assert said in refused.value.message


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InputError) as refused:
        read_export(export(ROW.replace("No", "?"), ROW, ROW.replace("55.94", "x")), PLAIN)
    assert "2 cells" in refused.value.message
    assert "row 4, column `InvoiceAmount`" in refused.value.message


def test_a_missing_column_is_told_with_the_mapping_that_mends_it() -> None:
    with pytest.raises(InputError, match="no column could be `amount`") as refused:
        read_export(export(ROW, header=HEADER.replace("InvoiceAmount", "Total")), PLAIN)
    assert refused.value.mend == "name it with --map amount=THEIRS"


def invoice(number: int, due: date, settled: date | None) -> Invoice:
    return Invoice(f"I{number}", "C1", "AT", date(2026, 1, 1), due, 10_000, False, settled)


def test_no_case_knows_its_own_future() -> None:
    first, second = date(2026, 2, 1), date(2026, 3, 1)
    ledger = [invoice(1, first, date(2026, 2, 21)), invoice(2, second, date(2026, 3, 11))]
    (one, late), (other, less_late) = cases_of(ledger, 1, date(2026, 6, 1)).rows
    assert (one["paid_before"], one["open_cents"], late) == (0, 20_000, "within_30")
    assert (other["paid_before"], other["mean_days_late_before"], other["open_cents"]) == (1, 20.0, 10_000)
    assert less_late == "within_30"


def test_what_was_paid_or_is_too_young_is_left_out_and_counted() -> None:
    day = date(2026, 3, 1)
    ledger = [invoice(1, day, day), invoice(2, day, None), invoice(3, date(2026, 3, 20), None)]
    done = cases_of(ledger, 1, date(2026, 3, 10))
    assert ([case["invoice_id"] for case, _ in done.rows], done.rows[0][1]) == (["I2"], None)
    assert (done.paid_before_the_look, done.not_yet_due_for_it) == (1, 1)


def test_an_open_invoice_of_two_months_has_its_outcome() -> None:
    ((_, outcome),) = cases_of([invoice(1, date(2026, 3, 1), None)], 1, date(2026, 5, 1)).rows
    assert outcome == "over_60"


def test_what_is_open_on_a_day_is_known_as_of_that_day() -> None:
    ledger = [invoice(1, date(2026, 2, 1), date(2026, 2, 21)), invoice(2, date(2026, 3, 1), None)]
    assert open_on(ledger, date(2025, 12, 31)) == []
    assert [case["invoice_id"] for case in open_on(ledger, date(2026, 2, 20))] == ["I1", "I2"]
    (after,) = open_on(ledger, date(2026, 2, 22))
    assert (after["invoice_id"], after["days_overdue"], after["paid_before"]) == ("I2", -7, 1)
