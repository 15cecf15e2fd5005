"""Every real case of both shipped packs goes through, once, and comes out the same when it is thought again."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from remit import Actor, Engine

PACKS = Path(__file__).resolve().parents[2] / "examples" / "packs"
ASKER = Actor("batch", "app", ("analyst",))


# All tests of a pack stay in one worker, so that its rows are decided once.
for_each_pack = pytest.mark.parametrize(
    "decided",
    [
        pytest.param(("credit", 1000), id="credit", marks=pytest.mark.xdist_group("credit")),
        pytest.param(("quality", 1941), id="quality", marks=pytest.mark.xdist_group("quality")),
    ],
    indirect=True,
    scope="module",
)


@pytest.fixture(scope="module")
def decided(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, str, list[dict[str, object]]]]:
    """An engine that has decided every row of a pack's history, and the lines that it wrote."""
    pack, rows = request.param
    home = tmp_path_factory.mktemp(pack)
    shutil.copytree(Path(request.config.cache.mkdir("models")), home / "models")  # type: ignore[union-attr]
    with Engine(home=home) as engine:
        report = engine.batch(pack, PACKS / pack / "history.csv", home / "out.jsonl", ASKER)
        assert report.rows == rows
        yield engine, pack, [orjson.loads(line) for line in (home / "out.jsonl").read_bytes().splitlines()]


@pytest.mark.slow
@for_each_pack
def test_every_row_is_decided_without_an_error(decided: tuple[Engine, str, list[dict[str, object]]]) -> None:
    _, _, lines = decided
    assert {line["status"] for line in lines} <= {"executed", "awaiting_review", "denied", "quarantined"}
    assert [line["row"] for line in lines] == list(range(1, len(lines) + 1))


@pytest.mark.slow
@for_each_pack
def test_each_row_has_a_decision_of_its_own(decided: tuple[Engine, str, list[dict[str, object]]]) -> None:
    engine, _, lines = decided
    with engine.store.read() as unit:
        stored = unit.decisions.ids()
    assert sorted(str(line["decision_id"]) for line in lines) == stored


@pytest.mark.slow
@for_each_pack
def test_the_policy_has_work_at_every_gate(decided: tuple[Engine, str, list[dict[str, object]]]) -> None:
    """Most cases are routine, many need a person, some are refused, a few are not fit to be decided on."""
    _, _, lines = decided
    found = Counter(line["status"] for line in lines)
    assert found["executed"] > found["awaiting_review"] > found["denied"] > found["quarantined"] > 0


@pytest.mark.slow
@for_each_pack
def test_every_decision_comes_out_the_same_to_the_byte(decided: tuple[Engine, str, list[dict[str, object]]]) -> None:
    engine, _, _ = decided
    assert [item.decision_id for item in engine.replay_all() if not item.same] == []


@pytest.mark.slow
@for_each_pack
def test_the_ledger_of_all_of_it_is_sound(decided: tuple[Engine, str, list[dict[str, object]]]) -> None:
    engine, _, lines = decided
    report = engine.verify()
    assert report.sound, report.why
    assert report.size > 2 * len(lines)
    assert engine.verify_records() == (len(lines), [])
