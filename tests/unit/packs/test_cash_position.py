"""A case carries the newest cash forecast of its day, and a forecast is the file that its name says."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from remit.core.errors import Corrupted, InputError
from remit.packs.cash_position import FIELDS, NUMBERS, Forecast, day_of, position_on, read_forecast


def forecast(made_on: str = "2026-11-02", **said: Any) -> Forecast:
    numbers = {name: 100 * at for at, name in enumerate(NUMBERS, start=1)}
    return Forecast({"kind": "cash-forecast", "made_on": made_on, **numbers, **said})


def kept(folder: Path, one: Forecast) -> Path:
    path = folder / f"{one.sha256}.json"
    path.write_bytes(one.data)
    return path


def test_a_case_takes_the_newest_forecast_that_was_made_by_its_day() -> None:
    made = [forecast("2026-11-02"), forecast("2026-11-09", cash_low_cents=7), forecast("2026-11-16")]
    told = position_on(date(2026, 11, 12), made)
    assert tuple(told) == FIELDS
    assert (told["forecast_sha256"], told["forecast_age_days"], told["cash_low_cents"]) == (made[1].sha256, 3, 7)


def test_no_case_knows_a_forecast_of_its_own_future() -> None:
    assert position_on(date(2026, 11, 1), [forecast("2026-11-02")]) == {}


def test_the_day_of_a_case_is_counted_from_its_due_date() -> None:
    assert day_of({"due_date": "2026-10-31", "days_overdue": 3}) == date(2026, 11, 3)
    assert day_of({"due_date": "2026-10-31", "days_overdue": -3}) == date(2026, 10, 28)


def test_a_forecast_is_read_as_it_was_kept(tmp_path: Path) -> None:
    assert read_forecast(kept(tmp_path, forecast())).sha256 == forecast().sha256


def test_a_forecast_that_was_changed_is_refused(tmp_path: Path) -> None:
    path = kept(tmp_path, forecast())
    path.write_bytes(path.read_bytes().replace(b'"cash_low_cents":100', b'"cash_low_cents":999'))
    with pytest.raises(Corrupted, match="is not the forecast that its name says"):
        read_forecast(path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        orjson.dumps({**forecast().content, "kind": "other"}),
        orjson.dumps({**forecast().content, "cash_low_cents": 1.5}),
        orjson.dumps({**forecast().content, "made_on": "soon"}),
    ],
)
def test_what_is_no_forecast_is_said_so(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "one.json").write_bytes(data)
    with pytest.raises(InputError, match="is no cash forecast"):
        read_forecast(tmp_path / "one.json")
