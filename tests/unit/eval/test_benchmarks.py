"""The benchmarks do their work; what they measure is asserted nowhere."""

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from remit.adapters.memory.embedder import HashingEmbedder
from remit.core.errors import InputError, SystemFailed
from remit.eval.bench import api, batch, callers, contract, decision, explain, growth, learning, ledger, proof
from remit.eval.bench.run import run
from remit.eval.bench.served import free_port, served
from remit.eval.bench.workbench import Workbench, engine_in
from remit.wiring import Engine


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    folder: Path = tmp_path_factory.mktemp("bench")
    with Engine(home=folder / "home", embedder=HashingEmbedder()) as engine:
        yield Workbench(engine, folder, itertools.count(1))


def test_the_rules_are_as_many_in_every_language():
    spelled = [list(contract.rules(each, 1_000)) for each in (contract.CEL, contract.ZEN)]
    assert [each[:2] for each in spelled[0]] == [each[:2] for each in spelled[1]]
    assert len({rule for rule, _, _ in spelled[0]}) == 1_000


def test_no_two_rules_say_the_same():
    conditions = [condition for _, _, condition in contract.rules(contract.CEL, 1_000)]
    assert len(set(conditions)) == 1_000


def test_three_engines_agree_on_the_same_rules_before_they_are_timed(bench: Workbench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(contract, "SIZES", (10, 100))
    names = {figure.name for figure in contract.measure(bench, rounds=1).figures}
    assert {f"{size} rules: Remit / {name}" for size in (10, 100) for name in ("zen-engine", "cedarpy")} <= names


def test_engines_that_disagree_are_not_timed(bench: Workbench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(contract, "_rivals", lambda size: {"a rival": lambda case: ("allow", ())})
    with pytest.raises(SystemFailed, match="a rival and Remit give other verdicts"):
        contract.measure(bench, rounds=1)


def test_a_proof_is_measured_with_what_it_answered(bench: Workbench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(proof, "SIZES", (10,))
    monkeypatch.setattr(proof, "SECONDS", 60.0)
    spent, answered, proved = proof.measure(bench, rounds=1).figures
    assert (answered.spread.median, proved.spread.median) == (100, 100)
    assert spent.unit == "ms"


def test_a_proof_without_time_says_how_little_it_answered(bench: Workbench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(proof, "SIZES", (10,))
    monkeypatch.setattr(proof, "SECONDS", 0.0)
    _, answered, proved = proof.measure(bench, rounds=1).figures
    assert (answered.spread.median, proved.spread.median) == (0, 0)


def test_an_explanation_is_measured_apart_from_the_verdict(bench: Workbench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(explain, "CASES", 2)
    names = [figure.name for figure in explain.measure(bench, rounds=1).figures]
    assert {"an allow: the verdict", "no allow: what would have turned it, when asked"} <= set(names)


def test_the_ledger_is_measured_and_verified(bench: Workbench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ledger, "UNITS", 2)
    figures = ledger.measure(bench, rounds=1).figures
    assert figures[-1].name == "verified, of 14 events"


@pytest.mark.parametrize(("step", "size"), [(learning.snapshot, 1_200), (learning.gate, 1_200), (learning.drift, 5)])
def test_each_step_of_learning_does_its_work_on_generated_decisions(step: Callable[[int], dict[str, float]], size: int):
    assert min(step(size).values()) >= 0


def test_learning_is_measured_by_size_in_processes_of_its_own(bench: Workbench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(learning, "SIZES", (1_000, 2_000))
    monkeypatch.setattr(learning, "UPDATES", 5)
    names = {figure.name for figure in learning.measure(bench, rounds=1).figures}
    assert {"snapshot of 2,000: peak memory", "gate: peak memory, ten times as many", "watch: its state"} <= names


def test_decisions_of_every_kind_are_measured_beside_the_bare_graph(bench: Workbench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(decision, "CASES_OF_A_KIND", 1)
    names = [figure.name for figure in decision.measure(bench, rounds=1).figures]
    assert "executed: Remit / bare graph, sync" in names
    assert "  executed, of which guard" in names


def test_a_batch_is_measured_beside_single_decisions(bench: Workbench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batch, "ROWS", 2)
    assert batch.measure(bench, rounds=1).figures[-1].name == "time of batch / one by one"


def test_callers_are_measured_beside_raw_commits_on_both_databases(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, postgres: object
):
    monkeypatch.setattr(callers, "CALLERS", (1, 2))
    monkeypatch.setattr(callers, "EVENTS", 4)
    names = [figure.name for figure in callers.measure(bench, rounds=1).figures]
    assert "SQLite, 2 callers: events of Remit / raw commits" in names
    assert "PostgreSQL, 2 callers: events of Remit / raw commits" in names


def test_two_routes_are_measured_side_by_side_by_several_clients(bench: Workbench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(api, "REQUESTS", 4)
    cases = [({"amount_cents": 1}, "executed"), ({"amount_cents": 2}, "denied")]
    with api.bare_route(bench) as bare:
        post = api.posting(bare.port, cases, {}, with_verdict=True)
        names = [figure.name for figure in api.figures_of({"one": post, "other": post}, 2, rounds=1)]
        assert bare.resident_bytes() > 2**20
        with contextlib.closing(api.Caller(bare.port, iter([b"{}"]), {})) as caller, pytest.raises(SystemFailed) as no:
            caller()
    assert {"one, 2 clients, wait p99", "2 clients: requests of one / other"} <= set(names)
    assert "answered with 422" in str(no.value)


def test_a_service_that_does_not_start_says_why(tmp_path: Path):
    command = ["-c", "raise SystemExit('no such verb')"]
    with pytest.raises(SystemFailed, match="no such verb"), served(command, free_port(), tmp_path / "log", {}):
        pass


@pytest.mark.slow
@pytest.mark.skipif("REMIT_SOAK" not in os.environ, reason="starts real services: make soak")
def test_the_api_is_measured_beside_a_bare_route(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(api, "CLIENTS", (1, 2))
    monkeypatch.setattr(api, "REQUESTS", 4)
    monkeypatch.setattr(api, "CASES", 3)
    [section] = run(1, ["api"]).sections
    names = {figure.name for figure in section.figures}
    assert {"2 clients: requests of Remit / bare route", "remit serve, memory when ready"} <= names


def test_growth_is_measured_on_copies_that_are_whole(bench: Workbench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(growth, "SIZES", (3, 6))
    monkeypatch.setattr(growth, "DECISIONS", 1)
    names = [figure.name for figure in growth.measure(bench, rounds=1).figures]
    assert "one decision, 6 against 3" in names
    assert "database, a decision, after 6 decisions" in names


def test_an_unknown_benchmark_is_refused_with_a_hint():
    with pytest.raises(InputError, match="no benchmark `ledgr`") as refused:
        run(1, ["ledgr"])
    assert "ledger" in (refused.value.mend or "")


def test_a_real_database_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REMIT_DATABASE_URL", f"sqlite:///{tmp_path / 'real.db'}")
    with engine_in(tmp_path / "bench") as engine:
        assert engine.database.path == tmp_path / "bench" / "remit.db"
