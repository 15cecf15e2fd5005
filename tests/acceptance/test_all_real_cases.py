"""Real cases of both shipped packs go through, each once, and come out the same when they are thought again.

The default run takes the first rows of each; `make soak` takes all 1,000 applicants and all 1,941 plates.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from remit import Actor, Engine

PACKS = Path(__file__).resolve().parents[2] / "examples" / "packs"
ASKER = Actor("batch", "app", ("analyst",))


ALL = bool(os.environ.get("REMIT_SOAK"))
CREDIT_ROWS, QUALITY_ROWS = (1000, 1941) if ALL else (200, 250)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=[("credit", CREDIT_ROWS), ("quality", QUALITY_ROWS)], ids=["credit", "quality"])
def decided(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, models: Path
) -> Iterator[tuple[Engine, str, list[dict[str, object]]]]:
    """An engine that has decided every row of a pack's history, and the lines that it wrote."""
    pack, rows = request.param
    home = tmp_path_factory.mktemp(pack)
    shutil.copytree(models, home / "models")
    with Engine(home=home) as engine:
        report = engine.batch(pack, PACKS / pack / "history.csv", home / "out.jsonl", ASKER, limit=rows)
        assert report.rows == rows
        yield engine, pack, [orjson.loads(line) for line in (home / "out.jsonl").read_bytes().splitlines()]


def test_every_row_is_decided_without_an_error(decided: tuple[Engine, str, list[dict[str, object]]]) -> None:
    _, _, lines = decided
    assert {line["status"] for line in lines} <= {"executed", "awaiting_review", "denied", "quarantined"}
    assert [line["row"] for line in lines] == list(range(1, len(lines) + 1))


def test_each_row_has_a_decision_of_its_own(decided: tuple[Engine, str, list[dict[str, object]]]) -> None:
    engine, _, lines = decided
    with engine.store.read() as unit:
        stored = unit.decisions.ids()
    assert sorted(str(line["decision_id"]) for line in lines) == stored


def test_the_policy_has_work_at_every_gate(decided: tuple[Engine, str, list[dict[str, object]]]) -> None:
    """Most cases are routine, many need a person, some are refused, a few are not fit to be decided on."""
    _, _, lines = decided
    found = Counter(line["status"] for line in lines)
    assert found["executed"] > found["awaiting_review"] > found["denied"] > 0
    assert found["quarantined"] > 0 or not ALL, "a few in the whole, none for sure in the first rows"


def test_every_decision_comes_out_the_same_to_the_byte(decided: tuple[Engine, str, list[dict[str, object]]]) -> None:
    engine, _, _ = decided
    assert [item.decision_id for item in engine.replay_all() if not item.same] == []


def test_the_ledger_of_all_of_it_is_sound(decided: tuple[Engine, str, list[dict[str, object]]]) -> None:
    engine, _, lines = decided
    report = engine.verify()
    assert report.sound, report.why
    assert report.size > 2 * len(lines)
    assert engine.verify_records() == (len(lines), [])
