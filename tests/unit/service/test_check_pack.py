"""Checking a pack: everything that can be known before it is used."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from remit.adapters.embedding.model import MiniLmEmbedder
from remit.core.errors import NotFound
from remit.core.system import FixedClock
from remit.settings import Settings
from remit.wiring import Engine

WritePack = Callable[..., Path]
CASE = {"id": "L-1", "purpose": "car", "amount": 500, "late": False, "age": 40}

DEAD = "    kpis:\n      - {name: loss, description: Loss, target_max: 1}\n    fairness:"


@pytest.mark.parametrize(("name", "golden"), [("credit", 13), ("quality", 11), ("receivables", 16)])
def test_a_shipped_pack_passes_with_the_real_embedder(
    models: Path, engine: Engine, tmp_path: Path, name: str, golden: int
) -> None:
    embedder = MiniLmEmbedder(models)
    clock = FixedClock(engine.clock.now())
    with Engine(Settings(home=tmp_path / "real"), clock=clock, embedder=embedder) as real:
        report = real.check_pack(name)
    assert [problem.render() for problem in report.problems] == []
    assert (report.golden_cases, report.warnings) == (golden, ())


def test_a_sound_pack_is_reported_with_its_counts(engine: Engine, pack: str) -> None:
    report = engine.check_pack(pack).to_json()
    assert report == {
        "pack": "loan",
        "ok": True,
        "problems": [],
        "warnings": [],
        "documents": 1,
        "policy_tests": 1,
        "golden_cases": 1,
    }


def test_a_folder_may_be_called_otherwise_than_its_pack(engine: Engine, pack: str) -> None:
    copy = Path(pack).rename(Path(pack).with_name("copy-of-loan"))
    report = engine.check_pack(str(copy))
    assert (report.pack, report.ok, report.documents, report.golden_cases) == ("loan", True, 1, 1)


def test_checking_stores_nothing(engine: Engine, pack: str) -> None:
    engine.check_pack(pack)
    assert (engine.verify().size, engine.knowledge_store.latest("loan")) == (0, None)


@pytest.mark.parametrize(
    ("pack", "files", "said"),
    [
        ([], {"golden.jsonl": None}, "pack.yaml:1:1: the pack has no golden cases"),
        ([], {"knowledge/lending-rule.md": None}, "cannot be read"),
        ([], {"knowledge/broken.md": "no front matter"}, "broken.md"),
        ([], {"history.csv": "id,amont\nL-1,5\n"}, "history.csv:1:1: the column `amont` is no field of the case"),
        ([], {"history.csv": "id\nL-1,5\n"}, "history.csv: "),
        ([("min_similarity: 0.0", "min_sources: 2")], {}, "pack.yaml:24:9: the need `lending_rule` wants 2 documents"),
        ([("min_similarity: 0.0", "max_age_days: 9")], {}, "but 0 could ever meet it"),
        ([("    fairness:", DEAD)], {}, "the figure `loss` is declared, and nothing computes it"),
        ([("strategy: rules", "strategy: model")], {}, "pack.yaml:29:17: `loan.small` proposes by model, but names"),
    ],
)
def test_a_pack_that_would_not_work_is_told_where(
    engine: Engine, write_pack: WritePack, pack: list[Any], files: dict[str, Any], said: str
) -> None:
    problems = engine.check_pack(str(write_pack(*pack, files=files))).problems
    assert [problem.render() for problem in problems if said in problem.render()]


@pytest.mark.parametrize("code", ["1 / 0", "raise SystemExit(0)"])
def test_connectors_that_cannot_be_loaded_are_a_problem(engine: Engine, write_pack: WritePack, code: str) -> None:
    folder = write_pack()
    with (folder / "connectors.py").open("a") as file:
        file.write(code + "\n")
    (problem,) = engine.check_pack(str(folder)).problems
    assert problem.message.startswith("connectors.py cannot be loaded")


def test_a_model_with_another_hash_is_a_problem_where_it_is_pinned(engine: Engine, write_pack: WritePack) -> None:
    pin = ("strategy: rules\n", 'strategy: model\n      model: {file: models/m.onnx, sha256: "' + "0" * 64 + '"}\n')
    card = {"features": {"numbers": ["ratio", "late"], "texts": ["purpose"]}, "outcomes": ["true", "false"]}
    files = {"models/m.onnx": b"m", "models/m.card.json": orjson.dumps(card)}
    first = engine.check_pack(str(write_pack(pin, files=files))).problems[0]
    assert (first.line, first.column) == (30, 44)
    assert "but the pack pins 000000000000" in first.message


def test_a_failing_policy_test_is_told_at_the_test(engine: Engine, write_pack: WritePack) -> None:
    (problem,) = engine.check_pack(str(write_pack(policy=[("expect: allow", "expect: deny")]))).problems
    assert (Path(problem.file).name, problem.line, problem.code) == ("policy.yaml", 10, "policy.test")


def test_what_is_wrong_with_files_and_documents_is_told_together(engine: Engine, write_pack: WritePack) -> None:
    folder = write_pack(("subject: case.id", "subject: case.idd"), files={"knowledge/broken.md": "no front matter"})
    files = {Path(problem.file).name for problem in engine.check_pack(str(folder)).problems}
    assert files == {"pack.yaml", "broken.md"}


def golden(**changed: Any) -> dict[str, Any]:
    return {"name": "a loan", "case": CASE, "expect": {"status": "executed"}, **changed}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (golden(expect={"status": "denied", "action": "lend"}), "comes out otherwise: status is executed, not denied"),
        (golden(expect={"action": "refuse"}), "action is lend, not refuse"),
        (golden(case={"id": "L-1"}), "status is invalid, not executed"),
        (golden(case={**CASE, "age": 5}), "status is quarantined, not executed"),
        (golden(decision="loan.smal"), "has no decision `loan.smal`"),
        (golden(expect={}), "has to expect one of status, effect, action"),
        (golden(expect={"staus": "executed"}), "has to expect one of status, effect, action"),
        (golden(expect="executed"), "not a golden case"),
        (golden(expect=5), "not a golden case"),
        ({"name": "x"}, "not a golden case"),
        (["x"], "not a golden case"),
    ],
)
def test_a_golden_case_that_comes_out_otherwise_is_told_with_its_line(
    engine: Engine, write_pack: WritePack, line: Any, said: str
) -> None:
    lines = codecs.BOM_UTF8 + orjson.dumps(golden()) + b"\n\n" + orjson.dumps(line) + b"\n"
    (problem,) = engine.check_pack(str(write_pack(files={"golden.jsonl": lines}))).problems
    assert (Path(problem.file).name, problem.line) == ("golden.jsonl", 3)
    assert said in problem.message


def test_a_golden_case_that_cannot_be_thought_through_is_a_problem(engine: Engine, write_pack: WritePack) -> None:
    folder = write_pack(("lend: {amount: case.amount}", "lend: {amount: 5 / (case.amount - 500)}"))
    (problem,) = engine.check_pack(str(folder)).problems
    assert "the argument `amount` of `lend` cannot be computed" in problem.message


@pytest.mark.parametrize("name", ["creditt", "./nowhere", ""])
def test_an_unknown_pack_is_not_found(engine: Engine, name: str) -> None:
    with pytest.raises(NotFound):
        engine.check_pack(name)
