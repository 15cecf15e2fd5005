"""The pack's limits are chosen on one ledger, and another says what they hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from remit.eval.receivables.__main__ import SEED
from remit.eval.receivables.thresholds import CHOSEN_ON, JUDGED_ON, SURE, WIDE, Step, main, sure_from, wide_to

POLICY = (Path(__file__).parents[4] / "examples" / "packs" / "receivables" / "policy.yaml").read_text()


def test_the_limits_that_are_judged_are_those_of_the_contract_and_on_ledgers_of_their_own() -> None:
    assert f"proposal.confidence < {SURE}" in POLICY
    assert f"variables.interval_days > {WIDE}" in POLICY
    assert len({SEED, CHOSEN_ON, JUDGED_ON}) == 3


def steps(action: str, *, wrong_below: float, many: int = 600) -> list[Step]:
    """Half of what is less sure than a limit, and wider than it, is wrong."""
    sure = [0.3 + 0.7 * each / many for each in range(many)]
    return [
        Step(action, at, round(400 * (1 - at)), float(at < wrong_below and each % 2)) for each, at in enumerate(sure)
    ]


def test_a_limit_is_chosen_so_that_what_is_wrong_stays_outside() -> None:
    assert sure_from(steps("call", wrong_below=0.6)) == 0.6
    assert sure_from(steps("call", wrong_below=1.0)) is None
    assert wide_to(steps("hold", wrong_below=0.7)) == 120
    assert wide_to(steps("hold", wrong_below=1.0)) is None


def test_both_figures_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--chosen-on", "5", "130", "--judged-on", "6", "130"])
    assert re.findall(r"^(chosen on 5|5|6):", capsys.readouterr().out, re.M) == ["chosen on 5", "5", "6"]
