"""The cash forecast as cases of `receivables` carry it; each forecast is a file named by its SHA-256.

It says what will be in the bank at the end of the next 28 days, with an interval, and the floor that is wanted then. A
case takes the newest one that was made on its day or before; a later one would tell it its own future.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson

from remit.core.canonical import canonical_bytes, sha256_hex
from remit.core.errors import Corrupted, InputError

KIND = "cash-forecast"
NUMBERS = ("cash_low_cents", "cash_expected_cents", "cash_high_cents", "cash_floor_cents")
FIELDS = ("forecast_sha256", "forecast_age_days", *NUMBERS)
"""What a case carries; all of it, or nothing."""


@dataclass(frozen=True)
class Forecast:
    """A forecast by its day; `content` is what its file says."""

    content: Mapping[str, Any]

    @property
    def data(self) -> bytes:
        """The bytes of its file."""
        return canonical_bytes(dict(self.content))

    @property
    def sha256(self) -> str:
        return sha256_hex(self.data)

    @property
    def made_on(self) -> date:
        return date.fromisoformat(self.content["made_on"])

    def seen_on(self, day: date) -> dict[str, Any]:
        """The fields of a case of that day."""
        told = {"forecast_sha256": self.sha256, "forecast_age_days": (day - self.made_on).days}
        return {**told, **{name: self.content[name] for name in NUMBERS}}


def read_forecast(path: Path) -> Forecast:
    """The forecast in a file.

    Raises:
        InputError: it is none.
        Corrupted: it is not the one that its name says.
    """
    try:
        data = path.read_bytes()
        forecast = Forecast(orjson.loads(data))
        date.fromisoformat(forecast.content["made_on"])
        whole = forecast.content["kind"] == KIND and all(type(forecast.content[name]) is int for name in NUMBERS)
        named = whole and (path.stem, data) == (sha256_hex(data), forecast.data)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is no cash forecast", mend="make one with `remit pack forecast`") from error
    if not whole:
        raise InputError(f"{path} is no cash forecast", mend="make one with `remit pack forecast`")
    if not named:
        raise Corrupted(f"{path} is not the forecast that its name says", mend="make it anew, and keep its name")
    return forecast


def position_on(day: date, forecasts: Sequence[Forecast]) -> dict[str, Any]:
    """The fields of the newest forecast that was made by that day; none where there is none."""
    made = [each for each in forecasts if each.made_on <= day]
    return max(made, key=lambda each: (each.made_on, each.sha256)).seen_on(day) if made else {}


def day_of(case: Mapping[str, Any]) -> date:
    """The day on which a case stands."""
    return date.fromisoformat(case["due_date"]) + timedelta(case["days_overdue"])
