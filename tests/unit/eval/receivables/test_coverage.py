"""The cash forecast is held against what came in, on ledgers that it was not made for."""

from __future__ import annotations

import numpy as np
import pytest

from remit.eval.receivables.__main__ import ROWS, SEED
from remit.eval.receivables.coverage import CHOSEN_ON, JUDGED_ON, held, main, weeks_of
from remit.eval.receivables.forecast import fit
from remit.eval.receivables.invoices import generate
from remit.learning.cash import Week


def test_no_ledger_judges_what_was_chosen_by_it() -> None:
    assert not {SEED, *CHOSEN_ON} & set(JUDGED_ON)


def test_the_forecast_holds_on_ledgers_that_it_was_not_made_for() -> None:
    rows = list(generate(ROWS, SEED))
    model = fit([case for case, _ in rows], [late for _, late in rows])
    found = [held(weeks_of(model, seed, 600, 60)) for seed in JUDGED_ON[:4]]
    assert np.mean([each.below for each in found]) == pytest.approx(0.10, abs=0.05)
    assert np.mean([1 - each.below - each.above for each in found]) == pytest.approx(0.80, abs=0.06)


def test_a_week_that_breaks_away_is_counted_as_missed() -> None:
    calm = [Week(1_000, 1_000 + each % 7) for each in range(30)]
    assert (held(calm).below, held([*calm, Week(1_000, 1)]).below) == (pytest.approx(0.0), pytest.approx(1 / 16))


def test_what_is_printed_tells_how_it_was_judged(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remit.eval.receivables.coverage.SIZES", ((300, 40),))
    main(["--seeds", "2"])
    assert "judged on 2 seeds, adapted: below" in capsys.readouterr().out
