"""`python -m remit.eval.receivables.coverage`: how often the cash forecast held, on ledgers that it was not made for.

Each Monday the cash of the next 28 days is forecast from what was known by then, as `remit pack forecast` does, and
held against what came in. The way of forecasting was chosen by the ledgers of other seeds than the judging ones, which
were looked at when all was settled. Weeks of one ledger overlap and hang together, so the intervals of the figures are
over ledgers (Student's t), not over weeks.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from remit.eval.receivables.__main__ import ROWS, SEED
from remit.eval.receivables.forecast import PaymentModel, fit, owed
from remit.eval.receivables.invoices import DAYS as LEDGER_DAYS
from remit.eval.receivables.invoices import FIRST_DAY, generate, invoice_of
from remit.learning.cash import STEP, WEEKS_LATE, WEEKS_MIN, Week, expected_cents, inflow
from remit.packs.receivables_export import open_on
from remit.service.forecast_cash import DAYS, came_in

CHOSEN_ON, JUDGED_ON = range(100, 110), range(301, 321)
SIZES = ((12_000, 900), (1_200, 90))
"""Invoices and customers."""
FIRST_WEEK, LAST_WEEK = 2, (LEDGER_DAYS - DAYS) // 7
"""Later weeks have no new invoices."""


@dataclass(frozen=True)
class Held:
    """Of one ledger: the shares of weeks below the low end and above the high one, and the width over the middle."""

    below: float
    above: float
    width: float


def weeks_of(model: PaymentModel, seed: int, rows: int, customers: int) -> list[Week]:
    """What was expected each Monday, and what came in."""
    invoices = [invoice_of(case, late) for case, late in generate(rows, seed, customers=customers)]
    days = [FIRST_DAY + timedelta(7 * week) for week in range(FIRST_WEEK, LAST_WEEK)]
    return [Week(expected_cents(owed(model, open_on(invoices, day)), DAYS), came_in(invoices, day)) for day in days]


def held(weeks: Sequence[Week], step: float = STEP) -> Held:
    """How the forecasts of these weeks came out, each made of the weeks that were over by then."""
    below, above, width = [], [], []
    for at in range(WEEKS_MIN + WEEKS_LATE - 1, len(weeks)):
        told = inflow(weeks[at].expected_cents, weeks[: at - WEEKS_LATE + 1], step)
        if told is not None:
            below.append(weeks[at].came_cents < told.low_cents)
            above.append(weeks[at].came_cents > told.high_cents)
            width.append((told.high_cents - told.low_cents) / told.expected_cents)
    return Held(float(np.mean(below)), float(np.mean(above)), float(np.mean(width)))


def main(words: list[str] | None = None) -> None:
    """Print the shares for the seeds that it was chosen by and for those that judge it, with and without adapting."""
    parser = argparse.ArgumentParser(prog="python -m remit.eval.receivables.coverage", description=__doc__)
    parser.add_argument("--seeds", type=int, default=len(JUDGED_ON), help="At most so many seeds of each kind.")
    said = parser.parse_args(words)
    shipped = list(generate(ROWS, SEED))
    model = fit([case for case, _ in shipped], [late for _, late in shipped])
    for rows, customers in SIZES:
        for what, seeds in (("chosen on", CHOSEN_ON[: said.seeds]), ("judged on", JUDGED_ON[: said.seeds])):
            ledgers = [weeks_of(model, seed, rows, customers) for seed in seeds]
            for how, step in (("adapted", STEP), ("ranks alone", 0.0)):
                found = [held(weeks, step) for weeks in ledgers]
                shares = {
                    "below": [each.below for each in found],
                    "above": [each.above for each in found],
                    "inside": [1 - each.below - each.above for each in found],
                }
                told = ", ".join(f"{name} {_share(of)}" for name, of in shares.items())
                width = np.mean([each.width for each in found])
                sys.stdout.write(
                    f"{rows} invoices, {what} {len(seeds)} seeds, {how}: {told}, width {width:.2f} of the middle\n"
                )


def _share(found: Sequence[float]) -> str:
    """A mean over ledgers with its interval of 95 %."""
    from scipy.stats import t

    if len(found) < 2:
        return f"{found[0]:.1%}"
    reach = t.ppf(0.975, len(found) - 1) * np.std(found, ddof=1) / np.sqrt(len(found))
    return f"{np.mean(found):.1%} ± {reach:.1%}"


if __name__ == "__main__":
    main()
