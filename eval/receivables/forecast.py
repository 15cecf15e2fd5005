"""When will an invoice be paid? Quantile regression, widened until it covers what it promises.

Three linear quantile regressions of scikit-learn (10 %, 50 %, 90 % of the days late; Koenker, Bassett, Econometrica 46,
1978), and conformalised quantile regression (Romano, Patterson, Candès, NeurIPS 2019): on a calibration part that the
regressions never saw, the interval is widened by the right order statistic of how far it was missed. It then covers at
least 80 % on average, if later invoices are exchangeable with these; a season or a crisis breaks that promise.

They are linear, so that the pack writes them as features in CEL: the same expression forecasts in training, in serving
and in a replay, and a reader can check it by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from remit.learning.cash import Owed

COVERAGE = 0.8
CALIBRATION_EVERY = 4
TERMS = {
    "mean_days_late_before": "case.mean_days_late_before",
    "late_share_before": "case.late_share_before",
    "days_overdue": "(case.days_overdue > 0 ? double(case.days_overdue) : 0.0)",
    "disputed": "(case.disputed ? 1.0 : 0.0)",
    "new_customer": "(case.paid_before < 3 ? 1.0 : 0.0)",
    "amount": "(double(case.amount_cents) / 1000000.0)",
}
"""The regressors, and how each is written in CEL. Amounts are in units of 10,000."""


@dataclass(frozen=True)
class Forecast:
    """Days after the due date: the median, and an interval that holds the payment with 80 %."""

    low: float
    median: float
    high: float


@dataclass(frozen=True)
class PaymentModel:
    """Weights by quantile, the intercept first, and by how many days the interval is widened on both sides."""

    weights: Mapping[str, tuple[float, ...]]
    widened_days: float

    def of(self, case: Mapping[str, Any]) -> Forecast:
        """The forecast of one case. Quantiles that cross are put in order, and nothing is paid before today."""
        row = np.array([1.0, *_row(case)])
        low, median, high = (float(row @ np.array(self.weights[name])) for name in ("low", "median", "high"))
        today = float(case["days_overdue"])
        median = max(median, today)
        return Forecast(max(min(low - self.widened_days, median), today), median, max(high + self.widened_days, median))

    def cel(self) -> dict[str, str]:
        """The same as expressions over a case: what the pack lists under `features`."""
        shift = {"low": -self.widened_days, "median": 0.0, "high": self.widened_days}
        return {
            name: " + ".join(
                [f"{weights[0] + shift[name]:.4f}"]
                + [f"{weight:.4f} * {cel}" for weight, cel in zip(weights[1:], TERMS.values(), strict=True)]
            ).replace("+ -", "- ")
            for name, weights in self.weights.items()
        }


def fit(cases: Sequence[Mapping[str, Any]], days_late: Sequence[int]) -> PaymentModel:
    """Fit on three quarters of the rows, calibrate on each fourth."""
    from sklearn.linear_model import QuantileRegressor

    table = np.array([_row(case) for case in cases])
    late = np.array(days_late, float)
    kept = np.arange(len(late)) % CALIBRATION_EVERY == 0
    weights = {}
    for name, quantile in (("low", (1 - COVERAGE) / 2), ("median", 0.5), ("high", (1 + COVERAGE) / 2)):
        found = QuantileRegressor(quantile=quantile, alpha=0.0, solver="highs").fit(table[~kept], late[~kept])
        weights[name] = (round(float(found.intercept_), 4), *(round(float(each), 4) for each in found.coef_))
    narrow = PaymentModel(weights, 0.0)
    missed = np.sort([_missed(narrow.of(case), days) for case, days in zip(_of(cases, kept), late[kept], strict=True)])
    rank = min(len(missed), int(np.ceil((len(missed) + 1) * COVERAGE)))
    return PaymentModel(weights, round(max(0.0, float(missed[rank - 1])), 4))


def covered(model: PaymentModel, cases: Sequence[Mapping[str, Any]], days_late: Sequence[int]) -> float:
    """The share of invoices that were paid within their interval."""
    return float(np.mean([_missed(model.of(case), days) <= 0 for case, days in zip(cases, days_late, strict=True)]))


def owed(model: PaymentModel, cases: Sequence[Mapping[str, Any]]) -> list[Owed]:
    """Open invoices with the quantiles of their payment, as the cash forecast adds them up."""
    told = [(case, model.of(case)) for case in cases]
    return [Owed(case["amount_cents"], case["days_overdue"], each.low, each.median, each.high) for case, each in told]


def _row(case: Mapping[str, Any]) -> list[float]:
    return [
        float(case["mean_days_late_before"]),
        float(case["late_share_before"]),
        max(0.0, float(case["days_overdue"])),
        float(case["disputed"]),
        float(case["paid_before"] < 3),
        case["amount_cents"] / 1_000_000,
    ]


def _missed(told: Forecast, days: float) -> float:
    """By how many days the interval misses a payment; negative inside of it."""
    return max(told.low - days, days - told.high)


def _of(cases: Sequence[Mapping[str, Any]], kept: Any) -> list[Mapping[str, Any]]:
    return [case for case, each in zip(cases, kept, strict=True) if each]
