"""The gate's simulations say what they claim to, on a small scale."""

import numpy as np
import pytest

from remit.eval.suites.gate import suite
from remit.eval.suites.gate.bad_logs import bad_logs
from remit.eval.suites.gate.logs import World, adaptive, flat, pieces, unequal
from remit.eval.suites.gate.rivals import Agrapa, PeekingZ

RISING = adaptive(flat(), follows=True, horizon=1_000)


@pytest.mark.parametrize(
    ("world", "lift"), [(flat(), 0.0), (flat(base=0.1), 0.0), (unequal(), 0.0), (flat(0.05), 0.05), (flat(0.1), 0.1)]
)
def test_a_world_has_the_lift_that_it_is_named_after(world: World, lift: float) -> None:
    assert world.lift == pytest.approx(lift, abs=1e-12)
    assert (world.mean >= 0).all()
    assert (world.mean <= 1).all()


@pytest.mark.parametrize("world", [flat(0.1), RISING, adaptive(unequal(), follows=False, horizon=1_000)])
def test_what_is_logged_has_a_mean_weight_of_one_and_none_above_fifteen(world: World) -> None:
    rows = list(pieces(world, 60, 2_500, np.random.default_rng(1)))
    weights = np.concatenate([piece.weight for piece in rows], axis=1)
    assert weights.mean() == pytest.approx(1.0, abs=0.03)
    assert weights.max() == pytest.approx(15.0)
    assert all((piece.weight <= piece.weight_max + 1e-9).all() for piece in rows)


def test_an_adaptive_logger_changes_its_mind() -> None:
    first, *_, last = pieces(adaptive(unequal(), follows=False), 5, 3_000, np.random.default_rng(1))
    assert first.champion is not None
    assert (first.champion == 1.0).all()
    assert last.champion is not None
    assert not (last.champion == 1.0).all()


def test_peeking_promotes_more_often_than_one_look_would() -> None:
    chance, z = np.random.default_rng(1), PeekingZ(400)
    first = np.zeros(400, dtype=bool)
    for piece in pieces(flat(), 400, 5_000, chance):
        z.see(piece)
        first |= z.at == 250
    assert first.mean() < 0.09 < np.isfinite(z.at).mean()


def test_bets_on_the_running_mean_find_a_large_lift() -> None:
    rival = Agrapa(20, 0.05)
    for piece in pieces(flat(0.1), 20, 5_000, np.random.default_rng(1)):
        rival.see(piece)
    assert np.isfinite(rival.at).mean() > 0.8


def test_bad_logs_are_refused_and_the_first_is_as_bad_as_it_is_called() -> None:
    rows = bad_logs()
    assert {row.value for row in rows if row.metric == "refused"} == {1.0}
    heavy = {row.metric: row.value for row in rows if row.case == "log with weight 21,739"}
    assert heavy["largest weight"] == pytest.approx(21_739, abs=1)
    assert heavy["effective sample"] == pytest.approx(2, abs=0.02)


def test_the_same_seed_gives_the_same_figures_for_every_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "LOGS_QUICK", 10)
    monkeypatch.setattr(suite, "DECISIONS", 1_250)
    monkeypatch.setattr(suite, "bad_logs", list)
    rows = suite.run(True, 7)
    assert rows == suite.run(True, 7)
    assert {row.case for row in rows} >= {floor.case for floor in suite.SUITE.floors if "*" not in floor.case}
