"""From an export to a cash forecast, from there into cases, and from a case into what is decided and recorded."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from remit.adapters.embedding.model import MiniLmEmbedder
from remit.core.errors import InputError
from remit.core.system import FixedClock
from remit.core.words import Actor
from remit.eval.receivables.invoices import generate, invoice_of
from remit.packs.admit import admit
from remit.packs.cash_position import FIELDS, Forecast, read_forecast
from remit.packs.receivables_export import Invoice
from remit.service.forecast_cash import Treasury, forecast_cash, keep_forecast
from remit.service.import_receivables import import_receivables
from remit.service.tables import CaseFile
from remit.settings import Settings
from remit.wiring import Engine

ROOT = Path(__file__).parents[3]
PACK = ROOT / "examples" / "packs" / "receivables"
SHORT = orjson.loads((ROOT / "examples" / "cases" / "invoice-cash-short.json").read_bytes())
CALM = {**SHORT, "cash_low_cents": 100, "cash_expected_cents": 200, "cash_high_cents": 300}
STALE = {**SHORT, "forecast_age_days": 8}
WITHOUT = {name: value for name, value in SHORT.items() if name not in FIELDS}
ANA = Actor("ana", roles=("analyst",))
DAY = date(2024, 9, 2)
READING: dict[str, Any] = {"names": (), "look_days": 1, "as_of": None, "month_first": False, "decimal": "."}
TREASURY = Treasury(cash_cents=10_000, payables_cents=90_000_000, floor_cents=5)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Engine]:
    clock = FixedClock(datetime(2026, 11, 2, 12, tzinfo=UTC))
    home = tmp_path_factory.mktemp("cash")
    with Engine(Settings(home=home), clock=clock, embedder=MiniLmEmbedder(models)) as opened:
        opened.index("receivables", ANA)
        yield opened


@pytest.fixture(scope="module")
def invoices() -> list[Invoice]:
    return [invoice_of(case, late) for case, late in generate(300, seed=3)]


@pytest.fixture(scope="module")
def made(engine: Engine, invoices: list[Invoice]) -> Forecast:
    return forecast_cash(engine.services, "receivables", invoices, DAY, TREASURY)


def test_a_forecast_says_what_will_be_in_the_bank_and_which_floor_is_wanted(made: Forecast) -> None:
    told = made.content
    assert 0 < told["inflow_low_cents"] < told["inflow_expected_cents"] < told["inflow_high_cents"]
    assert [told[f"cash_{end}_cents"] for end in ("low", "expected", "high")] == [
        10_000 - 90_000_000 + told[f"inflow_{end}_cents"] for end in ("low", "expected", "high")
    ]
    assert (told["cash_floor_cents"], told["made_on"]) == (5, "2024-09-02")


def test_what_happened_after_its_day_changes_no_forecast(
    engine: Engine, invoices: list[Invoice], made: Forecast
) -> None:
    known = [
        replace(each, settled=each.settled if each.settled and each.settled <= DAY else None)
        for each in invoices
        if each.issued <= DAY
    ]
    assert forecast_cash(engine.services, "receivables", known, DAY, TREASURY).sha256 == made.sha256


@pytest.mark.parametrize(
    ("pack", "day", "why"),
    [
        ("receivables", date(2024, 4, 1), "takes 12"),
        ("receivables", date(2023, 1, 1), "no invoice that can be counted on is open"),
        ("receivables", date(2027, 1, 1), "tells of nothing after 2025"),
        ("credit", DAY, "has no features"),
    ],
)
def test_what_cannot_be_forecast_is_said(
    engine: Engine, invoices: list[Invoice], pack: str, day: date, why: str
) -> None:
    with pytest.raises(InputError, match=why):
        forecast_cash(engine.services, pack, invoices, day, TREASURY)


def test_imported_cases_carry_the_forecast_of_their_day_and_others_none(
    engine: Engine, invoices: list[Invoice], made: Forecast, tmp_path: Path
) -> None:
    kept = keep_forecast(made, tmp_path / "forecasts")
    out = tmp_path / "cases.csv"
    done = import_receivables("receivables", exported(invoices, tmp_path), out, **READING, forecasts=kept.parent)
    (decision,) = engine.services.pack("receivables").decisions.values()
    cases = [admit(decision, raw) for _, raw in CaseFile(out, decision.contract.record).cases()]
    assert {each.quality for each in cases} == {"ok"}
    carrying = [each.case for each in cases if "forecast_sha256" in each.case]
    assert 0 < len(carrying) == done["with_forecast"] < len(cases)
    assert {each["forecast_sha256"] for each in carrying} == {read_forecast(kept).sha256}
    assert min(each["due_date"] for each in carrying) >= "2024-09-01"


def test_a_folder_without_forecasts_is_not_taken_for_no_forecast(invoices: list[Invoice], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder"):
        import_receivables(
            "receivables", exported(invoices, tmp_path), tmp_path / "o", **READING, forecasts=tmp_path / "none"
        )


def test_a_discount_while_the_cash_is_short_is_given_and_the_record_names_the_forecast(engine: Engine) -> None:
    decided, calm = (engine.decide("receivables", case, ANA) for case in (SHORT, CALM))
    assert [(each["action"]["name"], each["status"]) for each in (decided, calm)] == [
        ("discount", "executed"),
        ("call", "executed"),
    ]
    args = decided["action"]["args"]
    assert (args["forecast"], args["cash_low"]) == (SHORT["forecast_sha256"], -10_000)
    assert calm["action"]["args"]["cash_low"] == 1
    (rule,) = [each for each in decided["verdict"]["findings"] if each["rule"] == "routine-discount"]
    assert "cash_low_cents < 0" in rule["clause"]
    assert engine.replay(decided["decision_id"]).same


@pytest.mark.parametrize("case", [STALE, WITHOUT])
def test_without_a_forecast_of_the_week_a_person_decides_about_a_discount(engine: Engine, case: dict[str, Any]) -> None:
    told = engine.decide("receivables", case, ANA)
    assert (told["action"]["name"], told["status"]) == ("discount", "awaiting_review")
    assert "discount-without-forecast" in [each["rule"] for each in told["verdict"]["findings"]]


def test_the_rules_use_the_forecast_where_the_model_is_silent(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "receivables"
    shutil.copytree(PACK, folder)
    text = (folder / "pack.yaml").read_text().replace("strategy: model", "strategy: rules")
    (folder / "pack.yaml").write_text(text)
    (decision,) = engine.services.pack(str(folder)).decisions.values()
    proposed = [decision.rule_for(case, decision.features_of(case)).action for case in (SHORT, CALM, STALE, WITHOUT)]
    assert (proposed[0], "discount" in proposed[1:]) == ("discount", False)


@pytest.mark.parametrize(("case", "discount", "call"), [(SHORT, 0.5, 0.5), (CALM, -0.5, 0.0), (STALE, 0.0, 0.0)])
def test_a_squeeze_makes_money_that_comes_sooner_worth_more(
    engine: Engine, case: dict[str, Any], discount: float, call: float
) -> None:
    (decision,) = engine.services.pack("receivables").decisions.values()
    plain, worth = (decision.rewards_under(each, "within_60") for each in (WITHOUT, case))
    more = {name: pytest.approx(worth[name] - plain[name]) for name in worth}
    assert more == {"wait": 0.0, "remind": 0.0, "hold": 0.0, "discount": discount, "call": call}


def exported(invoices: list[Invoice], folder: Path) -> Path:
    """Invoices as a bookkeeping system gives them out."""
    path = folder / "export.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["invoice_id", "customer_id", "invoice_date", "due_date", "amount", "disputed", "settled_date"])
        for each in invoices:
            days = (each.issued, each.due, f"{each.amount_cents / 100:.2f}", each.disputed, each.settled or "")
            writer.writerow([each.invoice_id, each.customer_id, *days])
    return path
