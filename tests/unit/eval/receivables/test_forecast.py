"""The generated invoices, and the forecast that the pack was given."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from remit.eval.receivables.__main__ import ROWS, SEED
from remit.eval.receivables.forecast import COVERAGE, PaymentModel, covered, fit
from remit.eval.receivables.invoices import NEVER, generate, lateness
from remit.packs.files import read_folder
from remit.packs.load import load_pack

PACK = Path(__file__).parents[4] / "examples" / "packs" / "receivables"
Rows = list[tuple[dict[str, Any], int]]


@pytest.fixture(scope="module")
def rows() -> Rows:
    return list(generate(ROWS, SEED))


@pytest.fixture(scope="module")
def model(rows: Rows) -> PaymentModel:
    return fit([case for case, _ in rows], [late for _, late in rows])


def test_the_shipped_history_is_what_the_generator_gives(rows: Rows) -> None:
    with (PACK / "history.csv").open(encoding="utf-8", newline="") as file:
        shipped = list(csv.DictReader(file))
    assert [row["invoice_id"] + row["outcome.lateness"] for row in shipped] == [
        case["invoice_id"] + lateness(late) for case, late in rows
    ]
    assert [int(row["amount_cents"]) for row in shipped] == [case["amount_cents"] for case, _ in rows]


def test_one_seed_gives_one_ledger_and_another_seed_another() -> None:
    assert list(generate(50, 1)) == list(generate(50, 1)) != list(generate(50, 2))


def test_no_case_is_looked_at_after_its_payment(rows: Rows) -> None:
    # On the day after the payment at the latest: an invoice paid a week early was looked at then.
    assert all(case["days_overdue"] <= max(late, -7) for case, late in rows)
    assert {late for _, late in rows} >= {NEVER}


def test_the_interval_covers_what_it_promises_on_another_seed(model: PaymentModel) -> None:
    later = list(generate(ROWS, SEED + 1))
    share = covered(model, [case for case, _ in later], [late for _, late in later])
    assert COVERAGE - 0.03 < share < COVERAGE + 0.07


def test_the_pack_forecasts_as_the_fitted_model_does(rows: Rows, model: PaymentModel) -> None:
    (decision,) = load_pack(read_folder(PACK)).decisions.values()
    for case, _ in rows[::40]:
        served, told = decision.features_of(case), model.of(case)
        if float(served["days_late_median"]) >= case["days_overdue"]:
            assert served["days_late_median"] == pytest.approx(told.median, abs=0.01)
        if float(served["days_late_high"]) >= told.median:
            assert served["days_late_high"] == pytest.approx(told.high, abs=0.01)
