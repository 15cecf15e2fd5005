"""Histories from seeds: whatever fails, whoever is first, nothing that was promised is lost and nothing is done twice.

    REMIT_SEED=1234 pytest tests/simulation

runs the history of one seed; without it the first seeds run, and under `make soak` thousands.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from simulator.homes import SqlHome
from simulator.run import simulate

SEED = os.environ.get("REMIT_SEED")
SEEDS = [int(SEED)] if SEED else range(24)
SQL_SEEDS = [int(SEED)] if SEED else range(3)
SOAK_SEEDS = range(24, 2_100)
Url = Callable[[str], str]


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_holds_at_the_end_of_a_history(seed: int) -> None:
    simulate(seed)


@pytest.mark.parametrize("seed", SQL_SEEDS)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_everything_holds_in_a_database(kind: str, seed: int, tmp_path: Path, database_url: Url) -> None:
    simulate(seed, functools.partial(SqlHome, database_url(kind), tmp_path))


@pytest.mark.soak
@pytest.mark.parametrize("first", range(SOAK_SEEDS.start, SOAK_SEEDS.stop, 100))
def test_everything_holds_at_length(first: int) -> None:
    for seed in range(first, min(first + 100, SOAK_SEEDS.stop)):
        simulate(seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4, 104))
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_everything_holds_in_a_database_at_length(kind: str, seed: int, tmp_path: Path, database_url: Url) -> None:
    simulate(seed, functools.partial(SqlHome, database_url(kind), tmp_path))


@pytest.mark.parametrize("seed", [7, 23])
def test_a_seed_is_one_history(seed: int, tmp_path: Path, database_url: Url) -> None:
    first = simulate(seed)
    assert simulate(seed).history == first.history
    assert simulate(seed, functools.partial(SqlHome, database_url("sqlite"), tmp_path)).history == first.history
