"""`python -m remit.eval.receivables.thresholds`: the pack's two limits, chosen on one seed and reported on another.

The forecast and the proposer were fitted to the shipped history. Two further ledgers are generated: on the first the
limits are chosen, by Learn then Test (`remit.learning.thresholds`); the second says what they hold. A step is wrong
when it neither pays nor is the best that could have been done. Both limits say when a person is asked: how sure a step
other than waiting has to be, and how wide the interval of the forecast may be for a discount or a hold. When customers
pay does not depend on our cash, so cases have by turns no cash forecast, one that is short, and one that is not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from remit.eval.receivables.invoices import generate, lateness
from remit.learning.thresholds import choose
from remit.packs.admit import admit
from remit.settings import Settings
from remit.wiring import Engine

CHOSEN_ON, JUDGED_ON = 20261201, 20261205
CHOSEN_ROWS, JUDGED_ROWS = 48_000, 12_000
ROWS_OF_A_CUSTOMER = 13
DELTA = 0.10
WRONG_MAX, COSTLY_WRONG_MAX = 0.05, 0.10
"""The share of steps, and of discounts and holds, that may be wrong: judgements."""
SURE, WIDE = 0.5, 120
"""What the contract says."""
CONFIDENCES = (0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
WIDTHS = (60, 90, 120, 180, 365)
WIDEST = 1_000
FORECAST = {
    "forecast_sha256": "0" * 64,
    "forecast_age_days": 1,
    "cash_expected_cents": 100,
    "cash_high_cents": 200,
    "cash_floor_cents": 0,
}
BY_TURNS: tuple[dict[str, Any], ...] = ({}, {**FORECAST, "cash_low_cents": -100}, {**FORECAST, "cash_low_cents": 50})


@dataclass(frozen=True)
class Step:
    """What the pack would do about one invoice, and whether that turned out wrong."""

    action: str
    confidence: float
    width_days: int
    wrong: float


def steps_of(engine: Engine, seed: int, rows: int) -> list[Step]:
    """What the pack proposes for the invoices of a seed, but for those on which its contract never lets it act."""
    pack = engine.services.pack("receivables")
    (decision,) = pack.decisions.values()
    brain, found = engine.services.brain(pack, decision), []
    for at, (raw, late) in enumerate(generate(rows, seed, customers=rows // ROWS_OF_A_CUSTOMER)):
        admission = admit(decision, {**raw, **BY_TURNS[at % len(BY_TURNS)]})
        if admission.quality != "ok" or raw["disputed"] or raw["days_overdue"] < 1:
            continue
        proposal = brain.propose(decision, admission.case, ())
        worth = decision.rewards_under(admission.case, lateness(late))
        pays = worth[proposal.action] > 0 or worth[proposal.action] == max(worth.values())
        found.append(Step(proposal.action, proposal.confidence, proposal.args["interval_days"], float(not pays)))
    return found


def sure_from(steps: Sequence[Step]) -> float | None:
    """The lowest confidence of the grid from which on steps other than waiting keep `WRONG_MAX`."""
    taken = [each for each in steps if each.action != "wait"]
    confidences = np.array([each.confidence for each in taken])
    return choose(confidences, _losses(taken), CONFIDENCES, bound=WRONG_MAX, delta=DELTA).threshold


def wide_to(steps: Sequence[Step]) -> int | None:
    """The widest interval of the grid up to which discounts and holds keep `COSTLY_WRONG_MAX`."""
    taken = [each for each in steps if each.action in ("discount", "hold")]
    narrow = np.array([1 - min(each.width_days, WIDEST) / WIDEST for each in taken])
    grid = tuple(1 - width / WIDEST for width in WIDTHS)
    found = choose(narrow, _losses(taken), grid, bound=COSTLY_WRONG_MAX, delta=DELTA).threshold
    return None if found is None else round((1 - found) * WIDEST)


def main(words: list[str] | None = None) -> None:
    """Choose, judge, and print both."""
    parser = argparse.ArgumentParser(prog="python -m remit.eval.receivables.thresholds", description=__doc__)
    parser.add_argument("--chosen-on", type=int, nargs=2, default=(CHOSEN_ON, CHOSEN_ROWS), metavar=("SEED", "ROWS"))
    parser.add_argument("--judged-on", type=int, nargs=2, default=(JUDGED_ON, JUDGED_ROWS), metavar=("SEED", "ROWS"))
    said = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as home, Engine(Settings(home=Path(home))) as engine:
        ledgers = {seed: steps_of(engine, seed, rows) for seed, rows in (said.chosen_on, said.judged_on)}
    chosen = ledgers[said.chosen_on[0]]
    sys.stdout.write(
        f"chosen on {said.chosen_on[0]}: sure from {sure_from(chosen)}, interval up to {wide_to(chosen)} days;"
        f" the contract says {SURE} and {WIDE}\n"
    )
    for seed, steps in ledgers.items():
        chased = [each for each in steps if each.action != "wait"]
        costly = [each for each in steps if each.action in ("discount", "hold")]
        sys.stdout.write(
            f"{seed}: {_told([each for each in chased if each.confidence >= SURE], chased)} steps are sure;"
            f" {_told([each for each in costly if each.width_days <= WIDE], costly)} discounts and holds are narrow\n"
        )


def _told(taken: Sequence[Step], among: Sequence[Step]) -> str:
    """How many a limit lets through, and which share of those was wrong, with its exact interval of 95 %."""
    from scipy.stats import binomtest

    if not taken:
        return f"none of {len(among)}"
    wrong = int(sum(each.wrong for each in taken))
    reach = binomtest(wrong, len(taken)).proportion_ci()
    share = f"{wrong / len(taken):.1%} wrong, {reach.low:.1%} to {reach.high:.1%}"
    return f"{len(taken)} of {len(among)} ({share})"


def _losses(steps: Sequence[Step]) -> Any:
    return np.array([each.wrong for each in steps])


if __name__ == "__main__":
    main()
